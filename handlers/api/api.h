#ifndef HANDLERS_API_API_H
#define HANDLERS_API_API_H

/*
 * api - the family /api: what its handlers share, and the handlers that its
 * route table (api.c) names.  Wire contract: agent-maestro's REST API.
 *
 * A handler parses, asks one query and replies; rules and JSON are in SQL
 * (sql/migrations, schema api), and the caller's row-level security decides.
 */
#include "domain/queries.h"
#include "web/entity.h"
#include "web/route.h"

enum {
	API_BODY = 2 * MiB,
	/* A document of 10 million characters, with what JSON adds. */
	API_DOC_BODY = 24 * MiB,
};

/* limit and offset as texts for SQL; both NULL: the bare list is wanted. */
struct api_page {
	const char *limit, *offset;
};

bool api_page(struct req *rq, struct api_page *p, struct err *e) MUST_CHECK;
/* A query parameter, or NULL when it is absent or empty. */
const char *api_query(const struct req *rq, const char *name);
/* The same, but it must be one of words. */
bool api_query_word(struct req *rq, const char *name, const char *const *words,
		    const char **out, struct err *e) MUST_CHECK;

/* One query of the caller's, its JSON is the answer; never cached. */
bool api_reply(struct req *rq, int status, unsigned query,
	       const char *const *args, struct err *e) MUST_CHECK;
/* Queries whose only argument, or first of two, is the path's :id. */
bool api_reply_id(struct req *rq, unsigned query, struct err *e) MUST_CHECK;
bool api_reply_body(struct req *rq, int status, unsigned query,
		    const struct entity *t, struct err *e) MUST_CHECK;
bool api_reply_id_body(struct req *rq, int status, unsigned query,
		       const struct entity *t, struct err *e) MUST_CHECK;

extern const char *const api_task_statuses[]; /* NULL-terminated */
extern const char *const api_timeline_types[];
extern const char *const api_doc_kinds[];

bool api_authenticate(struct req *rq, struct err *e) MUST_CHECK;

bool auth_status(struct req *rq, struct err *e);
bool auth_login(struct req *rq, struct err *e);
bool auth_logout(struct req *rq, struct err *e);

bool project_list(struct req *rq, struct err *e);
bool project_create(struct req *rq, struct err *e);
bool project_get(struct req *rq, struct err *e);
bool project_update(struct req *rq, struct err *e);
bool project_master(struct req *rq, struct err *e);
bool project_delete(struct req *rq, struct err *e);
bool project_board(struct req *rq, struct err *e);
bool project_docs(struct req *rq, struct err *e);

bool member_list(struct req *rq, struct err *e);
bool member_add(struct req *rq, struct err *e);
bool member_change(struct req *rq, struct err *e);
bool member_remove(struct req *rq, struct err *e);
bool invitation_list(struct req *rq, struct err *e);
bool invitation_revoke(struct req *rq, struct err *e);
bool invitation_accept(struct req *rq, struct err *e);

bool file_list(struct req *rq, struct err *e);
bool file_upload(struct req *rq, struct err *e);
bool file_download(struct req *rq, struct err *e);
bool file_delete(struct req *rq, struct err *e);

bool profile_get(struct req *rq, struct err *e);
bool profile_update(struct req *rq, struct err *e);

bool task_list(struct req *rq, struct err *e);
bool task_create(struct req *rq, struct err *e);
bool task_get(struct req *rq, struct err *e);
bool task_update(struct req *rq, struct err *e);
bool task_delete(struct req *rq, struct err *e);
bool task_children(struct req *rq, struct err *e);
bool task_timeline_add(struct req *rq, struct err *e);
bool task_docs(struct req *rq, struct err *e);
bool task_doc_add(struct req *rq, struct err *e);

bool session_list(struct req *rq, struct err *e);
bool session_create(struct req *rq, struct err *e);
bool session_get(struct req *rq, struct err *e);
bool session_delete(struct req *rq, struct err *e);
bool session_update(struct req *rq, struct err *e);
bool session_event_add(struct req *rq, struct err *e);
bool session_timeline_add(struct req *rq, struct err *e);
bool session_docs(struct req *rq, struct err *e);
bool session_doc_add(struct req *rq, struct err *e);
bool session_doc_write(struct req *rq, struct err *e);
bool session_task_add(struct req *rq, struct err *e);
bool session_task_remove(struct req *rq, struct err *e);
bool session_mode_get(struct req *rq, struct err *e);
bool session_mode_set(struct req *rq, struct err *e);

bool session_prompt(struct req *rq, struct err *e);
bool session_prompts(struct req *rq, struct err *e);
bool prompt_list(struct req *rq, struct err *e);
bool session_digest(struct req *rq, struct err *e);
bool session_digests(struct req *rq, struct err *e);
bool session_stats(struct req *rq, struct err *e);
bool session_command_usage(struct req *rq, struct err *e);
bool huddle_list(struct req *rq, struct err *e);
bool session_resume(struct req *rq, struct err *e);
bool session_modal(struct req *rq, struct err *e);
bool session_modal_action(struct req *rq, struct err *e);
bool session_modal_close(struct req *rq, struct err *e);
bool heartbeat_put(struct req *rq, struct err *e);
bool heartbeat_get(struct req *rq, struct err *e);
bool heartbeat_delete(struct req *rq, struct err *e);

bool ordering_get(struct req *rq, struct err *e);
bool ordering_put(struct req *rq, struct err *e);

/* task_list() lists tasks; these are the lists people make of them. */
bool tasklist_list(struct req *rq, struct err *e);
bool tasklist_create(struct req *rq, struct err *e);
bool tasklist_get(struct req *rq, struct err *e);
bool tasklist_update(struct req *rq, struct err *e);
bool tasklist_delete(struct req *rq, struct err *e);
bool tasklist_add(struct req *rq, struct err *e);
bool tasklist_remove(struct req *rq, struct err *e);
bool tasklist_reorder(struct req *rq, struct err *e);

bool teammember_list(struct req *rq, struct err *e);
bool teammember_create(struct req *rq, struct err *e);
bool teammember_get(struct req *rq, struct err *e);
bool teammember_update(struct req *rq, struct err *e);
bool teammember_delete(struct req *rq, struct err *e);
bool teammember_archive(struct req *rq, struct err *e);
bool teammember_unarchive(struct req *rq, struct err *e);
bool teammember_reset(struct req *rq, struct err *e);
bool teammember_remember(struct req *rq, struct err *e);
bool teammember_scope(struct req *rq, struct err *e);

bool workflow_list(struct req *rq, struct err *e);
bool workflow_get(struct req *rq, struct err *e);

bool token_list(struct req *rq, struct err *e);
bool token_create(struct req *rq, struct err *e);
bool token_delete(struct req *rq, struct err *e);

/* Origins of pages elsewhere that may call us with credentials; the chat
 * family shares it. */
extern const struct cors api_cors;

#endif
