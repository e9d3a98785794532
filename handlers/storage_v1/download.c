/*
 * GET and HEAD of objects.  The row answers HEAD, conditions and hopeless
 * ranges; bytes leave through nginx (X-Accel-Redirect), which does the rest
 * of Range and If-Range with the ETag sent along.
 */
#include <string.h>

#include "core/clock.h"
#include "core/num.h"
#include "storage.h"

/* --- conditions (RFC 9110 13) --- */

static struct span
opaque(struct span tag)
{
	while (tag.n && (tag.p[0] == ' ' || tag.p[0] == '\t')) {
		tag.p++;
		tag.n--;
	}
	while (tag.n && (tag.p[tag.n - 1] == ' ' || tag.p[tag.n - 1] == '\t'))
		tag.n--;
	if (span_starts(tag, "W/")) {
		tag.p += 2;
		tag.n -= 2;
	}
	return tag;
}

/* Our tags hold no comma, so a list may be cut at them. */
static bool
tag_listed(const char *list, const char *etag)
{
	struct span rest = span_of(list);

	if (strcmp(list, "*") == 0)
		return true;
	while (rest.n) {
		struct span tag = opaque(span_cut(&rest, ','));

		if (tag.n && span_is(tag, etag))
			return true;
	}
	return false;
}

static bool
not_modified(const struct req *rq, const struct object_info *info)
{
	const char *tags = req_header(rq, "If-None-Match");
	const char *date = req_header(rq, "If-Modified-Since");
	int64_t since;

	if (tags && *tags)
		return tag_listed(tags, info->etag);
	return date && clock_parse_http(span_of(date), &since) &&
	       info->modified_s <= since;
}

/* One range of bytes that starts behind the end.  Several ranges, and units
 * nobody knows, are ignored like If-Range that does not match. */
static bool
hopeless_range(const struct req *rq, const struct object_info *info)
{
	const char *range = req_header(rq, "Range");
	const char *only_if = req_header(rq, "If-Range");
	struct span rest = span_of(range), first;
	int64_t n;

	if (!range || !span_starts(rest, "bytes=") || strchr(range, ',') ||
	    info->size < 0 ||
	    (only_if && *only_if && strcmp(only_if, info->etag) != 0))
		return false;
	rest.p += 6;
	rest.n -= 6;
	if (!memchr(rest.p, '-', rest.n))
		return false;
	first = span_cut(&rest, '-');
	if (first.n == 0)
		return num_i64(rest, 0, INT64_MAX, &n) &&
		       (n == 0 || info->size == 0);
	return num_i64(first, 0, INT64_MAX, &n) && n >= info->size;
}

/* --- headers --- */

static bool
contains_html(const char *type)
{
	return strcasestr(type, "text/html") != NULL;
}

static void
add_disposition(struct req *rq)
{
	static const char keep[] = "!'()*"; /* as encodeURIComponent */
	const char *name = req_query(rq, "download");
	struct buf b = buf_on(rq->arena), v = buf_on(rq->arena);

	if (!name)
		return;
	if (!*name) {
		reply_header(rq, "Content-Disposition", "attachment;");
		return;
	}
	buf_add_urln(&b, name, strlen(name), keep);
	buf_addf(&v, "attachment; filename=%s; filename*=UTF-8''%s",
		 buf_str(&b), buf_str(&b));
	reply_header(rq, "Content-Disposition", buf_str(&v));
}

static void
add_cache_control(struct req *rq, const struct object_info *info)
{
	const char *tags = req_header(rq, "If-None-Match");

	if (!*info->cache_control)
		return;
	if (tags && *tags && !tag_listed(tags, info->etag))
		reply_header(rq, "Cache-Control",
			     arena_printf(rq->arena,
					  "%s, stale-while-revalidate=30",
					  info->cache_control));
	else
		reply_header(rq, "Cache-Control", info->cache_control);
}

/* expires_s: the end of a signed URL, or 0. */
static void
add_headers(struct req *rq, const struct object_info *info, int64_t expires_s)
{
	char date[CLOCK_HTTP];

	if (*info->etag)
		reply_header(rq, "ETag", info->etag);
	clock_http(info->modified_s, date);
	reply_header(rq, "Last-Modified", date);
	if (expires_s) {
		clock_http(expires_s, date);
		reply_header(rq, "Expires", date);
	} else {
		add_cache_control(rq, info);
	}
	reply_header(rq, "X-Robots-Tag", info->robots ? info->robots : "none");
	/* Stored documents must not act as pages of this site. */
	reply_header(rq, "Content-Security-Policy",
		     "default-src 'none'; sandbox");
	add_disposition(rq);
}

