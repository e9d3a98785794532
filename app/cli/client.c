#include "client.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/num.h"
#include "credentials.h"
#include "env.h"
#include "noun.h"

enum {
	TIMEOUT_MS = 30000,
	RETRIES = 3,
	DELAY_MS = 1000,
	CAP_MS = 120000,
	REFRESH_MS = 5 * 60 * 1000,
	ANSWER_LIMIT = 128 * MiB,
	URL_LIMIT = 8 * KiB,
	HEADERS = 8,
};

static const char default_server[] = "https://localhost:8443";

struct client {
	struct arena *a;
	const struct env *env;
	struct fetch *fetch;
	const char *base, *ca_file;
	enum env_origin base_from; /* ENV_NONE: --server or a default */
	const char *session;
	struct credentials who;
	bool in_hurry;
	int timeout_ms, retries, delay_ms;
};

/* --- where -----------------------------------------------------------------
 */

static const char *
server_url_file(struct arena *a, const struct env *v)
{
	const char *dir = env_get(v, "DATA_DIR");
	struct span text;
	struct err e;

	if (!dir ||
	    !file_secret(a, arena_printf(a, "%s/server-url", dir), &text, &e))
		return NULL;
	return text.p;
}

static const char *
choose_base(struct client *c, const struct globals *g)
{
	static const char *const names[] = {"MAESTRO_SERVER_URL",
					    "MAESTRO_API_URL"};
	const char *url = g->server;

	for (size_t i = 0; i < NELEM(names) && !url; i++) {
		url = env_get(c->env, names[i]);
		if (url)
			c->base_from = env_origin(c->env, names[i]);
	}
	if (!url) {
		url = server_url_file(c->a, c->env);
		c->base_from = url ? env_origin(c->env, "DATA_DIR") : ENV_NONE;
	}
	if (!url)
		url = c->who.server;
	return url ? url : default_server;
}

static bool
check_base(struct client *c, const char *url, struct err *e)
{
	struct span s = span_of(url);

	if ((!span_starts(s, "http://") && !span_starts(s, "https://")) ||
	    s.n > URL_LIMIT || strpbrk(url, " \t\r\n#?@"))
		return work_refuse(e, "the server is named like "
				      "https://host:port, without user, "
				      "question mark or blank");
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	c->base = arena_strndup(c->a, s.p, s.n);
	return true;
}

/* Scheme, host and port. */
static struct span
origin_of(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return (struct span){url, (size_t)(host - url) + strcspn(host, "/")};
}

