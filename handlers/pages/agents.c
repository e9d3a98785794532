/*
 * agents - the team members of a project: who an agent can be told to be.
 * People on a project are its members (members.c), so these have a name of
 * their own here.
 */
#include "domain/words.h"
#include "page.h"

enum {
	NAME_CHARS = 1000,
	TEXT_CHARS = 10000,
	WORD_CHARS = 100,
	TEMPLATE_CHARS = 200,
	MEMORY_CHARS = 500,
};

/* clang-format off */
static const struct field agent_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"scope", F_ENUM, 0, 0, 0, words_agent_scope},
	{"name", F_NAME, REQUIRED, 1, NAME_CHARS, NULL},
	{"role", F_NAME, REQUIRED, 1, TEXT_CHARS, NULL},
	{"avatar", F_NAME, REQUIRED, 1, TEXT_CHARS, NULL},
	{"identity", F_TEXT, 0, 0, TEXT_CHARS, NULL},
	{"mode", F_ENUM, 0, 0, 0, words_agent_mode},
	{"agentTool", F_TEXT, 0, 0, WORD_CHARS, NULL},
	{"modelProfileId", F_TEXT, 0, 0, 128, NULL},
	{"model", F_TEXT, 0, 0, WORD_CHARS, NULL},
	{"permissionMode", F_ENUM, 0, 0, 0, words_permission_mode},
	{"skillIds", F_IDS, 0, 0, 0, NULL},
	{"workflowTemplateId", F_TEXT, 0, 0, TEMPLATE_CHARS, NULL},
	{"customWorkflow", F_TEXT, 0, 0, TEXT_CHARS, NULL},
	{"soundInstrument", F_TEXT, 0, 0, WORD_CHARS, NULL},
	{"abilities", F_TEXTS, REQUIRED, 0, WORD_CHARS, NULL},
	{"groups", F_TEXTS, REQUIRED, 0, WORD_CHARS, NULL},
	{"commands", F_TEXTS, REQUIRED, 0, WORD_CHARS, NULL},
};
/* clang-format on */
static const struct entity agent_entity = {"team member", agent_fields,
					   NELEM(agent_fields)};

static const struct field memory_fields[] = {
	{"projectId", F_ID,    REQUIRED, 0, 0,            NULL},
	{"entries",   F_TEXTS, REQUIRED, 0, MEMORY_CHARS, NULL},
};
static const struct entity memory_entity = {"memory", memory_fields,
					    NELEM(memory_fields)};

static const struct field scope_fields[] = {
	{"projectId", F_ID,   REQUIRED, 0, 0, NULL             },
	{"scope",     F_ENUM, REQUIRED, 0, 0, words_agent_scope},
};
static const struct entity scope_entity = {"team member", scope_fields,
					   NELEM(scope_fields)};

/* What page_form() fills; selects and boxes are the view's. */
static const char *const names[] = {
	"name",  "role",     "avatar",          "identity",       "agentTool",
	"model", "skillIds", "soundInstrument", "customWorkflow", NULL};

static const char *
href(struct req *rq, const char *agent)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/projects/");
	buf_add_url(&b, req_param(rq, "id"));
	buf_add(&b, "/agents");
	if (agent) {
		buf_add(&b, "/");
		buf_add_url(&b, agent);
	}
	return buf_str(&b);
}

static bool
agents_get(struct req *rq, struct err *e)
{
	struct page p;

	return page_open(rq, q_page_agents(req_param(rq, "id")), &p, e) &&
	       page_show(&p, "app/agents", e);
}

/* What was chosen and ticked stays so when the form is shown again. */
static void
keep_choices(struct page *p)
{
	static const char *const lists[][2] = {
		{"modes",           "mode"              },
		{"permissionModes", "permissionMode"    },
		{"profiles",        "modelProfileId"    },
		{"workflows",       "workflowTemplateId"},
	};
	struct json_object *choices = json_get(p->tree, "choices");
	struct json_object *areas = json_get(choices, "areas");
	size_t n = areas ? json_object_array_length(areas) : 0;

	for (size_t i = 0; i < NELEM(lists); i++)
		page_choose(json_get(choices, lists[i][0]),
			    req_form(p->rq, lists[i][1]));
	page_choose(json_get(p->tree, "scopes"), req_form(p->rq, "scope"));
	page_tick(p->rq, json_get(choices, "abilities"), "abilities");
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(areas, i);

		page_tick(p->rq, json_get(o, "groups"), "groups");
		page_tick(p->rq, json_get(o, "commands"), "commands");
	}
}

