/*
 * objects_put - bytes in: probe, stream, publish, commit (in that order).
 *
 * The row comes last, so it never names bytes that are not there; whatever
 * fails before it leaves no bytes either, or at worst a blob nobody names,
 * which the sweeper finds.
 */
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/rand.h"
#include "domain/objects_disk.h"
#include "domain/objects_shapes.h"
#include "domain/objects_type.h"
#include "domain/queries.h"

enum {
	BLOCK_BYTES = 128 * KiB, /* not less than MIME_PREFIX_BYTES */
	USER_METADATA_MAX = MiB,
};

/* What the first round trip says about an upload. */
struct terms {
	int64_t limit_bytes;
	const char *types;   /* JSON array, or NULL = any */
	const char *refused; /* SQLSTATE, or NULL */
};

static bool
too_large(struct err *e)
{
	return err_set(e, 413, "entity_too_large",
		       "The object exceeded the maximum allowed size");
}

static const char *
type_of(const struct object_put *p)
{
	return p->type ? p->type : "application/octet-stream";
}

/* The dashboard's mark for an empty folder. */
static bool
is_placeholder(const char *key)
{
	static const char mark[] = ".emptyFolderPlaceholder";
	size_t n = strlen(key), m = sizeof mark - 1;

	return n >= m && strcmp(key + n - m, mark) == 0;
}

static bool
check_type(struct arena *a, const struct object_put *p, const struct terms *t,
	   const char *type, struct err *e)
{
	if (is_placeholder(p->key) || type_allowed(a, t->types, type))
		return true;
	return err_set(e, 415, "invalid_mime_type",
		       "mime type %.120s is not supported", type);
}

static bool
check_terms(struct arena *a, const struct object_put *p, const struct terms *t,
	    struct err *e)
{
	if (!type_is_valid(type_of(p)))
		return err_set(e, 415, "invalid_mime_type",
			       "Invalid Content-Type header");
	if (!check_type(a, p, t, type_of(p), e))
		return false;
	if (p->user_metadata && strlen(p->user_metadata) > USER_METADATA_MAX)
		return too_large(e);
	if (p->length > t->limit_bytes)
		return too_large(e);
	if (!objects_check_key(p->key, e))
		return false;
	if (t->refused)
		return disk_refused_state(e, t->refused, "key_already_exists");
	return true;
}

static int64_t
limit_of(const struct ctx *ctx, const struct object_put *p,
	 const struct db_result *r)
{
	const char *of_bucket = db_value(r, 0, 0);
	int64_t limit = ctx->set->upload_limit_bytes;
	int64_t n = 0;

	if (is_placeholder(p->key))
		return 0;
	for (const char *d = of_bucket ? of_bucket : ""; *d; d++)
		n = n * 10 + (*d - '0'); /* a bigint fits */
	return of_bucket && n < limit ? n : limit;
}

/* One round trip: the bucket's rules, and whether policies agree. */
static bool
probe(struct objects *o, struct arena *a, const struct objects_who *who,
      const struct object_put *p, struct terms *t, struct err *e)
{
	struct db_scope scope = disk_scope(who);
	struct buf meta = buf_on(a);
	struct db_result r;

	if (!objects_check_bucket(p->bucket, e))
		return false;
	buf_add(&meta, "{\"mimetype\":");
	buf_add_json(&meta, type_of(p));
	if (p->length >= 0)
		buf_addf(&meta, ",\"contentLength\":%lld",
			 (long long)p->length);
	buf_add(&meta, "}");

	const struct db_call call = q_storage_upload_probe(
		p->bucket, objects_key_ok(p->key) ? p->key : NULL, who->sub,
		buf_str(&meta), p->user_metadata, p->upsert ? "true" : "false");

	if (!db_run(o->ctx->db, a, &scope, &call, 1, &r, e))
		return disk_refused(e, "key_already_exists");
	if (db_rows(&r) == 0)
		return err_set(e, 404, "no_such_bucket", "Bucket not found");
	t->limit_bytes = limit_of(o->ctx, p, &r);
	t->types = db_value(&r, 0, 1);
	t->refused = db_value(&r, 0, 2);
	return check_terms(a, p, t, e);
}

