/*
 * agents - the team members of a project: who an agent can be told to be.
 * People on a project are its members (members.c), so these have a name of
 * their own here.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/entities/entities.h"
#include "domain/words.h"
#include "page.h"
#include "words.h"

enum {
	TICK_CHARS = 100,
	MEMORY_CHARS = 10000,
	MODES_ROOM = 8, /* all modes, what else is stored, the end */
};

/* What is ticked; the rest of the form is the agent's own. */
static const char *const tick_names[] = {"abilities", "groups", "commands",
					 NULL};
static const struct field tick_fields[] = {
	{"abilities", F_TEXTS, REQUIRED, 0, TICK_CHARS, NULL, NULL},
	{"groups",    F_TEXTS, REQUIRED, 0, TICK_CHARS, NULL, NULL},
	{"commands",  F_TEXTS, REQUIRED, 0, TICK_CHARS, NULL, NULL},
};
static const struct entity tick_entity = {"Team member", tick_fields,
					  NELEM(tick_fields), NULL};

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

/* --- the view: columns in the order of their statements --- */

enum {
	AGENT_PART,
	AGENT_ID,
	AGENT_NAME,
	AGENT_ROLE,
	AGENT_AVATAR,
	AGENT_MODE,
	AGENT_MODEL,
	AGENT_TOOL,
	AGENT_PROFILE, /* its name */
	AGENT_SPAWNS,
	AGENT_MEMORIES,
	/* of one agent */
	AGENT_IDENTITY,
	AGENT_STATUS,
	AGENT_SYSTEM_KIND,
	AGENT_SKILLS,
	AGENT_PERMISSION_MODE,
	AGENT_PROFILE_ID,
	AGENT_WORKFLOW,
	AGENT_CUSTOM_WORKFLOW,
	AGENT_SOUND,
	AGENT_CAPABILITIES,
	AGENT_GROUPS,
	AGENT_COMMANDS,
	AGENT_IS_CHANGED
};

enum {
	CHOICE_ID,
	CHOICE_NAME,
	CHOICE_MODEL /* of a profile */
};

static const char project_part[] = "1", own_part[] = "2", built_in_part[] = "3";

/* Of each part, and of those that are archived. */
static const char most_agents[] = "500", most_archived[] = "100";

static const char *
or_null(const char *s)
{
	return s && *s ? s : NULL;
}

static struct tmpl_value
agent_name(const struct view_row *row, unsigned column)
{
	const char *name = or_null(view_cell(row, column));

	return view_text(name ? name : "Unnamed");
}

static struct tmpl_value
agent_sign(const struct view_row *row, unsigned column)
{
	return view_text(avatar_sign(row->a, view_cell(row, column),
				     view_cell(row, AGENT_NAME)));
}

static struct tmpl_value
agent_mode(const struct view_row *row, unsigned column)
{
	const char *mode = or_null(view_cell(row, column));

	return view_text(mode ? label_of(row->a, labels_agent_any_mode, mode)
			      : NULL);
}

static struct tmpl_value
agent_model(const struct view_row *row, unsigned column)
{
	const char *profile = view_cell(row, AGENT_PROFILE);

	return view_text(profile ? profile : or_null(view_cell(row, column)));
}

static struct tmpl_value
agent_memory(const struct view_row *row, unsigned column)
{
	int64_t n = strtoll(view_cell(row, column), NULL, 10);

	return view_text(n ? plural(row->a, n, "memory", "memories") : NULL);
}

static struct tmpl_value
agent_is_default(const struct view_row *row, unsigned column)
{
	return view_flag(strcmp(view_cell(row, column), built_in_part) == 0);
}

static struct tmpl_value
agent_is_global(const struct view_row *row, unsigned column)
{
	return view_flag(strcmp(view_cell(row, column), own_part) == 0);
}

