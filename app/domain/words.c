#include "words.h"

#include <stddef.h>

const char *const words_role[] = {"owner", "admin", "member", "viewer", NULL};
const char *const words_task_status[] = {"todo",    "in_progress", "in_review",
					 "blocked", "completed",   "cancelled",
					 NULL};
const char *const words_task_priority[] = {"low", "medium", "high", NULL};
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
