/*
 * profiles - model profiles: by which model an agent works, and how hard.
 * They are the person's own and in every project; the addresses name one
 * because the way to them leads through its agents.
 */
#include "domain/entities/entities.h"
#include "page.h"
#include "words.h"

enum {
	MODEL_CHARS = 200,
};

static const char *const providers[] = {"claude", "openai", "hermes", "gemini",
					NULL};
static const char *const efforts[] = {"minimal", "low", "medium", "high",
				      "xhigh",   "max", NULL};
static const char *const speeds[] = {"standard", "fast", NULL};
static const char *const modes[] = {"safe", "acceptEdits", "plan", "fullAccess",
				    NULL};

/* What lies in launchConfig, each a field of the form. */
static const struct field launch_fields[] = {
	{"provider",        F_ENUM, REQUIRED, 0, 0,           providers, NULL},
	{"model",           F_NAME, REQUIRED, 1, MODEL_CHARS, NULL,      NULL},
	{"reasoningEffort", F_ENUM, 0,        0, 0,           efforts,   NULL},
	{"speed",           F_ENUM, 0,        0, 0,           speeds,    NULL},
	{"accessMode",      F_ENUM, 0,        0, 0,           modes,     NULL},
};
static const struct entity launch_entity = {"ModelProfile", launch_fields,
					    NELEM(launch_fields), NULL};

static const char as_the_tool[] = "As the tool has it";

static const struct label labels_provider[] = {
	{"claude", "Claude"},
        {"openai", "OpenAI"},
        {"hermes", "Hermes"},
	{"gemini", "Gemini"},
        {NULL,     NULL    },
};
static const struct label labels_effort[] = {
	{"",        as_the_tool       },
        {"minimal", "Minimal effort"  },
	{"low",     "Low effort"      },
        {"medium",  "Medium effort"   },
	{"high",    "High effort"     },
        {"xhigh",   "Very high effort"},
	{"max",     "Greatest effort" },
        {NULL,      NULL              },
};
static const struct label labels_speed[] = {
	{"",         as_the_tool     },
	{"standard", "Standard speed"},
	{"fast",     "Fast"          },
	{NULL,       NULL            },
};
static const struct label labels_access[] = {
	{"",            as_the_tool                   },
	{"safe",        "Ask for each action"         },
	{"acceptEdits", "Edit files without asking"   },
	{"plan",        "Only plan"                   },
	{"fullAccess",  "Do everything without asking"},
	{NULL,          NULL			  },
};

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

/* --- the view: columns in the order of their statements --- */

enum {
	PROFILE_ID,
	PROFILE_IS_DEFAULT,
	PROFILE_NAME,
	PROFILE_DESCRIPTION,
	PROFILE_PROVIDER,
	PROFILE_MODEL,
	PROFILE_EFFORT,
	PROFILE_SPEED,
	PROFILE_ACCESS
};

static const char own_most[] = "500";

/* What a column's word is called; its list by the column. */
static struct tmpl_value
profile_label(const struct view_row *row, unsigned column)
{
	static const struct label *const lists[] = {
		[PROFILE_PROVIDER] = labels_provider,
		[PROFILE_EFFORT] = labels_effort,
		[PROFILE_SPEED] = labels_speed,
		[PROFILE_ACCESS] = labels_access,
	};
	const char *word = view_cell(row, column);

	return view_text(word ? label_of(row->a, lists[column], word) : NULL);
}

static const struct view_member profile_members[] = {
	{"id",            VIEW_TEXT, PROFILE_ID,          NULL         },
	{"is_default",    VIEW_FLAG, PROFILE_IS_DEFAULT,  NULL         },
	{"name",          VIEW_TEXT, PROFILE_NAME,        NULL         },
	{"description",   VIEW_MADE, PROFILE_DESCRIPTION, made_filled  },
	{"sign",          VIEW_MADE, PROFILE_NAME,        made_initials},
	{"tint",          VIEW_MADE, PROFILE_NAME,        made_tint    },
	{"provider_text", VIEW_MADE, PROFILE_PROVIDER,    profile_label},
	{"model",         VIEW_TEXT, PROFILE_MODEL,       NULL         },
	{"effort_text",   VIEW_MADE, PROFILE_EFFORT,      profile_label},
	{"speed_text",    VIEW_MADE, PROFILE_SPEED,       profile_label},
	{"access_text",   VIEW_MADE, PROFILE_ACCESS,      profile_label},
};

static struct view_rows *
rows_of(struct page *p, const struct db_result *r)
{
	return view_rows_new(p->rq->arena, r, VIEW_MEMBERS(profile_members),
			     NULL);
}

static bool
profiles_get(struct req *rq, struct err *e)
{
	const struct db_call calls[] = {
		q_page_head(req_param(rq, "id"), "viewer"),
		q_page_profiles(own_most),
	};
	struct db_result r[NELEM(calls)];
	struct view_rows *all;
	size_t own = 0;
	struct page p;

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	page_tab(&p, "agents");
	all = rows_of(&p, &r[1]);
	while (own < db_rows(&r[1]) &&
	       *db_value(&r[1], own, PROFILE_IS_DEFAULT) == 'f')
		own++;
	page_flag(&p, "has_own", own > 0);
	page_value(&p, "own", view_rows_slice(all, 0, own));
	page_value(&p, "built_in",
		   view_rows_slice(all, own, db_rows(&r[1]) - own));
	return page_show(&p, "app/profiles", e);
}

