#ifndef HANDLERS_AUTH_V1_H
#define HANDLERS_AUTH_V1_H

/*
 * auth_v1 - what the files of the /auth/v1 surface share.  Contract:
 * auth-v1.md 1 to 4.  On a hosted project this surface is the project's own.
 */
#include "domain/identity.h"
#include "handlers/identity_call.h"
#include "web/route.h"

/* The body as an object, or 400 bad_json (an empty one too). */
bool auth_body(struct req *rq, struct json_object **out,
	       struct err *e) MUST_CHECK;

/* Texts of a body into in's members of those names: {"email", &in.email}. */
struct auth_text {
	const char *name;
	const char **to;
};

/* Absent and null are NULL; any other type than text is 400 bad_json. */
bool auth_texts(const struct json_object *o, const struct auth_text *texts,
		size_t n, struct err *e) MUST_CHECK;
/* email, phone, password, data, type, token, ... : all of identity_in. */
bool auth_input(const struct json_object *o, struct identity_in *in,
		struct err *e) MUST_CHECK;

/* Runs op and replies with its JSON. */
bool auth_run(struct req *rq, identity_op *op, const struct identity_in *in,
	      struct err *e) MUST_CHECK;
/* X-Total-Count and Link for a list (auth-v1.md 4.15). */
void auth_pages(struct req *rq, const char *path, int64_t total, int64_t page,
		int64_t per_page);

bool auth_v1_verify_get(struct req *rq, struct err *e);
bool auth_v1_admin_list(struct req *rq, struct err *e);
bool auth_v1_admin_create(struct req *rq, struct err *e);
bool auth_v1_admin_get(struct req *rq, struct err *e);
bool auth_v1_admin_update(struct req *rq, struct err *e);
bool auth_v1_admin_delete(struct req *rq, struct err *e);
bool auth_v1_admin_audit(struct req *rq, struct err *e);
bool auth_v1_admin_factors(struct req *rq, struct err *e);
bool auth_v1_invite(struct req *rq, struct err *e);
bool auth_v1_generate_link(struct req *rq, struct err *e);
bool auth_v1_no_provider(struct req *rq, struct err *e);
bool auth_v1_no_sso(struct req *rq, struct err *e);
bool auth_v1_no_linking(struct req *rq, struct err *e);
bool auth_v1_no_factors(struct req *rq, struct err *e);

#endif
