/*
 * images - /api/tasks/:id/images
 *
 * The JSON of an upload is read as it comes: the base64 goes to the store in
 * constant memory, and the few words beside it are checked before it is kept.
 */
#include "images.h"

#include <string.h>

#include "api.h"
#include "core/lift.h"
#include "domain/entities/entities.h"
#include "domain/task_images.h"
#include "files.h"
#include "handlers/send.h"

enum {
	IMAGE_BODY = 50 * MiB
};

struct upload {
	struct req *rq;
	struct lift *lift;
};

static bool
read_request(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return req_read(from, p, n, got, e);
}

static bool
read_image(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	struct upload *u = from;

	return lift_read(u->lift, p, n, got, e);
}

/* What stands beside the bytes.  type "" : there were none. */
static bool
accept(void *arg, const char *type, const char **filename, struct err *e)
{
	struct upload *u = arg;
	struct span text = lift_rest(u->lift);
	struct json_object *body = NULL, *in;
	const char *said;

	if (!json_parse_input(u->rq->arena, text.n ? text.p : "{}",
			      text.n ? text.n : 2, &body, e) ||
	    !entity_check(u->rq->arena, &task_image_entity, CREATE, body, &in,
			  e))
		return false;
	said = json_text(in, "mimeType");
	*filename = json_text(in, "filename");
	if (*type && strcmp(said, type) != 0)
		return err_field(e, "mimeType",
				 "The image is %s, not what mimeType says",
				 type);
	return true;
}

static bool
reply_row(struct req *rq, int status, const struct entity *t,
	  const struct db_result *row)
{
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;

	entity_rows(&rows, t, row, 1);
	entity_write(&w, &rows, 0);
	return answer_json(rq, status, jsonw_span(&w));
}

static bool
image_add(struct req *rq, struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.upload");
	struct upload u = {.rq = rq};
	const struct task_image_in in = {
		.task = req_param(rq, "id"),
		.from = {read_image, &u},
		.length_at_most =
			rq->body_length < 0 ? -1 : rq->body_length / 4 * 3,
		.accept = accept,
		.arg = &u,
	};
	struct db_result row;

	u.lift = lift_new(rq->arena, "data", read_request, rq);
	return task_image_put(rq->ctx, rq->arena, &who, &in, &row, e) &&
	       reply_row(rq, 201, &task_image_entity, &row);
}

struct task_image
image_named(const struct req *rq)
{
	return (struct task_image){.task = req_param(rq, "id"),
				   .id = req_param(rq, "imageId")};
}

/* An image in a page runs nothing; opened alone, an SVG would be a document of
 * this site, so that one is saved.  The sandbox of send.h holds for the rest.
 * An image never changes under its id. */
bool
image_reply(struct req *rq, struct err *e)
{
	struct objects_who who =
		files_who(rq, "storage.object.get_authenticated");
	struct send_options o = {.cache_control =
					 "private, max-age=31536000, immutable",
				 .who = &who};
	struct task_image image = image_named(rq);

	if (!task_image_stat(rq->ctx, rq->arena, &who, &image, e))
		return false;
	o.disposition = send_disposition(
		rq,
		strcmp(image.info.type, "image/svg+xml") == 0 ? "attachment"
							      : "inline",
		image.filename);
	return send_object(rq, &image.info, &o, e);
}

static bool
image_delete(struct req *rq, struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.delete_many");
	const struct task_image image = image_named(rq);
	struct db_result row;

	return task_image_delete(rq->ctx, rq->arena, &who, &image, &row, e) &&
	       reply_row(rq, 200, &done_entity, &row);
}

void
image_reap(struct req *rq)
{
	struct objects_who who = files_who(rq, "storage.object.delete_many");

	task_images_reap(rq->ctx, rq->arena, &who);
}

/* clang-format off */
static const struct route rows[] = {
	{M_POST, "/api/tasks/:id/images", image_add, R_USER, IMAGE_BODY, RF_STREAM | RF_IO,
	 DOC(.says = "Adds an image, at most 36 MiB. data is its base64; the "
	     "content must be what mimeType says.",
	     .role = "member",
	     .errors = "BUSINESS_RULE_ERROR 422: a task has at most 500; "
	     "STORAGE_FULL 507"),
	 .status = 201, .in = &task_image_entity},
	{M_GET, "/api/tasks/:id/images/:imageId", image_reply, R_USER, 0, 0,
	 DOC(.says = "The image itself.", .role = "viewer")},
	{M_DELETE, "/api/tasks/:id/images/:imageId", image_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it.", .role = "member")},
};
/* clang-format on */

const struct route_set image_routes = {
	.title = "Images of tasks",
	.about = "A task lists its own in images.",
	.rows = rows,
	.n = NELEM(rows),
};