static const struct view_member card_members[] = {
	{"id",          VIEW_TEXT, AGENT_ID,       NULL            },
	{"name",        VIEW_MADE, AGENT_NAME,     agent_name      },
	{"role",        VIEW_TEXT, AGENT_ROLE,     NULL            },
	{"sign",        VIEW_MADE, AGENT_AVATAR,   agent_sign      },
	{"tint",        VIEW_MADE, AGENT_NAME,     made_tint       },
	{"mode_text",   VIEW_MADE, AGENT_MODE,     agent_mode      },
	{"model_text",  VIEW_MADE, AGENT_MODEL,    agent_model     },
	{"tool_text",   VIEW_MADE, AGENT_TOOL,     made_filled     },
	{"spawns",      VIEW_FLAG, AGENT_SPAWNS,   NULL            },
	{"memory_text", VIEW_MADE, AGENT_MEMORIES, agent_memory    },
	{"is_default",  VIEW_MADE, AGENT_PART,     agent_is_default},
	{"is_global",   VIEW_MADE, AGENT_PART,     agent_is_global },
};

static struct view_rows *
cards_of(struct page *p, const struct db_result *r)
{
	return view_rows_new(p->rq->arena, r, VIEW_MEMBERS(card_members), NULL);
}

static bool
has_part(const struct db_result *r, const char *part)
{
	for (size_t i = 0; i < db_rows(r); i++) {
		if (strcmp(db_value(r, i, AGENT_PART), part) == 0)
			return true;
	}
	return false;
}

static bool
agents_get(struct req *rq, struct err *e)
{
	enum {
		HEAD,
		AGENTS,
		ARCHIVED,
		ALL
	};

	const char *project = req_param(rq, "id");
	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(project, "viewer"),
		[AGENTS] = q_page_agents(project, most_agents),
		[ARCHIVED] = q_page_agents_archived(project, most_archived),
	};
	struct db_result r[ALL];
	struct view_rows *cards;
	struct page p;

	if (!page_rows(rq, calls, ALL, r, &p, e))
		return false;
	page_tab(&p, "agents");
	cards = cards_of(&p, &r[AGENTS]);
	page_value(&p, "of_project",
		   view_rows_run(cards, AGENT_PART, project_part));
	page_flag(&p, "has_of_project", has_part(&r[AGENTS], project_part));
	page_value(&p, "own", view_rows_run(cards, AGENT_PART, own_part));
	page_flag(&p, "has_own", has_part(&r[AGENTS], own_part));
	page_value(&p, "built_in",
		   view_rows_run(cards, AGENT_PART, built_in_part));
	page_number(&p, "n_archived", (int64_t)db_rows(&r[ARCHIVED]));
	page_value(&p, "archived", view_rows_all(cards_of(&p, &r[ARCHIVED])));
	return page_show(&p, "app/agents", e);
}

/* --- the form --- */

static const struct label permission_modes[] = {
	{"",		  "As the session is started"   },
	{"interactive",       "Ask for each action"         },
	{"acceptEdits",       "Edit files without asking"   },
	{"readOnly",          "Read only"                   },
	{"bypassPermissions", "Do everything without asking"},
	{NULL,		NULL			  },
};
static const struct label scopes[] = {
	{"project", "This project"        },
	{"global",  "Me, in every project"},
	{NULL,      NULL                  },
};
static const struct label abilities[] = {
	{"can_spawn_sessions",       "Start sessions of others"},
	{"can_edit_tasks",           "Edit tasks"              },
	{"can_report_task_level",    "Report on its tasks"     },
	{"can_report_session_level", "Report on its session"   },
};

/* Commands of the client that a permission can name, by what they are about. */
static const struct area {
	struct label about;
	const char *const *commands; /* NULL-terminated */
} areas[] = {
	{{"task", "Tasks"},
	 (const char *const[]){"task:list", "task:get", "task:create",
			       "task:edit", "task:delete", "task:children",
			       "task:tree", NULL}    },
	{{"session", "Sessions"},
	 (const char *const[]){"session:list", "session:info",
			       "session:siblings", "session:spawn",
			       "session:prompt", "session:logs",
			       "session:watch", NULL}},
	{{"team-member", "Agents"},
	 (const char *const[]){
		 "team-member:list", "team-member:get", "team-member:create",
		 "team-member:edit", "team-member:archive",
		 "team-member:unarchive", "team-member:delete",
		 "team-member:reset", "team-member:update-identity",
		 "team-member:memory:append", "team-member:memory:list",
		 "team-member:memory:clear", NULL}   },
	{{"team", "Teams"},
	 (const char *const[]){"team:list", "team:get", "team:create",
			       "team:edit", "team:archive", "team:delete",
			       NULL}                 },
};

