/*
 * tokens - /api/tokens: what scripts and agents show instead of a password.
 */
#include "api.h"
#include "domain/api_token.h"
#include "handlers/api_token.h"

enum {
	SCOPE_CHARS = 20,
	DAYS_MAX = 3650,
};

static const struct field token_fields[] = {
	{"name",          F_NAME,  REQUIRED, 1, 100,         NULL},
	{"scopes",        F_TEXTS, 0,        0, SCOPE_CHARS, NULL},
	{"expiresInDays", F_INT,   0,        1, DAYS_MAX,    NULL},
};
static const struct entity token_entity = {"token", token_fields,
					   NELEM(token_fields)};

bool
api_token_make(struct req *rq, const char *in, const char **token,
	       struct span *row, struct err *e)
{
	const struct api_token t = api_token_new(rq->arena);
	*token = t.text;
	return req_db_text(rq, q_token_create(in, t.hash, t.shown), row, e);
}

/* The only answer that ever holds the token itself. */
static bool
token_create(struct req *rq, struct err *e)
{
	struct buf b = buf_on(rq->arena);
	const char *in, *token;
	struct span row;

	if (!req_entity(rq, &token_entity, CREATE, &in, NULL, e) ||
	    !api_token_make(rq, in, &token, &row, e))
		return false;
	/* The row is a JSON object: its first brace makes room for one more
	 * member. */
	buf_add(&b, "{\"token\":");
	buf_add_json(&b, token);
	buf_add(&b, ",");
	buf_addn(&b, row.p + 1, row.n - 1);
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 201, (struct span){buf_str(&b), b.n});
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/tokens", NULL, R_USER, 0, 0,
	 DOC(.says = "The caller's API tokens, without the secret."),
	 .query = Q_TOKEN_LIST},
	{M_POST, "/api/tokens", token_create, R_USER, API_BODY, 0,
	 DOC(.says = "Makes one; the answer is the only one that holds it."),
	 .status = 201, .in = &token_entity},
	{M_DELETE, "/api/tokens/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Revokes it."),
	 .query = Q_TOKEN_DELETE},
};
/* clang-format on */

const struct route_set token_routes = {
	.title = "API tokens",
	.rows = rows,
	.n = NELEM(rows),
};
