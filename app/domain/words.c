#include "words.h"

#include <stddef.h>

const char *const words_role[] = {"owner", "admin", "member", "viewer", NULL};
const char *const words_task_status[] = {"todo",    "in_progress", "in_review",
					 "blocked", "completed",   "cancelled",
					 NULL};
const char *const words_task_priority[] = {"low", "medium", "high", NULL};
const char *const words_session_status[] = {
	"spawning", "idle", "working", "completed", "failed", "stopped", NULL};
const char *const words_entry_type[] = {
	"session_started", "session_stopped", "task_started", "task_completed",
	"task_failed", "task_skipped", "task_blocked", "needs_input",
	"progress", "error", "milestone",
	/* The CLI sends this one although its own server refuses it. */
	"task_status_changed", NULL};
const char *const words_doc_kind[] = {"markdown", "diagram", NULL};
/* The wire's, then those of older installations. */
const char *const words_mail_type[] = {
	"assignment", "status_update", "query",  "response",
	"directive",  "notification",  "status", "question",
	"broadcast",  "error",         NULL};
const char *const words_mail_priority[] = {"critical", "high", "normal", "low",
					   NULL};
const char *const words_agent_scope[] = {"project", "global", NULL};
/* The last two are an older client's words. */
const char *const words_agent_mode[] = {"worker",
					"coordinator",
					"coordinated-worker",
					"coordinated-coordinator",
					"execute",
					"coordinate",
					NULL};
const char *const words_permission_mode[] = {
	"acceptEdits", "interactive", "readOnly", "bypassPermissions", NULL};
const char *const words_spell_kind[] = {"maestro",       "skill", "team-member",
					"task",          "doc",   "session",
					"custom-prompt", NULL};
