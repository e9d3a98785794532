/*
 * identity_local_rules - what can be refused without looking at a row.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/passwd.h"
#include "domain/email.h"
#include "identity_local.h"

enum {
	CHALLENGE_MIN = 43,
	CHALLENGE_MAX = 128
};

static bool
refuse(struct err *e, const char *why)
{
	return err_set(e, 400, "validation_failed", "%s", why);
}

bool
rule_email(const struct identity_call *who, const char *email, const char **out,
	   struct err *e)
{
	const char *normal = email_normal(who->a, email);

	if (!normal)
		return refuse(e, "Unable to validate email address: invalid "
				 "format");
	*out = normal;
	return true;
}

bool
rule_no_phone(const struct identity_in *in, int status, struct err *e)
{
	if (in->email && *in->email && in->phone && *in->phone)
		return refuse(e, "Only an email address or phone number should "
				 "be provided.");
	if (in->phone && *in->phone)
		return err_set(e, status, "phone_provider_disabled",
			       "Phone logins are disabled");
	return true;
}

bool
rule_password(struct identity_local *il, const char *password, struct err *e)
{
	int64_t min = il->ctx->set->password_min_length;
	size_t n = strlen(password);

	if (min < 6)
		min = 6;
	if (n > PASSWD_MAX_BYTES)
		return refuse(e,
			      "Password cannot be longer than 72 characters");
	if ((int64_t)n >= min)
		return true;
	err_set(e, 422, "weak_password",
		"Password should be at least %lld characters.", (long long)min);
	e->details = "[\"length\"]";
	return false;
}

bool
rule_hash(const struct identity_call *who, const char *password,
	  const char **out, struct err *e)
{
	char hash[PASSWD_HASH];

	if (!passwd_hash(span_of(password), hash, e))
		return false;
	*out = arena_strdup(who->a, hash);
	explicit_bzero(hash, sizeof hash);
	return true;
}

bool
rule_challenge(struct buf *in, const struct identity_in *what, struct err *e)
{
	const char *challenge = what->code_challenge;
	const char *method = what->code_challenge_method;
	bool has_challenge = challenge && *challenge;
	bool has_method = method && *method;
	size_t n;

	if (!has_challenge && !has_method)
		return true;
	if (has_challenge != has_method)
		return refuse(e, "PKCE flow requires code_challenge_method and "
				 "code_challenge");
	n = strlen(challenge);
	if (n < CHALLENGE_MIN || n > CHALLENGE_MAX)
		return refuse(e, "code challenge has to be between 43 and 128 "
				 "characters");
	if (strspn(challenge, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789._~-") != n)
		return refuse(e, "code challenge can only contain alphanumeric "
				 "characters, hyphens, periods, underscores "
				 "and tildes");
	if (strcasecmp(method, "s256") != 0 && strcasecmp(method, "plain") != 0)
		return refuse(e, "code challenge method must be s256 or plain");
	in_text(in, "code_challenge", challenge);
	in_text(in, "code_challenge_method",
		strcasecmp(method, "plain") == 0 ? "plain" : "s256");
	return true;
}

/* --- members of a body --- */

static bool
bad_type(struct err *e, const char *key, const char *want)
{
	err_set(e, 400, "bad_json",
		"Could not parse request body as JSON: %s must be %s", key,
		want);
	return false;
}

bool
rule_body(const struct identity_call *who, const char *text,
	  struct json_object **out, struct err *e)
{
	if (!json_parse(who->a, text ? text : "", text ? strlen(text) : 0, out,
			e))
		return false;
	if (!json_object_is_type(*out, json_type_object))
		return err_set(e, 400, "bad_json",
			       "Could not parse request body as JSON: it must "
			       "be an object");
	return true;
}

bool
rule_text(const struct json_object *o, const char *key, const char **out,
	  struct err *e)
{
	struct json_object *v = json_get(o, key);

	*out = NULL;
	if (!v)
		return true;
	if (!json_object_is_type(v, json_type_string))
		return bad_type(e, key, "a string");
	*out = json_object_get_string(v);
	return true;
}

bool
rule_bool(const struct json_object *o, const char *key, bool *given, bool *out,
	  struct err *e)
{
	struct json_object *v = json_get(o, key);

	*given = v != NULL;
	if (!v)
		return true;
	if (!json_object_is_type(v, json_type_boolean))
		return bad_type(e, key, "true or false");
	*out = json_object_get_boolean(v);
	return true;
}

bool
rule_object(const struct json_object *o, const char *key, const char **out,
	    struct err *e)
{
	struct json_object *v = json_get(o, key);

	*out = NULL;
	if (!v)
		return true;
	if (!json_object_is_type(v, json_type_object))
		return bad_type(e, key, "an object");
	*out = json_dump(v);
	return true;
}

bool
rule_uuid(const char *s)
{
	if (!s || strlen(s) != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-'
			 : !strchr("0123456789abcdefABCDEF", s[i]))
			return false;
	}
	return true;
}

/* "1.5" at *s: no sign, no exponent, no locale. */
static bool
take_number(const char **s, double *out)
{
	double value = 0, unit = 1;
	bool digits = false, point = false;

	for (; (**s >= '0' && **s <= '9') || (**s == '.' && !point); ++*s) {
		if (**s == '.') {
			point = true;
			continue;
		}
		digits = true;
		value = value * 10 + (**s - '0');
		if (point)
			unit *= 10;
	}
	*out = value / unit;
	return digits && value < 1e18;
}

bool
rule_duration(const char *s, double *out_s)
{
	static const struct {
		const char *name;
		double s;
	} units[] = {
		{"ns",        1e-9},
                {"us",        1e-6},
                {"\xc2\xb5s", 1e-6},
                {"ms",        1e-3},
		{"s",         1   },
                {"m",         60  },
                {"h",         3600}
        };

	double sign = 1, sum = 0;

	if (strcmp(s, "none") == 0 || strcmp(s, "0") == 0) {
		*out_s = 0;
		return true;
	}
	if (*s == '-' || *s == '+')
		sign = *s++ == '-' ? -1 : 1;
	if (!*s)
		return false;
	while (*s) {
		double value, unit = 0;
		size_t n = 0;

		if (!take_number(&s, &value))
			return false;
		for (size_t i = 0; i < NELEM(units); i++) {
			n = strlen(units[i].name);
			if (strncmp(s, units[i].name, n) == 0 &&
			    ((s[n] >= '0' && s[n] <= '9') || s[n] == '.' ||
			     !s[n])) {
				unit = units[i].s;
				break;
			}
		}
		if (unit <= 0)
			return false;
		s += n;
		sum += value * unit;
	}
	*out_s = sign * sum;
	return sum < 3.2e9; /* a hundred years */
}