static bool
same_origin(const char *x, const char *y)
{
	struct span a = origin_of(x), b = origin_of(y);

	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

bool
client_has_key(const struct client *c)
{
	struct span o = origin_of(c->base);

	return strncmp(c->base + o.n, "/k/", 3) == 0;
}

/* A token goes where it came from.  One of another tool, without a note of
 * its server, goes anywhere but where a cloned folder's .env points. */
static bool
token_belongs(const struct client *c)
{
	if (c->who.server)
		return same_origin(c->who.server, c->base);
	return c->base_from != ENV_FOLDER;
}

/* --- opening ---------------------------------------------------------------
 */

static int
number(const struct client *c, const char *name, int64_t max, int otherwise)
{
	const char *s = env_get(c->env, name);
	int64_t n;

	return s && num_i64(span_of(s), 0, max, &n) ? (int)n : otherwise;
}

/* Whom to trust and where the accounts are, a cloned folder's .env says of a
 * server that it names itself, as long as no token of that server is kept. */
static bool
may_say(const struct client *c, const char *name)
{
	return env_origin(c->env, name) != ENV_FOLDER ||
	       (c->base_from == ENV_FOLDER &&
		!(c->who.server && same_origin(c->who.server, c->base)));
}

static const char *
ca_from_env(const struct client *c, const char *name)
{
	return may_say(c, name) ? env_get(c->env, name) : NULL;
}

static const char *
choose_ca(const struct client *c, const struct globals *g)
{
	const char *file = g->ca_file;

	if (!file)
		file = ca_from_env(c, "MAESTRO_CACERT");
	if (!file)
		file = ca_from_env(c, "MAESTRO_CA_FILE");
	if (!file && c->who.server && same_origin(c->who.server, c->base))
		file = c->who.ca_file;
	return file;
}

static bool
check_ca(const char *file, struct err *e)
{
	return !file || access(file, R_OK) == 0 ||
	       work_refuse(e, "the certificate %s cannot be read", file);
}

static bool
open_fetch(struct client *c, struct err *e)
{
	const struct fetch_options o = {.ca_file = c->ca_file,
					.user_agent =
						"maestro-cli/" PACKAGE_VERSION};

	return fetch_new(&o, &c->fetch, e);
}

bool
client_open(struct cli *cli, struct client **out, struct err *e)
{
	struct client *c = arena_alloc(cli->a, sizeof *c);

	c->a = cli->a;
	c->env = cli->env;
	if (!credentials_load(c->a, &c->who, e) ||
	    !check_base(c, choose_base(c, &cli->g), e))
		return false;
	c->ca_file = choose_ca(c, &cli->g);
	if (!check_ca(c->ca_file, e) || !open_fetch(c, e))
		return false;
	c->session = env_get(c->env, "MAESTRO_SESSION_ID");
	c->timeout_ms = TIMEOUT_MS;
	c->retries = number(c, "MAESTRO_RETRIES", 100, RETRIES);
	c->delay_ms = number(c, "MAESTRO_RETRY_DELAY", CAP_MS, DELAY_MS);
	*out = c;
	return true;
}

void
client_close(struct client *c)
{
	if (c)
		fetch_free(c->fetch);
}

void
client_hurry(struct client *c, int timeout_ms)
{
	c->in_hurry = true;
	c->timeout_ms = timeout_ms;
	c->retries = 0;
}

const char *
client_base(const struct client *c)
{
	return c->base;
}

bool
client_is_there(const struct client *c, const char *url)
{
	return same_origin(c->base, url);
}

const char *
client_ca_file(const struct client *c)
{
	return c->ca_file;
}

/* --- one request -----------------------------------------------------------
 */

static const char *
host_of(const struct client *c, const char *url, struct span *out)
{
	*out = origin_of(*url == '/' ? c->base : url);
	return out->p;
}

/* What libcurl said, in the words of the exit codes. */
static bool
network_failed(struct client *c, const char *url, struct err *e)
{
	static const struct {
		enum fetch_trouble trouble;
		const char *code;
	} codes[] = {
		{FETCH_UNREACHABLE, "unreachable"},
		{FETCH_TLS,         "tls"        },
		{FETCH_TIMEOUT,     "timeout"    },
	};

	const char *code = "network", *why;
	struct span host;

	for (size_t i = 0; i < NELEM(codes); i++) {
		if (fetch_trouble(c->fetch) == codes[i].trouble)
			code = codes[i].code;
	}
	why = arena_strdup(c->a, e->message);
	host_of(c, url, &host);
	return err_set(e, 503, code, "%.*s: %s", (int)host.n, host.p, why);
}

static const char *
details_of(struct arena *a, const struct json_object *o)
{
	struct json_object *v = json_get(o, "details");

	return v ? arena_strdup(a, json_dump(v)) : NULL;
}

static const char *
first_text(const struct json_object *o, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *s = json_text(o, names[i]);

		if (s && *s)
			return s;
	}
	return NULL;
}

/* The error shapes of /api, /auth/v1 and nginx. */
static bool
answer_refused(struct arena *a, const struct fetch_reply *r, struct err *e)
{
	static const char *const messages[] = {
		"message", "msg", "error_description", "error", "detail"};
	static const char *const codes[] = {"error_code", "code", "error"};
	struct json_object *o = NULL;
	const char *message, *code;

	if (!json_parse(a, r->body.p, r->body.n, &o, e))
		o = NULL;
	message = first_text(o, messages, NELEM(messages));
	code = first_text(o, codes, NELEM(codes));
	if (message)
		err_set(e, r->status, code ? code : "refused", "%s", message);
	else
		err_set(e, r->status, "refused", "the server answered %d",
			r->status);
	e->details = details_of(a, o);
	return false;
}

static bool
try_once(struct client *c, struct arena *a, const struct client_request *rq,
	 struct fetch_reply *out, struct err *e)
{
	struct fetch_header h[HEADERS] = {
		{"Accept", "application/json"}
        };
	struct fetch_request f = {
		.method = rq->method,
		.headers = h,
		.n_headers = 1,
		.body = span_of(rq->body),
		.limit_bytes = ANSWER_LIMIT,
		.timeout_ms = rq->timeout_ms ? rq->timeout_ms : c->timeout_ms,
	};

	f.url = *rq->path == '/' ? arena_printf(a, "%s%s", c->base, rq->path)
				 : rq->path;
	h[f.n_headers++] = (struct fetch_header){
		"Content-Type", "application/json;charset=UTF-8"};
	if (rq->bearer && *rq->bearer)
		h[f.n_headers++] = (struct fetch_header){
			"Authorization",
			arena_printf(a, "Bearer %s", rq->bearer)};
	if (rq->apikey && *rq->apikey)
		h[f.n_headers++] = (struct fetch_header){"apikey", rq->apikey};
	if (rq->etag)
		h[f.n_headers++] =
			(struct fetch_header){"If-None-Match", rq->etag};
	if (c->session && *rq->path == '/')
		h[f.n_headers++] =
			(struct fetch_header){"x-session-id", c->session};
	return fetch_run(c->fetch, a, &f, out, e) ||
	       network_failed(c, rq->path, e);
}

