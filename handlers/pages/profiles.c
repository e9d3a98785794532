/*
 * profiles - model profiles: by which model an agent works, and how hard.
 * They are the person's own and in every project; the addresses name one
 * because the way to them leads through its agents.
 */
#include "page.h"

enum {
	NAME_CHARS = 100,
	TEXT_CHARS = 500,
	MODEL_CHARS = 200,
};

static const char *const providers[] = {"claude", "openai", "hermes", "gemini",
					NULL};
static const char *const efforts[] = {"minimal", "low", "medium", "high",
				      "xhigh",   "max", NULL};
static const char *const speeds[] = {"standard", "fast", NULL};
static const char *const modes[] = {"safe", "acceptEdits", "plan", "fullAccess",
				    NULL};

/* clang-format off */
static const struct field fields[] = {
	{"name", F_NAME, REQUIRED, 1, NAME_CHARS, NULL},
	{"description", F_TEXT, 0, 0, TEXT_CHARS, NULL},
	{"provider", F_ENUM, REQUIRED, 0, 0, providers},
	{"model", F_NAME, REQUIRED, 1, MODEL_CHARS, NULL},
	{"reasoningEffort", F_ENUM, 0, 0, 0, efforts},
	{"speed", F_ENUM, 0, 0, 0, speeds},
	{"accessMode", F_ENUM, 0, 0, 0, modes},
};
/* clang-format on */
static const struct entity entity = {"model profile", fields, NELEM(fields)};

static const char *const names[] = {"name", "description", "model", NULL};

static const char *
href(struct req *rq, const char *profile)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/projects/");
	buf_add_url(&b, req_param(rq, "id"));
	buf_add(&b, "/profiles");
	if (profile) {
		buf_add(&b, "/");
		buf_add_url(&b, profile);
	}
	return buf_str(&b);
}

static bool
profiles_get(struct req *rq, struct err *e)
{
	struct page p;

	return page_open(rq, q_page_profiles(req_param(rq, "id")), &p, e) &&
	       page_show(&p, "app/profiles", e);
}

/* What was chosen stays so when the form is shown again. */
static bool
show(struct page *p, const char *template, const struct err *wrong,
     struct err *e)
{
	static const char *const lists[][2] = {
		{"providers", "provider"       },
		{"efforts",   "reasoningEffort"},
		{"speeds",    "speed"          },
		{"modes",     "accessMode"     },
	};
	struct json_object *choices = json_get(p->tree, "choices");

	page_form(p, names, json_get(p->tree, "values"), wrong);
	for (size_t i = 0; wrong && choices && i < NELEM(lists); i++)
		page_choose(json_get(choices, lists[i][0]),
			    req_form(p->rq, lists[i][1]));
	return page_show(p, template, e);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	return page_open(rq, q_page_profile_new(req_param(rq, "id")), &p, e) &&
	       show(&p, "app/profile_new", wrong, e);
}

static bool
profile_new_get(struct req *rq, struct err *e)
{
	return show_new(rq, NULL, e);
}

static bool
input(struct req *rq, const char **in, struct err *e)
{
	static const char *const plain[] = {
		"name",   "provider",    "model", "?reasoningEffort",
		"?speed", "?accessMode", NULL};
	struct json_object *body = page_input(rq, plain);
	const char *text = req_form(rq, "description");

	if (text)
		json_object_object_add(
			body, "description",
			json_object_new_string(page_tidy(rq, text, false)));
	return page_entity(rq, &entity, CREATE, body, in, e);
}

static bool
profiles_post(struct req *rq, struct err *e)
{
	struct span text;
	const char *in;

	if (input(rq, &in, e)) {
		if (req_db_text(rq, q_profile_create(req_param(rq, "id"), in),
				&text, e))
			return page_go(rq, href(rq, NULL), "profile_created");
	}
	return page_again(rq, show_new, e);
}

static bool
show_profile(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	return page_open(rq,
			 q_page_profile(req_param(rq, "id"),
					req_param(rq, "profile")),
			 &p, e) &&
	       show(&p, "app/profile", wrong, e);
}

static bool
profile_get(struct req *rq, struct err *e)
{
	return show_profile(rq, NULL, e);
}

static bool
profile_post(struct req *rq, struct err *e)
{
	struct span text;
	const char *in;

	if (input(rq, &in, e)) {
		const char *const args[] = {req_param(rq, "id"),
					    req_param(rq, "profile"), in};

		if (req_db_text(rq,
				((struct db_call){.query = Q_PROFILE_SAVE,
						  .args = args}),
				&text, e))
			return page_go(rq, href(rq, args[1]), "saved");
	}
	return page_again(rq, show_profile, e);
}

static bool
profile_delete_post(struct req *rq, struct err *e)
{
	struct span text;

	return req_db_text(rq,
			   q_profile_delete(req_param(rq, "id"),
					    req_param(rq, "profile")),
			   &text, e) &&
	       page_go(rq, href(rq, NULL), "profile_deleted");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/profiles", profiles_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/profiles", profiles_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_GET, "/app/projects/:id/profiles/new", profile_new_get, R_USER, 0, 0},
	{M_GET, "/app/projects/:id/profiles/:profile", profile_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/profiles/:profile", profile_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/profiles/:profile/delete", profile_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set profiles_pages = {.rows = rows, .n = NELEM(rows)};
