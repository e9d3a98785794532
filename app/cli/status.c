/*
 * maestro status: how things stand, in one screen.
 */
#include <json-c/linkhash.h>
#include <string.h>

#include "show.h"
#include "waiting.h"

static const char *const task_states[] = {"todo",      "in_progress",
					  "in_review", "blocked",
					  "completed", "cancelled"};
static const char *const session_states[] = {"spawning",  "idle",   "working",
					     "completed", "failed", "stopped"};

static int
count(struct json_object *rows, const char *status)
{
	int n = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		const char *s =
			json_text(json_object_array_get_idx(rows, i), "status");

		n += s && strcmp(s, status) == 0;
	}
	return n;
}

static struct json_object *
counts(struct json_object *rows, const char *const *states, size_t n)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(
		o, "total",
		json_object_new_int64((int64_t)json_object_array_length(rows)));
	for (size_t i = 0; i < n; i++)
		json_object_object_add(
			o, states[i],
			json_object_new_int(count(rows, states[i])));
	return o;
}

static void
print_counts(const char *title, struct json_object *o)
{
	const char *gap = ": ";

	printf("%-9s%d", title, json_object_get_int(json_get(o, "total")));
	json_object_object_foreach(o, key, value)
	{
		int n = json_object_get_int(value);

		if (n == 0 || strcmp(key, "total") == 0)
			continue;
		printf("%s%d %s", gap, n, key);
		gap = ", ";
	}
	putchar('\n');
}

static void
print_waiting(struct json_object *rows)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *s = json_object_array_get_idx(rows, i);
		const char *name = json_text(s, "name");
		const char *asks =
			json_text(json_get(s, "needsInput"), "message");

		fputs("waits    ", stdout);
		out_text(stdout, json_text(s, "id"));
		fputs("  ", stdout);
		out_text(stdout, name ? name : "");
		if (asks) {
			fputs(": ", stdout);
			out_text(stdout, asks);
		}
		putchar('\n');
	}
}

static bool
status(struct work *w, struct err *e)
{
	const char *project = work_project(w);
	struct json_object *tasks, *sessions, *waiting, *o, *t, *s;
	struct client *c;

	if (!work_client(w, &c, e) ||
	    !client_list(c, w->a,
			 client_query(w->a, "/api/tasks", "projectId", project),
			 &tasks, e) ||
	    !client_list(
		    c, w->a,
		    client_query(w->a, "/api/sessions", "projectId", project),
		    &sessions, e) ||
	    !waiting_sessions(c, w->a, project, &waiting, e))
		return false;
	t = counts(tasks, task_states, NELEM(task_states));
	s = counts(sessions, session_states, NELEM(session_states));
	o = json_object_new_object();
	json_object_object_add(o, "server",
			       json_object_new_string(client_base(c)));
	json_object_object_add(o, "projectId",
			       project ? json_object_new_string(project)
				       : NULL);
	json_object_object_add(o, "tasks", t);
	json_object_object_add(o, "sessions", s);
	json_object_object_add(o, "needsInput", json_object_get(waiting));
	if (w->c->g.json) {
		out_json_object(o);
	} else {
		fputs("server   ", stdout);
		out_text(stdout, client_base(c));
		fputs("\nproject  ", stdout);
		out_text(stdout, project ? project : "all");
		putchar('\n');
		print_counts("tasks", t);
		print_counts("sessions", s);
		print_waiting(waiting);
	}
	json_object_put(o);
	return true;
}

static const struct verb verbs[] = {
	{NULL, "", 0, 0,
	 "Counts tasks and sessions, and lists who waits for an answer.", NULL,
	 0, status},
};

const struct noun status_noun = {
	.name = "status",
	.says = "How tasks and sessions stand, and who waits.",
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
};
