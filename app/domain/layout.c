/*
 * What lies where, and what its versions left behind.
 */
#include <json-c/linkhash.h>
#include <string.h>

#include "layout_int.h"

enum {
	ID_MAX = 128,
	ENV_MAX = 5000,     /* characters of a variable */
	ENV_NAME_MAX = 200, /* of its name */
	KIND_MAX = 100,
	OBJECT_MAX = 2000000 /* bytes, as PostgreSQL prints it */
};

static const struct layout_folder folders[] = {
	{"projects",        ".json",  true,  false, LAYOUT_PROJECT      },
	{"tasks",           ".json",  true,  true,  LAYOUT_TASK         },
	{"sessions",        ".json",  true,  false, LAYOUT_SESSION      },
	{"ordering",        ".json",  false, true,  LAYOUT_ORDERING     },
	{"task-lists",      ".json",  false, true,  LAYOUT_TASK_LIST    },
	{"task-graphs",     ".json",  false, true,  LAYOUT_TASK_GRAPH   },
	{"team-members",    ".json",  false, true,  LAYOUT_MEMBER       },
	{"teams",           ".json",  false, true,  LAYOUT_TEAM         },
	{"model-profiles",  ".json",  true,  false, LAYOUT_PROFILE      },
	{"session-prompts", ".json",  true,  false, LAYOUT_PROMPT       },
	{"custom-prompts",  ".json",  true,  false, LAYOUT_CUSTOM_PROMPT},
	{"mail",            ".json",  true,  true,  LAYOUT_MAIL         },
	{"queues",          ".json",  true,  false, LAYOUT_QUEUE        },
	{"command-logs",    ".jsonl", true,  false, LAYOUT_COMMAND      },
};

#define REF(name) &(name),
const struct own_layout *const layout_own[] = {OWN_LAYOUTS(REF) NULL};
#undef REF

bool
layout_folder(const char *name, struct layout_folder *out)
{
	for (size_t i = 0; i < NELEM(folders); i++) {
		*out = folders[i];
		if (strcmp(out->name, name) == 0)
			return true;
	}
	for (size_t i = 0; layout_own[i]; i++) {
		*out = (struct layout_folder){
			layout_own[i]->folder, ".json", false, true,
			(enum layout_kind)(LAYOUT_OWN + i)};
		if (strcmp(out->name, name) == 0)
			return true;
	}
	return false;
}

