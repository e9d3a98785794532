/*
 * maestro task: what is to be done.
 */
#include <string.h>

#include "domain/entities/entities.h"
#include "show.h"

static const struct view *
list_view(struct work *w)
{
	return show_view(w, &task_entity, "id status priority title updatedAt",
			 "There are no tasks.");
}

static const struct view *
one_view(struct work *w)
{
	return show_view(w, &task_entity,
			 "id title status priority projectId parentId "
			 "due:dueDate tags sessionIds createdAt updatedAt "
			 "startedAt completedAt",
			 "");
}

static const char *
path_of(struct work *w, const char *id, const char *tail)
{
	return client_path(w->a, "/api/tasks/", id, tail);
}

/* --- reading ---------------------------------------------------------------
 */

static bool
has_text(const struct json_object *row, const char *key, const char *value)
{
	const char *s = json_text(row, key);

	return !value || (s && strcmp(s, value) == 0);
}

/* The server knows no filter by priority. */
static bool
list(struct work *w, struct err *e)
{
	const char *path = "/api/tasks", *priority = work_flag(w, "priority");
	struct json_object *all, *rows;
	struct client *c;

	path = client_query(w->a, path, "projectId", work_project(w));
	path = client_query(w->a, path, "status", work_flag(w, "status"));
	path = client_query(w->a, path, "parentId", work_flag(w, "parent"));
	if (!priority)
		return show_list(w, path, list_view(w), e);
	if (!work_client(w, &c, e) || !client_list(c, w->a, path, &all, e))
		return false;
	rows = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *row = json_object_array_get_idx(all, i);

		if (has_text(row, "priority", priority))
			json_object_array_add(rows, json_object_get(row));
	}
	show_rows(w, rows, list_view(w));
	json_object_put(rows);
	return true;
}

static bool
show(struct work *w, struct err *e)
{
	struct json_object *row;

	if (!show_one(w, path_of(w, w->args[0], ""), one_view(w), &row, e))
		return false;
	if (row) {
		table_long_text("description", json_text(row, "description"));
		table_long_text("prompt", json_text(row, "initialPrompt"));
	}
	return true;
}

static bool
children(struct work *w, struct err *e)
{
	return show_list(w, path_of(w, w->args[0], "/children"), list_view(w),
			 e);
}

/* --- writing ---------------------------------------------------------------
 */

static bool
common_body(struct work *w, struct buf *b, struct err *e)
{
	const char *text;

	if (!show_text(w, work_flag(w, "description"), &text, e))
		return false;
	body_text(b, "description", text);
	body_text(b, "priority", work_flag(w, "priority"));
	body_text(b, "initialPrompt", work_flag(w, "prompt"));
	body_text(b, "teamMemberId", work_flag(w, "member"));
	body_words(b, "tags", work_flag(w, "tags"));
	return true;
}

static bool
create(struct work *w, struct err *e)
{
	struct client_request rq = {.method = "POST", .path = "/api/tasks"};
	struct buf b = body_new(w);
	const char *project;

	if (!work_need_project(w, &project, e))
		return false;
	body_text(&b, "projectId", project);
	body_text(&b, "title", w->args[0]);
	body_text(&b, "parentId", work_flag(w, "parent"));
	body_text(&b, "dueDate", work_flag(w, "due"));
	body_once(&b);
	return common_body(w, &b, e) && body_done(&b, &rq.body, e) &&
	       show_done(w, &rq, "Task made", e);
}

static bool
update(struct work *w, struct err *e)
{
	struct client_request rq = {.method = "PATCH",
				    .path = path_of(w, w->args[0], "")};
	const char *due = work_flag(w, "due");
	struct buf b = body_new(w);

	body_text(&b, "title", work_flag(w, "title"));
	body_text(&b, "status", work_flag(w, "status"));
	if (due && strcmp(due, "none") == 0)
		body_raw(&b, "dueDate", "null");
	else
		body_text(&b, "dueDate", due);
	return common_body(w, &b, e) && body_done(&b, &rq.body, e) &&
	       show_done(w, &rq, "Task changed", e);
}

