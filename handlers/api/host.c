/*
 * host - what only the developer's own machine could do: terminals, git, its
 * files, skills and transcripts on its disk, its loudspeaker (maestro-api.md
 * 2.16).  This server is somewhere else, so it says what is true of it: there
 * is none, or it cannot be done here.  Never a 5xx, which clients repeat.
 *
 * The table at the end holds every route with its answer.
 */
#include "api.h"

#include <stddef.h>
#include <string.h>

enum {
	NAME_CHARS = 200,
	PATH_CHARS = 4096,
	SCENE_CHARS = 10000000
};

/* A row's doc is the first member of its answer. */
struct host_answer {
	struct route_doc doc;
	const char *json; /* this, or the refusal with the status of the row */
	const char *code;
};

static const struct {
	const char *code, *message;
} refusals[] = {
	{"host_required",       "That needs the agent's own machine"      },
	{"no_worktree",         "The session has no worktree here"        },
	{"pty_host_not_server", "Terminals run on the agent's own machine"},
	{"not_found",           "There is none on this server"            },
};

static const struct host_answer *
answer_of(const struct req *rq)
{
	_Static_assert(offsetof(struct host_answer, doc) == 0,
		       "the doc of a row is where its answer begins");
	return (const struct host_answer *)(const void *)rq->route->doc;
}

static bool
refuse(const struct host_answer *h, int status, struct err *e)
{
	for (size_t i = 0; i < NELEM(refusals); i++) {
		if (strcmp(refusals[i].code, h->code) == 0)
			return err_set(e, status, h->code, "%s",
				       refusals[i].message);
	}
	return err_set(e, status, h->code, "Not here");
}

static bool
reply_with(struct req *rq, const char *json)
{
	reply_header(rq, "Cache-Control", "private, no-cache");
	return reply_json(rq, 200, span_of(json));
}

/* Nothing is read from a body, but one that is broken is a mistake. */
static bool
host_answer(struct req *rq, struct err *e)
{
	static const struct entity nothing = {"request", NULL, 0};
	const struct host_answer *h = answer_of(rq);

	if (rq->route->body_limit &&
	    !req_entity(rq, &nothing, CREATE, NULL, NULL, e))
		return false;
	return h->json ? reply_with(rq, h->json)
		       : refuse(h, rq->route->status, e);
}

/* The same of a session: somebody else's is not found. */
static bool
session_answer(struct req *rq, struct err *e)
{
	struct span id;

	return req_db_text(rq, q_session_check(req_param(rq, "id"), "viewer"),
			   &id, e) &&
	       host_answer(rq, e);
}

/* --- those that look at what was sent --- */

static const struct field directory_fields[] = {
	{"path", F_TEXT, REQUIRED, 0, PATH_CHARS, NULL},
};
static const struct entity directory_entity = {"directory", directory_fields,
					       NELEM(directory_fields)};

/* A working directory is only a word here: any is as good. */
static bool
directory_validate(struct req *rq, struct err *e)
{
	struct buf b = buf_on(rq->arena);
	struct json_object *in;

	if (!req_entity(rq, &directory_entity, CREATE, NULL, &in, e))
		return false;
	buf_add(&b, "{\"path\":");
	buf_add_json(&b, json_text(in, "path"));
	buf_add(&b, "}");
	return reply_with(rq, buf_str(&b));
}

/* clang-format off */
static const struct field diagram_fields[] = {
	{"sceneJson", F_TEXT, REQUIRED, 1, SCENE_CHARS, NULL},
	{"name", F_TEXT, 0, 0, NAME_CHARS, NULL},
	/* pngBase64 comes too; the scene says the same. */
};
/* clang-format on */
static const struct entity diagram_entity = {"diagram", diagram_fields,
					     NELEM(diagram_fields)};

#define HOST(...)     .doc = &((const struct host_answer){__VA_ARGS__}).doc
#define SAYS(...)     .json = (__VA_ARGS__)
#define REFUSES(with) .code = (with)

