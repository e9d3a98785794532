/*
 * model_profiles - /api/model-profiles: ways to start an agent, by name.
 */
#include "api.h"

#include "domain/entities/entities.h"

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/model-profiles", NULL, R_USER, 0, 0,
	 DOC(.says = "The four defaults and your own."),
	 .query = Q_MODELPROFILE_LIST, .out = &model_profile_entity},
	{M_POST, "/api/model-profiles", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a profile of yours. launchConfig: {provider (claude, openai, hermes, gemini), model, reasoningEffort (minimal, low, medium, high, xhigh, max), speed (standard, fast), accessMode (safe, acceptEdits, plan, fullAccess)}; the first two are required."),
	 .status = 201, .query = Q_MODELPROFILE_CREATE, .in = &model_profile_entity,
	 .out = &model_profile_entity},
	{M_GET, "/api/model-profiles/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One profile.", .errors = "not_found 404"),
	 .query = Q_MODELPROFILE_GET, .out = &model_profile_entity},
	{M_PUT | M_PATCH, "/api/model-profiles/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named; not a default.",
	     .errors = "FORBIDDEN 403, not_found 404"),
	 .query = Q_MODELPROFILE_UPDATE, .in = &model_profile_entity,
	 .out = &model_profile_entity},
	{M_DELETE, "/api/model-profiles/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes one of yours; members that name it keep the name.",
	     .errors = "FORBIDDEN 403, not_found 404"),
	 .query = Q_MODELPROFILE_DELETE, .out = &done_entity},
};
/* clang-format on */

const struct route_set modelprofile_routes = {
	.title = "Model profiles",
	.about =
		"mp_ultra, mp_heavy, mp_balanced and mp_fast are everybody's and cannot be\n"
		"changed; the others are yours alone.  Times are ISO 8601 here.",
	.rows = rows,
	.n = NELEM(rows),
};
