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

static bool
load_templates(struct ctx *c, struct err *e)
{
	const char *dir = c->set->templates_dir;
	const char *raw;

	c->arena = arena_new(TEMPLATES_LIMIT);
	raw = arena_printf(c->arena, "%s/raw.allow", dir);
	return tmpl_load(c->arena, dir, raw,
			 c->set->templates_strict ? TMPL_STRICT : 0,
			 &c->templates, e);
}

bool
ctx_open(struct ctx **out, const struct settings *set,
	 struct db_counters *counters, struct err *e)
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
	c->db = db_new(&db);
	if (!c->db) {
		err_set(e, 500, "start", "out of memory");
		goto fail;
	}
	c->keys = jwt_keys_new();
	if (!c->keys) {
		err_set(e, 500, "start", "out of memory");
		goto fail;
	}
	if (!set->supabase_enabled &&
	    !jwt_keys_open(c->keys, set->jwt_keys_file, set->jwt_secret_file,
			   e))
		goto fail;
	if (!redis_new(set->redis_url, &c->redis, e) ||
	    !mime_new(&c->mime, e) || !fetch_new(&fetch, &c->fetch, e))
		goto fail;
	if (set->supabase_enabled && !hosted_new(c, &c->hosted, e))
		goto fail;
	if (!objects_new(c, &c->objects, e))
		goto fail;
	if (!load_templates(c, e))
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
	mime_free(c->mime);
	redis_free(c->redis);
	jwt_keys_free(c->keys);
	db_free(c->db);
	arena_free(c->arena);
	free(c);
}
