/*
 * POST and PUT of objects: raw, chunked or multipart, streamed.
 */
#include <string.h>

#include "core/multipart.h"
#include "core/num.h"
#include "storage.h"

enum {
	FIELD_MAX = MiB + 4 * KiB, /* user metadata up to 1 MiB */
	FIELDS_MAX = 10,
};

/* The first file of a form, and the fields before it. */
struct form {
	struct multipart *m;
	const struct part *file;
	const char *cache_control, *metadata, *type;
};

static bool
read_raw(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return req_read(from, p, n, got, e);
}

static bool
read_part(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return multipart_read(from, p, n, got, e);
}

static bool
is_multipart(const char *type)
{
	return type && strncasecmp(type, "multipart/form-data", 19) == 0;
}

static bool
take_field(struct req *rq, struct form *f, const char *name, struct err *e)
{
	struct span v;
	int64_t seconds;

	if (!multipart_text(f->m, FIELD_MAX, &v, e))
		return e->status == 413
			       ? err_set(e, 413, "entity_too_large",
					 "The object exceeded the maximum "
					 "allowed size")
			       : false;
	if (strcmp(name, "cacheControl") == 0 &&
	    num_i64(v, 0, INT64_MAX, &seconds))
		f->cache_control = arena_printf(rq->arena, "max-age=%lld",
						(long long)seconds);
	else if (strcmp(name, "metadata") == 0 ||
		 strcmp(name, "userMetadata") == 0)
		f->metadata = storage_metadata(rq, v.p, v.n);
	else if (strcmp(name, "contentType") == 0 && v.n > 0 &&
		 !memchr(v.p, '\0', v.n))
		f->type = v.p;
	return true;
}

static bool
open_form(struct req *rq, struct form *f, struct err *e)
{
	if (!multipart_open(rq->arena, req_header(rq, "Content-Type"), read_raw,
			    rq, &f->m, e))
		return false;
	for (unsigned i = 0; i <= FIELDS_MAX; i++) {
		if (!multipart_next(f->m, &f->file, e))
			return false;
		if (!f->file)
			break;
		if (f->file->filename)
			return true;
		/* Its texts stay in the arena; the part itself is reused. */
		if (!take_field(rq, f, f->file->name, e))
			return false;
	}
	return err_set(e, 400, "no_content", "No content provided");
}

static bool
describe(struct req *rq, struct object_put *p, struct form *f,
	 struct object_source *from, struct err *e)
{
	const char *type = req_header(rq, "Content-Type");

	p->bucket = req_param(rq, "bucket");
	p->key = req_param(rq, "key");
	if (!objects_check_bucket(p->bucket, e) ||
	    !storage_robots(rq, &p->robots, e))
		return false;
	if (!is_multipart(type)) {
		p->type = type && *type ? type : NULL;
		p->cache_control = req_header(rq, "Cache-Control");
		p->user_metadata = storage_x_metadata(rq);
		p->length = rq->body_length;
		p->length_at_most = rq->body_length;
		*from = (struct object_source){read_raw, rq};
		return true;
	}
	if (!open_form(rq, f, e))
		return false;
	p->type = f->type ? f->type : f->file->type;
	p->cache_control = f->cache_control;
	p->user_metadata = f->metadata ? f->metadata : storage_x_metadata(rq);
	p->length = -1;
	p->length_at_most = rq->body_length;
	*from = (struct object_source){read_part, f->m};
	return true;
}

static bool
reply_stored(struct req *rq, const struct object_put *p, const char *id)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "{");
	if (id) {
		buf_add(&b, "\"Id\":");
		buf_add_json(&b, id);
		buf_add(&b, ",");
	}
	buf_add(&b, "\"Key\":");
	buf_add_json(&b, arena_printf(rq->arena, "%s/%s", p->bucket, p->key));
	buf_add(&b, "}");
	return reply_json(rq, 200, (struct span){buf_str(&b), b.n});
}

static bool
upload(struct req *rq, const struct objects_who *who, bool upsert, bool with_id,
       struct err *e)
{
	struct object_put p = {.upsert = upsert};
	struct form f = {.m = NULL};
	struct object_source from;
	struct object_stored got;

	if (!describe(rq, &p, &f, &from, e) ||
	    !objects_put(rq->ctx->objects, rq->arena, who, &p, &from, &got, e))
		return false;
	return reply_stored(rq, &p, with_id ? got.id : NULL);
}

bool
object_upload(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.upload");

	return upload(rq, &who, storage_wants_upsert(rq), true, e);
}

bool
object_replace(struct req *rq, struct err *e)
{
	struct objects_who who =
		storage_who(rq, "storage.object.upload_update");

	return upload(rq, &who, true, true, e);
}

/* The token says who and whether to replace; headers do not count. */
bool
object_upload_signed(struct req *rq, struct err *e)
{
	struct objects_who who =
		storage_who(rq, "storage.object.upload_signed");
	struct json_object *claims;
	int64_t exp_s;

	if (storage_signed_elsewhere(rq))
		return true;
	if (!storage_signed(rq, "upload", &claims, &exp_s, e))
		return false;
	who.as_service = true;
	who.sub = json_text(claims, "owner");
	return upload(rq, &who, json_flag(claims, "upsert", false), false, e);
}