bool
disk_put_allowed(struct objects *o, struct arena *a,
		 const struct objects_who *who, const struct object_put *p,
		 struct err *e)
{
	struct terms t;

	return probe(o, a, who, p, &t, e);
}

/* --- streaming --- */

struct intake {
	struct blob_writer file;
	struct digest *md5, *sha256;
	char *block;
	int64_t size;
	const char *type; /* once the first block is in */
};

static void
intake_done(void *p)
{
	struct intake *in = p;

	blob_drop(&in->file);
	digest_free(in->md5);
	digest_free(in->sha256);
}

/* Fills a block as far as the source goes. */
static bool
fill(const struct object_source *from, char *block, size_t *n, struct err *e)
{
	size_t got;

	*n = 0;
	do {
		if (!from->read(from->from, block + *n, BLOCK_BYTES - *n, &got,
				e))
			return false;
		*n += got;
	} while (got > 0 && *n < BLOCK_BYTES);
	return true;
}

static bool
decide_type(struct objects *o, struct arena *a, const struct object_put *p,
	    const struct terms *t, struct intake *in, size_t n, struct err *e)
{
	const char *found =
		found_type(o->ctx->mime, a, in->block, n, type_of(p));

	in->type = stored_type(a, found, type_of(p), n == 0);
	return in->type == type_of(p) || check_type(a, p, t, in->type, e);
}

static bool
stream(struct objects *o, struct arena *a, const struct object_put *p,
       const struct object_source *from, const struct terms *t,
       struct intake *in, struct err *e)
{
	size_t n;

	do {
		if (!fill(from, in->block, &n, e))
			return false;
		if ((int64_t)n > t->limit_bytes - in->size)
			return too_large(e);
		if (!in->type && !decide_type(o, a, p, t, in, n, e))
			return false;
		digest_add(in->md5, in->block, n);
		digest_add(in->sha256, in->block, n);
		if (!blob_write(&in->file, in->block, n, e))
			return false;
		in->size += (int64_t)n;
	} while (n == BLOCK_BYTES);
	return true;
}

static const char *
metadata_of(struct arena *a, const struct object_put *p, struct intake *in,
	    const char **etag)
{
	char md5[DIGEST_HEX_MAX], sha256[DIGEST_HEX_MAX], now[CLOCK_RFC3339];
	struct buf b = buf_on(a);

	digest_hex(in->md5, md5);
	digest_hex(in->sha256, sha256);
	clock_rfc3339(clock_ms(), now);
	*etag = arena_printf(a, "\"%s\"", md5);
	buf_addf(&b,
		 "{\"eTag\":\"\\\"%s\\\"\",\"size\":%lld,\"mimetype\":", md5,
		 (long long)in->size);
	buf_add_json(&b, in->type);
	buf_add(&b, ",\"cacheControl\":");
	buf_add_json(&b, p->cache_control ? p->cache_control : "no-cache");
	buf_addf(&b,
		 ",\"lastModified\":\"%s\",\"contentLength\":%lld,"
		 "\"httpStatusCode\":200,\"sha256\":\"%s\"",
		 now, (long long)in->size, sha256);
	if (p->robots) {
		buf_add(&b, ",\"xRobotsTag\":");
		buf_add_json(&b, p->robots);
	}
	buf_add(&b, "}");
	return buf_str(&b);
}

/* A refusal leaves no row for sure, so the bytes may go.  When the connection
 * was lost nobody knows: the sweeper looks later. */
static bool
is_refusal(const struct err *e)
{
	return e->status < 500 || strcmp(e->code, "lock_timeout") == 0 ||
	       (e->sqlstate[0] && e->status != 503);
}

static void
take_back(struct disk *d, const char *version, const struct err *e)
{
	struct err ignored;

	if (is_refusal(e) && !blob_unlink(d->blobs, version, &ignored))
		return; /* the sweeper will try again */
}

static bool
commit(struct objects *o, struct arena *a, const struct objects_who *who,
       const struct object_put *p, const char *version, const char *metadata,
       struct object_stored *out, struct err *e)
{
	struct db_scope service = disk_service(who);
	struct span id;

	if (!db_text(o->ctx->db, a, &service,
		     q_storage_upload_commit(
			     p->bucket, p->key, version, who->sub, metadata,
			     p->user_metadata ? p->user_metadata : "{}",
			     p->upsert ? "true" : "false"),
		     &id, e)) {
		take_back(disk_of(o), version, e);
		return disk_refused(e, "key_already_exists");
	}
	out->id = id.p;
	return true;
}

