/*
 * maestro mail: between sessions, and between people and sessions.
 *
 * Whoever has no session (--from, MAESTRO_SESSION_ID) writes and reads as
 * user_<id>, which the server takes from the sign-in.
 */
#include <json-c/linkhash.h>
#include <string.h>

#include "core/clock.h"
#include "core/num.h"
#include "credentials.h"
#include "show.h"

enum {
	WAIT_MS = 30000, /* the server ends one wait sooner; then we go on */
	WAIT_MAX_S = 24 * 3600,
	MAIL_LIMIT = 64 * MiB
};

static const char types[] = "assignment status_update query response directive "
			    "notification";
static const char priorities[] = "critical high normal low";
static const char scopes[] = "all my-workers team";

static const struct column columns[] = {
	{"ID",       "id",            COLUMN_TEXT, 0            },
	{"FROM",     "fromSessionId", COLUMN_TEXT, COLUMN_SHRINK},
	{"TYPE",     "type",          COLUMN_TEXT, 0            },
	{"PRIORITY", "priority",      COLUMN_TEXT, 0            },
	{"SUBJECT",  "subject",       COLUMN_TEXT, COLUMN_SHRINK},
	{"SENT",     "createdAt",     COLUMN_TIME, 0            },
};
static const struct view list_view = {columns, NELEM(columns),
				      "There is no mail."};

static const struct column facts[] = {
	{"id",       "id",            COLUMN_TEXT, 0},
	{"from",     "fromSessionId", COLUMN_TEXT, 0},
	{"to",       "toSessionId",   COLUMN_TEXT, 0},
	{"type",     "type",          COLUMN_TEXT, 0},
	{"priority", "priority",      COLUMN_TEXT, 0},
	{"subject",  "subject",       COLUMN_TEXT, 0},
	{"thread",   "threadId",      COLUMN_TEXT, 0},
	{"answers",  "replyToMailId", COLUMN_TEXT, 0},
	{"sent",     "createdAt",     COLUMN_TIME, 0},
};

/* --- who -------------------------------------------------------------------
 */

/* The session named, ours, or the person. */
static bool
party(struct work *w, const char *named, const char **out, struct err *e)
{
	struct credentials who;
	struct json_object *o;
	struct client *c;
	const char *id;

	*out = named ? named : show_session(w);
	if (*out)
		return true;
	if (!work_client(w, &c, e))
		return false;
	if (client_has_key(c)) {
		if (!client_get(c, w->a, "/api/profile", &o, e))
			return false;
		id = json_text(o, "id");
	} else {
		if (!client_credentials(c, &who, e))
			return false;
		id = who.user_id;
	}
	if (!id)
		return work_refuse(e, "whose mail?  --from SESSION or "
				      "MAESTRO_SESSION_ID");
	*out = arena_printf(w->a, "user_%s", id);
	return true;
}

/* --- reading ---------------------------------------------------------------
 */

static void
print_mail(struct work *w, struct json_object *row)
{
	struct json_object *body = json_get(row, "body");

	table_record(w->a, facts, NELEM(facts), row);
	if (json_object_is_type(body, json_type_string)) {
		table_long_text("", json_object_get_string(body));
		return;
	}
	if (!json_object_is_type(body, json_type_object))
		return;
	json_object_object_foreach(body, key, value)
	{
		size_t width;

		table_long_text(out_clean(w->a, key, &width),
				json_object_get_string(value));
	}
}

static const char *
inbox_path(struct work *w, const char *head, const char *who)
{
	const char *path = client_path(w->a, head, who, "");

	path = client_query(w->a, path, "projectId", work_project(w));
	path = client_query(w->a, path, "type", work_flag(w, "type"));
	return client_query(w->a, path, "since", work_flag(w, "since"));
}

/* A person has mail in many projects, and the inbox is that of one. */
static bool
inbox_of(struct work *w, const char **who, struct err *e)
{
	const char *project;

	if (!party(w, w->n_args ? w->args[0] : NULL, who, e))
		return false;
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): it is set */
	return strncmp(*who, "user_", 5) != 0 ||
	       work_need_project(w, &project, e);
}

static bool
inbox(struct work *w, struct err *e)
{
	const char *who;

	return inbox_of(w, &who, e) &&
	       show_list(w, inbox_path(w, "/api/mail/inbox/", who), &list_view,
			 e);
}

static bool
thread(struct work *w, struct err *e)
{
	const char *path =
		client_path(w->a, "/api/mail/thread/", w->args[0], "");
	struct json_object *rows;
	struct client *c;

	if (!work_client(w, &c, e) || !client_list(c, w->a, path, &rows, e))
		return false;
	if (w->c->g.json) {
		out_json_object(rows);
		return true;
	}
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		if (i)
			puts("--");
		print_mail(w, json_object_array_get_idx(rows, i));
	}
	return true;
}

