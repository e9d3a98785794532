#include "identity_call.h"

struct identity_call
req_identity_call(struct req *rq)
{
	const char *redirect = req_query(rq, "redirect_to");

	return (struct identity_call){
		.a = rq->arena,
		.ip = rq->ip,
		.user_agent = req_header(rq, "User-Agent"),
		.request_id = rq->id,
		.token = rq->caller.token,
		.claims = rq->caller.claims,
		.role = rq->caller.role,
		.redirect_to =
			redirect ? redirect : req_header(rq, "redirect_to"),
		.referer = req_header(rq, "Referer"),
	};
}
