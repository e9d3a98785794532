/*
 * master - /api/master: the caller's projects as one, for the agent that
 * looks after all of them.  It sees what its person sees.
 */
#include "api.h"

#include "domain/entities/entities.h"

static bool
master_sessions(struct req *rq, struct err *e)
{
	return session_window(rq, true, e);
}

/* {project's id: number} */
static void
write_amounts(struct jsonw *w, const struct db_result *r, const char *key,
	      const char *column)
{
	size_t id = db_column(r, "id"), of = db_column(r, column);

	jsonw_key(w, key);
	jsonw_begin(w, '{');
	for (size_t i = 0; i < db_rows(r); i++) {
		jsonw_key(w, db_value(r, i, id));
		jsonw_value(w, r, i, of);
	}
	jsonw_end(w, '}');
}

static bool
master_context(struct req *rq, struct err *e)
{
	const struct db_call calls[] = {q_project_list(NULL, NULL),
					q_project_amounts()};
	struct db_result r[NELEM(calls)];
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows projects;

	if (!req_db(rq, calls, NELEM(calls), r, e))
		return false;
	jsonw_begin(&w, '{');
	jsonw_key(&w, "projects");
	entity_rows(&projects, &project_entity, &r[0], 1);
	entity_write_all(&w, &projects);
	write_amounts(&w, &r[1], "taskCounts", "tasks");
	write_amounts(&w, &r[1], "sessionCounts", "sessions");
	jsonw_end(&w, '}');
	return answer_json(rq, 200, jsonw_span(&w));
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/master/projects", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "All your projects."),
	 .query = Q_PROJECT_LIST, .count = Q_PROJECT_COUNT, .out = &project_entity},
	{M_GET, "/api/master/tasks", task_list, R_USER, 0, 0,
	 DOC(.says = "Tasks of all your projects.",
	     .query = "projectId, status, limit, offset")},
	{M_GET, "/api/master/sessions", master_sessions, R_USER, 0, 0,
	 DOC(.says = "Sessions of all your projects, whole.",
	     .query = "projectId, status (a,b), active (true | false), limit, offset")},
	{M_GET, "/api/master/context", master_context, R_USER, 0, 0,
	 DOC(.says = "Your projects, and how many tasks and sessions each has.")},
};
/* clang-format on */

const struct route_set master_routes = {
	.title = "Master",
	.about = "Views across projects: what you can see anyway, in one "
		 "answer.",
	.rows = rows,
	.n = NELEM(rows),
};
