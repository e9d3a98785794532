/*
 * maestro token: API tokens, for scripts and agents.
 */
#include <string.h>

#include "core/num.h"
#include "show.h"

static const struct column columns[] = {
	{"ID",      "id",         COLUMN_TEXT,  0            },
	{"NAME",    "name",       COLUMN_TEXT,  COLUMN_SHRINK},
	{"BEGINS",  "prefix",     COLUMN_TEXT,  0            },
	{"SCOPES",  "scopes",     COLUMN_WORDS, 0            },
	{"EXPIRES", "expiresAt",  COLUMN_TIME,  0            },
	{"USED",    "lastUsedAt", COLUMN_TIME,  0            },
};
static const struct view list_view = {columns, NELEM(columns),
				      "You have no API tokens."};

static bool
list(struct work *w, struct err *e)
{
	return show_list(w, "/api/tokens", &list_view, e);
}

/* The token is shown this once; alone on stdout, so that a script can take
 * it. */
static bool
create(struct work *w, struct err *e)
{
	struct client_request rq = {
		.method = "POST", .path = "/api/tokens", .once = true};
	const char *days = work_flag(w, "days");
	struct buf b = body_new(w);
	struct json_object *o;
	struct client *c;
	int64_t n;

	if (days && !num_i64(span_of(days), 1, 3650, &n))
		return work_refuse(e, "--days is a number from 1 to 3650");
	body_text(&b, "name", w->args[0]);
	body_words(&b, "scopes", work_flag(w, "scopes"));
	body_raw(&b, "expiresInDays", days);
	if (!body_done(&b, &rq.body, e) || !work_client(w, &c, e) ||
	    !client_json(c, w->a, &rq, &o, e))
		return false;
	if (w->c->g.json) {
		out_json_object(o);
		return true;
	}
	if (!json_text(o, "token"))
		return err_set(e, 502, "bad_answer",
			       "the answer holds no token");
	fputs("This is the only time it is shown:\n", stderr);
	out_text(stdout, json_text(o, "token"));
	putchar('\n');
	return true;
}

static bool
revoke(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->n_args; i++) {
		const struct client_request rq = {
			.method = "DELETE",
			.path = client_path(w->a, "/api/tokens/", w->args[i],
					    "")};

		if (!show_done(w, &rq, "Token revoked", e))
			return false;
	}
	return true;
}

/* clang-format off */
static const struct flag create_flags[] = {
	{"scopes", "A,B", "what it may do: read, write, admin", NULL},
	{"days", "N", "how long it lives; else until revoked", NULL},
};

static const struct verb verbs[] = {
	{"list", "", 0, 0, "Your API tokens.", NULL, 0, list},
	{"create", "NAME", 1, 1, "Makes an API token and shows it, once.",
	 create_flags, NELEM(create_flags), create},
	{"revoke", "TOKEN...", 1, ANY_ARGS, "Ends API tokens, by their ids.",
	 NULL, 0, revoke},
};
/* clang-format on */

const struct noun token_noun = {
	.name = "token",
	.says = "API tokens, for scripts and agents.",
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
	.ids = "/api/tokens",
};
