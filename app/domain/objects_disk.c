/*
 * objects_disk - the object store of this machine: buckets, moves and deletes,
 * which touch rows only.  Bytes are written in objects_put.c and read in
 * objects_read.c; objects_list.c lists.
 *
 * Every operation is one round trip; statements that the service makes after
 * the caller's policies have agreed ride in the same pipeline, so a refusal of
 * the first undoes nothing because nothing was done.
 */
#include "objects_disk.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "domain/objects_shapes.h"
#include "domain/queries.h"

enum {
	EMPTY_MOST = 200000, /* objects that one call empties a bucket of */
	EMPTY_TIMEOUT_MS = 25000,
};

struct disk *
disk_of(struct objects *o)
{
	return (struct disk *)o; /* base is the first member */
}

bool
disk_blobs(struct disk *d, struct blobs **out, struct err *e)
{
	const struct settings *set = d->base.ctx->set;
	unsigned flags = BLOBS_MAKE | (set->store_fsync ? BLOBS_SYNC : 0);

	if (!d->blobs && !blobs_open(set->store_dir, flags, &d->blobs, e))
		return false;
	*out = d->blobs;
	return true;
}

struct db_scope
disk_service(const struct objects_who *who)
{
	struct db_scope s = *who->scope;

	s.role = "service_role";
	s.claims = "{\"role\":\"service_role\"}";
	return s;
}

struct db_scope
disk_scope(const struct objects_who *who)
{
	return who->as_service ? disk_service(who) : *who->scope;
}

static const struct {
	const char *state; /* a prefix */
	const char *code;  /* NULL: the caller says */
	const char *message;
} states[] = {
	{"42501", "access_denied",
	 "new row violates row-level security policy"                                        },
	{"23505", NULL,				 "The resource already exists"        },
	{"23503", "related_not_found",                  "The related resource does not exist"},
	{"55P03", "resource_locked",                    "The resource is locked"             },
	{"22",    "invalid_parameter",                  "Invalid Parameter"                  },
	{"P0001", "invalid_request",                    "a rule of the database refused this"},
	{"57014", "database_timeout",
	 "The connection to the database timed out"                                          },
	{"25006", "database_read_only",                 "the database is read-only"          },
	{"42P17", "database_invalid_object_definition",
	 "a policy refers to itself"							 },
	{"42703", "database_schema_mismatch",           "a column is missing"                },
	{"42P01", "database_schema_mismatch",           "a table is missing"                 },
};

bool
disk_refused_state(struct err *e, const char *sqlstate, const char *duplicate)
{
	for (size_t i = 0; i < NELEM(states); i++) {
		const char *code = states[i].code;
		const struct objects_code *c;

		if (strncmp(sqlstate, states[i].state,
			    strlen(states[i].state)) != 0)
			continue;
		c = objects_code_of(code ? code : duplicate);
		return err_set(e, c ? c->status : 409, code ? code : duplicate,
			       "%s", states[i].message);
	}
	return err_set(e, 500, "database_error", "database error, code: %.5s",
		       sqlstate);
}

/* Our own functions raise PTnnn with the store's codes already; a database
 * that is not there keeps its 503. */
bool
disk_refused(struct err *e, const char *duplicate)
{
	char state[sizeof e->sqlstate];

	if (!e->sqlstate[0] || strncmp(e->sqlstate, "PT", 2) == 0 ||
	    strncmp(e->sqlstate, "08", 2) == 0 ||
	    strncmp(e->sqlstate, "57P", 3) == 0 ||
	    strncmp(e->sqlstate, "53", 2) == 0)
		return false;
	memcpy(state, e->sqlstate, sizeof state);
	disk_refused_state(e, state, duplicate);
	memcpy(e->sqlstate, state, sizeof state);
	return false;
}

bool
disk_rows(struct objects *o, struct arena *a, const struct objects_who *who,
	  struct db_call call, struct db_result *r, struct err *e)
{
	struct db_scope scope = disk_scope(who);

	return db_run(o->ctx->db, a, &scope, &call, 1, r, e) ||
	       disk_refused(e, "resource_already_exists");
}

static bool
exec(struct objects *o, struct arena *a, const struct objects_who *who,
     struct db_call call, struct err *e)
{
	struct db_scope scope = disk_scope(who);

	return db_exec(o->ctx->db, a, &scope, call, e) ||
	       disk_refused(e, "resource_already_exists");
}

/* --- buckets --- */

static bool
disk_bucket_create(struct objects *o, struct arena *a,
		   const struct objects_who *who, const char *json,
		   struct span *out, struct err *e)
{
	struct db_scope scope = disk_scope(who);
	struct buf b = buf_on(a);
	struct json_object *in;

	if (!json_parse(a, json, strlen(json), &in, e))
		return false;
	if (!db_exec(o->ctx->db, a, &scope,
		     q_storage_bucket_create(json, who->sub), e))
		return disk_refused(e, "bucket_already_exists");
	buf_add(&b, "{\"name\":");
	buf_add_json(&b, json_text(in, "name"));
	buf_add(&b, "}");
	*out = (struct span){buf_str(&b), b.n};
	return true;
}

