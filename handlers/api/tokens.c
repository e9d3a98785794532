/*
 * tokens - /api/tokens: what scripts and agents show instead of a password.
 */
#include "api.h"
#include "domain/api_token.h"
#include "domain/entities/entities.h"
#include "handlers/api_token.h"

bool
api_token_make(struct req *rq, const char *in, const char **token,
	       struct db_result *row, struct err *e)
{
	const struct api_token t = api_token_new(rq->arena);

	*token = t.text;
	return req_db_row(rq, q_token_create(in, t.hash, t.shown), row, e);
}

/* The only answer that ever holds the token itself. */
static bool
token_create(struct req *rq, struct err *e)
{
	struct jsonw w = jsonw_on(rq->arena);
	const char *in, *token;
	struct entity_rows rows;
	struct db_result made;

	if (!req_entity(rq, &token_entity, CREATE, &in, NULL, e) ||
	    !api_token_make(rq, in, &token, &made, e))
		return false;
	entity_rows(&rows, &token_entity, &made, 1);
	jsonw_begin(&w, '{');
	jsonw_member(&w, "token", token);
	entity_write_fields(&w, &rows, 0);
	jsonw_end(&w, '}');
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 201, jsonw_span(&w));
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/tokens", NULL, R_USER, 0, 0,
	 DOC(.says = "The caller's API tokens, without the secret."),
	 .query = Q_TOKEN_LIST, .out = &token_entity},
	{M_POST, "/api/tokens", token_create, R_USER, API_BODY, 0,
	 DOC(.says = "Makes one; the answer is the only one that holds it."),
	 .status = 201, .in = &token_entity},
	{M_DELETE, "/api/tokens/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Revokes it."),
	 .query = Q_TOKEN_DELETE, .out = &done_entity},
};
/* clang-format on */

const struct route_set token_routes = {
	.title = "API tokens",
	.rows = rows,
	.n = NELEM(rows),
};