static bool
send_object(struct req *rq, const struct object_info *info, int64_t expires_s,
	    struct err *e)
{
	const char *type =
		contains_html(info->type) ? "text/plain" : info->type;

	if (rq->method == M_HEAD) {
		add_headers(rq, info, expires_s);
		reply_header(rq, "Accept-Ranges", "bytes");
		return reply_stream_begin(rq, 200, type, info->size, e);
	}
	if (!info->blob)
		return err_set(e, 404, "bytes_missing",
			       "The resource was not found");
	if (not_modified(rq, info)) {
		add_headers(rq, info, expires_s);
		return reply_empty(rq, 304);
	}
	if (hopeless_range(rq, info)) {
		reply_header(rq, "Content-Range",
			     arena_printf(rq->arena, "bytes */%lld",
					  (long long)info->size));
		return err_set(e, 416, "invalid_range",
			       "invalid range provided");
	}
	add_headers(rq, info, expires_s);
	return reply_accel(rq, 200, type,
			   arena_printf(rq->arena, "/_blob/%s", info->blob));
}

/* --- handlers --- */

static const char *
operation(const struct req *rq, const char *get, const char *head)
{
	return rq->method == M_HEAD ? head : get;
}

/* Nobody in particular sees public buckets only. */
static enum object_access
access_of(const struct req *rq)
{
	return rq->caller.credential == CRED_NONE ? OBJECT_PUBLIC
						  : OBJECT_AS_CALLER;
}

static bool
look(struct req *rq, const struct objects_who *who, enum object_access access,
     struct object_info *info, struct err *e)
{
	const struct object_want w = {.bucket = req_param(rq, "bucket"),
				      .key = req_param(rq, "key"),
				      .access = access};

	return objects_stat(rq->ctx->objects, rq->arena, who, &w, info, e);
}

bool
object_get(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(
		rq, operation(rq, "storage.object.get_authenticated",
			      "storage.object.head_authenticated_info"));
	struct object_info info;

	return look(rq, &who, access_of(rq), &info, e) &&
	       send_object(rq, &info, 0, e);
}

bool
object_get_public(struct req *rq, struct err *e)
{
	struct objects_who who =
		storage_who(rq, operation(rq, "storage.object.get_public",
					  "storage.object.info_public"));
	struct object_info info;

	return look(rq, &who, OBJECT_PUBLIC, &info, e) &&
	       send_object(rq, &info, 0, e);
}

bool
object_get_signed(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.get_signed");
	struct json_object *claims;
	struct object_info info;
	int64_t exp_s;

	who.as_service = true;
	return storage_signed(rq, "download", &claims, &exp_s, e) &&
	       look(rq, &who, OBJECT_AS_CALLER, &info, e) &&
	       send_object(rq, &info, exp_s, e);
}

static void
add_text(struct buf *b, const char *name, const char *text)
{
	buf_addf(b, ",\"%s\":", name);
	buf_add_json(b, text && *text ? text : NULL);
}

static bool
reply_info(struct req *rq, const struct object_info *i)
{
	char date[CLOCK_HTTP];
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "{\"id\":");
	buf_add_json(&b, i->id);
	add_text(&b, "name", i->key);
	add_text(&b, "version", i->version);
	add_text(&b, "bucket_id", i->bucket);
	if (i->size >= 0)
		buf_addf(&b, ",\"size\":%lld", (long long)i->size);
	else
		buf_add(&b, ",\"size\":null");
	add_text(&b, "content_type", i->type);
	add_text(&b, "cache_control", i->cache_control);
	add_text(&b, "etag", i->etag);
	buf_addf(&b, ",\"metadata\":%s",
		 i->user_metadata ? i->user_metadata : "null");
	add_text(&b, "last_modified", i->updated_at);
	add_text(&b, "created_at", i->created_at);
	buf_add(&b, "}");

	if (*i->etag)
		reply_header(rq, "ETag", i->etag);
	clock_http(i->modified_s, date);
	reply_header(rq, "Last-Modified", date);
	if (*i->cache_control)
		reply_header(rq, "Cache-Control", i->cache_control);
	return reply_json(rq, 200, (struct span){buf_str(&b), b.n});
}

bool
object_info(struct req *rq, struct err *e)
{
	struct objects_who who =
		storage_who(rq, "storage.object.get_authenticated_info");
	struct object_info info;

	return look(rq, &who, access_of(rq), &info, e) && reply_info(rq, &info);
}

bool
object_info_public(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.info_public");
	struct object_info info;

	return look(rq, &who, OBJECT_PUBLIC, &info, e) && reply_info(rq, &info);
}
