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
#include "domain/task_images.h"
#include "files.h"
#include "handlers/send.h"

enum {
	NAME_BYTES = 255,
	IMAGE_BODY = 50 * MiB
};

/* clang-format off */
/* data is base64; its bytes have been taken out when this is checked. */
static const struct field image_fields[] = {
	{"filename", F_NAME, REQUIRED, 1, NAME_BYTES, NULL},
	{"mimeType", F_ENUM, REQUIRED, 0, 0, task_image_types},
	{"data", F_TEXT, REQUIRED, 0, 0, NULL},
};
/* clang-format on */
static const struct entity image_entity = {"image", image_fields,
					   NELEM(image_fields)};

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
	    !entity_check(u->rq->arena, &image_entity, CREATE, body, &in, e))
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
	struct span json;

	u.lift = lift_new(rq->arena, "data", read_request, rq);
	return task_image_put(rq->ctx, rq->arena, &who, &in, &json, e) &&
	       reply_json(rq, 201, json);
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
	struct span json;

	return task_image_delete(rq->ctx, rq->arena, &who, &image, &json, e) &&
	       reply_json(rq, 200, json);
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
	 .status = 201, .in = &image_entity},
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