static bool
disk_bucket_list(struct objects *o, struct arena *a,
		 const struct objects_who *who, const struct bucket_list *q,
		 struct span *out, struct err *e)
{
	struct db_result r;

	if (!disk_rows(o, a, who,
		       q_storage_bucket_list(
			       q->search, q->sort_column,
			       q->sort_order ? q->sort_order : "asc",
			       q->limit ? arena_printf(a, "%lld",
						       (long long)q->limit)
					: NULL,
			       arena_printf(a, "%lld", (long long)q->offset)),
		       &r, e))
		return false;
	*out = storage_rows(
		a, q->without_type ? &storage_bucket_old : &storage_bucket, &r);
	return true;
}

static bool
disk_bucket_get(struct objects *o, struct arena *a,
		const struct objects_who *who, const char *id, struct span *out,
		struct err *e)
{
	struct db_result r;

	if (!disk_rows(o, a, who, q_storage_bucket_get(id), &r, e))
		return false;
	if (db_rows(&r) == 0)
		return err_set(e, 404, "no_such_bucket", "Bucket not found");
	*out = storage_row(a, &storage_bucket, &r);
	return true;
}

static bool
disk_bucket_update(struct objects *o, struct arena *a,
		   const struct objects_who *who, const char *id,
		   const char *json, struct err *e)
{
	return exec(o, a, who, q_storage_bucket_update(id, json), e);
}

static bool
disk_bucket_empty(struct objects *o, struct arena *a,
		  const struct objects_who *who, const char *id, struct err *e)
{
	struct db_scope longer = *who->scope;
	struct objects_who as = *who;

	longer.timeout_ms = EMPTY_TIMEOUT_MS;
	as.scope = &longer;
	return exec(o, a, &as,
		    q_storage_bucket_empty(
			    id, arena_printf(a, "%d", (int)EMPTY_MOST)),
		    e);
}

static bool
disk_bucket_delete(struct objects *o, struct arena *a,
		   const struct objects_who *who, const char *id, struct err *e)
{
	return exec(o, a, who, q_storage_bucket_delete(id), e);
}

/* --- moving and deleting --- */

static bool
disk_move(struct objects *o, struct arena *a, const struct objects_who *who,
	  const struct object_move *m, struct err *e)
{
	const char *args[] = {m->bucket, m->key,
			      m->to_bucket ? m->to_bucket : m->bucket,
			      m->to_key, who->sub};
	struct db_scope scope = disk_scope(who);
	struct db_scope service = disk_service(who);
	const struct db_call calls[] = {
		{Q_STORAGE_MOVE_PROBE,  args, NULL    },
		{Q_STORAGE_MOVE_COMMIT, args, &service},
	};
	struct db_result results[NELEM(calls)];

	if (!objects_check_key(m->to_key, e))
		return false;
	return db_run(o->ctx->db, a, &scope, calls, NELEM(calls), results, e) ||
	       disk_refused(e, "resource_already_exists");
}

static bool
disk_delete(struct objects *o, struct arena *a, const struct objects_who *who,
	    const char *bucket, const char *key, struct err *e)
{
	return exec(o, a, who, q_storage_delete(bucket, key), e);
}

static bool
disk_delete_many(struct objects *o, struct arena *a,
		 const struct objects_who *who, const char *bucket,
		 const char *keys, struct span *out, struct err *e)
{
	struct db_result r;

	if (!disk_rows(o, a, who, q_storage_delete_many(bucket, keys), &r, e))
		return false;
	*out = storage_rows(a, &storage_object, &r);
	return true;
}

static void
disk_free(struct objects *o)
{
	struct disk *d = disk_of(o);

	blobs_close(d->blobs);
	free(d);
}

static const struct objects_ops disk_ops = {
	.free = disk_free,
	.bucket_create = disk_bucket_create,
	.bucket_list = disk_bucket_list,
	.bucket_get = disk_bucket_get,
	.bucket_update = disk_bucket_update,
	.bucket_empty = disk_bucket_empty,
	.bucket_delete = disk_bucket_delete,
	.put = disk_put,
	.put_allowed = disk_put_allowed,
	.stat = disk_stat,
	.send = disk_send,
	.list = disk_list,
	.list_v2 = disk_list_v2,
	.sign = disk_sign,
	.sign_many = disk_sign_many,
	.sign_upload = disk_sign_upload,
	.move = disk_move,
	.copy = disk_copy,
	.del = disk_delete,
	.del_many = disk_delete_many,
};

bool
objects_disk_new(struct ctx *ctx, struct objects **out, struct err *e)
{
	struct disk *d = calloc(1, sizeof *d);

	if (!d)
		return err_set(e, 500, "start", "out of memory");
	d->base = (struct objects){&disk_ops, ctx};
	*out = &d->base;
	return true;
}
