/*
 * Order of the work: scan and check (items), settle (who is a duplicate, whose
 * project is missing), send (project by project), count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/queries.h"
#include "import_int.h"

const char *
import_outcome_name(enum import_outcome o)
{
	static const char *const names[IMPORT_OUTCOMES] = {
		[IMPORT_NEW] = "new",         [IMPORT_NEWER] = "newer",
		[IMPORT_SAME] = "same",       [IMPORT_KEPT] = "kept",
		[IMPORT_SKIPPED] = "skipped", [IMPORT_REFUSED] = "refused",
	};

	return names[o];
}

/* --- telling --- */

void
import_tell(struct import *r, enum layout_word word, const char *path,
	    const char *field, const char *text)
{
	if (word == LAYOUT_REFUSED)
		r->report->refused++;
	if (word == LAYOUT_CHANGED)
		r->report->changed++;
	r->o->tell(r->o->to, word, path, field ? field : "", text);
}

void
import_count(struct import *r, enum layout_kind kind, enum import_outcome o)
{
	r->report->count[kind][o]++;
}

void
import_progress(struct import *r, const char *what, size_t total)
{
	r->o->progress(r->o->to, what, r->done, total);
}

/* The item is not sent. */
void
import_leave_out(struct import *r, struct item *it, enum layout_word word,
		 const char *field, const char *text)
{
	it->is_out = true;
	import_tell(r, word, it->path, field, text);
	import_count(r, it->kind,
		     word == LAYOUT_REFUSED ? IMPORT_REFUSED : IMPORT_SKIPPED);
}

/* --- second pass --- */

struct row {
	enum layout_kind kind;
	size_t part; /* of its file; 0: the whole */
	const char *id;
	struct json_object *doc;
	struct span body; /* p NULL: none */
};

static bool
stage(struct import *r, const struct row *row, struct err *e)
{
	const char *kind = layout_name(row->kind), *json = json_dump(row->doc);
	const char *number = arena_printf(
		r->scratch, "%zu",
		((size_t)(r->now - r->items) << PART_BITS) + row->part);

	bulk_copy_text(r->db, number, strlen(number));
	bulk_copy_text(r->db, kind, strlen(kind));
	bulk_copy_text(r->db, row->id, strlen(row->id));
	bulk_copy_text(r->db, r->now->path, strlen(r->now->path));
	bulk_copy_text(r->db, json, strlen(json));
	if (row->body.p)
		bulk_copy_text(r->db, row->body.p, row->body.n);
	else
		bulk_copy_null(r->db);
	return bulk_copy_row(r->db, e);
}

/* Documents and images have keys of their own, which no file name keeps apart.
 * The first of a key is sent; a resumed session may hold it twice. */
static bool
is_first(struct import *r, const struct row *row)
{
	const char *key = arena_printf(r->scratch, "%s %s",
				       layout_name(row->kind), row->id);
	const char *list = row->kind == LAYOUT_DOC ? "docs" : "images";
	const char *field =
		arena_printf(r->scratch, "%s[%zu].id", list, row->part - 1);
	int64_t at = r->now - r->items, was;

	if (!json_int(r->sent, key, &was)) {
		json_object_object_add(r->sent, key, json_object_new_int64(at));
		return true;
	}
	if (was == at) {
		import_tell(r, LAYOUT_CHANGED, r->now->path, field,
			    "stood there twice");
		return false;
	}
	import_tell(r, LAYOUT_REFUSED, r->now->path, field,
		    arena_printf(r->scratch, "%s has the same",
				 r->items[was].path));
	import_count(r, row->kind, IMPORT_REFUSED);
	return false;
}

static bool
stage_doc(struct import *r, struct json_object *doc, size_t n, struct span text,
	  struct err *e)
{
	const struct row row = {LAYOUT_DOC, n + 1, json_text(doc, "id"), doc,
				text};
	/* text may be the member that is taken out. */
	struct json_object *content = json_object_get(json_get(doc, "content"));
	bool done;

	json_object_object_del(doc, "content");
	done = !is_first(r, &row) || stage(r, &row, e);
	json_object_put(content);
	return done;
}

static bool
stage_image(struct import *r, struct json_object *image, size_t n,
	    struct err *e)
{
	const struct row row = {
		LAYOUT_IMAGE, n + 1, json_text(image, "id"), image, {NULL, 0}
        };

	return !is_first(r, &row) || stage(r, &row, e);
}

static bool
stage_line(struct import *r, struct layout_file *f, size_t n, struct err *e)
{
	const struct row row = {
		LAYOUT_COMMAND, n, r->now->id, f->o, {NULL, 0}
        };

	return strcmp(f->project, r->now->folder) != 0 || stage(r, &row, e);
}

