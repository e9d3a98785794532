/*
 * Administration of accounts for holders of a service_role key.
 */
#include <string.h>

#include "auth_v1.h"
#include "core/num.h"

enum {
	PER_PAGE = 50,
	PER_PAGE_MAX = 1000
};

static const struct identity_ops *
ops_of(const struct req *rq)
{
	return rq->ctx->identity->ops;
}

/* Empty means the default; anything but a number is an error. */
static bool
page_number(struct req *rq, const char *name, int64_t otherwise, int64_t max,
	    int64_t *out, struct err *e)
{
	const char *s = req_query(rq, name);

	*out = otherwise;
	if (!s || !*s)
		return true;
	if (!num_i64(span_of(s), 0, INT32_MAX, out))
		return err_set(e, 400, "validation_failed",
			       "Bad Pagination Parameters: %s", name);
	if (*out == 0)
		*out = otherwise;
	if (*out > max)
		*out = max;
	return true;
}

/*
 * The client takes the text after the first = of each link, so page is the
 * first parameter; auth-v1.md 4.15.
 */
void
auth_pages(struct req *rq, const char *path, int64_t total, int64_t page,
	   int64_t per_page)
{
	long long last = (total + per_page - 1) / per_page;
	struct buf b = buf_on(rq->arena);

	if (last < 1)
		last = 1;
	if (page < last)
		buf_addf(&b, "<%s?page=%lld&per_page=%lld>; rel=\"next\", ",
			 path, (long long)page + 1, (long long)per_page);
	buf_addf(&b, "<%s?page=%lld&per_page=%lld>; rel=\"last\"", path, last,
		 (long long)per_page);
	reply_header(rq, "Link", buf_str(&b));
	reply_header(rq, "X-Total-Count",
		     arena_printf(rq->arena, "%lld", (long long)total));
}

static bool
run_list(struct req *rq, identity_op *op, struct identity_in *in,
	 const char *path, struct err *e)
{
	struct identity_call who = req_identity_call(rq);
	struct identity_out out;

	if (!page_number(rq, "page", 1, INT32_MAX, &in->page, e) ||
	    !page_number(rq, "per_page", PER_PAGE, PER_PAGE_MAX, &in->per_page,
			 e) ||
	    !op(rq->ctx->identity, &who, in, &out, e))
		return false;
	auth_pages(rq, path, out.total, in->page, in->per_page);
	return reply_json(rq, 200, span_of(out.json));
}

bool
auth_v1_admin_list(struct req *rq, struct err *e)
{
	const char *sort = req_query(rq, "sort");
	struct identity_in in = {
		.filter = req_query(rq, "filter"),
		.oldest_first = sort && strcmp(sort, "created_at asc") == 0,
	};

	return run_list(rq, ops_of(rq)->admin_list, &in, "/admin/users", e);
}

bool
auth_v1_admin_audit(struct req *rq, struct err *e)
{
	struct identity_in in = {.filter = req_query(rq, "query")};

	return run_list(rq, ops_of(rq)->admin_audit, &in, "/admin/audit", e);
}

static bool
with_body(struct req *rq, identity_op *op, struct identity_in *in,
	  struct err *e)
{
	struct json_object *o;

	if (!auth_body(rq, &o, e))
		return false;
	in->body = json_dump(o);
	return auth_run(rq, op, in, e);
}

bool
auth_v1_admin_create(struct req *rq, struct err *e)
{
	struct identity_in in = {.page = 0};

	return with_body(rq, ops_of(rq)->admin_create, &in, e);
}

bool
auth_v1_admin_get(struct req *rq, struct err *e)
{
	const struct identity_in in = {.user_id = req_param(rq, "id")};

	return auth_run(rq, ops_of(rq)->admin_get, &in, e);
}

bool
auth_v1_admin_update(struct req *rq, struct err *e)
{
	struct identity_in in = {.user_id = req_param(rq, "id")};

	return with_body(rq, ops_of(rq)->admin_update, &in, e);
}

bool
auth_v1_admin_delete(struct req *rq, struct err *e)
{
	struct identity_in in = {.user_id = req_param(rq, "id")};
	struct json_object *o, *soft;

	if (!req_json(rq, &o, e))
		return err_set(e, 400, "bad_json",
			       "Could not parse request body as JSON");
	soft = o && json_object_is_type(o, json_type_object)
		       ? json_get(o, "should_soft_delete")
		       : NULL;
	if (soft && !json_object_is_type(soft, json_type_boolean))
		return err_set(e, 400, "bad_json",
			       "should_soft_delete must be true or false");
	in.soft_delete = soft && json_object_get_boolean(soft);
	return auth_run(rq, ops_of(rq)->admin_delete, &in, e);
}

/* The array of the user's factors; the user itself must exist. */
bool
auth_v1_admin_factors(struct req *rq, struct err *e)
{
	const struct identity_in in = {.user_id = req_param(rq, "id")};
	struct identity_call who = req_identity_call(rq);
	struct json_object *user, *factors;
	struct identity_out out;

	if (!ops_of(rq)->admin_get(rq->ctx->identity, &who, &in, &out, e) ||
	    !json_parse(rq->arena, out.json, strlen(out.json), &user, e))
		return false;
	factors = json_get(user, "factors");
	return reply_json(rq, 200,
			  span_of(factors ? json_dump(factors) : "[]"));
}

bool
auth_v1_invite(struct req *rq, struct err *e)
{
	struct identity_in in = {.page = 0};
	struct json_object *o;

	return auth_body(rq, &o, e) && auth_input(o, &in, e) &&
	       auth_run(rq, ops_of(rq)->invite, &in, e);
}

bool
auth_v1_generate_link(struct req *rq, struct err *e)
{
	struct identity_in in = {.page = 0};

	return with_body(rq, ops_of(rq)->generate_link, &in, e);
}
