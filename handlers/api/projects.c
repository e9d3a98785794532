/*
 * projects - /api/projects: the projects themselves, their board and docs.
 */
#include "api.h"

#include <string.h>

#include "core/log.h"
#include "domain/entities/entities.h"
#include "domain/words.h"
#include "files.h"

static const struct field master_fields[] = {
	{"isMaster", F_BOOL, REQUIRED, 0, 0, NULL, NULL},
};
static const struct entity master_entity = {"Project", master_fields,
					    NELEM(master_fields), NULL};

/* 422 while tasks or sessions remain.  The rows go in one transaction; then the
 * bytes of its files.  Should the store be away just now, the project is gone
 * all the same and its files are nobody's: worth a line in the log, not an
 * error to the caller. */
static bool
project_delete(struct req *rq, struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.delete_many");
	const char *id = req_param(rq, "id");
	const struct db_call call = q_project_delete(id);
	struct err trouble;

	if (!answer_row(rq, 200, &done_entity, &call, 1, e))
		return false;
	if (!project_files_drop(rq->ctx, rq->arena, &who, id, &trouble))
		log_line(LOG_LEVEL_WARN, "project_files_left", "project", id,
			 "msg", trouble.message, NULL);
	return true;
}

/* --- the board --- */

enum {
	BOARD_ROLE,
	BOARD_PROJECT,
	BOARD_MEMBERS,
	BOARD_TAGS,
	BOARD_CARDS,
	BOARD_PARTS
};

/* Cards of one status stand together; returns how many. */
static int64_t
write_column(struct jsonw *w, const struct entity_rows *cards,
	     const char *status)
{
	size_t n = db_rows(cards->r), of = db_column(cards->r, "status");
	size_t from = 0, to;

	while (from < n && strcmp(db_value(cards->r, from, of), status) != 0)
		from++;
	for (to = from; to < n; to++) {
		if (strcmp(db_value(cards->r, to, of), status) != 0)
			break;
	}
	jsonw_begin(w, '{');
	jsonw_member(w, "status", status);
	jsonw_key(w, "count");
	jsonw_int(w, (int64_t)(to - from));
	jsonw_key(w, "tasks");
	jsonw_begin(w, '[');
	for (size_t i = from; i < to; i++)
		entity_write(w, cards, i);
	jsonw_end(w, ']');
	jsonw_end(w, '}');
	return (int64_t)(to - from);
}

static void
write_columns(struct jsonw *w, const struct db_result *r)
{
	struct entity_rows cards;
	int64_t total = 0;

	entity_rows(&cards, &card_entity, r, 1);
	jsonw_key(w, "columns");
	jsonw_begin(w, '[');
	for (const char *const *s = words_task_status; *s; s++)
		total += write_column(w, &cards, *s);
	jsonw_end(w, ']');
	jsonw_key(w, "total");
	jsonw_int(w, total);
}

static void
write_board(struct jsonw *w, const struct db_result *parts)
{
	const struct db_result *tags = &parts[BOARD_TAGS];
	struct entity_rows rows;

	jsonw_begin(w, '{');
	jsonw_key(w, "project");
	entity_rows(&rows, &project_entity, &parts[BOARD_PROJECT], 1);
	entity_write(w, &rows, 0);
	jsonw_member(w, "role", db_named(&parts[BOARD_ROLE], 0, "role"));
	jsonw_key(w, "members");
	entity_rows(&rows, &member_entity, &parts[BOARD_MEMBERS], 1);
	entity_write_all(w, &rows);
	jsonw_key(w, "tags");
	jsonw_begin(w, '[');
	for (size_t i = 0; i < db_rows(tags); i++)
		jsonw_value(w, tags, i, 0);
	jsonw_end(w, ']');
	write_columns(w, &parts[BOARD_CARDS]);
	jsonw_end(w, '}');
}

/* Project, members, the caller's role and all cards in one answer; q,
 * priority and tag narrow the cards. */
static bool
project_board(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	const struct db_call calls[BOARD_PARTS] = {
		[BOARD_ROLE] = q_project_role(id),
		[BOARD_PROJECT] = q_project_get(id),
		[BOARD_MEMBERS] = q_member_list(id),
		[BOARD_TAGS] = q_board_tags(id),
		[BOARD_CARDS] = q_board_cards(id, req_query_text(rq, "q"),
					      req_query_text(rq, "priority"),
					      req_query_text(rq, "tag")),
	};
	struct db_result parts[BOARD_PARTS];
	struct jsonw w = jsonw_on(rq->arena);

	if (!req_db(rq, calls, NELEM(calls), parts, e))
		return false;
	write_board(&w, parts);
	return answer_json(rq, 200, jsonw_span(&w));
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/projects", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "The projects the caller is in.", .role = "viewer"),
	 .query = Q_PROJECT_LIST, .count = Q_PROJECT_COUNT, .out = &project_entity},
	{M_POST, "/api/projects", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a project; the caller owns it. workingDir is kept, not made."),
	 .status = 201, .query = Q_PROJECT_CREATE, .in = &project_entity, .out = &project_entity},
	{M_GET, "/api/projects/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One project.", .role = "viewer"),
	 .query = Q_PROJECT_GET, .out = &project_entity},
	{M_PUT | M_PATCH, "/api/projects/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named.", .role = "admin"),
	 .query = Q_PROJECT_UPDATE, .in = &project_entity, .out = &project_entity},
	{M_DELETE, "/api/projects/:id", project_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it; 422 while it has tasks or sessions.",
	     .role = "owner", .errors = "BUSINESS_RULE_ERROR 422")},
	{M_PUT, "/api/projects/:id/master", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Marks the project as master, or not.", .role = "admin"),
	 .query = Q_PROJECT_UPDATE, .in = &master_entity, .out = &project_entity},
	{M_GET, "/api/projects/:id/board", project_board, R_USER, 0, 0,
	 DOC(.says = "Everything a board shows, at once: {project, role, members, tags, total, columns: [{status, count, tasks}]}.",
	     .role = "viewer", .query = "q (words), priority, tag")},
	{M_GET, "/api/projects/:id/docs", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "The documents of its sessions, with their text.",
	     .role = "viewer"),
	 .query = Q_PROJECT_DOCS, .count = Q_PROJECT_DOCS_COUNT, .out = &doc_text_entity,
	 .filters = (const struct filter[]){
		{"kind", words_doc_kind, "markdown or diagram"},
		{NULL, NULL, NULL}}},
};
/* clang-format on */

const struct route_set project_routes = {
	.title = "Projects",
	.rows = rows,
	.n = NELEM(rows),
};
