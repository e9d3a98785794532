#include "export_objects.h"

#include <string.h>

#include "core/json.h"
#include "domain/entities/entities.h"
#include "domain/queries.h"

/* --- what only files say --- */

/* clang-format off */
static const struct field task_fields[] = {
	{"model", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
	{"agentTool", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
	{"metadata", F_OBJECT, OUT | OMIT, 0, 0, NULL, NULL},
};

static const struct field mail_fields[] = {
	{"readAt", F_MS, OUT | OMIT, 0, 0, NULL, NULL},
};

static const struct field doc_fields[] = {
	{"contentFilePath", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
};

/* Of a default member: what a project changed in it is its `extra`. */
static const struct field override_fields[] = {
	{"projectId", F_ID, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_ISO, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

static const struct entity task_more = {"Task", task_fields, NELEM(task_fields),
					NULL};
static const struct entity mail_more = {"Mail", mail_fields, NELEM(mail_fields),
					NULL};
static const struct entity doc_more = {"Doc", doc_fields, NELEM(doc_fields),
				       NULL};
static const struct entity override = {"Override", override_fields,
				       NELEM(override_fields), NULL};

/* --- which there are --- */

/* clang-format off */
const struct export_object export_of_project[] = {
	{Q_EXPORT_PROJECT,     &project_entity,     NULL},
	{Q_EXPORT_TASKS,       &task_entity,        &task_more},
	{Q_EXPORT_QUEUES,      NULL,                NULL},
	{Q_EXPORT_ORDERINGS,   &ordering_entity,    NULL},
	{Q_EXPORT_MEMBERS,     &team_member_entity, NULL},
	{Q_EXPORT_OVERRIDES,   &override,           NULL},
	{Q_EXPORT_TEAMS,       &team_entity,        NULL},
	{Q_EXPORT_PROMPTS,     &prompt_entity,      NULL},
	{Q_EXPORT_TASK_LISTS,  &tasklist_entity,    NULL},
	{Q_EXPORT_KEPT,        NULL,                NULL},
	{Q_EXPORT_TASK_GRAPHS, &taskgraph_entity,   NULL},
	{Q_EXPORT_MAIL,        &mail_entity,        &mail_more},
	{Q_EXPORT_MESSAGES,    &message_entity,     &mail_more},
};
const struct export_object export_of_owner[] = {
	{Q_EXPORT_GLOBAL_MEMBERS, &team_member_entity,   NULL},
	{Q_EXPORT_PROFILES,       &model_profile_entity, NULL},
	{Q_EXPORT_CUSTOM_PROMPTS, &custom_prompt_entity, NULL},
	{Q_EXPORT_KEPT_SHARED,    NULL,                  NULL},
};
/* clang-format on */

const size_t export_n_of_project = NELEM(export_of_project),
	     export_n_of_owner = NELEM(export_of_owner);

const struct export_object export_command = {0, &command_entity, NULL};

static const struct export_object session = {0, &session_entity, NULL};
static const struct export_object doc = {0, &doc_entity, &doc_more};

/* --- one of them --- */

static struct span
extra_of(const struct db_result *r, size_t row)
{
	for (size_t i = 0; i < db_columns(r); i++)
		if (strcmp(db_column_name(r, i), "extra") == 0)
			return db_span(r, row, i);
	return (struct span){NULL, 0};
}

/* Into an object that is open.  n: results, for the parts. */
static void
write_members(struct jsonw *w, const struct export_object *o,
	      const struct db_result *results, size_t n, size_t row)
{
	const struct span extra = extra_of(results, row);
	struct span rest = extra, key, value;
	struct entity_rows of, more = {.of = NULL};

	entity_rows(&of, o->of, results, n);
	if (o->more)
		entity_rows(&more, o->more, results, 1);
	for (size_t i = 0; o->more && i < o->more->n; i++)
		entity_leave_out(&of, span_of(o->more->fields[i].name));
	while (json_next_member(&rest, &key, &value)) {
		entity_leave_out(&of, key);
		if (o->more)
			entity_leave_out(&more, key);
	}
	entity_write_fields(w, &of, row);
	if (o->more)
		entity_write_fields(w, &more, row);
	jsonw_members(w, extra);
	entity_write_parts(w, &of, row);
}

void
export_write(struct jsonw *w, const struct export_object *o,
	     const struct db_result *row)
{
	if (!o->of) {
		jsonw_value(w, row, 0, db_column(row, "text"));
		return;
	}
	jsonw_begin(w, '{');
	write_members(w, o, row, 1, 0);
	jsonw_end(w, '}');
}

/* Documents have something of their own: they are no part that the entity
 * writes. */
void
export_write_session(struct jsonw *w, const struct db_result *results,
		     size_t row)
{
	const struct db_result *docs = &results[EXPORT_SESSION_RESULTS - 1];
	size_t owner = db_column(docs, "session_id");
	const char *id = db_named(&results[0], row, "id");

	jsonw_begin(w, '{');
	write_members(w, &session, results, EXPORT_SESSION_RESULTS - 1, row);
	jsonw_key(w, "docs");
	jsonw_begin(w, '[');
	for (size_t i = 0; i < db_rows(docs); i++) {
		if (strcmp(db_value(docs, i, owner), id) != 0)
			continue;
		jsonw_begin(w, '{');
		write_members(w, &doc, docs, 1, i);
		jsonw_end(w, '}');
	}
	jsonw_end(w, ']');
	jsonw_end(w, '}');
}