static bool
make_room(struct blobs *b, const struct object_put *p, struct err *e)
{
	int64_t n = p->length >= 0 ? p->length : p->length_at_most;

	return blobs_have_room(b, n > 0 ? n : 0, e);
}

bool
disk_put(struct objects *o, struct arena *a, const struct objects_who *who,
	 const struct object_put *p, const struct object_source *from,
	 struct object_stored *out, struct err *e)
{
	struct intake *in = arena_alloc(a, sizeof *in);
	char version[UUID_TEXT];
	const char *metadata;
	struct blobs *b;
	struct terms t;

	if (!probe(o, a, who, p, &t, e) || !disk_blobs(disk_of(o), &b, e) ||
	    !make_room(b, p, e) || !blob_begin(b, &in->file, e))
		return false;
	in->md5 = digest_new(DIGEST_MD5);
	in->sha256 = digest_new(DIGEST_SHA256);
	arena_defer(a, intake_done, in);
	in->block = arena_alloc(a, BLOCK_BYTES);

	if (!stream(o, a, p, from, &t, in, e))
		return false;
	rand_uuid(version);
	metadata = metadata_of(a, p, in, &out->etag);
	if (!blob_publish(&in->file, version, e))
		return false;
	out->type = in->type;
	out->size = in->size;
	return commit(o, a, who, p, version, metadata, out, e);
}

/* --- copying --- */

static bool
copy_probe(struct objects *o, struct arena *a, const struct objects_who *who,
	   const struct object_copy *c, struct db_result *r, struct err *e)
{
	struct db_scope scope = disk_scope(who);
	const struct db_call call = q_storage_copy_probe(
		c->bucket, c->key, c->to_bucket ? c->to_bucket : c->bucket,
		c->to_key, who->sub, c->upsert ? "true" : "false",
		c->copy_metadata ? "true" : "false", c->type, c->cache_control,
		c->user_metadata);

	if (!objects_check_key(c->to_key, e))
		return false;
	if (c->type && !type_is_valid(c->type))
		return err_set(e, 415, "invalid_mime_type",
			       "mime type %.120s is not supported", c->type);
	if (!db_run(o->ctx->db, a, &scope, &call, 1, r, e))
		return disk_refused(e, "key_already_exists");
	if (db_rows(r) == 0)
		return err_set(e, 404, "no_such_key", "Object not found");
	if (db_value(r, 0, 3))
		return disk_refused_state(e, db_value(r, 0, 3),
					  "key_already_exists");
	return true;
}

/* A copy may be called something else only as far as an upload may be. */
static const char *
copied_type(struct arena *a, const struct object_copy *c,
	    const struct db_result *r)
{
	const char *found = db_value(r, 0, 4);

	if (!c->type)
		return NULL;
	return stored_type(a, found ? found : "application/octet-stream",
			   c->type, false);
}

/* The bytes get a second name; nothing is read or written. */
bool
disk_copy(struct objects *o, struct arena *a, const struct objects_who *who,
	  const struct object_copy *c, struct span *out, struct err *e)
{
	struct db_scope service = disk_service(who);
	struct disk *d = disk_of(o);
	char version[UUID_TEXT];
	struct db_result r, made;
	struct db_call call;
	struct blobs *b;
	const char *from;

	if (!disk_blobs(d, &b, e))
		return false;
	if (!copy_probe(o, a, who, c, &r, e))
		return false;
	from = db_value(&r, 0, 0);
	rand_uuid(version);
	if (!blob_link(b, from ? from : "", version, e))
		return false;

	call = q_storage_copy_commit(
		c->to_bucket ? c->to_bucket : c->bucket, c->to_key, version,
		who->sub, db_value(&r, 0, 1), db_value(&r, 0, 2),
		c->upsert ? "true" : "false", copied_type(a, c, &r));
	if (!db_run(o->ctx->db, a, &service, &call, 1, &made, e)) {
		take_back(d, version, e);
		return disk_refused(e, "key_already_exists");
	}
	*out = storage_row(a, &storage_copied, &made);
	return true;
}
