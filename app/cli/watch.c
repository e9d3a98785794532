/*
 * maestro watch: what happens in a project, as it happens.
 *
 * There is nothing to listen to yet, so it looks: the lists of tasks, sessions
 * and mail are fetched every few seconds and compared with what they were.
 * What comes and goes in between is not seen.  A pause is never shorter than
 * ten times what the last look took, so that a big project is not asked all
 * the time.
 */
#include <json-c/linkhash.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/num.h"
#include "show.h"
#include "waiting.h"

enum {
	INTERVAL_S = 3,
	YEAR_S = 365 * 24 * 3600,
	PAUSE_MAX_MS = 60000,
	LOOK_LIMIT = 256 * MiB,
};

/* What was there at the last look, by id; NULL before the first. */
struct seen {
	struct json_object *tasks, *sessions, *waiting, *mail;
};

struct watch {
	struct work *w;
	struct client *c;
	const char *project;
	struct arena *a; /* of this look */
	struct seen old, now;
	size_t told;
};

/* --- telling ---------------------------------------------------------------
 */

static const char *
text_or(const struct json_object *o, const char *key)
{
	const char *s = json_text(o, key);

	return s ? s : "";
}

static void
tell_json(const char *event, struct json_object *data)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "event", json_object_new_string(event));
	json_object_object_add(o, "data", json_object_get(data));
	json_object_object_add(o, "timestamp",
			       json_object_new_int64(clock_ms()));
	out_json_line(o);
	json_object_put(o);
}

/* "14:02:11  task:updated  task_1  todo -> in_progress  Title" */
static void
tell(struct watch *x, const char *event, struct json_object *data,
     const char *what, const char *title)
{
	time_t now = time(NULL);
	char at[16] = "";
	struct tm tm;

	x->told++;
	if (x->w->c->g.json) {
		tell_json(event, data);
		return;
	}
	if (localtime_r(&now, &tm))
		strftime(at, sizeof at, "%H:%M:%S", &tm);
	printf("%s  %-22s  ", at, event);
	out_text(stdout, text_or(data, "id"));
	if (*what) {
		fputs("  ", stdout);
		out_text(stdout, what);
	}
	if (title && *title) {
		fputs("  ", stdout);
		out_text(stdout, title);
	}
	putchar('\n');
}

/* "todo -> completed", or nothing when that is not what changed. */
static const char *
change_of(struct watch *x, struct json_object *old, struct json_object *now)
{
	const char *from = text_or(old, "status"), *to = text_or(now, "status");

	return strcmp(from, to) == 0 ? ""
				     : arena_printf(x->a, "%s -> %s", from, to);
}

/* --- comparing -------------------------------------------------------------
 */

struct kind {
	const char *created, *changed, *deleted;
	const char *title; /* the member to show */
};

static const struct kind tasks = {"task:created", "task:updated",
				  "task:deleted", "title"};
static const struct kind sessions = {"session:created", "session:updated",
				     "session:deleted", "name"};

static void
compare(struct watch *x, const struct kind *k, struct json_object *old,
	struct json_object *now)
{
	if (!old)
		return; /* the first look: all of it was there */
	json_object_object_foreach(now, id, row)
	{
		struct json_object *was = json_get(old, id);

		if (!was)
			tell(x, k->created, row, text_or(row, "status"),
			     json_text(row, k->title));
		else if (!json_object_equal(was, row))
			tell(x, k->changed, row, change_of(x, was, row),
			     json_text(row, k->title));
	}
	json_object_object_foreach(old, gone, last)
	{
		if (!json_get(now, gone))
			tell(x, k->deleted, last, "",
			     json_text(last, k->title));
	}
}

/* Each that waits now and did not: with its question. */
static bool
compare_waiting(struct watch *x, struct err *e)
{
	struct json_object *o;

	if (!x->old.waiting)
		return true;
	json_object_object_foreach(x->now.waiting, id, row)
	{
		(void)row;
		if (json_get(x->old.waiting, id))
			continue;
		if (!client_get(x->c, x->a,
				client_path(x->a, "/api/sessions/", id, ""), &o,
				e))
			return e->status == 404; /* gone meanwhile */
		tell(x, "notify:needs_input", o,
		     text_or(json_get(o, "needsInput"), "message"),
		     json_text(o, "name"));
	}
	json_object_object_foreach(x->old.waiting, was, last)
	{
		struct json_object *s = json_get(x->now.sessions, was);

		(void)last;
		if (s && !json_get(x->now.waiting, was))
			tell(x, "session:status_changed", s, "has its answer",
			     json_text(s, "name"));
	}
	return true;
}

/* A list has the newest hundred: what left it was not deleted. */
static void
compare_mail(struct watch *x)
{
	if (!x->old.mail)
		return;
	json_object_object_foreach(x->now.mail, id, row)
	{
		if (!json_get(x->old.mail, id))
			tell(x, "mail:received", row, text_or(row, "type"),
			     json_text(row, "subject"));
	}
}