/* Somebody may be writing in the directory: what is not as it was is told. */
static bool
stage_item(struct import *r, struct item *it, struct err *e)
{
	struct layout_file f = {
		.a = r->scratch,
		.path = it->path,
		.folder = it->folder,
		.stem = it->stem,
		.kind = it->kind == LAYOUT_OVERRIDE   ? LAYOUT_MEMBER
			: it->kind == LAYOUT_OLD_MAIL ? LAYOUT_MAIL
						      : it->kind,
	};
	struct err why;

	r->now = it;
	if (it->kind == LAYOUT_COMMAND)
		return import_each_line(r, it->path, it->stem, stage_line, e);
	if (!import_load(r, &f, &why) || f.is_refused || f.is_skipped ||
	    strcmp(f.id, it->id) != 0) {
		import_leave_out(r, it, LAYOUT_REFUSED, "",
				 "was changed while it was being read");
		return true;
	}
	if (f.kind == LAYOUT_SESSION && !import_each_doc(r, &f, stage_doc, e))
		return false;
	if (f.kind == LAYOUT_TASK && !import_each_image(r, &f, stage_image, e))
		return false;
	json_object_object_del(f.o, "docs");

	const struct row row = {
		it->kind, 0, it->id, f.o, {NULL, 0}
        };

	return stage(r, &row, e);
}

static bool
stage_all(struct import *r, size_t from, size_t to, struct err *e)
{
	bool good = bulk_copy_begin(r->db, Q_IMPORT_COPY, e);

	if (!good)
		return false;
	r->sent = json_object_new_object();
	for (size_t i = from; i < to && good; i++) {
		good = r->items[i].is_out || stage_item(r, &r->items[i], e);
		arena_reset(r->scratch);
		r->done++;
		import_progress(r, r->o->dry_run ? "trying" : "importing",
				r->n);
	}
	json_object_put(r->sent);
	if (good)
		return bulk_copy_end(r->db, e);
	bulk_copy_abort(r->db);
	return false;
}

static enum import_outcome
outcome_of(const char *word)
{
	for (int i = 0; i < IMPORT_OUTCOMES; i++)
		if (strcmp(import_outcome_name((enum import_outcome)i), word) ==
		    0)
			return (enum import_outcome)i;
	return IMPORT_SKIPPED;
}

static bool
saw_outcome(void *to, const struct db_result *row, struct err *e)
{
	struct import *r = to;
	long long n = strtoll(db_value(row, 0, 0), NULL, 10);
	const struct item *it = &r->items[n >> PART_BITS];
	size_t part = (size_t)(n & PARTS_MAX);
	enum import_outcome o = outcome_of(db_value(row, 0, 1));
	const char *field = db_value(row, 0, 2), *why = db_value(row, 0, 3);
	char place[64];

	(void)e;
	import_count(r,
		     part && it->kind == LAYOUT_SESSION ? LAYOUT_DOC
		     : part && it->kind == LAYOUT_TASK  ? LAYOUT_IMAGE
							: it->kind,
		     o);
	if (!why)
		return true;
	if (part && it->kind != LAYOUT_COMMAND) {
		snprintf(place, sizeof place, "%s[%zu].%s",
			 it->kind == LAYOUT_TASK ? "images" : "docs", part - 1,
			 field ? field : "");
		field = place;
	}
	import_tell(r,
		    o == IMPORT_REFUSED   ? LAYOUT_REFUSED
		    : o == IMPORT_SKIPPED ? LAYOUT_SKIPPED
					  : LAYOUT_CHANGED,
		    it->path, field, why);
	return true;
}

static bool
take_project(struct import *r, const char *project, struct err *e)
{
	const char *const args[] = {r->owner, project};

	if (!bulk_run(r->db, r->a, q_import_project(r->owner, project), NULL,
		      e))
		return false;
	for (size_t i = 0; layout_own[i]; i++)
		if (!bulk_run(r->db, r->a,
			      (struct db_call){.query = layout_own[i]->take,
					       .args = args},
			      NULL, e))
			return false;
	return bulk_run(r->db, r->a, q_import_more(r->owner, project), NULL, e);
}

/* The rows of one project, or of none. */
static bool
send(struct import *r, size_t from, size_t to, struct err *e)
{
	const char *project = r->items[from].project;

	if (!stage_all(r, from, to, e) ||
	    !bulk_run(r->db, r->a, q_import_analyze(), NULL, e))
		return false;
	if (!(*project ? take_project(r, project, e)
		       : bulk_run(r->db, r->a, q_import_shared(r->owner), NULL,
				  e)))
		return false;
	return bulk_each(r->db, q_import_outcome(), saw_outcome, r, e) &&
	       bulk_run(r->db, r->a, q_import_clear(), NULL, e);
}

