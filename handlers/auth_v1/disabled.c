/*
 * What auth-js may ask for and this server does not offer (yet): answered in
 * the words the client knows, so that an application says "not enabled"
 * instead of "not found".
 */
#include "auth_v1.h"

/* GET /authorize, GET and POST /callback: sign-in through other sites. */
bool
auth_v1_no_provider(struct req *rq, struct err *e)
{
	(void)rq;
	return err_set(e, 400, "validation_failed",
		       "Unsupported provider: provider is not enabled");
}

bool
auth_v1_no_sso(struct req *rq, struct err *e)
{
	(void)rq;
	return err_set(e, 404, "saml_provider_disabled",
		       "SAML 2.0 is disabled");
}

bool
auth_v1_no_linking(struct req *rq, struct err *e)
{
	(void)rq;
	return err_set(e, 404, "manual_linking_disabled",
		       "Manual linking is disabled");
}

bool
auth_v1_no_factors(struct req *rq, struct err *e)
{
	(void)rq;
	return err_set(e, 422, "mfa_totp_enroll_not_enabled",
		       "MFA enroll is disabled for TOTP");
}