/* What the selects and boxes of the form say before anybody touches them. */
struct said {
	const char *mode, *permission, *profile, *workflow;
	struct json_object *abilities, *groups, *commands; /* {name: true} */
};

/* What a new one begins with. */
static bool
say_new(struct req *rq, struct said *said, struct err *e)
{
	static const char able[] = "{\"can_edit_tasks\":true,"
				   "\"can_report_task_level\":true,"
				   "\"can_report_session_level\":true}";

	*said = (struct said){.mode = "worker"};
	return json_parse(rq->arena, able, sizeof able - 1, &said->abilities,
			  e);
}

static bool
object_of(struct req *rq, const struct db_result *r, size_t column,
	  struct json_object **out, struct err *e)
{
	struct span text = db_span(r, 0, column);

	return json_parse(rq->arena, text.p, text.n, out, e);
}

static bool
say_stored(struct req *rq, const struct db_result *agent, struct said *said,
	   struct err *e)
{
	*said = (struct said){
		.mode = db_value(agent, 0, AGENT_MODE),
		.permission = db_value(agent, 0, AGENT_PERMISSION_MODE),
		.profile = db_value(agent, 0, AGENT_PROFILE_ID),
		.workflow = db_value(agent, 0, AGENT_WORKFLOW),
	};
	return object_of(rq, agent, AGENT_CAPABILITIES, &said->abilities, e) &&
	       object_of(rq, agent, AGENT_GROUPS, &said->groups, e) &&
	       object_of(rq, agent, AGENT_COMMANDS, &said->commands, e);
}

static bool
is_true(struct json_object *o, const char *name)
{
	struct json_object *value = json_get(o, name);

	return json_object_is_type(value, json_type_boolean) &&
	       json_object_get_boolean(value);
}

/* A form that is shown again keeps what was chosen and ticked. */
struct form {
	struct page *p;
	struct view *choices;
	bool is_again;
};

static void
add_select(struct form *f, const char *name, const char *field,
	   const struct label *list, const char *stored)
{
	const char *chosen = f->is_again ? req_form(f->p->rq, field) : stored;

	view_set(f->choices, name,
		 label_choices(f->p->rq->arena, list, chosen ? chosen : ""));
}

/* list has n options and room for one more and the end: what is stored is an
 * option also when nobody knows it; `as` says it then. */
static const struct label *
with_stored(struct label *list, size_t n, const char *stored, const char *as)
{
	if (!or_null(stored))
		return list;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].word, stored) == 0)
			return list;
	}
	list[n] = (struct label){stored, as};
	return list;
}

static void
add_modes(struct form *f, const char *stored)
{
	struct arena *a = f->p->rq->arena;
	struct label *list = arena_alloc(a, MODES_ROOM * sizeof *list);
	size_t n = 0;

	for (const struct label *l = labels_session_mode; l->word; l++)
		list[n++] = *l;
	if (!or_null(stored))
		list[n++] = (struct label){"", "Not set"};
	add_select(
		f, "modes", "mode",
		with_stored(list, n, stored,
			    stored ? label_of(a, labels_agent_any_mode, stored)
				   : NULL),
		stored);
}

/* Rows {id, name} behind "None". */
static struct label *
none_and(struct arena *a, const struct db_result *r)
{
	struct label *list = arena_alloc(a, (db_rows(r) + 3) * sizeof *list);

	list[0] = (struct label){"", "None"};
	for (size_t i = 0; i < db_rows(r); i++)
		list[i + 1] = (struct label){db_value(r, i, CHOICE_ID),
					     db_value(r, i, CHOICE_NAME)};
	return list;
}

static void
add_profiles(struct form *f, const struct db_result *r, const char *stored)
{
	struct arena *a = f->p->rq->arena;
	struct label *list = none_and(a, r);

	for (size_t i = 0; i < db_rows(r); i++)
		list[i + 1].says = arena_printf(a, "%s: %s", list[i + 1].says,
						db_value(r, i, CHOICE_MODEL));
	add_select(f, "profiles", "modelProfileId",
		   with_stored(list, db_rows(r) + 1, stored,
			       arena_printf(a, "%s (of somebody else)",
					    stored ? stored : "")),
		   stored);
}

