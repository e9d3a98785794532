#include "ctx.h"

#include <stdlib.h>

#include "core/fetch.h"
#include "core/jwt.h"
#include "core/mime.h"
#include "core/redis.h"
#include "core/tmpl.h"
#include "domain/hosted.h"
#include "domain/identity.h"
#include "domain/mailer.h"
#include "domain/objects.h"
#include "domain/queries.h"
#include "domain/ratelimit.h"

/* Templates are memory of the process, not of a request. */
enum {
	TEMPLATES_LIMIT = 64 * MiB
};

struct ctx_shared {
	struct arena *arena; /* of the templates */
	const struct tmpl_set *templates;
	struct mime *mime;
	struct jwt_keys *keys; /* NULL if supabase_enabled: not ours */
};

static bool
load_templates(struct ctx_shared *s, const struct settings *set, struct err *e)
{
	const char *dir = set->templates_dir;
	const char *raw;

	s->arena = arena_new(TEMPLATES_LIMIT);
	raw = arena_printf(s->arena, "%s/raw.allow", dir);
	return tmpl_load(s->arena, dir, raw,
			 set->templates_strict ? TMPL_STRICT : 0, &s->templates,
			 e);
}

static bool
load_keys(struct ctx_shared *s, const struct settings *set, struct err *e)
{
	if (set->supabase_enabled)
		return true;
	s->keys = jwt_keys_new();
	if (!s->keys)
		return err_set(e, 500, "start", "out of memory");
	return jwt_keys_open(s->keys, set->jwt_keys_file, set->jwt_secret_file,
			     e);
}

static struct ctx_shared *
load_shared(const struct settings *set, struct err *e)
{
	struct ctx_shared *s = calloc(1, sizeof *s);

	if (!s) {
		err_set(e, 500, "start", "out of memory");
		return NULL;
	}
	if (!fetch_prepare(e) || !load_keys(s, set, e) ||
	    !mime_new(&s->mime, e) || !load_templates(s, set, e)) {
		ctx_unshare(s);
		return NULL;
	}
	return s;
}

bool
ctx_share(struct ctx_shared **out, const struct settings *set, struct err *e)
{
	struct ctx_shared *s = load_shared(set, e);

	if (!s)
		return false;
	if (s->keys && !jwt_keys_prove(s->keys, e)) {
		ctx_unshare(s);
		return false;
	}
	mime_warm(s->mime);
	*out = s;
	return true;
}

void
ctx_unshare(struct ctx_shared *s)
{
	if (!s)
		return;
	mime_free(s->mime);
	jwt_keys_free(s->keys);
	arena_free(s->arena);
	free(s);
}

static bool
take_shared(struct ctx *c, const struct ctx_shared *shared, struct err *e)
{
	if (!shared)
		shared = c->own = load_shared(c->set, e);
	if (!shared)
		return false;
	c->templates = shared->templates;
	c->mime = shared->mime;
	c->keys = shared->keys;
	if (c->keys)
		return true;
	c->keys = c->fetched = jwt_keys_new();
	return c->keys || err_set(e, 500, "start", "out of memory");
}

bool
ctx_open(struct ctx **out, const struct settings *set,
	 const struct ctx_shared *shared, struct db_counters *counters,
	 struct err *e)
{
	const struct db_options db = {
		.url = set->database_url,
		.statements = queries,
		.n_statements = QUERY_COUNT,
		.scope_query = Q_REQUEST_SCOPE,
		.no_prepare = !set->database_prepare,
		.counters = counters,
	};
	const struct fetch_options fetch = {.ca_file = set->ca_file};
	struct ctx *c = calloc(1, sizeof *c);

	if (!c)
		return err_set(e, 500, "start", "out of memory");
	c->set = set;
	if (!take_shared(c, shared, e))
		goto fail;
	c->db = db_new(&db);
	if (!c->db) {
		err_set(e, 500, "start", "out of memory");
		goto fail;
	}
	if (!redis_new(set->redis_url, &c->redis, e) ||
	    !fetch_new(&fetch, &c->fetch, e))
		goto fail;
	if (set->supabase_enabled && !hosted_new(c, &c->hosted, e))
		goto fail;
	if (!objects_new(c, &c->objects, e))
		goto fail;
	c->limits = ratelimit_new(set, c->redis);
	c->mailer = mailer_new(c);
	c->identity = set->supabase_enabled ? identity_supabase_new(c)
					    : identity_local_new(c);
	*out = c;
	return true;
fail:
	ctx_close(c);
	return false;
}

void
ctx_close(struct ctx *c)
{
	if (!c)
		return;
	identity_free(c->identity);
	mailer_free(c->mailer);
	ratelimit_free(c->limits);
	objects_free(c->objects);
	hosted_free(c->hosted);
	fetch_free(c->fetch);
	redis_free(c->redis);
	jwt_keys_free(c->fetched);
	db_free(c->db);
	ctx_unshare(c->own);
	free(c);
}