/* PostgreSQL would not have it: none of it is there, the others go on. */
static bool
give_up(struct import *r, size_t from, size_t to, struct err *e)
{
	const char *more = e->details ? e->details : "";
	const char *why =
		arena_printf(r->a, "%s%s%.*s", e->message, *more ? "; " : "",
			     (int)strcspn(more, "\n"), more);

	if (e->status == 503)
		return false;
	if (!bulk_run(r->db, r->a,
		      r->o->dry_run ? q_import_undo() : q_import_rollback(),
		      NULL, e))
		return false;
	import_tell(r, LAYOUT_REFUSED, r->items[from].path, "",
		    arena_printf(r->a, "%zu objects are not taken: %s",
				 to - from, why));
	for (size_t i = from; i < to; i++)
		if (!r->items[i].is_out)
			import_count(r, r->items[i].kind, IMPORT_REFUSED);
	return true;
}

static bool
begin(struct import *r, struct err *e)
{
	return bulk_run(r->db, r->a,
			r->o->dry_run ? q_import_savepoint() : q_import_begin(),
			NULL, e);
}

static bool
send_group(struct import *r, size_t from, size_t to, struct err *e)
{
	if (!begin(r, e))
		return false;
	if (!send(r, from, to, e) ||
	    (!r->o->dry_run &&
	     !bulk_run(r->db, r->a, q_import_commit(), NULL, e)))
		return give_up(r, from, to, e);
	return true;
}

static bool
has_any(const struct import *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!r->items[i].is_out)
			return true;
	return false;
}

static size_t
group_end(const struct import *r, size_t from)
{
	size_t to = from;

	while (to < r->n &&
	       strcmp(r->items[to].project, r->items[from].project) == 0)
		to++;
	return to;
}

/* What belongs to no project sorts first and is sent last: prompts lie with
 * sessions. */
static bool
send_all(struct import *r, struct err *e)
{
	size_t shared = r->n && !*r->items[0].project ? group_end(r, 0) : 0;

	r->is_quiet = true;
	r->done = 0;
	for (size_t i = shared, to; i < r->n; i = to) {
		to = group_end(r, i);
		if (!has_any(r, i, to))
			r->done += to - i;
		else if (!send_group(r, i, to, e))
			return false;
	}
	return shared == 0 || send_group(r, 0, shared, e);
}

/* --- all of it --- */

static bool
find_owner(struct import *r, struct err *e)
{
	struct db_result rows;

	if (!bulk_run(r->db, r->a, q_import_accounts(r->o->owner), &rows, e))
		return false;
	if (db_rows(&rows) == 0)
		return r->o->owner
			       ? err_set(e, 404, "no_account",
					 "there is no account %s", r->o->owner)
			       : err_set(e, 404, "no_account",
					 "there is no account yet; make "
					 "one with maestro user create");
	if (db_rows(&rows) > 1)
		return err_set(e, 400, "no_owner",
			       "there are several accounts: say whose it is "
			       "with --owner");
	r->owner = db_value(&rows, 0, 0);
	r->report->owner = db_value(&rows, 0, 1);
	return true;
}

static bool
open_db(struct import *r, struct err *e)
{
	const struct bulk_options o = {r->o->url, "maestro migrate", queries};

	return bulk_open(r->a, &o, &r->db, e) &&
	       bulk_run(r->db, r->a, q_import_open(), NULL, e) &&
	       find_owner(r, e) &&
	       bulk_run(r->db, r->a, q_import_lock(), NULL, e) &&
	       bulk_run(r->db, r->a, q_import_stage(), NULL, e) &&
	       bulk_run(r->db, r->a, q_import_stage_index(), NULL, e);
}

/* A dry run is one transaction that ends with a rollback, so that what comes
 * later sees what came before. */
static bool
take(struct import *r, struct err *e)
{
	if (!r->o->dry_run)
		return send_all(r, e);
	return bulk_run(r->db, r->a, q_import_begin(), NULL, e) &&
	       send_all(r, e) &&
	       bulk_run(r->db, r->a, q_import_rollback(), NULL, e);
}

bool
import_run(struct arena *a, const struct import_options *o,
	   struct import_report *out, struct err *e)
{
	struct import r = {.a = a, .o = o, .report = out};
	bool done = false;

	memset(out, 0, sizeof *out);
	if (!import_root_open(a, o->dir, &r.root, e) || !open_db(&r, e))
		return false;
	r.scratch = arena_new(SIZE_MAX / 2);
	r.images = import_images_new(a, o->set);
	import_check(&r);
	import_settle(&r);
	done = take(&r, e);
	import_images_close(r.images);
	arena_free(r.scratch);
	return done;
}
