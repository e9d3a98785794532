/*
 * objects_read - what there is, and its bytes for callers that cannot let
 * nginx send them.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/num.h"
#include "domain/objects_disk.h"
#include "domain/queries.h"

enum {
	BLOCK_BYTES = 128 * KiB
};

/* Columns of storage_object_stat and storage_public_stat. */
enum {
	COL_ID,
	COL_VERSION,
	COL_TYPE,
	COL_ETAG,
	COL_CACHE,
	COL_ROBOTS,
	COL_SIZE,
	COL_MODIFIED,
	COL_USER_METADATA,
	COL_CREATED,
	COL_UPDATED,
};

static const char *
or_text(const char *s, const char *otherwise)
{
	return s ? s : otherwise;
}

/* Seconds since 1970 with digits behind a point, as extract(epoch) tells
 * them; cut to ms. */
static bool
parse_epoch(struct span text, int64_t *ms)
{
	struct span rest = text, whole = span_cut(&rest, '.');
	int64_t s, part;

	if (rest.n < 3)
		return false;
	rest.n = 3;
	if (!num_i64(whole, 0, INT64_MAX / 1000 - 1, &s) ||
	    !num_i64(rest, 0, 999, &part))
		return false;
	*ms = s * 1000 + part;
	return true;
}

static const char *
iso_of(struct arena *a, struct span epoch)
{
	char text[CLOCK_RFC3339];
	int64_t ms;

	if (!parse_epoch(epoch, &ms))
		return "";
	clock_rfc3339(ms, text);
	return arena_strdup(a, text);
}

/* Rows can come from SQL, so nothing in their metadata is taken on trust. */
static void
fill_info(struct arena *a, const struct db_result *r,
	  const struct object_want *w, struct object_info *out)
{
	const char *version = db_value(r, 0, COL_VERSION);
	int64_t ms = 0;

	*out = (struct object_info){
		.id = db_value(r, 0, COL_ID),
		.bucket = w->bucket,
		.key = w->key,
		.version = version,
		.type = or_text(db_value(r, 0, COL_TYPE),
				"application/octet-stream"),
		.etag = or_text(db_value(r, 0, COL_ETAG), ""),
		.cache_control = or_text(db_value(r, 0, COL_CACHE), ""),
		.robots = db_value(r, 0, COL_ROBOTS),
		.user_metadata = db_value(r, 0, COL_USER_METADATA),
		.created_at = iso_of(a, db_span(r, 0, COL_CREATED)),
		.updated_at = iso_of(a, db_span(r, 0, COL_UPDATED)),
		.size = -1,
		.blob = version ? blob_path(a, version) : NULL,
	};
	if (!num_i64(db_span(r, 0, COL_SIZE), 0, INT64_MAX, &out->size))
		out->size = -1;
	if (clock_parse_rfc3339(db_span(r, 0, COL_MODIFIED), &ms) ||
	    parse_epoch(db_span(r, 0, COL_UPDATED), &ms))
		out->modified_s = ms / 1000;
}

/* A row made in SQL, or one whose bytes were lost, has no blob to send. */
static bool
check_bytes(struct disk *d, struct object_info *out, struct err *e)
{
	struct blobs *b;

	if (!disk_blobs(d, &b, e))
		return false;
	if (out->blob && !blob_exists(b, out->version))
		out->blob = NULL;
	return true;
}

bool
disk_stat(struct objects *o, struct arena *a, const struct objects_who *who,
	  const struct object_want *w, struct object_info *out, struct err *e)
{
	bool is_public = w->access == OBJECT_PUBLIC;
	const struct db_call call =
		is_public ? q_storage_public_stat(w->bucket, w->key)
			  : q_storage_object_stat(w->bucket, w->key);
	struct db_scope scope = disk_scope(who);
	struct db_result r;

	if (!objects_check_bucket(w->bucket, e) ||
	    !objects_check_key(w->key, e))
		return false;
	if (!db_run(o->ctx->db, a, &scope, &call, 1, &r, e))
		return disk_refused(e, "resource_already_exists");
	if (db_rows(&r) == 0)
		return err_set(e, 404, "no_such_bucket", "Bucket not found");
	if (!db_value(&r, 0, COL_ID))
		return err_set(e, 404, "no_such_key", "Object not found");
	fill_info(a, &r, w, out);
	return check_bytes(disk_of(o), out, e);
}

/* --- sending --- */

struct reading {
	int fd;
};

static void
reading_done(void *p)
{
	struct reading *rd = p;

	close(rd->fd);
}

/* "bytes=A-B", "A-", "-N".  False: not one satisfiable range. */
static bool
parse_range(const char *text, int64_t size, int64_t *from, int64_t *to)
{
	struct span rest = span_of(text), first;
	int64_t x = 0, y = 0;

	if (!span_starts(rest, "bytes=") || strpbrk(text, ", "))
		return false;
	rest.p += 6;
	rest.n -= 6;
	if (!memchr(rest.p, '-', rest.n))
		return false;
	first = span_cut(&rest, '-');
	if (first.n == 0) {
		if (!num_i64(rest, 1, INT64_MAX, &x) || size == 0)
			return false;
		*from = x < size ? size - x : 0;
		*to = size - 1;
		return true;
	}
	if (!num_i64(first, 0, INT64_MAX, &x) || x >= size)
		return false;
	y = size - 1;
	if (rest.n && (!num_i64(rest, 0, INT64_MAX, &y) || y < x))
		return false;
	*from = x;
	*to = y < size - 1 ? y : size - 1;
	return true;
}

static bool
send_bytes(struct arena *a, int fd, int64_t from, int64_t n,
	   const struct object_sink *to, struct err *e)
{
	char *block = arena_alloc(a, BLOCK_BYTES);

	while (n > 0) {
		size_t want = n < BLOCK_BYTES ? (size_t)n : BLOCK_BYTES;
		ssize_t got = pread(fd, block, want, from);

		if (got <= 0)
			return err_set(e, 500, "storage_io",
				       "a blob is shorter than its row says");
		if (!to->body(to->to, block, (size_t)got, e))
			return false;
		from += got;
		n -= got;
	}
	return true;
}

bool
disk_send(struct objects *o, struct arena *a, const struct objects_who *who,
	  const struct object_want *w, const struct object_sink *to,
	  struct err *e)
{
	struct reading *rd = arena_alloc(a, sizeof *rd);
	struct object_info info;
	struct blobs *b;
	int64_t size, first = 0, last;
	const char *range = NULL;
	int status = 200;

	if (!disk_stat(o, a, who, w, &info, e))
		return false;
	if (w->if_none_match && strcmp(w->if_none_match, info.etag) == 0)
		return to->head(to->to, 304, &info, 0, NULL, e);
	if (!disk_blobs(disk_of(o), &b, e) ||
	    !blob_read(b, or_text(info.version, ""), &rd->fd, &size, e))
		return false;
	arena_defer(a, reading_done, rd);
	info.size = size;
	last = size - 1;
	if (w->range && parse_range(w->range, size, &first, &last)) {
		status = 206;
		range = arena_printf(a, "bytes %lld-%lld/%lld",
				     (long long)first, (long long)last,
				     (long long)size);
	}
	return to->head(to->to, status, &info, last - first + 1, range, e) &&
	       send_bytes(a, rd->fd, first, last - first + 1, to, e);
}