static struct tmpl_value
boxes(struct form *f, const char *field, struct json_object *said,
      struct tick *ticks, size_t n)
{
	struct req *rq = f->p->rq;

	for (size_t i = 0; i < n; i++)
		ticks[i].is_on =
			f->is_again ? page_is_ticked(rq, field, ticks[i].word)
				    : is_true(said, ticks[i].word);
	return tick_boxes(rq->arena, ticks, n);
}

static void
add_abilities(struct form *f, const struct said *said)
{
	struct tick *ticks =
		arena_alloc(f->p->rq->arena, NELEM(abilities) * sizeof *ticks);

	for (size_t i = 0; i < NELEM(abilities); i++) {
		ticks[i].word = abilities[i].word;
		ticks[i].says = abilities[i].says;
	}
	view_set(f->choices, "abilities",
		 boxes(f, "abilities", said->abilities, ticks,
		       NELEM(abilities)));
}

/* list ends with a NULL. */
static struct tmpl_value
command_boxes(struct form *f, struct json_object *said, const char *const *list)
{
	struct tick *ticks;
	size_t n = 0;

	while (list[n])
		n++;
	ticks = arena_alloc(f->p->rq->arena, (n + 1) * sizeof *ticks);
	for (size_t i = 0; i < n; i++)
		ticks[i].word = ticks[i].says = list[i];
	return boxes(f, "commands", said, ticks, n);
}

static bool
is_listed(const char *command)
{
	for (size_t i = 0; i < NELEM(areas); i++) {
		for (const char *const *c = areas[i].commands; *c; c++) {
			if (strcmp(*c, command) == 0)
				return true;
		}
	}
	return false;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those that it may use and no area has; NULL: there are none. */
static const char *const *
other_commands(struct form *f, struct json_object *said)
{
	struct json_object_iterator at, end;
	const char **list;
	size_t n = 0;

	if (!said)
		return NULL;
	list = arena_alloc(f->p->rq->arena,
			   ((size_t)json_object_object_length(said) + 1) *
				   sizeof *list);
	at = json_object_iter_begin(said);
	end = json_object_iter_end(said);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *name = json_object_iter_peek_name(&at);

		if (is_true(said, name) && !is_listed(name))
			list[n++] = name;
	}
	if (n)
		qsort(list, n, sizeof *list, by_name);
	return n ? list : NULL;
}

static void
add_areas(struct form *f, const struct said *said)
{
	struct arena *a = f->p->rq->arena;
	struct view_list *list = view_list_new(a);
	const char *const *others = other_commands(f, said->commands);

	for (size_t i = 0; i < NELEM(areas); i++) {
		struct view *v = view_new(a);
		struct tick *all = arena_alloc(a, sizeof *all);

		all->word = areas[i].about.word;
		all->says = "All of them";
		view_set(v, "label", view_text(areas[i].about.says));
		view_set(v, "groups", boxes(f, "groups", said->groups, all, 1));
		view_set(v, "commands",
			 command_boxes(f, said->commands, areas[i].commands));
		view_add(list, view_object(v));
	}
	if (others) {
		struct view *v = view_new(a);

		view_set(v, "label", view_text("Others"));
		view_set(v, "groups", view_nothing());
		view_set(v, "commands",
			 command_boxes(f, said->commands, others));
		view_add(list, view_object(v));
	}
	view_set(f->choices, "areas", view_list(list));
}

