#include "invitation.h"

#include "core/log.h"
#include "domain/mailer.h"
#include "domain/ratelimit.h"

static void
send_mail(struct req *rq, const char *email, const char *link)
{
	const struct mail mail = {
		.template_name = "project_invite",
		.to = email,
		.email = email,
		.link = link,
	};
	struct err e;

	if (!ratelimit_request(rq->ctx->limits, rq->arena, LIMIT_RECOVER,
			       rq->ip, email, &e) ||
	    !mailer_send(rq->ctx->mailer, rq->arena, &mail, &e))
		log_msg(LOG_LEVEL_WARN, "invitation_mail", "%s: %s", e.code,
			e.message);
}

const char *
invitation_send(struct req *rq, const struct db_result *made)
{
	const char *token = db_named(made, 0, "token");
	const char *link;

	if (!token)
		return NULL;
	link = arena_printf(rq->arena, "%s/app/invitation?token=%s",
			    rq->ctx->set->site_url, token);
	send_mail(rq, db_named(made, 0, "email"), link);
	return link;
}
