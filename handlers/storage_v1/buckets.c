/*
 * /storage/v1/bucket
 */
#include <stdlib.h>
#include <string.h>

#include "core/num.h"
#include "storage.h"

/* --- limits and types of a bucket --- */

static bool
bad_limit(struct err *e)
{
	return storage_invalid(e, "body/file_size_limit must be bytes or a "
				  "size such as 20MB");
}

/* "20MB", "1.5GB", "100": decimal powers. */
static bool
parse_size(const char *text, int64_t *out, struct err *e)
{
	static const char *const units[] = {"", "B", "KB", "MB", "GB"};
	static const double factor[] = {1, 1, 1e3, 1e6, 1e9};
	size_t digits = strspn(text, "0123456789.");
	char *end;
	double n;

	if (digits == 0 || digits > 18)
		return bad_limit(e);
	n = strtod(text, &end);
	if (end != text + digits)
		return bad_limit(e);
	end += strspn(end, " ");
	for (size_t i = 0; i < NELEM(units); i++) {
		if (strcasecmp(end, units[i]) == 0 && n * factor[i] < 9e15) {
			*out = (int64_t)(n * factor[i]);
			return true;
		}
	}
	return bad_limit(e);
}

static bool
take_limit(struct req *rq, struct json_object *in, struct json_object *out,
	   struct err *e)
{
	struct json_object *v = NULL;
	int64_t n = 0;

	if (!json_object_object_get_ex(in, "file_size_limit", &v))
		return true;
	if (v && json_object_is_type(v, json_type_int))
		n = json_object_get_int64(v);
	else if (v && json_object_is_type(v, json_type_string)) {
		if (!parse_size(json_object_get_string(v), &n, e))
			return false;
	} else if (v)
		return bad_limit(e);
	if (n < 0)
		return bad_limit(e);
	if (n > rq->ctx->set->upload_limit_bytes)
		return err_set(e, 413, "entity_too_large",
			       "The object exceeded the maximum allowed size");
	json_object_object_add(out, "file_size_limit",
			       v ? json_object_new_int64(n) : NULL);
	return true;
}

/* type/subtype, perhaps with a charset, or something that ends in a star. */
static bool
mime_rule_ok(const char *s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+.";
	size_t n = strlen(s), m;

	if (n > 1000)
		return false;
	if (s[n - 1] == '*')
		return true;
	m = strspn(s, set);
	if (m == 0 || s[m] != '/')
		return false;
	s += m + 1;
	m = strspn(s, set);
	if (m == 0)
		return false;
	s += m;
	if (*s == '\0')
		return true;
	if (*s != ';')
		return false;
	s += 1 + strspn(s + 1, " ");
	return strncmp(s, "charset=", 8) == 0 && s[8] &&
	       strspn(s + 8, set) == strlen(s + 8);
}

static bool
take_types(struct json_object *in, struct json_object *out, struct err *e)
{
	struct json_object *v = NULL, *list;

	if (!json_object_object_get_ex(in, "allowed_mime_types", &v))
		return true;
	if (v && !json_object_is_type(v, json_type_array))
		return storage_invalid(e,
				       "body/allowed_mime_types must be array");
	list = v ? json_object_new_array() : NULL;
	json_object_object_add(out, "allowed_mime_types", list);
	for (size_t i = 0; v && i < json_object_array_length(v); i++) {
		struct json_object *item = json_object_array_get_idx(v, i);
		const char *s = json_object_get_string(item);

		if (!json_object_is_type(item, json_type_string))
			return storage_invalid(e,
					       "body/allowed_mime_types/%zu "
					       "must be string",
					       i);
		if (!*s)
			continue;
		if (!mime_rule_ok(s))
			return err_set(e, 415, "invalid_mime_type",
				       "mime type %.120s is not supported", s);
		json_object_array_add(list, json_object_new_string(s));
	}
	return true;
}

static void
put_object(void *o)
{
	json_object_put(o);
}

static struct json_object *
new_object(struct req *rq)
{
	struct json_object *o = json_object_new_object();

	arena_defer(rq->arena, put_object, o);
	return o;
}

static bool
take_public(struct json_object *in, struct json_object *out, struct err *e)
{
	struct json_object *v = NULL;
	bool is_public;

	if (!storage_bool(in, "public", false, &is_public, e))
		return false;
	if (json_object_object_get_ex(in, "public", &v) && v)
		json_object_object_add(out, "public",
				       json_object_new_boolean(is_public));
	return true;
}

/* --- handlers --- */

static bool
new_name_ok(const char *name)
{
	static const char reserved[] = "--table-s3";
	size_t n = strlen(name), m = sizeof reserved - 1;

	return objects_bucket_ok(name) && name[0] != ' ' &&
	       name[n - 1] != ' ' && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 &&
	       !(n >= m && strcmp(name + n - m, reserved) == 0);
}