/* --- the form --- */

/* profile NULL: a new one.  What was chosen stays so when it is shown again. */
static void
show_form(struct page *p, const struct db_result *profile,
	  const struct err *wrong)
{
	static const struct {
		const char *list, *field;
		const struct label *labels;
		unsigned column;
	} selects[] = {
		{"providers", "provider",        labels_provider, PROFILE_PROVIDER},
		{"efforts",   "reasoningEffort", labels_effort,   PROFILE_EFFORT  },
		{"speeds",    "speed",           labels_speed,    PROFILE_SPEED   },
		{"modes",     "accessMode",      labels_access,   PROFILE_ACCESS  },
	};
	struct view *choices = view_open(p->view, "choices");

	for (size_t i = 0; i < NELEM(selects); i++) {
		const char *chosen =
			wrong     ? req_form(p->rq, selects[i].field)
			: profile ? db_value(profile, 0, selects[i].column)
				  : NULL;

		view_set(choices, selects[i].list,
			 label_choices(p->rq->arena, selects[i].labels,
				       chosen ? chosen : ""));
	}
	page_limits(p, &launch_entity);
	page_limits(p, &model_profile_entity);
}

static void
show_texts(struct page *p, const struct db_result *profile,
	   const struct err *wrong)
{
	static const unsigned columns[] = {PROFILE_NAME, PROFILE_DESCRIPTION,
					   PROFILE_MODEL};

	for (size_t i = 0; i < NELEM(columns); i++)
		page_field(p, names[i],
			   profile ? db_value(profile, 0, columns[i]) : NULL,
			   wrong);
	if (wrong)
		page_wrong(p, names, wrong);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	const struct db_call head = q_page_head(req_param(rq, "id"), "viewer");
	struct db_result r;
	struct page p;

	if (!page_rows(rq, &head, 1, &r, &p, e))
		return false;
	page_tab(&p, "agents");
	show_texts(&p, NULL, wrong);
	show_form(&p, NULL, wrong);
	return page_show(&p, "app/profile_new", e);
}

static bool
profile_new_get(struct req *rq, struct err *e)
{
	return show_new(rq, NULL, e);
}

/* An empty description is none at all. */
static bool
input(struct req *rq, const char **in, struct err *e)
{
	static const char *const plain[] = {"name", NULL};
	static const char *const launch[] = {"provider",         "model",
					     "?reasoningEffort", "?speed",
					     "?accessMode",      NULL};
	struct json_object *body = page_input(rq, plain);
	const char *text = req_form(rq, "description");
	struct json_object *config;

	if (!entity_check(rq->arena, &launch_entity, CREATE,
			  page_input(rq, launch), &config, e))
		return false;
	json_object_object_add(body, "launchConfig", json_object_get(config));
	if (text)
		json_object_object_add(body, "description",
				       *text ? json_object_new_string(page_tidy(
						       rq, text, false))
					     : NULL);
	return page_entity(rq, &model_profile_entity, CREATE, body, in, e);
}

/* Whoever does not see the project does not get through it to anything. */
static bool
change(struct req *rq, struct db_call call, struct err *e)
{
	const struct db_call calls[] = {
		q_page_head(req_param(rq, "id"), "viewer"), call};
	struct db_result r[NELEM(calls)];

	return req_db(rq, calls, NELEM(calls), r, e);
}

static bool
profiles_post(struct req *rq, struct err *e)
{
	const char *in;

	if (input(rq, &in, e) && change(rq, q_modelprofile_create(in), e))
		return page_go(rq, href(rq, NULL), "profile_created");
	return page_again(rq, show_new, e);
}

/* --- one --- */

static bool
show_profile(struct req *rq, const struct err *wrong, struct err *e)
{
	const struct db_call calls[] = {
		q_page_head(req_param(rq, "id"), "viewer"),
		q_page_profile(req_param(rq, "profile")),
	};
	struct db_result r[NELEM(calls)];
	struct page p;

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	page_tab(&p, "agents");
	page_value(&p, "profile", view_rows_at(rows_of(&p, &r[1]), 0));
	page_value(&p, "choices", view_nothing());
	show_texts(&p, &r[1], wrong);
	if (*db_value(&r[1], 0, PROFILE_IS_DEFAULT) == 'f')
		show_form(&p, &r[1], wrong);
	return page_show(&p, "app/profile", e);
}

static bool
profile_get(struct req *rq, struct err *e)
{
	return show_profile(rq, NULL, e);
}

static bool
profile_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "profile");
	const char *in;

	if (input(rq, &in, e) && change(rq, q_modelprofile_update(id, in), e))
		return page_go(rq, href(rq, id), "saved");
	return page_again(rq, show_profile, e);
}

static bool
profile_delete_post(struct req *rq, struct err *e)
{
	return change(rq, q_modelprofile_delete(req_param(rq, "profile")), e) &&
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
