#include "domain/words.h"
#include "entities.h"

enum {
	SUBJECT_CHARS = 10000,
	TEXT_CHARS = 1000000,
	REQUEST_CHARS = 200
};

static const char *const scopes[] = {"all", "my-workers", "team", NULL};

/* clang-format off */
static const struct field fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"fromSessionId", F_ID, CREATE | OUT, 0, 0, NULL, NULL}, /* absent: the caller */
	{"toSessionId", F_ID, CREATE | OUT, 0, 0, NULL, NULL},
	{"toTeamMemberId", F_ID, CREATE, 0, 0, NULL, NULL},
	{"replyToMailId", F_ID, CREATE | OUT, 0, 0, NULL, "in_reply_to"},
	{"threadId", F_ID, OUT, 0, 0, NULL, NULL},
	{"type", F_ENUM, CREATE | REQUIRED | OUT, 0, 0, words_mail_type, NULL},
	{"subject", F_TEXT, CREATE | REQUIRED | OUT, 1, SUBJECT_CHARS, NULL, NULL},
	{"body", F_OBJECT, CREATE | OUT, 0, 0, NULL, "content"},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"priority", F_ENUM, CREATE | OUT | OMIT, 0, 0, words_mail_priority, NULL},
	{"fromName", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
	{"scope", F_ENUM, CREATE, 0, 0, scopes, NULL},
	{"clientRequestId", F_TEXT, CREATE, 0, REQUEST_CHARS, NULL, NULL},
};

static const struct field thread_fields[] = {
	{"threadId", F_ID, OUT, 0, 0, NULL, NULL},
	{"subject", F_TEXT, OUT, 0, 0, NULL, "first_subject"},
	{"count", F_INT, OUT, 0, 0, NULL, "mails"},
	{"startedAt", F_MS, OUT, 0, 0, NULL, "first_at"},
};

static const struct field message_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"parentSessionId", F_ID, OUT, 0, 0, NULL, NULL},
	{"fromSessionId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"fromName", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"toSessionId", F_ID, OUT, 0, 0, NULL, NULL},
	{"message", F_TEXT, CREATE | REQUIRED | OUT, 1, TEXT_CHARS, NULL, "body"},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"detail", F_TEXT, CREATE | OUT | OMIT, 0, TEXT_CHARS, NULL, NULL},
};

static const struct field sent_fields[] = {
	{"success", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"mailId", F_ID, OUT, 0, 0, NULL, NULL},
};

static const struct field gone_fields[] = {
	{"deleted", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity mail_entity = {"Mail", fields, NELEM(fields), NULL};

static const struct entity_part thread_parts[] = {
	{"lastMail", &mail_entity, NULL},
	{NULL,       NULL,         NULL},
};
const struct entity mail_thread_entity = {"Thread", thread_fields,
					  NELEM(thread_fields), thread_parts};

const struct entity message_entity = {"Mail", message_fields,
				      NELEM(message_fields), NULL};
const struct entity message_sent_entity = {"Mail", sent_fields,
					   NELEM(sent_fields), NULL};
const struct entity mail_gone_entity = {"Mail", gone_fields, NELEM(gone_fields),
					NULL};