static bool
show(struct page *p, const char *template, const struct err *wrong,
     struct err *e)
{
	page_form(p, names, json_get(p->tree, "values"), wrong);
	if (wrong)
		keep_choices(p);
	return page_show(p, template, e);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	return page_open(rq, q_page_agent_new(req_param(rq, "id")), &p, e) &&
	       show(&p, "app/agent_new", wrong, e);
}

static bool
agent_new_get(struct req *rq, struct err *e)
{
	return show_new(rq, NULL, e);
}

static void
add_text(struct req *rq, struct json_object *body, const char *name,
	 bool one_line)
{
	const char *value = req_form(rq, name);

	if (value)
		json_object_object_add(
			body, name,
			json_object_new_string(page_tidy(rq, value, one_line)));
}

static struct json_object *
input(struct req *rq)
{
	static const char *const plain[] = {"modelProfileId",
					    "model",
					    "agentTool",
					    "workflowTemplateId",
					    "soundInstrument",
					    "?scope",
					    "?mode",
					    "?permissionMode",
					    NULL};
	static const char *const boxes[] = {"abilities", "groups", "commands"};
	struct json_object *body = page_input(rq, plain);
	const char *skills = req_form(rq, "skillIds");

	json_object_object_add(body, "projectId",
			       json_object_new_string(req_param(rq, "id")));
	add_text(rq, body, "name", true);
	add_text(rq, body, "role", true);
	add_text(rq, body, "avatar", true);
	add_text(rq, body, "identity", false);
	add_text(rq, body, "customWorkflow", false);
	if (skills)
		json_object_object_add(body, "skillIds",
				       page_words(rq, skills));
	for (size_t i = 0; i < NELEM(boxes); i++)
		json_object_object_add(body, boxes[i],
				       page_ticked(rq, boxes[i]));
	return body;
}

static bool
agents_post(struct req *rq, struct err *e)
{
	struct json_object *body = input(rq);
	struct db_result agent;
	const char *in;

	if (page_entity(rq, &agent_entity, CREATE, body, &in, e)) {
		if (req_db_row(rq, q_agent_create(in), &agent, e))
			return page_go(rq, href(rq, db_named(&agent, 0, "id")),
				       "agent_created");
	}
	return page_again(rq, show_new, e);
}

/* --- one --- */

static bool
show_agent(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	return page_open(rq,
			 q_page_agent(req_param(rq, "id"),
				      req_param(rq, "agent")),
			 &p, e) &&
	       show(&p, "app/agent", wrong, e);
}

static bool
agent_get(struct req *rq, struct err *e)
{
	return show_agent(rq, NULL, e);
}

/* The mistake is not in the form of the agent, which keeps what is stored. */
static bool
show_refused(struct req *rq, const struct err *wrong, struct err *e)
{
	static const char *const memory[] = {"memory", NULL};
	struct page p;

	if (!page_open(
		    rq,
		    q_page_agent(req_param(rq, "id"), req_param(rq, "agent")),
		    &p, e))
		return false;
	page_form(&p, names, json_get(p.tree, "values"), NULL);
	page_form(&p, memory, NULL, wrong);
	return page_show(&p, "app/agent", e);
}

static bool
agent_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "agent");
	struct json_object *body = input(rq);
	struct span text;
	const char *in;

	/* It moves by a form of its own. */
	json_object_object_del(body, "scope");
	if (page_entity(rq, &agent_entity, CREATE, body, &in, e)) {
		if (req_db_text(rq, q_agent_save(id, in), &text, e))
			return page_go(rq, href(rq, id), "saved");
	}
	return page_again(rq, show_agent, e);
}

static bool
set_status(struct req *rq, const char *word, const char *code, struct err *e)
{
	const char *const args[] = {req_param(rq, "agent"), req_param(rq, "id"),
				    word};
	struct span text;

	if (req_db_text(rq,
			((struct db_call){.query = Q_TEAMMEMBER_STATUS,
					  .args = args}),
			&text, e))
		return page_go(rq, href(rq, args[0]), code);
	return page_again(rq, show_agent, e);
}

static bool
agent_archive_post(struct req *rq, struct err *e)
{
	return set_status(rq, "archived", "archived", e);
}

static bool
agent_unarchive_post(struct req *rq, struct err *e)
{
	return set_status(rq, "active", "unarchived", e);
}