/* clang-format off */
static const struct route rows[] = {
	{M_POST, "/api/sessions/:id/inject-diagram", NULL, R_USER, API_DOC_BODY, 0,
	 DOC(.says = "Keeps an Excalidraw scene as a document of the session, and tells its agent.",
	     .role = "member"),
	 .query = Q_DIAGRAM_INJECT, .in = &diagram_entity},
	{M_POST, "/api/sessions/:id/pty/stop", session_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Terminals are on the agent's machine.", .doc.role = "viewer",
	      REFUSES("pty_host_not_server")), .status = 403},
	{M_POST, "/api/pty/spawn", host_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Terminals are on the agent's machine.", REFUSES("host_required")), .status = 400},
	{M_POST, "/api/dev/pty-test", host_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Terminals are on the agent's machine.",
	      REFUSES("pty_host_not_server")), .status = 403},

	{M_GET, "/api/skills", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "Skills are on the agent's machine: none.", SAYS("[]"))},
	{M_GET, "/api/skills/mode/:mode", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "Skills are on the agent's machine: none.", SAYS("[]"))},
	{M_GET, "/api/skills/:id", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "Skills are on the agent's machine.", REFUSES("not_found")), .status = 404},
	{M_POST, "/api/skills/:id/reload", host_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Skills are on the agent's machine.", REFUSES("not_found")), .status = 404},

	{M_GET, "/api/git/capabilities", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "What git can do here: nothing.",
	      SAYS("{\"hasGit\":false,\"hasGh\":false,\"ghAuthed\":false}"))},
	{M_GET, "/api/sessions/:id/git", session_answer, R_USER, 0, 0,
	 HOST(.doc.says = "Worktrees are on the agent's machine: none.", .doc.role = "viewer",
	      SAYS("{\"hasWorktree\":false}"))},
	{M_GET, "/api/sessions/:id/git/diff", session_answer, R_USER, 0, 0,
	 HOST(.doc.says = "Worktrees are on the agent's machine.", .doc.role = "viewer",
	      REFUSES("no_worktree")), .status = 404},
	{M_POST, "/api/sessions/:id/git/branch", session_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Worktrees are on the agent's machine.", .doc.role = "viewer",
	      REFUSES("no_worktree")), .status = 404},
	{M_POST, "/api/sessions/:id/git/merge", session_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Worktrees are on the agent's machine.", .doc.role = "viewer",
	      REFUSES("no_worktree")), .status = 404},
	{M_POST, "/api/sessions/:id/git/pr", session_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Worktrees are on the agent's machine.", .doc.role = "viewer",
	      REFUSES("no_worktree")), .status = 404},
	{M_GET, "/api/sessions/:id/git/pr", session_answer, R_USER, 0, 0,
	 HOST(.doc.says = "The pull request of the session's worktree: none.", .doc.role = "viewer",
	      SAYS("{\"pr\":null}"))},
	{M_DELETE, "/api/sessions/:id/git/worktree", session_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "There is none, so it is gone.", .doc.role = "viewer",
	      SAYS("{\"success\":true}"))},

	{M_GET, "/api/agent-logs/list", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "Transcripts are on the agent's machine: none.", SAYS("[]"))},
	{M_GET, "/api/agent-logs/read", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "Transcripts are on the agent's machine.", REFUSES("not_found")), .status = 404},
	{M_GET, "/api/agent-logs/tail", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "Transcripts are on the agent's machine.", REFUSES("not_found")), .status = 404},

	{M_GET, "/api/fs/list-directories", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "The agent's disk is not here: an empty root.",
	      SAYS("{\"path\":\"/\",\"parent\":null,\"entries\":[]}"))},
	{M_POST, "/api/fs/validate-directory", directory_validate, R_USER, API_BODY, 0,
	 DOC(.says = "The path as it was given: it is looked at on the agent's machine."),
	 .in = &directory_entity},
	{M_GET, "/api/fs/list-entries", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "The agent's disk is not here.", REFUSES("host_required")), .status = 403},
	{M_GET, "/api/fs/read-file", host_answer, R_USER, 0, 0,
	 HOST(.doc.says = "The agent's disk is not here.", REFUSES("host_required")), .status = 403},
	{M_POST, "/api/fs/write-file", host_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "The agent's disk is not here.", REFUSES("host_required")), .status = 403},
	{M_POST, "/api/fs/rename", host_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "The agent's disk is not here.", REFUSES("host_required")), .status = 403},
	{M_POST, "/api/fs/delete", host_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "The agent's disk is not here.", REFUSES("host_required")), .status = 403},

	{M_POST, "/api/announce", host_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Speech is the agent's machine's.", REFUSES("host_required")), .status = 422},
	{M_POST, "/api/alexa/utterance", host_answer, R_USER, API_BODY, 0,
	 HOST(.doc.says = "Speech is the agent's machine's.", REFUSES("host_required")), .status = 422},
};
/* clang-format on */

const struct route_set host_routes = {
	.title = "What only the agent's machine can do",
	.about = "Clients written for a server on the developer's machine ask "
		 "for these; here the\nanswer is that there is none, or a "
		 "refusal.",
	.rows = rows,
	.n = NELEM(rows),
};
