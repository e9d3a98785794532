/*
 * images - the images of a task: shown in its page, added, deleted.
 */
#include <string.h>

#include "core/multipart.h"
#include "domain/task_images.h"
#include "handlers/api/files.h"
#include "handlers/api/images.h"
#include "page.h"

enum {
	NAME_BYTES = 255
};

static const char *
path_of(struct req *rq)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/tasks/");
	buf_add_url(&b, req_param(rq, "id"));
	return buf_str(&b);
}

static bool
image_get(struct req *rq, struct err *e)
{
	return image_reply(rq, e);
}

/* What browsers call the type is a guess from the name: not looked at.  The
 * name may be a path of theirs; its last part is what people know. */
static bool
accept(void *arg, const char *type, const char **filename, struct err *e)
{
	const struct part *part = arg;
	const char *name = part->filename;

	(void)type;
	for (const char *p = part->filename; *p; p++) {
		if (*p == '/' || *p == '\\')
			name = p + 1;
	}
	if (!*name || strlen(name) > NAME_BYTES)
		return err_field(e, "file", "That is not a file name");
	*filename = name;
	return true;
}

static bool
put_image(struct req *rq, struct multipart *m, const struct part *part,
	  struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.upload");
	struct part named = *part;
	const struct task_image_in in = {
		.task = req_param(rq, "id"),
		.from = {page_read_part, m},
		.length_at_most = rq->body_length,
		.accept = accept,
		.arg = &named,
	};
	struct db_result row;

	return task_image_put(rq->ctx, rq->arena, &who, &in, &row, e);
}

static bool
images_post(struct req *rq, struct err *e)
{
	return page_receive(rq, put_image, page_task_again, path_of(rq),
			    "files_stored", e);
}

static bool
image_delete_post(struct req *rq, struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.delete_many");
	const struct task_image image = image_named(rq);
	struct db_result row;

	return task_image_delete(rq->ctx, rq->arena, &who, &image, &row, e) &&
	       page_go(rq, path_of(rq), "image_deleted");
}

/* clang-format off */
static const struct route rows[] = {
	/* multipart: the handler reads it and checks its CSRF field */
	{M_POST, "/app/tasks/:id/images", images_post, R_USER, 0, RF_STREAM | RF_IO | RF_OPEN_TYPE},
	{M_GET, "/app/tasks/:id/images/:imageId", image_get, R_USER, 0, 0},
	{M_POST, "/app/tasks/:id/images/:imageId/delete", image_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set images_pages = {.rows = rows, .n = NELEM(rows)};
