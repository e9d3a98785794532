/*
 * spawn - /api/sessions/spawn: a session whose agent a helper starts on
 * somebody's machine.
 */
#include "api.h"
#include "domain/entities/entities.h"
#include "domain/words.h"

#include <string.h>

#include "core/num.h"

enum {
	SKILL_CHARS = 200,
	TOOL_CHARS = 100,
	MODEL_CHARS = 200,
	TERMINAL_MAX = 1000
};

static const char *const efforts[] = {"minimal", "low", "medium", "high",
				      "xhigh",   "max", NULL};

/* clang-format off */
/* spawnSource, mode and taskIds have codes of their own: SQL knows them. */
static const struct field spawn_fields[] = {
	{"projectId", F_ID, 0, 0, 0, NULL},
	{"taskIds", F_IDS, 0, 0, 0, NULL},
	{"sessionName", F_TEXT, 0, 1, 1000, NULL},
	{"skills", F_TEXTS, 0, 0, SKILL_CHARS, NULL},
	{"sessionId", F_ID, 0, 0, 0, NULL},
	{"spawnSource", F_TEXT, 0, 0, 100, NULL},
	{"mode", F_TEXT, 0, 0, 100, NULL},
	{"context", F_OBJECT, 0, 0, 0, NULL},
	{"launchConfig", F_OBJECT, 0, 0, 0, NULL},
	{"agentTool", F_TEXT, 0, 1, TOOL_CHARS, NULL},
	{"model", F_TEXT, 0, 1, MODEL_CHARS, NULL},
	{"reasoningEffort", F_ENUM, 0, 0, 0, efforts},
	{"teamMemberId", F_ID, 0, 0, 0, NULL},
	{"teamMemberIds", F_IDS, 0, 0, 0, NULL},
	{"delegateTeamMemberIds", F_IDS, 0, 0, 0, NULL},
	{"teamId", F_ID, NULLABLE, 0, 0, NULL},
	{"initialDirective", F_OBJECT, 0, 0, 0, NULL},
	{"memberOverrides", F_OBJECT, 0, 0, 0, NULL},
	{"permissionMode", F_ENUM, 0, 0, 0, words_permission_mode},
	{"delegatePermissionMode", F_ENUM, 0, 0, 0, words_permission_mode},
	{"useWorktree", F_BOOL, 0, 0, 0, NULL},
	/* The size of the terminal is the helper's business. */
	{"cols", F_INT, 0, 1, TERMINAL_MAX, NULL},
	{"rows", F_INT, 0, 1, TERMINAL_MAX, NULL},
};
/* clang-format on */
static const struct entity spawn_entity = {"session", spawn_fields,
					   NELEM(spawn_fields)};

/* The wire's details of task_not_found; the field is "taskIds.N". */
static void
name_task(struct req *rq, struct json_object *in, struct err *e)
{
	const char *dot = strchr(e->field, '.');
	struct json_object *ids, *id;
	struct buf b = buf_on(rq->arena);
	int64_t n;

	if (strcmp(e->code, "task_not_found") != 0 || !dot ||
	    !num_i64(span_of(dot + 1), 0, INT32_MAX, &n) ||
	    !json_object_object_get_ex(in, "taskIds", &ids))
		return;
	id = json_object_array_get_idx(ids, (size_t)n);
	if (!id)
		return;
	buf_add(&b, "{\"taskId\":");
	buf_add_json(&b, json_object_get_string(id));
	buf_add(&b, "}");
	e->details = buf_str(&b);
}

static bool
session_spawn(struct req *rq, struct err *e)
{
	const char *id = session_new_id(rq->arena), *in;
	struct jsonw w = jsonw_on(rq->arena);
	struct json_object *tree;
	struct entity_rows rows;

	if (!req_entity(rq, &spawn_entity, CREATE, &in, &tree, e))
		return false;

	const struct db_call calls[] = {
		q_session_spawn(in, req_header(rq, "X-Session-Id"), id),
		SESSION_WHOLE(id),
	};
	struct db_result results[NELEM(calls)];

	if (!req_db(rq, calls, NELEM(calls), results, e)) {
		name_task(rq, tree, e);
		return false;
	}
	entity_rows(&rows, &session_entity, results + 1, NELEM(calls) - 1);
	jsonw_begin(&w, '{');
	jsonw_key(&w, "success");
	jsonw_bool(&w, true);
	jsonw_member(&w, "sessionId", id);
	jsonw_member(&w, "manifestPath", NULL);
	jsonw_member(
		&w, "message",
		arena_printf(rq->arena, "Session %s is asked to start", id));
	jsonw_key(&w, "session");
	entity_write(&w, &rows, 0);
	jsonw_end(&w, '}');
	return answer_json(rq, 201, jsonw_span(&w));
}

/* clang-format off */
static const struct route rows[] = {
	{M_POST, "/api/sessions/spawn", session_spawn, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a session that is spawning and tells the helpers (session:spawn) to start its agent. Without projectId the project of the session in X-Session-Id. With spawnSource session that header and sessionId, the parent, are needed, and the asking session must be a coordinator.",
	     .role = "member",
	     .errors = "invalid_task_ids 400, invalid_spawn_source 400, invalid_mode 400, sender_session_required 400, sender_session_not_found 400, missing_session_id 400, spawn_requires_coordinator 403, project_not_found 404, parent_session_not_found 404, task_not_found 404"),
	 .status = 201, .in = &spawn_entity},
};
/* clang-format on */

const struct route_set spawn_routes = {
	.title = "Starting agents",
	.about =
		"spawnSource: ui (default), session.  mode: worker, coordinator; with a parent\n"
		"it becomes coordinated-*.  What starts the agent is, first that is there: the\n"
		"request's launchConfig, its model, an override of the member, the model profile\n"
		"the member is bound to, the member's own fields.  Of several members the one\n"
		"with the strongest model decides, and its permission mode comes with it, unless\n"
		"the request or the parent's delegatePermissionMode says otherwise.",
	.rows = rows,
	.n = NELEM(rows),
};