static bool
agent_delete_post(struct req *rq, struct err *e)
{
	struct span text;

	if (req_db_text(rq,
			q_teammember_delete(req_param(rq, "agent"),
					    req_param(rq, "id")),
			&text, e))
		return page_go(rq, href(rq, NULL), "agent_deleted");
	return page_again(rq, show_refused, e);
}

static bool
agent_reset_post(struct req *rq, struct err *e)
{
	const char *const args[] = {req_param(rq, "agent"),
				    req_param(rq, "id")};
	struct span text;

	return req_db_text(rq,
			   ((struct db_call){.query = Q_TEAMMEMBER_RESET,
					     .args = args}),
			   &text, e) &&
	       page_go(rq, href(rq, args[0]), "agent_reset");
}

static bool
agent_scope_post(struct req *rq, struct err *e)
{
	static const char *const wanted[] = {"scope", NULL};
	struct json_object *body = page_input(rq, wanted);
	struct span text;
	const char *in;

	json_object_object_add(body, "projectId",
			       json_object_new_string(req_param(rq, "id")));
	if (!page_entity(rq, &scope_entity, CREATE, body, &in, e))
		return false;

	const char *const args[] = {req_param(rq, "agent"), in};

	return req_db_text(rq,
			   ((struct db_call){.query = Q_TEAMMEMBER_SCOPE,
					     .args = args}),
			   &text, e) &&
	       page_go(rq, href(rq, args[0]), "saved");
}

/* --- memory --- */

/* entry NULL: none at all. */
static bool
memory_body(struct req *rq, const char *list, const char *entry,
	    const char **in, struct err *e)
{
	static const char *const none[] = {NULL};
	struct json_object *body = page_input(rq, none);
	struct json_object *entries = json_object_new_array();

	if (entry)
		json_object_array_add(entries, json_object_new_string(entry));
	json_object_object_add(body, "projectId",
			       json_object_new_string(req_param(rq, "id")));
	json_object_object_add(body, list, entries);
	if (entry)
		return page_entity(rq, &memory_entity, CREATE, body, in, e);
	*in = json_dump(body);
	return true;
}

static bool
show_memory(struct req *rq, const struct err *wrong, struct err *e)
{
	struct err here;

	err_field(&here, "memory", "Write between 1 and %d characters",
		  MEMORY_CHARS);
	return show_refused(rq, wrong ? &here : NULL, e);
}

static bool
agent_memory_post(struct req *rq, struct err *e)
{
	const char *said = req_form(rq, "memory");
	struct span text;
	const char *in;

	if (memory_body(rq, "entries", page_tidy(rq, said ? said : "", false),
			&in, e)) {
		const char *const args[] = {req_param(rq, "agent"), in};

		if (req_db_text(
			    rq,
			    ((struct db_call){.query = Q_TEAMMEMBER_REMEMBER,
					      .args = args}),
			    &text, e))
			return page_go(rq, href(rq, args[0]), "remembered");
	}
	return page_again(rq, show_memory, e);
}

static bool
agent_forget_post(struct req *rq, struct err *e)
{
	const char *entry = req_form(rq, "entry");
	const char *const args[] = {req_param(rq, "agent"), req_param(rq, "id"),
				    entry ? entry : ""};
	struct span text;

	return req_db_text(rq,
			   ((struct db_call){.query = Q_AGENT_FORGET,
					     .args = args}),
			   &text, e) &&
	       page_go(rq, href(rq, args[0]), "forgotten");
}

static bool
agent_clear_post(struct req *rq, struct err *e)
{
	struct span text;
	const char *in;

	if (!memory_body(rq, "memory", NULL, &in, e))
		return false;

	const char *const args[] = {req_param(rq, "agent"), in};

	return req_db_text(rq,
			   ((struct db_call){.query = Q_TEAMMEMBER_UPDATE,
					     .args = args}),
			   &text, e) &&
	       page_go(rq, href(rq, args[0]), "forgotten");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/agents", agents_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/agents", agents_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_GET, "/app/projects/:id/agents/new", agent_new_get, R_USER, 0, 0},
	{M_GET, "/app/projects/:id/agents/:agent", agent_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/agents/:agent", agent_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/agents/:agent/archive", agent_archive_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/agents/:agent/unarchive", agent_unarchive_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/agents/:agent/delete", agent_delete_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/agents/:agent/reset", agent_reset_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/agents/:agent/scope", agent_scope_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/agents/:agent/memory", agent_memory_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/agents/:agent/memory/remove", agent_forget_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/agents/:agent/memory/clear", agent_clear_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set agents_pages = {.rows = rows, .n = NELEM(rows)};
