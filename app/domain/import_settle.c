/*
 * Between the passes: what belongs together, and what belongs nowhere.
 */
#include <stdlib.h>
#include <string.h>

#include "import_int.h"

static int
by_project_kind_id(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	int c = strcmp(a->project, b->project);

	if (c == 0)
		c = (a->kind > b->kind) - (a->kind < b->kind);
	if (c == 0)
		c = strcmp(a->id, b->id);
	if (c == 0)
		c = (a->version < b->version) - (a->version > b->version);
	return c ? c : strcmp(a->path, b->path);
}

static int
by_kind_id(const void *x, const void *y)
{
	const struct item *const *p = x, *const *q = y;
	const struct item *a = *p, *b = *q;
	int c = (a->kind > b->kind) - (a->kind < b->kind);

	if (c == 0)
		c = strcmp(a->id, b->id);
	if (c == 0)
		c = (a->version < b->version) - (a->version > b->version);
	return c ? c : strcmp(a->path, b->path);
}

/* Two files with one id, in one project or in two: the newer is the object. */
static void
settle_duplicates(struct import *r)
{
	struct item **all = arena_alloc(r->a, (r->n + 1) * sizeof *all);

	for (size_t i = 0; i < r->n; i++)
		all[i] = &r->items[i];
	qsort(all, r->n, sizeof *all, by_kind_id);
	for (size_t i = 1; i < r->n; i++) {
		struct item *first = all[i - 1], *it = all[i];

		if (first->kind != it->kind || strcmp(first->id, it->id) != 0)
			continue;
		import_leave_out(r, it, LAYOUT_REFUSED, "id",
				 arena_printf(r->a, "%s has the same and is %s",
					      first->path,
					      first->version > it->version
						      ? "newer"
						      : "as new"));
		all[i] = first;
	}
}

/* Project of a session among the sorted items, or NULL. */
static const char *
project_of(struct item *const *sessions, size_t n, const char *id)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int c = strcmp(sessions[mid]->id, id);

		if (c == 0)
			return sessions[mid]->project;
		if (c < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

/* Queues, logs and old mail are where their session is. */
static void
settle_sessions(struct import *r)
{
	struct item **sessions =
		arena_alloc(r->a, (r->n + 1) * sizeof *sessions);
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->items[i].kind == LAYOUT_SESSION && !r->items[i].is_out)
			sessions[n++] = &r->items[i];
	qsort(sessions, n, sizeof *sessions, by_kind_id);
	for (size_t i = 0; i < r->n; i++) {
		struct item *it = &r->items[i];
		const char *project;

		if (it->is_out || *it->project ||
		    (it->kind != LAYOUT_QUEUE && it->kind != LAYOUT_COMMAND &&
		     it->kind != LAYOUT_OLD_MAIL))
			continue;
		project =
			project_of(sessions, n,
				   it->kind == LAYOUT_QUEUE     ? it->id
				   : it->kind == LAYOUT_COMMAND ? it->stem
								: it->session);
		if (project)
			it->project = project;
		else if (it->kind != LAYOUT_OLD_MAIL) /* that one is kept */
			import_leave_out(r, it, LAYOUT_SKIPPED, "",
					 "its session is gone");
	}
}

/* The project every start makes anew, unless somebody works in it. */
static void
settle_system(struct import *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct item *it = &r->items[i];

		if (it->is_system && !it->is_out && it->kind != LAYOUT_PROJECT)
			import_leave_out(r, it, LAYOUT_SKIPPED, "",
					 "every installation makes it itself");
	}
	for (size_t i = 0; i < r->n; i++) {
		struct item *it = &r->items[i];
		bool is_used = false;

		if (!it->is_system || it->is_out || it->kind != LAYOUT_PROJECT)
			continue;
		for (size_t k = 0; k < r->n && !is_used; k++)
			is_used = !r->items[k].is_out &&
				  (r->items[k].kind == LAYOUT_TASK ||
				   r->items[k].kind == LAYOUT_SESSION) &&
				  strcmp(r->items[k].project, it->id) == 0;
		if (!is_used)
			import_leave_out(r, it, LAYOUT_SKIPPED, "",
					 "every installation makes it itself");
	}
}

/* Tasks and sessions of a project that is not there are lost work; the rest is
 * what the original leaves behind when a project is deleted. */
static void
settle_orphans(struct import *r)
{
	const char *there = "";

	for (size_t i = 0; i < r->n; i++) {
		struct item *it = &r->items[i];

		if (it->kind == LAYOUT_PROJECT && !it->is_out)
			there = it->id;
		if (it->is_out || !*it->project ||
		    strcmp(it->project, there) == 0)
			continue;
		import_leave_out(r, it,
				 it->kind == LAYOUT_TASK ||
						 it->kind == LAYOUT_SESSION
					 ? LAYOUT_REFUSED
					 : LAYOUT_SKIPPED,
				 "projectId",
				 arena_printf(r->a, "there is no project %s",
					      it->project));
	}
}

void
import_settle(struct import *r)
{
	settle_duplicates(r);
	if (r->o->skip_system)
		settle_system(r);
	settle_sessions(r);
	qsort(r->items, r->n, sizeof *r->items, by_project_kind_id);
	settle_orphans(r);
}