/* Repeated only when the server cannot have acted on it, if that matters. */
static bool
may_repeat(const struct client *c, const struct client_request *rq,
	   const struct err *e)
{
	if (strcmp(e->code, "tls") == 0)
		return false; /* tomorrow it is as wrong as today */
	if (rq->once)
		return fetch_trouble(c->fetch) == FETCH_UNREACHABLE;
	return true;
}

void
client_pause(int64_t ms)
{
	const struct timespec t = {ms / 1000, (ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

static bool
try_often(struct client *c, struct arena *a, const struct client_request *rq,
	  struct fetch_reply *out, struct err *e)
{
	int64_t begun = clock_mono_ms(), delay = c->delay_ms;

	for (int i = 0;; i++) {
		bool answered = try_once(c, a, rq, out, e);

		if (answered && out->status < 500)
			return true;
		if (answered)
			answer_refused(a, out, e);
		if (i >= c->retries || !may_repeat(c, rq, e) ||
		    clock_mono_ms() - begun + delay > CAP_MS)
			return false;
		client_pause(delay);
		delay *= 2;
	}
}

/* --- accounts --------------------------------------------------------------
 */

/* Many a folder's .env names the Supabase project of some application: that
 * is no place to send this password to. */
static bool
auth_from_env(struct client *c, struct client_auth *out)
{
	const char *key = env_get(c->env, "MAESTRO_SUPABASE_ANON_KEY");
	const char *url = NULL;

	if (may_say(c, "MAESTRO_SUPABASE_URL"))
		url = env_get(c->env, "MAESTRO_SUPABASE_URL");
	if (!url && env_origin(c->env, "SUPABASE_URL") != ENV_FOLDER)
		url = env_get(c->env, "SUPABASE_URL");
	if (!key)
		key = env_get(c->env, "SUPABASE_ANON_KEY");
	if (!url || !key)
		return false;
	*out = (struct client_auth){
		arena_printf(c->a, "%.*s/auth/v1",
			     (int)(strlen(url) -
				   (url[strlen(url) - 1] == '/' ? 1 : 0)),
			     url),
		key};
	return true;
}

/* Before anybody is signed in: so not by client_json, which signs in. */
static bool
ask_auth(struct client *c, struct json_object **out, struct err *e)
{
	const struct client_request rq = {.path = "/api/auth/config"};
	struct fetch_reply r;

	if (!try_often(c, c->a, &rq, &r, e))
		return false;
	if (r.status != 200)
		return answer_refused(c->a, &r, e);
	return json_parse(c->a, r.body.p, r.body.n, out, e) ||
	       err_set(e, 502, "bad_answer",
		       "%s does not answer like a maestro", c->base);
}

bool
client_find_auth(struct client *c, struct client_auth *out, struct err *e)
{
	struct json_object *o;
	const char *url;

	if (auth_from_env(c, out))
		return true;
	if (!ask_auth(c, &o, e))
		return false;
	url = json_text(o, "authUrl");
	if (!url)
		return err_set(e, 502, "bad_answer",
			       "%s does not say where its accounts are; set "
			       "MAESTRO_SUPABASE_URL and "
			       "MAESTRO_SUPABASE_ANON_KEY",
			       c->base);
	/* "/auth/v1" is where we found the server, whatever it calls itself. */
	if (*url == '/')
		url = arena_printf(c->a, "%.*s%s", (int)origin_of(c->base).n,
				   c->base, url);
	*out = (struct client_auth){url, json_text(o, "anonKey")};
	return true;
}

/* --- who -------------------------------------------------------------------
 */

static bool
not_signed_in(struct client *c, struct err *e)
{
	if (c->who.access && c->who.server && !token_belongs(c))
		return err_set(e, 401, "not_signed_in",
			       "you are signed in at %s, not at %s",
			       c->who.server, c->base);
	return err_set(e, 401, "not_signed_in", "you are not signed in at %s",
		       c->base);
}

static bool
is_fresh(const struct credentials *who)
{
	return who->expires_ms <= 0 ||
	       who->expires_ms - clock_ms() > REFRESH_MS;
}

static bool
is_over(const struct credentials *who)
{
	return who->expires_ms > 0 && who->expires_ms <= clock_ms();
}

static bool
session_over(struct client *c, struct err *e)
{
	if (!credentials_forget(c->a, e))
		return false;
	c->who.access = NULL;
	return err_set(e, 401, "session_over", "your session at %s is over",
		       c->base);
}

/* Under the lock.  An answer that refuses ends the session; no answer, or a
 * server in trouble, leaves it as it is. */
static bool
refresh(struct client *c, struct err *e)
{
	struct client_auth auth = {c->who.auth_url, c->who.anon_key};
	struct buf body = buf_on(c->a);
	struct client_request rq = {.method = "POST", .bearer = ""};
	struct fetch_reply r;

	if (!auth.url && !client_find_auth(c, &auth, e))
		return false;
	buf_add(&body, "{\"refresh_token\":");
	buf_add_json(&body, c->who.refresh);
	buf_add(&body, "}");
	rq.path = arena_printf(c->a, "%s/token?grant_type=refresh_token",
			       auth.url);
	rq.body = buf_str(&body);
	rq.apikey = auth.anon_key;
	if (!try_often(c, c->a, &rq, &r, e))
		return false;
	if (r.status == 429)
		return answer_refused(c->a, &r, e);
	if (r.status != 200)
		return session_over(c, e);
	return credentials_take(c->a, r.body.p, r.body.n, &c->who, e) &&
	       credentials_save_token(c->a, &c->who, e);
}

/* Whoever waited for the lock finds the work done. */
static bool
refresh_locked(struct client *c, struct err *e)
{
	struct credentials now;
	bool done;
	int lock;

	if (!credentials_lock(c->a, &lock, e))
		return false;
	done = credentials_load(c->a, &now, e);
	if (done) {
		c->who = now;
		if (!now.access)
			done = not_signed_in(c, e);
		else if (!is_fresh(&now))
			done = now.refresh     ? refresh(c, e)
			       : is_over(&now) ? session_over(c, e)
					       : true;
	}
	credentials_unlock(lock);
	return done;
}

static bool
find_bearer(struct client *c, struct err *e)
{
	if (!c->who.access || !token_belongs(c))
		return not_signed_in(c, e);
	if (is_fresh(&c->who) || c->in_hurry)
		return true;
	if (refresh_locked(c, e))
		return true;
	/* The old token may have minutes left: no reason to stop yet. */
	return c->who.access && e->status != 401 && !is_over(&c->who);
}

bool
client_credentials(struct client *c, struct credentials *out, struct err *e)
{
	if (!find_bearer(c, e))
		return false;
	*out = c->who;
	return true;
}

bool
client_run(struct client *c, struct arena *a, const struct client_request *rq,
	   struct fetch_reply *out, struct err *e)
{
	struct client_request full = *rq;

	if (!full.bearer) {
		full.bearer = "";
		if (!client_has_key(c)) {
			if (!find_bearer(c, e))
				return false;
			full.bearer = c->who.access;
		}
	}
	if (!try_often(c, a, &full, out, e))
		return false;
	if (out->status >= 300 && out->status != 304)
		return answer_refused(a, out, e);
	return true;
}

bool
client_json(struct client *c, struct arena *a, const struct client_request *rq,
	    struct json_object **out, struct err *e)
{
	struct fetch_reply r;

	if (!client_run(c, a, rq, &r, e))
		return false;
	if (r.body.n == 0) {
		*out = json_object_new_object();
		return true;
	}
	return json_parse(a, r.body.p, r.body.n, out, e) ||
	       err_set(e, 502, "bad_answer",
		       "%s does not answer like a maestro", c->base);
}

bool
client_get(struct client *c, struct arena *a, const char *path,
	   struct json_object **out, struct err *e)
{
	return client_json(c, a, &(struct client_request){.path = path}, out,
			   e);
}

bool
client_list(struct client *c, struct arena *a, const char *path,
	    struct json_object **out, struct err *e)
{
	bool good;

	if (!client_get(c, a, path, out, e))
		return false;
	good = json_object_is_type(*out, json_type_array);
	for (size_t i = 0; good && i < json_object_array_length(*out); i++)
		good = json_object_is_type(json_object_array_get_idx(*out, i),
					   json_type_object);
	return good || err_set(e, 502, "bad_answer",
			       "%s does not answer like a maestro", c->base);
}

/* --- paths -----------------------------------------------------------------
 */

const char *
client_path(struct arena *a, const char *head, const char *id, const char *tail)
{
	struct buf b = buf_on(a);

	buf_add(&b, head);
	buf_add_url(&b, id);
	buf_add(&b, tail);
	return buf_str(&b);
}

const char *
client_query(struct arena *a, const char *path, const char *name,
	     const char *value)
{
	struct buf b = buf_on(a);

	if (!value)
		return path;
	buf_addf(&b, "%s%c%s=", path, strchr(path, '?') ? '&' : '?', name);
	buf_add_url(&b, value);
	return buf_str(&b);
}
