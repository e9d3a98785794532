/*
 * GET and HEAD of objects: who may see which row; handlers/send.c sends it.
 */
#include <string.h>

#include "core/clock.h"
#include "handlers/send.h"
#include "storage.h"

/* download: absent, empty, or the name to save as. */
static bool
send_it(struct req *rq, const struct objects_who *who,
	const struct object_info *info, int64_t expires_s, struct err *e)
{
	const char *name = req_query(rq, "download");
	const struct send_options o = {
		.expires_s = expires_s,
		.disposition =
			name && *name ? send_disposition(rq, "attachment", name)
			: name        ? "attachment;"
				      : NULL,
		.who = who,
	};

	return send_object(rq, info, &o, e);
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
	       send_it(rq, &who, &info, 0, e);
}

bool
object_get_public(struct req *rq, struct err *e)
{
	struct objects_who who =
		storage_who(rq, operation(rq, "storage.object.get_public",
					  "storage.object.info_public"));
	struct object_info info;

	return look(rq, &who, OBJECT_PUBLIC, &info, e) &&
	       send_it(rq, &who, &info, 0, e);
}

bool
object_get_signed(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.get_signed");
	struct json_object *claims;
	struct object_info info;
	int64_t exp_s;

	if (storage_signed_elsewhere(rq))
		return true;
	who.as_service = true;
	return storage_signed(rq, "download", &claims, &exp_s, e) &&
	       look(rq, &who, OBJECT_AS_CALLER, &info, e) &&
	       send_it(rq, &who, &info, exp_s, e);
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