static bool
show(struct work *w, struct err *e)
{
	const char *path = client_path(w->a, "/api/mail/", w->args[0], "");
	struct json_object *row;
	struct client *c;

	if (!work_client(w, &c, e) || !client_get(c, w->a, path, &row, e))
		return false;
	if (w->c->g.json)
		out_json_object(row);
	else
		print_mail(w, row);
	return true;
}

/* When the newest mail that is there came, by the server's clock: 0 if there
 * is none. */
static bool
newest(struct work *w, struct client *c, const char *who, int64_t *out,
       struct err *e)
{
	struct json_object *rows;

	*out = 0;
	if (!client_list(c, w->a, inbox_path(w, "/api/mail/inbox/", who), &rows,
			 e))
		return false;
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		int64_t at;

		if (json_int(json_object_array_get_idx(rows, i), "createdAt",
			     &at) &&
		    at > *out)
			*out = at;
	}
	return true;
}

/* One wait; *done when mail came, which is then told, or the time is over. */
static bool
wait_once(struct work *w, struct client *c, const char *path, int64_t until,
	  bool *done, struct err *e)
{
	int64_t begun = clock_mono_ms(), left = until - begun;
	struct arena *a = arena_new(MAIL_LIMIT);
	struct json_object *rows;
	char ms[24];
	bool got;

	left = left < 1000 ? 1000 : left > WAIT_MS ? WAIT_MS : left;
	snprintf(ms, sizeof ms, "%lld", (long long)left);
	got = client_list(c, a, client_query(a, path, "timeout", ms), &rows, e);
	if (got) {
		*done = json_object_array_length(rows) > 0 ||
			clock_mono_ms() >= until;
		if (*done)
			show_rows(w, rows, &list_view);
	}
	arena_free(a);
	/* Too many wait at the server: it answered at once. */
	if (got && !*done && clock_mono_ms() - begun < 1000)
		client_pause(1000);
	return got;
}

/* The server ends each wait before the client would give up; so it is asked
 * again, from where it was, until the time is over. */
static bool
wait(struct work *w, struct err *e)
{
	const char *limit = work_flag(w, "timeout"), *who, *path;
	int64_t s = WAIT_MAX_S, since = 0, until;
	struct client *c;
	bool done = false;
	char text[24];

	if (limit && !num_i64(span_of(limit), 1, WAIT_MAX_S, &s))
		return work_refuse(e, "--timeout is a number of seconds");
	if (!work_client(w, &c, e) || !inbox_of(w, &who, e) ||
	    (!work_has(w, "since") && !newest(w, c, who, &since, e)))
		return false;
	until = clock_mono_ms() + s * 1000;
	path = inbox_path(w, "/api/mail/wait/", who);
	snprintf(text, sizeof text, "%lld", (long long)since);
	if (since > 0)
		path = client_query(w->a, path, "since", text);
	while (!done) {
		if (!wait_once(w, c, path, until, &done, e))
			return false;
	}
	return true;
}

/* --- writing ---------------------------------------------------------------
 */

/* The key under which a mail of that type keeps its words. */
static const char *
key_of(const char *type)
{
	static const struct {
		const char *type, *key;
	} keys[] = {
		{"assignment", "instructions"},
		{"query",      "question"    },
		{"response",   "answer"      },
		{"directive",  "details"     },
	};

	for (size_t i = 0; i < NELEM(keys); i++) {
		if (strcmp(type, keys[i].type) == 0)
			return keys[i].key;
	}
	return "message";
}

static bool
add_words(struct work *w, struct buf *b, const char *type, const char *given,
	  struct err *e)
{
	struct buf inner = body_new(w);
	const char *text;

	if (!show_text(w, given, &text, e))
		return false;
	if (!text)
		return true;
	body_text(&inner, key_of(type), text);
	buf_addc(&inner, '}');
	body_raw(b, "body", buf_str(&inner));
	return true;
}

static bool
post(struct work *w, struct buf *b, struct err *e)
{
	struct client_request rq = {.method = "POST", .path = "/api/mail"};

	body_text(b, "fromSessionId", show_session(w));
	body_text(b, "priority", work_flag(w, "priority"));
	body_once(b);
	return body_done(b, &rq.body, e) && show_done(w, &rq, "Mail sent", e);
}

