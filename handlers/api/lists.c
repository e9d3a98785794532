/*
 * lists - /api/task-lists: named, ordered lists of a project's tasks.
 */
#include "api.h"

enum {
	NAME_CHARS = 1000,
	TASKS_MOST = 100000
};

/* clang-format off */
static const struct field create_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"name", F_NAME, REQUIRED, 1, NAME_CHARS, NULL},
	{"description", F_TEXT, 0, 0, 0, NULL},
	{"orderedTaskIds", F_IDS, 0, 0, TASKS_MOST, NULL},
};

static const struct field update_fields[] = {
	{"name", F_NAME, 0, 1, NAME_CHARS, NULL},
	{"description", F_TEXT, NULLABLE, 0, 0, NULL},
	{"orderedTaskIds", F_IDS, 0, 0, TASKS_MOST, NULL},
};

static const struct field reorder_fields[] = {
	{"orderedTaskIds", F_IDS, REQUIRED, 0, TASKS_MOST, NULL},
};
/* clang-format on */

static const struct entity create_entity = {"task list", create_fields,
					    NELEM(create_fields)};
static const struct entity update_entity = {"task list", update_fields,
					    NELEM(update_fields)};
static const struct entity reorder_entity = {"task list", reorder_fields,
					     NELEM(reorder_fields)};
static const struct entity no_entity = {"task list", NULL, 0};

bool
tasklist_list(struct req *rq, struct err *e)
{
	struct api_page page;

	if (!api_page(rq, &page, e))
		return false;

	const char *const args[] = {api_query(rq, "projectId"), page.limit,
				    page.offset};

	return api_reply(rq, 200, Q_TASKLIST_LIST, args, e);
}

bool
tasklist_create(struct req *rq, struct err *e)
{
	return api_reply_body(rq, 201, Q_TASKLIST_CREATE, &create_entity, e);
}

bool
tasklist_get(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_TASKLIST_GET, e);
}

bool
tasklist_update(struct req *rq, struct err *e)
{
	return api_reply_id_body(rq, 200, Q_TASKLIST_UPDATE, &update_entity, e);
}

bool
tasklist_delete(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_TASKLIST_DELETE, e);
}

static bool
reply_task(struct req *rq, unsigned query, struct err *e)
{
	/* No body is wanted, but one that is broken is a mistake. */
	if (!req_entity(rq, &no_entity, NULL, NULL, e))
		return false;

	const char *const args[] = {req_param(rq, "id"),
				    req_param(rq, "taskId")};

	return api_reply(rq, 200, query, args, e);
}

bool
tasklist_add(struct req *rq, struct err *e)
{
	return reply_task(rq, Q_TASKLIST_ADD, e);
}

bool
tasklist_remove(struct req *rq, struct err *e)
{
	return reply_task(rq, Q_TASKLIST_REMOVE, e);
}

bool
tasklist_reorder(struct req *rq, struct err *e)
{
	return api_reply_id_body(rq, 200, Q_TASKLIST_UPDATE, &reorder_entity,
				 e);
}
