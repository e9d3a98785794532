/*
 * maestro label: what a project marks its tasks with.
 */
#include "domain/entities/entities.h"
#include "show.h"

static const char *
path_of(struct work *w, const char *id)
{
	return client_path(w->a, "/api/labels/", id, "");
}

static bool
list(struct work *w, struct err *e)
{
	const struct view *v =
		show_view(w, &label_entity, "id name colour updatedAt",
			  "There are no labels.");
	const char *task = work_flag(w, "task"), *project;

	if (task)
		return show_list(
			w, client_path(w->a, "/api/tasks/", task, "/labels"), v,
			e);
	return work_need_project(w, &project, e) &&
	       show_list(
		       w,
		       client_query(w->a, "/api/labels", "projectId", project),
		       v, e);
}

static bool
create(struct work *w, struct err *e)
{
	struct client_request rq = {.method = "POST", .path = "/api/labels"};
	struct buf b = body_new(w);
	const char *project;

	if (!work_need_project(w, &project, e))
		return false;
	body_text(&b, "projectId", project);
	body_text(&b, "name", w->args[0]);
	body_text(&b, "colour", work_flag(w, "colour"));
	return body_done(&b, &rq.body, e) && show_done(w, &rq, "Label made", e);
}

static bool
update(struct work *w, struct err *e)
{
	struct client_request rq = {.method = "PATCH",
				    .path = path_of(w, w->args[0])};
	struct buf b = body_new(w);

	body_text(&b, "name", work_flag(w, "name"));
	body_text(&b, "colour", work_flag(w, "colour"));
	return body_done(&b, &rq.body, e) &&
	       show_done(w, &rq, "Label changed", e);
}

static bool delete (struct work *w, struct err *e)
{
	const struct client_request rq = {.method = "DELETE",
					  .path = path_of(w, w->args[0])};

	return show_sure(w, "Delete the label?  Its tasks stay.", e) &&
	       show_done(w, &rq, "Label deleted", e);
}

/* Each for itself: the first refusal ends it, what was done stays done. */
static bool
each(struct work *w, const char *method, const char *words, struct err *e)
{
	const char *labels =
		client_path(w->a, "/api/tasks/", w->args[0], "/labels/");

	for (size_t i = 1; i < w->n_args; i++) {
		const struct client_request rq = {
			.method = method,
			.path = client_path(w->a, labels, w->args[i], "")};

		if (!show_done(w, &rq, words, e))
			return false;
	}
	return true;
}

static bool
add(struct work *w, struct err *e)
{
	return each(w, "PUT", "Label given", e);
}

static bool
remove_(struct work *w, struct err *e)
{
	return each(w, "DELETE", "Label taken away", e);
}

/* clang-format off */
static const struct flag list_flags[] = {
	{"task", "TASK", "only those of that task", NULL},
};
static const struct flag create_flags[] = {
	{"colour", "COLOUR", "else grey", NULL},
};
static const struct flag update_flags[] = {
	{"name", "TEXT", "", NULL},
	{"colour", "COLOUR", "", NULL},
};
static const struct flag delete_flags[] = {
	{"yes", NULL, "do not ask", NULL},
};

static const struct verb verbs[] = {
	{"list", "", 0, 0, "Labels of the project, or of a task.",
	 list_flags, NELEM(list_flags), list},
	{"create", "NAME", 1, 1, "Makes a label.",
	 create_flags, NELEM(create_flags), create},
	{"update", "LABEL", 1, 1, "Changes a label.",
	 update_flags, NELEM(update_flags), update},
	{"delete", "LABEL", 1, 1, "Deletes a label; its tasks stay.",
	 delete_flags, NELEM(delete_flags), delete},
	{"add", "TASK LABEL...", 2, ANY_ARGS, "Gives labels to a task.",
	 NULL, 0, add},
	{"remove", "TASK LABEL...", 2, ANY_ARGS, "Takes labels away from a task.",
	 NULL, 0, remove_},
};
/* clang-format on */

const struct noun label_noun = {
	.name = "label",
	.says = "Labels of a project and of its tasks.",
	.of = &label_entity,
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
	.ids = "/api/labels",
	.ids_of_project = true,
};
