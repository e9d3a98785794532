#include "task_images.h"

#include <string.h>

#include "core/buf.h"
#include "core/json.h"
#include "core/log.h"
#include "core/mime.h"
#include "domain/project_files.h"
#include "domain/queries.h"

enum {
	REAP_BATCH = 500
};

static const char bucket[] = "task-images";

const char *const task_image_types[] = {"image/png",     "image/jpeg",
					"image/gif",     "image/webp",
					"image/svg+xml", NULL};

/* --- what comes in: looked at first, then passed on --- */

struct intake {
	const struct task_image_in *in;
	char *head; /* the first bytes, for libmagic */
	size_t head_n, head_at;
	const char *type;
	const char *filename; /* once accepted */
	const char *key;      /* where the bytes go */
	int64_t size;
};

static bool
read_head(struct intake *t, struct arena *a, struct err *e)
{
	const struct object_source *from = &t->in->from;
	size_t got;

	t->head = arena_alloc(a, MIME_PREFIX_BYTES);
	do {
		if (!from->read(from->from, t->head + t->head_n,
				MIME_PREFIX_BYTES - t->head_n, &got, e))
			return false;
		t->head_n += got;
	} while (got > 0 && t->head_n < MIME_PREFIX_BYTES);
	return true;
}

static bool
decide_type(struct intake *t, struct ctx *ctx, struct arena *a, struct err *e)
{
	const char *found = mime_of(ctx->mime, a, t->head, t->head_n);

	for (const char *const *w = task_image_types; *w; w++) {
		if (strcmp(found, *w) == 0)
			t->type = *w;
	}
	/* No bytes at all: whoever sent none is told what is missing. */
	if (t->head_n == 0 && !t->in->accept(t->in->arg, "", &t->filename, e))
		return false;
	return t->type ||
	       err_field(e, "data",
			 "That is no PNG, JPEG, GIF, WebP or SVG image");
}

static bool
read_on(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	struct intake *t = from;
	const struct task_image_in *in = t->in;

	if (t->head_at < t->head_n) {
		*got = t->head_n - t->head_at < n ? t->head_n - t->head_at : n;
		memcpy(p, t->head + t->head_at, *got);
		t->head_at += *got;
	} else if (!in->from.read(in->from.from, p, n, got, e)) {
		return false;
	}
	t->size += (int64_t)*got;
	if (*got == 0 && !t->filename)
		return in->accept(in->arg, t->type, &t->filename, e);
	return true;
}

/* --- storing --- */

static bool
refused(struct err *e)
{
	if (strcmp(e->code, "entity_too_large") == 0)
		return err_set(e, 413, "too_large", "The image is too large");
	if (strcmp(e->code, "invalid_mime_type") == 0)
		return err_field(e, "data", "Images of that type are not kept");
	return project_file_refused(e);
}

static bool
store(struct ctx *ctx, struct arena *a, const struct objects_who *who,
      struct intake *t, struct err *e)
{
	const struct object_source from = {read_on, t};
	const struct object_put p = {
		.bucket = bucket,
		.key = t->key,
		.type = t->type,
		.length = -1,
		.length_at_most = t->in->length_at_most,
	};
	struct object_stored stored;

	return objects_put(ctx->objects, a, who, &p, &from, &stored, e) ||
	       refused(e);
}

static bool
add_row(struct ctx *ctx, struct arena *a, const struct objects_who *who,
	const struct intake *t, struct db_result *row, struct err *e)
{
	const struct db_call call =
		q_task_image_add(t->in->task, t->key, t->filename, t->type,
				 arena_printf(a, "%lld", (long long)t->size));

	return db_run(ctx->db, a, who->scope, &call, 1, row, e);
}

/* Says that the bytes may go at once.  When even that fails the key is due in
 * an hour, as it was from the start. */
static void
give_up(struct ctx *ctx, struct arena *a, const struct objects_who *who,
	const char *key)
{
	struct err e;

	if (db_exec(ctx->db, a, who->scope, q_task_image_forget(key), &e))
		task_images_reap(ctx, a, who);
}

/* The first bytes are looked at before the database is asked. */
bool
task_image_put(struct ctx *ctx, struct arena *a, const struct objects_who *who,
	       const struct task_image_in *in, struct db_result *row,
	       struct err *e)
{
	struct intake t = {.in = in};
	struct span key;

	if (!read_head(&t, a, e) || !decide_type(&t, ctx, a, e) ||
	    !db_text(ctx->db, a, who->scope, q_task_image_await(in->task), &key,
		     e))
		return false;
	t.key = key.p;
	if (store(ctx, a, who, &t, e) && add_row(ctx, a, who, &t, row, e))
		return true;
	give_up(ctx, a, who, key.p);
	return false;
}

/* --- reading --- */

bool
task_image_stat(struct ctx *ctx, struct arena *a, const struct objects_who *who,
		struct task_image *image, struct err *e)
{
	struct object_want w = {.bucket = bucket};
	struct db_result row;

	if (!db_run(ctx->db, a, who->scope,
		    &q_task_image_get(image->task, image->id), 1, &row, e))
		return false;
	w.key = db_named(&row, 0, "key");
	if (!objects_stat(ctx->objects, a, who, &w, &image->info, e))
		return project_file_refused(e);
	image->info.type = db_named(&row, 0, "mime_type");
	image->filename = db_named(&row, 0, "filename");
	return true;
}

/* --- removing --- */

bool
task_image_delete(struct ctx *ctx, struct arena *a,
		  const struct objects_who *who, const struct task_image *image,
		  struct db_result *row, struct err *e)
{
	if (!db_run(ctx->db, a, who->scope,
		    &q_task_image_delete(image->task, image->id), 1, row, e))
		return false;
	task_images_reap(ctx, a, who);
	return true;
}

/* JSON array of the keys that are due. */
static const char *
keys_of(struct arena *a, const struct db_result *r)
{
	struct buf b = buf_on(a);

	for (size_t i = 0; i < db_rows(r); i++) {
		buf_add(&b, i ? "," : "[");
		buf_add_json(&b, db_value(r, i, 0));
	}
	buf_add(&b, "]");
	return buf_str(&b);
}

static bool
reap_batch(struct ctx *ctx, struct arena *a, const struct objects_who *as,
	   bool *is_more, struct err *e)
{
	const struct db_call due =
		q_doomed_images(arena_printf(a, "%d", (int)REAP_BATCH));
	struct db_result r;
	struct span gone;
	const char *keys;

	*is_more = false;
	if (!db_run(ctx->db, a, as->scope, &due, 1, &r, e))
		return false;
	if (db_rows(&r) == 0)
		return true;
	*is_more = db_rows(&r) == REAP_BATCH;

	keys = keys_of(a, &r);
	return objects_delete_many(ctx->objects, a, as, bucket, keys, &gone,
				   e) &&
	       db_exec(ctx->db, a, as->scope, q_doomed_images_done(keys), e);
}

void
task_images_reap(struct ctx *ctx, struct arena *a,
		 const struct objects_who *who)
{
	struct db_scope service = *who->scope;
	struct objects_who as = *who;
	bool is_more = true;
	struct err e;

	service.role = "service_role";
	service.claims = "{\"role\":\"service_role\"}";
	as.scope = &service;
	as.as_service = true;
	while (is_more) {
		if (!reap_batch(ctx, a, &as, &is_more, &e)) {
			log_line(LOG_LEVEL_WARN, "image_bytes_left", "msg",
				 e.message, NULL);
			return;
		}
	}
}