static void
show_choices(struct page *p, const struct said *said,
	     const struct db_result *profiles,
	     const struct db_result *workflows, bool is_again)
{
	struct form f = {p, view_open(p->view, "choices"), is_again};

	add_modes(&f, said->mode);
	add_select(&f, "permissionModes", "permissionMode", permission_modes,
		   said->permission);
	add_profiles(&f, profiles, said->profile);
	add_select(&f, "workflows", "workflowTemplateId",
		   with_stored(none_and(p->rq->arena, workflows),
			       db_rows(workflows) + 1, said->workflow,
			       said->workflow),
		   said->workflow);
	add_abilities(&f, said);
	add_areas(&f, said);
	page_limits(p, &team_member_entity);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	enum {
		HEAD,
		PROFILES,
		WORKFLOWS,
		ALL
	};

	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(req_param(rq, "id"), "member"),
		[PROFILES] = q_page_profile_choices(),
		[WORKFLOWS] = q_page_workflow_choices(),
	};
	const char *scope = wrong ? req_form(rq, "scope") : NULL;
	struct db_result r[ALL];
	struct said said;
	struct page p;

	if (!page_rows(rq, calls, ALL, r, &p, e) || !say_new(rq, &said, e))
		return false;
	page_tab(&p, "agents");
	for (size_t i = 0; names[i]; i++)
		page_field(&p, names[i], NULL, wrong);
	page_field(&p, "agentTool", "claude-code", wrong);
	page_field(&p, "avatar", "\xf0\x9f\xa4\x96", wrong); /* a robot */
	if (wrong)
		page_wrong(&p, names, wrong);
	show_choices(&p, &said, &r[PROFILES], &r[WORKFLOWS], wrong != NULL);
	page_value(&p, "scopes",
		   label_choices(rq->arena, scopes, scope ? scope : "project"));
	return page_show(&p, "app/agent_new", e);
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
	return body;
}

static bool
checked(struct req *rq, struct json_object *body, const char **in,
	struct err *e)
{
	struct json_object *ticks = page_input(rq, (const char *const[]){NULL});
	struct json_object *agent, *ticked;

	for (size_t i = 0; tick_names[i]; i++)
		json_object_object_add(ticks, tick_names[i],
				       page_ticked(rq, tick_names[i]));
	if (!entity_check(rq->arena, &team_member_entity, CREATE, body, &agent,
			  e) ||
	    !entity_check(rq->arena, &tick_entity, CREATE, ticks, &ticked, e))
		return false;
	for (size_t i = 0; tick_names[i]; i++)
		json_object_object_add(
			agent, tick_names[i],
			json_object_get(json_get(ticked, tick_names[i])));
	*in = json_dump(agent);
	return true;
}

static bool
agents_post(struct req *rq, struct err *e)
{
	struct json_object *body = input(rq);
	struct db_result agent;
	const char *in;

	if (checked(rq, body, &in, e)) {
		if (req_db_row(rq, q_agent_create(in), &agent, e))
			return page_go(rq, href(rq, db_named(&agent, 0, "id")),
				       "agent_created");
	}
	return page_again(rq, show_new, e);
}

/* --- one --- */

static struct tmpl_value
memory_may_forget(const struct view_row *row, unsigned column)
{
	const bool *may = row->data;

	(void)column;
	return view_flag(*may);
}

static const struct view_member memory_members[] = {
	{"text",       VIEW_TEXT, 0, NULL             },
	{"key",        VIEW_TEXT, 1, NULL             },
	{"may_forget", VIEW_MADE, 0, memory_may_forget},
};

/* "Edit tasks, Report on its tasks" */
static const char *
abilities_text(struct arena *a, const struct said *said)
{
	struct buf b = buf_on(a);

	for (size_t i = 0; i < NELEM(abilities); i++) {
		if (is_true(said->abilities, abilities[i].word))
			buf_addf(&b, "%s%s", b.n ? ", " : "",
				 abilities[i].says);
	}
	return buf_str(&b);
}

struct rights {
	bool writes, edits; /* the project, the agent */
};

static void
show_rights(struct view *v, const struct db_result *agent,
	    const struct rights *may)
{
	const char *part = db_value(agent, 0, AGENT_PART);
	bool is_archived =
		strcmp(db_value(agent, 0, AGENT_STATUS), "archived") == 0;
	bool is_stored = strcmp(part, built_in_part) != 0;
	bool goes = may->edits && is_stored &&
		    !db_value(agent, 0, AGENT_SYSTEM_KIND);

	view_set(v, "is_archived", view_flag(is_archived));
	view_set(v, "may_edit", view_flag(may->edits));
	view_set(v, "may_archive", view_flag(goes && !is_archived));
	view_set(v, "may_delete", view_flag(goes && is_archived));
	view_set(v, "may_reset",
		 view_flag(may->edits &&
			   *db_value(agent, 0, AGENT_IS_CHANGED) == 't'));
	view_set(v, "may_globalise",
		 view_flag(may->edits && strcmp(part, project_part) == 0));
	view_set(v, "may_localise",
		 view_flag(may->writes && strcmp(part, own_part) == 0));
}