/* Each for itself: the first refusal ends it, what was done stays done. */
static bool
done(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->n_args; i++) {
		const struct client_request rq = {
			.method = "PATCH",
			.path = path_of(w, w->args[i], ""),
			.body = "{\"status\":\"completed\"}"};

		if (!show_done(w, &rq, "Task completed", e))
			return false;
	}
	return true;
}

/* With a task: that one.  Without: the most urgent of the project. */
static bool
claim(struct work *w, struct err *e)
{
	struct client_request rq = {.method = "POST"};
	const char *project = NULL;
	struct buf b = body_new(w);

	if (w->n_args)
		rq.path = path_of(w, w->args[0], "/claim");
	else if (work_need_project(w, &project, e))
		rq.path = "/api/tasks/claim";
	else
		return false;
	body_text(&b, "projectId", project);
	body_text(&b, "sessionId", show_session(w));
	body_once(&b);
	buf_addc(&b, '}');
	rq.body = buf_str(&b);
	return show_done(w, &rq, "Task taken", e);
}

static bool delete (struct work *w, struct err *e)
{
	const struct client_request rq = {.method = "DELETE",
					  .path = path_of(w, w->args[0], "")};

	return show_sure(w, "Delete the task and all below it?", e) &&
	       show_done(w, &rq, "Task deleted", e);
}

/* clang-format off */
static const struct flag list_flags[] = {
	{"status", "STATUS", "only these", NULL},
	{"priority", "PRIORITY", "only these", NULL},
	{"parent", "TASK", "only those right below it; null: the top ones", NULL},
};
#define COMMON_FLAGS \
	{"description", "TEXT", "- reads it from stdin", NULL}, \
	{"prompt", "TEXT", "what an agent is told first", NULL}, \
	{"member", "MEMBER", "the team member who should do it", NULL}, \
	{"tags", "A,B", "", NULL}

static const struct flag create_flags[] = {
	{"priority", "PRIORITY", "else medium", NULL},
	{"parent", "TASK", "the task it is a part of", NULL},
	{"due", "DATE", "YYYY-MM-DD", NULL},
	COMMON_FLAGS,
};
static const struct flag update_flags[] = {
	{"title", "TEXT", "", NULL},
	{"status", "STATUS", "", NULL},
	{"priority", "PRIORITY", "", NULL},
	{"due", "DATE", "YYYY-MM-DD, or none", NULL},
	COMMON_FLAGS,
};
static const struct flag claim_flags[] = {
	{"from", "SESSION", "who takes it; else MAESTRO_SESSION_ID", NULL},
};
static const struct flag delete_flags[] = {
	{"yes", NULL, "do not ask", NULL},
};

static const struct verb verbs[] = {
	{"list", "", 0, 0, "Tasks of the project, or of all you can see.",
	 list_flags, NELEM(list_flags), list},
	{"show", "TASK", 1, 1, "One task.", NULL, 0, show},
	{"children", "TASK", 1, 1, "The tasks right below one.", NULL, 0, children},
	{"create", "TITLE", 1, 1, "Makes a task.",
	 create_flags, NELEM(create_flags), create},
	{"update", "TASK", 1, 1, "Changes a task.",
	 update_flags, NELEM(update_flags), update},
	{"done", "TASK...", 1, ANY_ARGS, "Says that tasks are completed.",
	 NULL, 0, done},
	{"claim", "[TASK]", 0, 1, "Takes a task that is todo, or the most urgent one.",
	 claim_flags, NELEM(claim_flags), claim},
	{"delete", "TASK", 1, 1, "Deletes a task and all below it.",
	 delete_flags, NELEM(delete_flags), delete},
};
/* clang-format on */

const struct noun task_noun = {
	.name = "task",
	.says = "Tasks of a project.",
	.of = &task_entity,
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
	.ids = "/api/tasks",
	.ids_of_project = true,
};