/* --- looking ---------------------------------------------------------------
 */

/* The rows by their ids; what is kept outlives the arena. */
static struct json_object *
by_id(struct json_object *rows)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		const char *id = json_object_is_type(row, json_type_string)
					 ? json_object_get_string(row)
					 : json_text(row, "id");

		if (id)
			json_object_object_add(o, id, json_object_get(row));
	}
	return o;
}

static bool
fetch(struct watch *x, const char *path, struct json_object **rows,
      struct json_object **out, struct err *e)
{
	path = client_query(x->a, path, "projectId", x->project);
	if (!client_list(x->c, x->a, path, rows, e))
		return false;
	*out = by_id(*rows);
	return true;
}

static void
forget(struct seen *s)
{
	json_object_put(s->tasks);
	json_object_put(s->sessions);
	json_object_put(s->waiting);
	json_object_put(s->mail);
	*s = (struct seen){NULL, NULL, NULL, NULL};
}

static bool
look(struct watch *x, struct err *e)
{
	struct json_object *rows, *ids;
	struct seen *now = &x->now;

	if (!fetch(x, "/api/tasks", &rows, &now->tasks, e) ||
	    !fetch(x, "/api/mail", &rows, &now->mail, e) ||
	    !fetch(x, "/api/sessions", &rows, &now->sessions, e) ||
	    !waiting_ids(x->c, x->a, rows, &ids, e))
		return false;
	now->waiting = by_id(ids);
	compare(x, &tasks, x->old.tasks, now->tasks);
	compare(x, &sessions, x->old.sessions, now->sessions);
	if (!compare_waiting(x, e))
		return false;
	compare_mail(x);
	forget(&x->old);
	x->old = x->now;
	x->now = (struct seen){NULL, NULL, NULL, NULL};
	return true;
}

/* Refused for good, or only away for a while? */
static bool
is_final(const struct err *e)
{
	return e->status >= 400 && e->status < 500 && e->status != 429;
}

/* One look and what follows from it: how long to wait for the next. */
static bool
look_once(struct watch *x, int64_t interval_ms, int64_t *pause_ms,
	  struct err *e)
{
	int64_t begun = clock_mono_ms(), took;
	bool done;

	x->a = arena_new(LOOK_LIMIT);
	done = look(x, e);
	arena_free(x->a);
	if (!done) {
		forget(&x->now);
		if (is_final(e))
			return false;
		fputs("maestro: ", stderr);
		out_text(stderr, e->message);
		fputs("; trying again\n", stderr);
		*pause_ms *= 2;
	} else {
		took = clock_mono_ms() - begun;
		*pause_ms = took * 10 > interval_ms ? took * 10 : interval_ms;
	}
	if (*pause_ms > PAUSE_MAX_MS)
		*pause_ms = PAUSE_MAX_MS;
	return true;
}

static bool
seconds(struct work *w, const char *flag, int64_t otherwise, int64_t *out,
	struct err *e)
{
	const char *s = work_flag(w, flag);

	*out = otherwise;
	return !s || num_i64(span_of(s), 1, YEAR_S, out) ||
	       work_refuse(e, "--%s is a number of seconds", flag);
}

static bool
watch(struct work *w, struct err *e)
{
	struct watch x = {.w = w};
	int64_t interval, limit, pause, until;
	bool good = true;

	if (!work_need_project(w, &x.project, e) ||
	    !seconds(w, "interval", INTERVAL_S, &interval, e) ||
	    !seconds(w, "timeout", 0, &limit, e) || !work_client(w, &x.c, e))
		return false;
	interval *= 1000;
	pause = interval;
	until = limit ? clock_mono_ms() + limit * 1000 : INT64_MAX;
	while (good) {
		bool first = !x.old.tasks, last = clock_mono_ms() >= until;

		good = look_once(&x, interval, &pause, e);
		if (good && first && x.old.tasks)
			fprintf(stderr, "Watching %d tasks and %d sessions.\n",
				json_object_object_length(x.old.tasks),
				json_object_object_length(x.old.sessions));
		if (!good || last || fflush(stdout) == EOF)
			break;
		/* The last look is at the end, not before it. */
		if (pause > until - clock_mono_ms())
			pause = until - clock_mono_ms();
		if (pause > 0)
			client_pause(pause);
	}
	forget(&x.old);
	return good;
}

/* clang-format off */
static const struct flag flags[] = {
	{"interval", "SECONDS", "between two looks; else 3", NULL},
	{"timeout", "SECONDS", "end after that; else never", NULL},
};

static const struct verb verbs[] = {
	{NULL, "", 0, 0, "Tells what happens to tasks, sessions and mail of a project, by looking every few seconds.",
	 flags, NELEM(flags), watch},
};
/* clang-format on */

const struct noun watch_noun = {
	.name = "watch",
	.says = "What happens in a project.",
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
};