static void
show_facts(struct page *p, const struct db_result *agent,
	   const struct db_result *memory, const struct said *said,
	   const struct rights *may)
{
	struct arena *a = p->rq->arena;
	struct view *v = view_open(p->view, "agent");

	view_under(v, view_rows_at(cards_of(p, agent), 0));
	show_rights(v, agent, may);
	view_set(v, "identity", view_text(db_value(agent, 0, AGENT_IDENTITY)));
	view_set(v, "abilities_text", view_text(abilities_text(a, said)));
	view_set(v, "workflow_text", view_text(or_null(said->workflow)));
	view_set(v, "skills_text",
		 view_text(page_words_text(p->rq, agent, AGENT_SKILLS)));
	view_set(v, "has_memory", view_flag(db_rows(memory) > 0));
	view_set(v, "memory",
		 view_rows_all(view_rows_new(a, memory,
					     VIEW_MEMBERS(memory_members),
					     &may->edits)));
}

/* wrong NULL: what is stored. */
static void
show_fields(struct page *p, const struct db_result *agent,
	    const struct err *wrong)
{
	static const struct {
		const char *name;
		unsigned column;
	} fields[] = {
		{"name",            AGENT_NAME           },
		{"role",            AGENT_ROLE           },
		{"avatar",          AGENT_AVATAR         },
		{"identity",        AGENT_IDENTITY       },
		{"model",           AGENT_MODEL          },
		{"agentTool",       AGENT_TOOL           },
		{"customWorkflow",  AGENT_CUSTOM_WORKFLOW},
		{"soundInstrument", AGENT_SOUND          },
	};

	for (size_t i = 0; i < NELEM(fields); i++)
		page_field(p, fields[i].name,
			   db_value(agent, 0, fields[i].column), wrong);
	page_field(p, "skillIds", page_words_text(p->rq, agent, AGENT_SKILLS),
		   wrong);
	if (wrong)
		page_wrong(p, names, wrong);
}

/* The page of the agent.  wrong: of its form, or (elsewhere) of another, and
 * then the form keeps what is stored; elsewhere names the field it is of. */
static bool
show(struct req *rq, const struct err *wrong, const char *const *elsewhere,
     struct err *e)
{
	enum {
		HEAD,
		AGENT,
		MEMORY,
		PROFILES,
		WORKFLOWS,
		ALL
	};

	const char *project = req_param(rq, "id");
	const char *id = req_param(rq, "agent");
	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(project, "viewer"),
		[AGENT] = q_page_agent(project, id),
		[MEMORY] = q_page_agent_memory(project, id),
		[PROFILES] = q_page_profile_choices(),
		[WORKFLOWS] = q_page_workflow_choices(),
	};
	struct rights *may = arena_alloc(rq->arena, sizeof *may);
	const struct err *of_form = elsewhere ? NULL : wrong;
	struct db_result r[ALL];
	struct said said;
	struct page p;

	if (!page_rows(rq, calls, ALL, r, &p, e) ||
	    !say_stored(rq, &r[AGENT], &said, e))
		return false;
	may->writes = page_may_write(&r[HEAD]);
	may->edits = may->writes ||
		     strcmp(db_value(&r[AGENT], 0, AGENT_PART), own_part) == 0;
	page_tab(&p, "agents");
	show_facts(&p, &r[AGENT], &r[MEMORY], &said, may);
	show_fields(&p, &r[AGENT], of_form);
	if (wrong && elsewhere)
		page_wrong(&p, elsewhere, wrong);
	show_choices(&p, &said, &r[PROFILES], &r[WORKFLOWS], of_form != NULL);
	return page_show(&p, "app/agent", e);
}

static bool
show_agent(struct req *rq, const struct err *wrong, struct err *e)
{
	return show(rq, wrong, NULL, e);
}

static bool
agent_get(struct req *rq, struct err *e)
{
	return show_agent(rq, NULL, e);
}

static bool
show_refused(struct req *rq, const struct err *wrong, struct err *e)
{
	static const char *const memory[] = {"memory", NULL};

	return show(rq, wrong, memory, e);
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
	if (checked(rq, body, &in, e)) {
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