static bool
send(struct work *w, struct err *e)
{
	const char *type = work_flag(w, "type"), *project;
	struct buf b = body_new(w);

	if (!work_need_project(w, &project, e))
		return false;
	if (!work_has(w, "to") && !work_has(w, "to-member"))
		return work_refuse(e, "to whom?  --to SESSION or --to-member "
				      "MEMBER; maestro mail broadcast writes "
				      "to all");
	type = type ? type : "notification";
	body_text(&b, "projectId", project);
	body_text(&b, "toSessionId", work_flag(w, "to"));
	body_text(&b, "toTeamMemberId", work_flag(w, "to-member"));
	body_text(&b, "type", type);
	body_text(&b, "subject", w->args[0]);
	return add_words(w, &b, type, w->n_args > 1 ? w->args[1] : NULL, e) &&
	       post(w, &b, e);
}

static bool
broadcast(struct work *w, struct err *e)
{
	const char *type = work_flag(w, "type"), *project;
	struct buf b = body_new(w);

	if (!work_need_project(w, &project, e))
		return false;
	type = type ? type : "notification";
	body_text(&b, "projectId", project);
	body_text(&b, "scope", work_flag(w, "scope"));
	body_text(&b, "type", type);
	body_text(&b, "subject", w->args[0]);
	return add_words(w, &b, type, w->n_args > 1 ? w->args[1] : NULL, e) &&
	       post(w, &b, e);
}

static const char *
subject_of(struct work *w, const struct json_object *mail)
{
	const char *s = json_text(mail, "subject");

	if (!s)
		return "Re:";
	return strncmp(s, "Re: ", 4) == 0 ? s : arena_printf(w->a, "Re: %s", s);
}

static bool
reply(struct work *w, struct err *e)
{
	const char *path = client_path(w->a, "/api/mail/", w->args[0], "");
	const char *type = work_flag(w, "type");
	struct buf b = body_new(w);
	struct json_object *mail;
	struct client *c;

	if (!work_client(w, &c, e) || !client_get(c, w->a, path, &mail, e))
		return false;
	type = type ? type : "response";
	body_text(&b, "projectId", json_text(mail, "projectId"));
	body_text(&b, "toSessionId", json_text(mail, "fromSessionId"));
	body_text(&b, "replyToMailId", w->args[0]);
	body_text(&b, "type", type);
	body_text(&b, "subject", subject_of(w, mail));
	return add_words(w, &b, type, w->args[1], e) && post(w, &b, e);
}

/* clang-format off */
#define FROM {"from", "SESSION", "who writes; else MAESTRO_SESSION_ID, else you", NULL}
#define READER {"from", "SESSION", "whose mail; else MAESTRO_SESSION_ID, else yours", NULL}
#define PRIORITY {"priority", "PRIORITY", "else normal", priorities}

static const struct flag inbox_flags[] = {
	READER,
	{"type", "TYPE", "only these", types},
	{"since", "MS", "only what came after that time", NULL},
};
static const struct flag wait_flags[] = {
	READER,
	{"type", "TYPE", "only these", types},
	{"since", "MS", "what came after that time; else from now on", NULL},
	{"timeout", "SECONDS", "give up after that; else after a day", NULL},
};
static const struct flag send_flags[] = {
	{"to", "SESSION", "or user_<id> of a member", NULL},
	{"to-member", "MEMBER", "each active session of that team member", NULL},
	{"type", "TYPE", "else notification", types},
	PRIORITY, FROM,
};
static const struct flag broadcast_flags[] = {
	{"scope", "SCOPE", "else all of the project", scopes},
	{"type", "TYPE", "else notification", types},
	PRIORITY, FROM,
};
static const struct flag reply_flags[] = {
	{"type", "TYPE", "else response", types},
	PRIORITY, FROM,
};

static const struct verb verbs[] = {
	{"inbox", "[SESSION]", 0, 1, "What was written to a session, or to you.",
	 inbox_flags, NELEM(inbox_flags), inbox},
	{"show", "MAIL", 1, 1, "One mail.", NULL, 0, show},
	{"thread", "THREAD", 1, 1, "All mails of a thread, the oldest first.",
	 NULL, 0, thread},
	{"send", "SUBJECT [TEXT]", 1, 2, "Writes a mail; - reads the text from stdin.",
	 send_flags, NELEM(send_flags), send},
	{"reply", "MAIL TEXT", 2, 2, "Answers a mail; - reads the text from stdin.",
	 reply_flags, NELEM(reply_flags), reply},
	{"broadcast", "SUBJECT [TEXT]", 1, 2, "Writes to all of a project.",
	 broadcast_flags, NELEM(broadcast_flags), broadcast},
	{"wait", "[SESSION]", 0, 1, "Waits until mail comes, and lists it.",
	 wait_flags, NELEM(wait_flags), wait},
};
/* clang-format on */

const struct noun mail_noun = {
	.name = "mail",
	.says = "Mail between sessions and people.",
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
};