bool
layout_is_ignored(const char *name)
{
	static const char *const names[] = {
		"modals",       "templates", "server-url",
		"session-docs", "images",    ".migrated-team-member-tasks",
		".auth-secret",
	};

	for (size_t i = 0; i < NELEM(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static const struct own_layout *
own_of(enum layout_kind kind)
{
	for (size_t i = 0; layout_own[i]; i++) {
		if (LAYOUT_OWN + i == kind)
			return layout_own[i];
	}
	return NULL;
}

/* --- small repairs --- */

static void
default_text(struct json_object *o, const char *key, const char *text)
{
	if (!json_get(o, key))
		put_text(o, key, text);
}

/* "" where an id is meant is none. */
static void
empty_to_null(struct json_object *o, const char *key)
{
	const char *s = json_text(o, key);

	if (s && !*s)
		put(o, key, NULL);
}

/* A stamp that is missing is the other one, or the file's. */
static void
default_time(struct layout_file *f, const char *key, const char *other)
{
	struct json_object *v = json_get(f->o, key);
	int64_t ms;

	if (v)
		return;
	v = other ? json_get(f->o, other) : NULL;
	if (layout_time_of(v, &ms))
		put(f->o, key, json_object_get(v));
	else
		put(f->o, key, json_object_new_int64(f->mtime_ms));
}

static void
default_stamps(struct layout_file *f)
{
	default_time(f, "createdAt", "updatedAt");
	default_time(f, "updatedAt", "createdAt");
}

static int64_t
stamp(const struct layout_file *f, const char *key)
{
	int64_t ms = 0;

	return json_int(f->o, key, &ms) ? ms : 0;
}

static bool
is_too_big(struct json_object *o)
{
	return strlen(json_object_to_json_string_ext(
		       o, JSON_C_TO_STRING_SPACED |
				  JSON_C_TO_STRING_NOSLASHESCAPE)) > OBJECT_MAX;
}

/* --- tasks --- */

/* Quirk 2: one status for the first session, and two words that are gone. */
static void
mend_statuses(struct layout_file *f)
{
	const char *old = json_text(f->o, "sessionStatus");
	struct json_object *map = json_get(f->o, "taskSessionStatuses");
	struct json_object *ids = json_get(f->o, "sessionIds");
	struct json_object *first =
		is_type(ids, json_type_array) && json_object_array_length(ids)
			? json_object_array_get_idx(ids, 0)
			: NULL;

	if (old && is_type(first, json_type_string)) {
		if (!map) {
			map = json_object_new_object();
			put(f->o, "taskSessionStatuses", map);
		}
		if (is_type(map, json_type_object) &&
		    !json_get(map, json_object_get_string(first)))
			put_text(map, json_object_get_string(first), old);
	}
	drop(f->o, "sessionStatus");
	if (!is_type(map, json_type_object))
		return;
	json_object_object_foreach(map, key, value)
	{
		const char *s = is_type(value, json_type_string)
					? json_object_get_string(value)
					: "";

		if (strcmp(s, "queued") == 0 || strcmp(s, "needs_input") == 0)
			put_text(map, key, "working");
		else if (!*s)
			layout_refuse(
				f, layout_below(f, "taskSessionStatuses", key),
				"must be a text");
	}
}

static void
check_task(struct layout_file *f)
{
	const char *type = json_text(f->o, "taskType");
	const char *status = json_text(f->o, "status");
	const char *request = json_text(f->o, "clientRequestId");

	if (type && strcmp(type, "team-member") == 0) {
		layout_tell(f, LAYOUT_SKIPPED, "taskType",
			    "team members are no tasks any more");
		return;
	}
	mend_statuses(f);
	if (status && strcmp(status, "pending") == 0)
		put_text(f->o, "status", "todo");
	default_text(f->o, "status", "todo");
	default_text(f->o, "priority", "medium");
	empty_to_null(f->o, "parentId");
	empty_to_null(f->o, "teamId");
	empty_to_null(f->o, "teamMemberId");
	layout_fields(f, LAYOUT_TASK, f->o, "");
	f->is_system =
		request && strcmp(request, "system-voice-directives-task") == 0;
}

/* --- sessions --- */

static const char *const timeline_types[] = {
	"session_started", "session_stopped",     "task_started",
	"task_completed",  "task_failed",         "task_skipped",
	"task_blocked",    "needs_input",         "progress",
	"error",           "milestone",           "doc_added",
	"prompt_received", "task_status_changed", NULL};

/* A type nobody knows any more is progress, and says so. */
static void
mend_type(struct json_object *entry)
{
	const char *type = json_text(entry, "type");
	struct json_object *more = json_get(entry, "metadata");

	if (!type || layout_in_words(type, timeline_types)) {
		default_text(entry, "type", "progress");
		return;
	}
	if (!is_type(more, json_type_object)) {
		more = json_object_new_object();
		put(entry, "metadata", more);
	}
	put_text(more, "originalType", type);
	put_text(entry, "type", "progress");
}

static void
check_item(struct layout_file *f, const char *list, struct json_object *one,
	   size_t i)
{
	const char *path = layout_item(f, list, i);
	bool is_event = strcmp(list, "events") == 0;

	if (!is_type(one, json_type_object)) {
		layout_refuse(f, path, "must be an object");
		return;
	}
	if (!json_get(one, "id"))
		put_text(one, "id",
			 arena_printf(f->a, "evt_%s_%zu", f->stem, i));
	if (!json_get(one, "timestamp"))
		put(one, "timestamp",
		    json_object_get(json_get(f->o, "startedAt")));
	if (is_event) {
		layout_fields(f, LAYOUT_EVENT, one, path);
		return;
	}
	layout_fields(f, LAYOUT_ENTRY, one, path);
	mend_type(one);
}

/* Quirk 1: a resumed session may hold its whole history twice. */
static void
check_items(struct layout_file *f, const char *list)
{
	struct json_object *items = json_get(f->o, list);
	struct json_object *seen, *once;
	size_t n;

	if (!is_type(items, json_type_array))
		return;
	n = json_object_array_length(items);
	seen = json_object_new_object();
	once = json_object_new_array_ext((int)n + 1);
	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(items, i);
		const char *id;

		check_item(f, list, one, i);
		id = json_text(one, "id");
		if (!id || json_object_object_get_ex(seen, id, NULL))
			continue;
		put(seen, id, NULL);
		json_object_array_add(once, json_object_get(one));
	}
	if (!f->is_refused && json_object_array_length(once) < n)
		layout_changed(
			f, list,
			arena_printf(f->a, "%zu entries stood there twice",
				     n - json_object_array_length(once)));
	json_object_put(seen);
	put(f->o, list, once);
}

static void
check_env(struct layout_file *f)
{
	struct json_object *env = json_get(f->o, "env");

	if (!is_type(env, json_type_object))
		return;
	json_object_object_foreach(env, key, value)
	{
		const char *path = layout_below(f, "env", key);

		if (is_type(value, json_type_object) ||
		    is_type(value, json_type_array))
			layout_refuse(f, path, "must be a text");
		else if (!is_type(value, json_type_string))
			put_text(env, key,
				 value ? json_object_get_string(value) : "");
		else if (json_object_get_string_len(value) > ENV_MAX || !*key ||
			 strlen(key) > ENV_NAME_MAX) {
			layout_changed(f, path, "is too long and left out");
			drop(env, key);
		}
	}
}

static void
mend_session(struct layout_file *f)
{
	struct json_object *o = f->o, *ids;
	const char *one = json_text(o, "taskId");
	const char *name = json_text(o, "name");
	const char *claude =
		json_text(json_get(o, "env"), "MAESTRO_CLAUDE_SESSION_ID");

	if (!json_get(o, "taskIds")) {
		ids = json_object_new_array();
		if (one && *one)
			json_object_array_add(ids, json_object_new_string(one));
		put(o, "taskIds", ids);
	}
	drop(o, "taskId");
	drop(o, "strategy");
	drop(o, "orchestratorStrategy");
	if (!json_get(o, "env"))
		put(o, "env", json_object_new_object());
	if (!json_get(o, "timeline"))
		put(o, "timeline", json_object_new_array());
	if (!json_get(o, "events"))
		put(o, "events", json_object_new_array());
	if (!json_get(o, "docs"))
		put(o, "docs", json_object_new_array());
	if (!name || !*name)
		put_text(o, "name",
			 arena_printf(f->a, "Session %s",
				      json_text(o, "id") ? json_text(o, "id")
							 : ""));
	empty_to_null(o, "rootSessionId");
	default_text(o, "rootSessionId", json_text(o, "id") ?: "");
	empty_to_null(o, "parentSessionId");
	empty_to_null(o, "teamSessionId");
	empty_to_null(o, "teamId");
	if (!json_get(o, "claudeSessionId") && claude)
		put_text(o, "claudeSessionId", claude);
	default_text(o, "status", "idle");
	default_time(f, "startedAt", "lastActivity");
	default_time(f, "lastActivity", "startedAt");
}

static void
check_session(struct layout_file *f)
{
	mend_session(f);
	layout_fields(f, LAYOUT_SESSION, f->o, "");
	check_items(f, "timeline");
	check_items(f, "events");
	check_env(f);
	f->version = stamp(f, "lastActivity");
}

void
layout_check_doc(struct layout_file *f, struct json_object *doc, size_t n)
{
	const char *path = layout_item(f, "docs", n), *kind, *file, *slash, *by;

	if (!is_type(doc, json_type_object)) {
		layout_refuse(f, path, "must be an object");
		return;
	}
	layout_fields(f, LAYOUT_DOC, doc, path);
	if (!json_text(doc, "id") || !layout_id_ok(json_text(doc, "id")))
		layout_refuse(f, layout_below(f, path, "id"), "must be an id");
	if (f->is_refused)
		return;
	put_text(doc, "sessionId", json_text(f->o, "id"));
	empty_to_null(doc, "taskId");
	file = json_text(doc, "filePath");
	if (!file || !*file) {
		file = json_text(doc, "contentFilePath");
		put_text(doc, "filePath",
			 file && *file ? file : json_text(doc, "id"));
		file = json_text(doc, "filePath");
	}
	slash = strrchr(file, '/');
	if (!json_text(doc, "title") || !*json_text(doc, "title"))
		put_text(doc, "title", slash && slash[1] ? slash + 1 : file);
	kind = json_text(doc, "kind");
	if (kind && strcmp(kind, "markdown") != 0 &&
	    strcmp(kind, "diagram") != 0) {
		layout_changed(f, layout_below(f, path, "kind"),
			       "is guessed from the name");
		drop(doc, "kind");
	}
	by = json_text(doc, "addedBy");
	if (by && strcmp(by, json_text(f->o, "id")) == 0)
		drop(doc, "addedBy");
	if (!json_get(doc, "addedAt"))
		put(doc, "addedAt",
		    json_object_get(json_get(f->o, "startedAt")));
}

/* --- members and the rest --- */

/* Quirk 3: words and models that are gone. */
static void
mend_member(struct layout_file *f)
{
	const char *mode = json_text(f->o, "mode");
	const char *model = json_text(f->o, "model"), *name = model;

	if (mode && strcmp(mode, "execute") == 0)
		put_text(f->o, "mode", "worker");
	else if (mode && strcmp(mode, "coordinate") == 0)
		put_text(f->o, "mode", "coordinator");
	if (!model)
		return;
	if (strncmp(name, "anthropic:", 10) == 0 ||
	    strncmp(name, "anthropic/", 10) == 0)
		name += 10;
	if (strcmp(name, "claude-fable-5") == 0)
		name = "claude-opus-4-8";
	else if (strcmp(name, "claude-fable-5[1m]") == 0)
		name = "claude-opus-4-8[1m]";
	else
		return;
	layout_changed(f, "model", "is retired; its successor is taken");
	put_text(f->o, "model", arena_strdup(f->a, name));
}

/* tm_{projectId}_{type}.override: what a project changed in a default. */
static bool
is_override(struct layout_file *f)
{
	const char *end = strstr(f->stem, ".override");

	return end && strcmp(end, ".override") == 0;
}

static void
check_override(struct layout_file *f)
{
	const char *prefix = arena_printf(f->a, "tm_%s_", f->folder);
	size_t n = strlen(prefix), all = strlen(f->stem) - strlen(".override");

	f->kind = LAYOUT_OVERRIDE;
	f->id = f->stem;
	default_text(f->o, "projectId", f->folder);
	default_time(f, "updatedAt", NULL);
	mend_member(f);
	layout_fields(f, LAYOUT_OVERRIDE, f->o, "");
	if (is_too_big(f->o))
		layout_refuse(f, "", "is too big");
	if (strncmp(f->stem, prefix, n) != 0 || all <= n ||
	    all - n > KIND_MAX) {
		layout_refuse(f, "",
			      "its name does not say which member it is of");
		return;
	}
	f->id = arena_strndup(f->a, f->stem, all);
	put_text(f->o, "kind", f->id + n);
	drop(f->o, "id");
	drop(f->o, "isDefault");
	drop(f->o, "createdAt");
}

static void
check_member(struct layout_file *f)
{
	bool is_global = strcmp(f->folder, "__global__") == 0;

	if (is_override(f)) {
		check_override(f);
		return;
	}
	default_text(f->o, "projectId", f->folder);
	default_text(f->o, "status", "active");
	default_stamps(f);
	mend_member(f);
	layout_fields(f, LAYOUT_MEMBER, f->o, "");
	if (is_too_big(f->o))
		layout_refuse(f, "", "is too big");
	f->is_system = json_text(f->o, "systemKind") ||
		       strncmp(f->id ?: "", "tm_system_", 10) == 0;
	if (is_global)
		f->project = "";
}

static void
check_team(struct layout_file *f)
{
	struct json_object *ids = json_get(f->o, "memberIds");
	const char *leader = json_text(f->o, "leaderId");
	bool has = false;

	default_text(f->o, "projectId", f->folder);
	default_text(f->o, "status", "active");
	empty_to_null(f->o, "parentTeamId");
	default_stamps(f);
	if (!ids) {
		ids = json_object_new_array();
		put(f->o, "memberIds", ids);
	}
	layout_fields(f, LAYOUT_TEAM, f->o, "");
	if (f->is_refused)
		return;
	for (size_t i = 0; i < json_object_array_length(ids); i++)
		has |= strcmp(json_object_get_string(
				      json_object_array_get_idx(ids, i)),
			      leader) == 0;
	if (has)
		return;
	layout_changed(f, "memberIds", "the leader is one of them now");
	json_object_array_add(ids, json_object_new_string(leader));
}

static void
check_ordering(struct layout_file *f)
{
	put_text(f->o, "entityType", f->folder);
	put_text(f->o, "projectId", f->stem);
	default_time(f, "updatedAt", NULL);
	layout_fields(f, LAYOUT_ORDERING, f->o, "");
	f->id = arena_printf(f->a, "%s_%s", f->folder, f->stem);
}

static void
check_queue(struct layout_file *f)
{
	const char *session = json_text(f->o, "sessionId");

	f->id = session && *session ? arena_strdup(f->a, session) : f->stem;
	if (!layout_id_ok(f->id))
		layout_refuse(f, "sessionId", "must be an id");
}

/* Whom the table takes as a party: sessions, and people of later times. */
static bool
party_ok(const char *s)
{
	return !s || layout_id_ok(s) || (strchr(s, ':') && strlen(s) <= ID_MAX);
}

static void
check_mail(struct layout_file *f)
{
	struct json_object *body = json_get(f->o, "body"), *o;
	bool is_old = *f->folder;

	empty_to_null(f->o, "toSessionId");
	empty_to_null(f->o, "replyToMailId");
	default_time(f, "createdAt", NULL);
	if (is_old) {
		f->kind = LAYOUT_OLD_MAIL;
		default_text(f->o, "parentSessionId", f->folder);
		layout_fields(f, LAYOUT_OLD_MAIL, f->o, "");
	} else {
		default_text(f->o, "threadId", f->id ?: "");
		if (is_type(body, json_type_string)) {
			o = json_object_new_object();
			put_text(o, "message", json_object_get_string(body));
			put(f->o, "body", o);
		} else if (!body) {
			put(f->o, "body", json_object_new_object());
		}
		layout_fields(f, LAYOUT_MAIL, f->o, "");
		body = json_get(f->o, "body");
		if (body && is_too_big(body))
			layout_refuse(f, "body", "is too big");
	}
	if (!party_ok(json_text(f->o, "fromSessionId")))
		layout_refuse(f, "fromSessionId", "must be an id");
	if (!party_ok(json_text(f->o, "toSessionId")))
		layout_refuse(f, "toSessionId", "must be an id");
	f->version = stamp(f, "createdAt");
}

static void
check_custom_prompt(struct layout_file *f)
{
	default_stamps(f);
	layout_fields(f, LAYOUT_CUSTOM_PROMPT, f->o, "");
	if (strncmp(f->id ?: "", "default_", 8) == 0)
		layout_tell(f, LAYOUT_SKIPPED, "id", "is built in");
}

/* One line of a log; it has no key of its own. */
static void
check_command(struct layout_file *f)
{
	f->id = f->stem;
	empty_to_null(f->o, "sessionId");
	if (!json_get(f->o, "success"))
		put(f->o, "success", json_object_new_boolean(false));
	layout_fields(f, LAYOUT_COMMAND, f->o, "");
	f->version = stamp(f, "ts");
}

void
layout_check_image(struct layout_file *f, struct json_object *image, size_t n)
{
	const char *path = layout_item(f, "images", n);

	if (!is_type(image, json_type_object)) {
		layout_refuse(f, path, "must be an object");
		return;
	}
	layout_fields(f, LAYOUT_IMAGE, image, path);
	put_text(image, "taskId", json_text(f->o, "id") ?: "");
	if (!json_get(image, "addedAt"))
		put(image, "addedAt",
		    json_object_get(json_get(f->o, "createdAt")));
}

static void
check_listed(struct layout_file *f)
{
	default_text(f->o, "projectId", f->folder);
	layout_fields(f, f->kind, f->o, "");
}

/* The declaration knows what is right, and how it is written. */
static void
check_own(struct layout_file *f, const struct own_layout *own)
{
	struct json_object *in;
	struct err e;

	default_text(f->o, "projectId", f->folder);
	default_stamps(f);
	layout_fields(f, LAYOUT_STAMPS, f->o, "");
	if (!entity_check(f->a, own->of, CREATE | TREE, f->o, &in, &e)) {
		layout_refuse(f, e.field, e.message);
		return;
	}
	json_object_object_foreach(in, key, value)
	{
		put(f->o, key, json_object_get(value));
	}
}

static void
check_kind(struct layout_file *f)
{
	const struct own_layout *own = own_of(f->kind);
	const char *name;

	if (own) {
		check_own(f, own);
		return;
	}
	switch (f->kind) {
	case LAYOUT_PROJECT:
		default_stamps(f);
		layout_fields(f, LAYOUT_PROJECT, f->o, "");
		name = json_text(f->o, "name");
		f->is_system = json_flag(f->o, "isMaster", false) && name &&
			       strcmp(name, "Master") == 0;
		break;
	case LAYOUT_TASK:
		default_stamps(f);
		default_text(f->o, "projectId", f->folder);
		check_task(f);
		break;
	case LAYOUT_SESSION:
		check_session(f);
		break;
	case LAYOUT_ORDERING:
		check_ordering(f);
		break;
	case LAYOUT_TASK_LIST:
		default_stamps(f);
		check_listed(f);
		break;
	case LAYOUT_TASK_GRAPH:
		default_stamps(f);
		default_text(f->o, "status", "draft");
		check_listed(f);
		break;
	case LAYOUT_MEMBER:
		check_member(f);
		break;
	case LAYOUT_TEAM:
		check_team(f);
		break;
	case LAYOUT_PROFILE:
		default_stamps(f);
		layout_fields(f, LAYOUT_PROFILE, f->o, "");
		break;
	case LAYOUT_PROMPT:
		empty_to_null(f->o, "fromSessionId"); /* a person */
		default_text(f->o, "mode", "send");
		default_time(f, "timestamp", NULL);
		layout_fields(f, LAYOUT_PROMPT, f->o, "");
		f->version = stamp(f, "timestamp");
		break;
	case LAYOUT_CUSTOM_PROMPT:
		check_custom_prompt(f);
		break;
	case LAYOUT_MAIL:
		check_mail(f);
		break;
	case LAYOUT_QUEUE:
		check_queue(f);
		break;
	case LAYOUT_COMMAND:
		check_command(f);
		break;
	default: /* parts of others, or what becomes one of the above */
		break;
	}
}

void
layout_check(struct layout_file *f)
{
	const char *id;

	f->is_refused = f->is_skipped = f->is_system = false;
	f->project = NULL;
	f->id = NULL;
	f->version = 0;
	if (!is_type(f->o, json_type_object)) {
		layout_refuse(f, "", "must be an object");
		return;
	}
	layout_walk(f, f->o);
	id = json_text(f->o, "id");
	f->id = id ? arena_strdup(f->a, id) : NULL;
	check_kind(f);
	if (f->is_skipped)
		return;
	/* An override and an ordering are known by what they are of. */
	if (!f->id || (f->kind != LAYOUT_OVERRIDE &&
		       f->kind != LAYOUT_ORDERING && !layout_id_ok(f->id)))
		layout_refuse(f, "id",
			      "must be an id: letters, digits, _ and -");
	if (f->kind == LAYOUT_PROFILE || f->kind == LAYOUT_PROMPT ||
	    f->kind == LAYOUT_QUEUE || f->kind == LAYOUT_CUSTOM_PROMPT ||
	    f->kind == LAYOUT_OLD_MAIL)
		f->project = "";
	else if (f->kind == LAYOUT_PROJECT)
		f->project = f->id ? f->id : "";
	else if (!f->project)
		f->project =
			arena_strdup(f->a, json_text(f->o, "projectId") ?: "");
	if (!f->version)
		f->version = stamp(f, "updatedAt");
}

const char *
layout_name(enum layout_kind kind)
{
	const struct own_layout *own = own_of(kind);
	static const char *const names[LAYOUT_OWN] = {
		[LAYOUT_PROJECT] = "project",
		[LAYOUT_TASK] = "task",
		[LAYOUT_SESSION] = "session",
		[LAYOUT_DOC] = "doc",
		[LAYOUT_ORDERING] = "ordering",
		[LAYOUT_TASK_LIST] = "task_list",
		[LAYOUT_TASK_GRAPH] = "task_graph",
		[LAYOUT_MEMBER] = "team_member",
		[LAYOUT_OVERRIDE] = "override",
		[LAYOUT_TEAM] = "team",
		[LAYOUT_PROFILE] = "model_profile",
		[LAYOUT_PROMPT] = "prompt",
		[LAYOUT_CUSTOM_PROMPT] = "custom_prompt",
		[LAYOUT_MAIL] = "mail",
		[LAYOUT_OLD_MAIL] = "old_mail",
		[LAYOUT_QUEUE] = "queue",
		[LAYOUT_COMMAND] = "command",
		[LAYOUT_IMAGE] = "image",
	};

	return own ? own->name : names[kind];
}
