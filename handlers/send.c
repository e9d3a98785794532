/*
 * send - objects as HTTP answers; see send.h.
 */
#include "send.h"

#include <string.h>

#include "core/clock.h"
#include "core/num.h"
#include "domain/objects_type.h"

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

const char *
send_disposition(struct req *rq, const char *kind, const char *name)
{
	static const char keep[] = "!'()*"; /* as encodeURIComponent */
	struct buf b = buf_on(rq->arena);

	buf_add_urln(&b, name, strlen(name), keep);
	return arena_printf(rq->arena, "%s; filename=%s; filename*=UTF-8''%s",
			    kind, buf_str(&b), buf_str(&b));
}

static void
add_cache_control(struct req *rq, const char *value, const char *etag)
{
	const char *tags = req_header(rq, "If-None-Match");

	if (!*value)
		return;
	if (tags && *tags && !tag_listed(tags, etag))
		value = arena_printf(rq->arena, "%s, stale-while-revalidate=30",
				     value);
	reply_header(rq, "Cache-Control", value);
}

static void
add_headers(struct req *rq, const struct object_info *info,
	    const struct send_options *o)
{
	char date[CLOCK_HTTP];

	if (*info->etag)
		reply_header(rq, "ETag", info->etag);
	clock_http(info->modified_s, date);
	reply_header(rq, "Last-Modified", date);
	if (o->expires_s) {
		clock_http(o->expires_s, date);
		reply_header(rq, "Expires", date);
	} else if (o->cache_control) {
		reply_header(rq, "Cache-Control", o->cache_control);
	} else {
		add_cache_control(rq, info->cache_control, info->etag);
	}
	reply_header(rq, "X-Robots-Tag", info->robots ? info->robots : "none");
	/* Stored documents must not act as pages of this site. */
	reply_header(rq, "Content-Security-Policy",
		     "default-src 'none'; sandbox");
	if (o->disposition)
		reply_header(rq, "Content-Disposition", o->disposition);
}

/* Rows can come from SQL: what is no type must not become a header. */
static const char *
safe_type(const struct object_info *info)
{
	if (!type_is_valid(info->type))
		return "application/octet-stream";
	return contains_html(info->type) ? "text/plain" : info->type;
}

/* --- bytes from elsewhere --- */

struct passing {
	struct req *rq;
	const struct send_options *o;
};

static bool
pass_head(void *to, int status, const struct object_info *info, int64_t length,
	  const char *content_range, struct err *e)
{
	struct passing *p = to;

	add_headers(p->rq, info, p->o);
	if (status == 304)
		return reply_empty(p->rq, 304);
	if (content_range)
		reply_header(p->rq, "Content-Range", content_range);
	reply_header(p->rq, "Accept-Ranges", "bytes");
	return reply_stream_begin(p->rq, status, safe_type(info), length, e);
}

static bool
pass_body(void *to, const void *bytes, size_t n, struct err *e)
{
	struct passing *p = to;

	return reply_stream_write(p->rq, bytes, n, e);
}

static bool
pass_object(struct req *rq, const struct object_info *info,
	    const struct send_options *o, struct err *e)
{
	struct passing p = {rq, o};
	const struct object_sink sink = {pass_head, pass_body, &p};
	const struct object_want w = {
		.bucket = info->bucket,
		.key = info->key,
		.access = o->access,
		.range = req_header(rq, "Range"),
		.if_range = req_header(rq, "If-Range"),
	};

	return objects_send(rq->ctx->objects, rq->arena, o->who, &w, &sink, e);
}

bool
send_object(struct req *rq, const struct object_info *info,
	    const struct send_options *o, struct err *e)
{
	if (rq->method == M_HEAD) {
		add_headers(rq, info, o);
		reply_header(rq, "Accept-Ranges", "bytes");
		return reply_stream_begin(rq, 200, safe_type(info), info->size,
					  e);
	}
	if (!info->blob && !rq->ctx->set->supabase_enabled)
		return err_set(e, 404, "bytes_missing",
			       "The resource was not found");
	if (not_modified(rq, info)) {
		add_headers(rq, info, o);
		return reply_empty(rq, 304);
	}
	if (hopeless_range(rq, info)) {
		reply_header(rq, "Content-Range",
			     arena_printf(rq->arena, "bytes */%lld",
					  (long long)info->size));
		return err_set(e, 416, "invalid_range",
			       "invalid range provided");
	}
	if (!info->blob)
		return pass_object(rq, info, o, e);
	add_headers(rq, info, o);
	return reply_accel(rq, 200, safe_type(info),
			   arena_printf(rq->arena, "/_blob/%s", info->blob));
}