bool
bucket_create(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.bucket.create");
	struct json_object *in, *out = new_object(rq);
	const char *name, *id, *type;
	struct span answer;

	if (!storage_body(rq, false, &in, e) ||
	    !storage_need_text(in, "name", &name, e) ||
	    !storage_text(in, "id", name, &id, e) ||
	    !storage_text(in, "type", "STANDARD", &type, e))
		return false;
	if (!new_name_ok(name) || !new_name_ok(id))
		return err_set(e, 400, "invalid_bucket_name",
			       "Bucket name invalid");
	if (strcmp(type, "ANALYTICS") == 0)
		return err_set(e, 409, "feature_not_enabled",
			       "The feature icebergCatalog is not enabled");
	if (strcmp(type, "STANDARD") != 0)
		return storage_invalid(e, "body/type must be equal to one of "
					  "the allowed values");
	json_object_object_add(out, "id", json_object_new_string(id));
	json_object_object_add(out, "name", json_object_new_string(name));
	if (!take_public(in, out, e) || !take_limit(rq, in, out, e) ||
	    !take_types(in, out, e) ||
	    !objects_bucket_create(rq->ctx->objects, rq->arena, &who,
				   json_dump(out), &answer, e))
		return false;
	return reply_json(rq, 200, answer);
}

static bool
query_int(const struct req *rq, const char *name, int64_t min, int64_t *out,
	  struct err *e)
{
	const char *text = req_query(rq, name);

	*out = 0;
	if (!text || num_i64(span_of(text), min, INT32_MAX, out))
		return true;
	return storage_invalid(e, "querystring/%s must be >= %lld", name,
			       (long long)min);
}

static bool
query_word(const struct req *rq, const char *name, const char *const *words,
	   const char **out, struct err *e)
{
	const char *text = req_query(rq, name);

	*out = NULL;
	for (; text && *words; words++)
		if (strcmp(text, *words) == 0)
			*out = *words;
	if (text && !*out)
		return storage_invalid(e,
				       "querystring/%s must be equal to one "
				       "of the allowed values",
				       name);
	return true;
}

/* supabase-py before 2.18 (storage3 before 0.12.1) fails on unknown keys. */
static bool
is_old_python(const struct req *rq)
{
	static const struct {
		const char *name;
		int major, minor, patch;
	} since[] = {
		{"supabase-py/", 2, 18, 0},
                {"storage3/",    0, 12, 1}
        };

	const char *said[] = {req_header(rq, "X-Client-Info"),
			      req_header(rq, "User-Agent")};

	for (size_t i = 0; i < NELEM(said) * NELEM(since); i++) {
		const char *text = said[i / NELEM(since)];
		size_t k = i % NELEM(since);
		const char *at = text ? strstr(text, since[k].name) : NULL;
		char *end;
		long v[3] = {0, 0, 0};

		if (!at)
			continue;
		at += strlen(since[k].name);
		for (size_t j = 0; j < 3; j++) {
			v[j] = strtol(at, &end, 10);
			at = *end == '.' ? end + 1 : end;
		}
		if (v[0] != since[k].major)
			return v[0] < since[k].major;
		if (v[1] != since[k].minor)
			return v[1] < since[k].minor;
		return v[2] < since[k].patch;
	}
	return false;
}

bool
bucket_list(struct req *rq, struct err *e)
{
	static const char *const columns[] = {"id", "name", "created_at",
					      "updated_at", NULL};
	static const char *const orders[] = {"asc", "desc", NULL};
	struct objects_who who = storage_who(rq, "storage.bucket.list");
	struct bucket_list q = {.search = req_query(rq, "search"),
				.without_type = is_old_python(rq)};
	struct span answer;

	if (!query_int(rq, "limit", 1, &q.limit, e) ||
	    !query_int(rq, "offset", 0, &q.offset, e) ||
	    !query_word(rq, "sortColumn", columns, &q.sort_column, e) ||
	    !query_word(rq, "sortOrder", orders, &q.sort_order, e) ||
	    !objects_bucket_list(rq->ctx->objects, rq->arena, &who, &q, &answer,
				 e))
		return false;
	return reply_json(rq, 200, answer);
}

bool
bucket_get(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.bucket.get");
	struct span answer;

	if (!objects_bucket_get(rq->ctx->objects, rq->arena, &who,
				req_param(rq, "id"), &answer, e))
		return false;
	return reply_json(rq, 200, answer);
}

bool
bucket_update(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.bucket.update");
	struct json_object *in, *out = new_object(rq);

	if (!storage_body(rq, false, &in, e) || !take_public(in, out, e) ||
	    !take_limit(rq, in, out, e) || !take_types(in, out, e))
		return false;
	if (json_object_object_length(out) == 0)
		return storage_invalid(e, "body must match a schema in anyOf");
	if (!objects_bucket_update(rq->ctx->objects, rq->arena, &who,
				   req_param(rq, "id"), json_dump(out), e))
		return false;
	return storage_message(rq, "Successfully updated");
}

bool
bucket_empty(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.bucket.empty");
	struct json_object *in;

	if (!storage_body(rq, true, &in, e) ||
	    !objects_bucket_empty(rq->ctx->objects, rq->arena, &who,
				  req_param(rq, "id"), e))
		return false;
	return storage_message(rq, "Empty bucket has been queued. Completion "
				   "may take up to an hour.");
}

bool
bucket_delete(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.bucket.delete");
	struct json_object *in;

	if (!storage_body(rq, true, &in, e) ||
	    !objects_bucket_delete(rq->ctx->objects, rq->arena, &who,
				   req_param(rq, "id"), e))
		return false;
	return storage_message(rq, "Successfully deleted");
}
