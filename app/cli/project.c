/*
 * maestro project: what people and agents work in.
 */
#include <limits.h>
#include <unistd.h>

#include "show.h"

static const struct column columns[] = {
	{"ID",      "id",         COLUMN_TEXT, 0            },
	{"NAME",    "name",       COLUMN_TEXT, COLUMN_SHRINK},
	{"FOLDER",  "workingDir", COLUMN_TEXT, COLUMN_SHRINK},
	{"UPDATED", "updatedAt",  COLUMN_TIME, 0            },
};
static const struct view list_view = {columns, NELEM(columns),
				      "There are no projects."};

static const struct column facts[] = {
	{"id",      "id",         COLUMN_TEXT, 0},
	{"name",    "name",       COLUMN_TEXT, 0},
	{"folder",  "workingDir", COLUMN_TEXT, 0},
	{"master",  "isMaster",   COLUMN_TEXT, 0},
	{"created", "createdAt",  COLUMN_TIME, 0},
	{"updated", "updatedAt",  COLUMN_TIME, 0},
};
static const struct view one_view = {facts, NELEM(facts), ""};

static bool
list(struct work *w, struct err *e)
{
	return show_list(w, "/api/projects", &list_view, e);
}

/* Named, or the one of --project. */
static bool
which(struct work *w, const char **id, struct err *e)
{
	*id = w->n_args ? w->args[0] : NULL;
	return *id || work_need_project(w, id, e);
}

static bool
show(struct work *w, struct err *e)
{
	struct json_object *row;
	const char *id;

	if (!which(w, &id, e) ||
	    !show_one(w, client_path(w->a, "/api/projects/", id, ""), &one_view,
		      &row, e))
		return false;
	if (row)
		table_long_text("description", json_text(row, "description"));
	return true;
}

static bool
create(struct work *w, struct err *e)
{
	struct client_request rq = {.method = "POST", .path = "/api/projects"};
	const char *dir = work_flag(w, "dir"), *text;
	struct buf b = body_new(w);
	char here[PATH_MAX];

	if (!dir)
		dir = getcwd(here, sizeof here);
	if (!show_text(w, work_flag(w, "description"), &text, e))
		return false;
	body_text(&b, "name", w->args[0]);
	body_text(&b, "workingDir", dir ? dir : "/");
	body_text(&b, "description", text);
	return body_done(&b, &rq.body, e) &&
	       show_done(w, &rq, "Project made", e);
}

static bool
update(struct work *w, struct err *e)
{
	struct client_request rq = {.method = "PUT"};
	struct buf b = body_new(w);
	const char *id, *text;

	if (!which(w, &id, e) ||
	    !show_text(w, work_flag(w, "description"), &text, e))
		return false;
	body_text(&b, "name", work_flag(w, "name"));
	body_text(&b, "workingDir", work_flag(w, "dir"));
	body_text(&b, "description", text);
	rq.path = client_path(w->a, "/api/projects/", id, "");
	return body_done(&b, &rq.body, e) &&
	       show_done(w, &rq, "Project changed", e);
}

static bool delete (struct work *w, struct err *e)
{
	const struct client_request rq = {
		.method = "DELETE",
		.path = client_path(w->a, "/api/projects/", w->args[0], "")};

	return show_sure(w, "Delete the project?", e) &&
	       show_done(w, &rq, "Project deleted", e);
}

static const struct flag create_flags[] = {
	{"dir",         "DIR",  "its folder; else the current one", NULL},
	{"description", "TEXT", "- reads it from stdin",            NULL},
};
static const struct flag update_flags[] = {
	{"name",        "NAME", "",                      NULL},
	{"dir",         "DIR",  "",                      NULL},
	{"description", "TEXT", "- reads it from stdin", NULL},
};
static const struct flag delete_flags[] = {
	{"yes", NULL, "do not ask", NULL},
};

/* clang-format off */
static const struct verb verbs[] = {
	{"list", "", 0, 0, "The projects you can see.", NULL, 0, list},
	{"show", "[PROJECT]", 0, 1, "One project.", NULL, 0, show},
	{"create", "NAME", 1, 1, "Makes a project.",
	 create_flags, NELEM(create_flags), create},
	{"update", "[PROJECT]", 0, 1, "Changes a project.",
	 update_flags, NELEM(update_flags), update},
	{"delete", "PROJECT", 1, 1, "Deletes a project without tasks and sessions.",
	 delete_flags, NELEM(delete_flags), delete},
};
/* clang-format on */

const struct noun project_noun = {
	.name = "project",
	.says = "Projects.",
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
	.ids = "/api/projects",
};
