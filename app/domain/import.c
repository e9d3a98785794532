/*
 * Order of the work: scan and check (items), settle (who is a duplicate, whose
 * project is missing), send (project by project), count.
 */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bulk.h"
#include "domain/import_files.h"
#include "domain/queries.h"

enum {
	DOC_BITS = 20 /* of a staged number: the place of a doc in docs */
};

struct item {
	enum layout_kind kind;
	bool is_system, is_out; /* refused or skipped: told already */
	const char *id, *project, *path, *folder, *stem;
	int64_t version;
};

struct run {
	struct arena *a;       /* of the index */
	struct arena *scratch; /* of one file */
	const struct import_options *o;
	struct import_report *report;
	struct import_root root;
	struct bulk *db;
	const char *owner; /* uuid */
	struct item *items;
	size_t n, cap;
	size_t done;   /* files of this pass */
	bool is_quiet; /* the second pass tells nothing again */
	const struct item *now;
};

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

/* --- telling ---------------------------------------------------------------
 */

static void
tell(struct run *r, enum layout_word word, const char *path, const char *field,
     const char *text)
{
	if (word == LAYOUT_REFUSED)
		r->report->refused++;
	if (word == LAYOUT_CHANGED)
		r->report->changed++;
	r->o->tell(r->o->to, word, path, field ? field : "", text);
}

static void
tell_of_file(void *to, const struct layout_file *f, enum layout_word word,
	     const char *field, const char *text)
{
	struct run *r = to;

	if (!r->is_quiet)
		tell(r, word, f->path, field, text);
}

static void
count(struct run *r, enum layout_kind kind, enum import_outcome o)
{
	r->report->count[kind][o]++;
}

static void
progress(struct run *r, const char *what, size_t total)
{
	r->o->progress(r->o->to, what, r->done, total);
}

/* The item is not sent. */
static void
leave_out(struct run *r, struct item *it, enum layout_word word,
	  const char *field, const char *text)
{
	it->is_out = true;
	tell(r, word, it->path, field, text);
	count(r, it->kind,
	      word == LAYOUT_REFUSED ? IMPORT_REFUSED : IMPORT_SKIPPED);
}

/* --- one file --------------------------------------------------------------
 */

static bool
load(struct run *r, struct layout_file *f, struct err *e)
{
	struct arena *a = r->scratch;
	struct span raw, text;
	bool was_repaired;

	if (!import_read(a, &r->root, f->path, &raw, &f->mtime_ms, e) ||
	    !layout_text(a, raw, &text, &was_repaired, e) ||
	    !json_parse(a, text.p, text.n, &f->o, e))
		return false;
	f->tell = tell_of_file;
	f->to = r;
	if (was_repaired)
		tell_of_file(r, f, LAYOUT_CHANGED, "",
			     "characters that are none are replaced, or it "
			     "was UTF-16");
	layout_check(f);
	return true;
}

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The text of a document lies in its session's folder, whatever absolute path
 * was written down on another machine; before that was so, inside the session.
 * *path: of its file, or NULL. */
static const char *
doc_path(struct run *r, const char *session, struct json_object *doc)
{
	const char *was = json_text(doc, "contentFilePath");
	const char *id = json_text(doc, "id");
	const char *tries[3] = {
		was && *base_of(was) ? base_of(was) : NULL,
		arena_printf(r->scratch, "%s.md", id),
		arena_printf(r->scratch, "%s.excalidraw", id),
	};

	for (size_t i = 0; i < NELEM(tries); i++) {
		const char *path;

		if (!tries[i] || strcmp(tries[i], "..") == 0)
			continue;
		path = arena_printf(r->scratch, "session-docs/%s/%s", session,
				    tries[i]);
		if (import_is_there(r->scratch, &r->root, path))
			return path;
	}
	return NULL;
}

/* False: the document is refused, which is told.  text.p NULL: there is
 * none. */
static bool
doc_text(struct run *r, struct layout_file *f, struct json_object *doc,
	 size_t n, struct span *text)
{
	const char *field = arena_printf(r->scratch, "docs[%zu].content", n);
	const char *path = doc_path(r, f->id, doc), *why;
	struct json_object *inside = json_get(doc, "content");
	struct err e;

	*text = (struct span){NULL, 0};
	if (path) {
		if (!import_read(r->scratch, &r->root, path, text, NULL, &e)) {
			if (!r->is_quiet)
				tell(r, LAYOUT_REFUSED, path, "", e.message);
			return false;
		}
	} else if (inside) {
		*text = (struct span){
			json_object_get_string(inside),
			(size_t)json_object_get_string_len(inside)};
	} else {
		tell_of_file(r, f, LAYOUT_CHANGED, field,
			     "its file is gone; the document has no text");
		return true;
	}
	if (layout_content_ok(*text, &why))
		return true;
	if (!r->is_quiet)
		tell(r, LAYOUT_REFUSED, path ? path : f->path,
		     path ? "content" : field, why);
	return false;
}

/* Calls fn for every document of the session that is good.  A bad one is told
 * and counted; its session stays. */
static bool
each_doc(struct run *r, struct layout_file *f,
	 bool (*fn)(struct run *r, struct json_object *doc, size_t n,
		    struct span text, struct err *e),
	 struct err *e)
{
	struct json_object *docs = json_get(f->o, "docs");
	size_t n = docs ? json_object_array_length(docs) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *doc = json_object_array_get_idx(docs, i);
		struct span text;

		f->is_refused = false;
		layout_check_doc(f, doc, i);
		if (f->is_refused || !doc_text(r, f, doc, i, &text)) {
			if (!r->is_quiet)
				count(r, LAYOUT_DOC, IMPORT_REFUSED);
			continue;
		}
		if (fn && !fn(r, doc, i, text, e))
			return false;
	}
	f->is_refused = false;
	return true;
}

/* --- first pass ------------------------------------------------------------
 */

static struct item *
new_item(struct run *r)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 1024;
		struct item *more = arena_alloc(r->a, cap * sizeof *more);

		if (r->n)
			memcpy(more, r->items, r->n * sizeof *more);
		r->items = more;
		r->cap = cap;
	}
	return &r->items[r->n++];
}

static void
saw_odd(void *to, enum layout_word word, const char *path, const char *text)
{
	tell(to, word, path, "", text);
}

static void
check_file(struct run *r, struct layout_file *f)
{
	struct item *it;
	struct err e;

	if (!load(r, f, &e)) {
		tell(r, LAYOUT_REFUSED, f->path, "", e.message);
		count(r, f->kind, IMPORT_REFUSED);
		return;
	}
	if (f->is_skipped || f->is_refused) {
		count(r, f->kind,
		      f->is_refused ? IMPORT_REFUSED : IMPORT_SKIPPED);
		return;
	}
	if (f->kind == LAYOUT_SESSION && !each_doc(r, f, NULL, &e))
		return; /* without fn it cannot fail */
	it = new_item(r);
	*it = (struct item){
		.kind = f->kind,
		.is_system = f->is_system,
		.id = arena_strdup(r->a, f->id),
		.project = arena_strdup(r->a, f->project),
		.path = f->path,
		.folder = f->folder,
		.stem = f->stem,
		.version = f->version,
	};
}

static void
saw_file(void *to, enum layout_kind kind, const char *path, const char *folder,
	 const char *stem)
{
	struct run *r = to;
	struct layout_file f = {
		.a = r->scratch,
		.path = path,
		.folder = folder,
		.stem = stem,
		.kind = kind,
	};

	check_file(r, &f);
	arena_reset(r->scratch);
	r->report->files++;
	r->done++;
	progress(r, "checking", 0);
}

/* --- settling --------------------------------------------------------------
 */

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
settle_duplicates(struct run *r)
{
	struct item **all = arena_alloc(r->a, (r->n + 1) * sizeof(void *));

	for (size_t i = 0; i < r->n; i++)
		all[i] = &r->items[i];
	qsort(all, r->n, sizeof *all, by_kind_id);
	for (size_t i = 1; i < r->n; i++) {
		struct item *first = all[i - 1], *it = all[i];

		if (first->kind != it->kind || strcmp(first->id, it->id) != 0)
			continue;
		leave_out(r, it, LAYOUT_REFUSED, "id",
			  arena_printf(r->a, "%s has the same and is %s",
				       first->path,
				       first->version > it->version
					       ? "newer"
					       : "as new"));
		all[i] = first;
	}
}

static struct item *
find(struct run *r, enum layout_kind kind, const char *id)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->items[i].kind == kind && !r->items[i].is_out &&
		    strcmp(r->items[i].id, id) == 0)
			return &r->items[i];
	return NULL;
}

/* A queue goes with its session. */
static void
settle_queues(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct item *it = &r->items[i], *s;

		if (it->kind != LAYOUT_QUEUE || it->is_out)
			continue;
		s = find(r, LAYOUT_SESSION, it->id);
		if (s)
			it->project = s->project;
		else
			leave_out(r, it, LAYOUT_SKIPPED, "",
				  "its session is gone");
	}
}

/* The project every start makes anew, unless somebody works in it. */
static void
settle_system(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct item *it = &r->items[i];

		if (it->is_system && !it->is_out && it->kind != LAYOUT_PROJECT)
			leave_out(r, it, LAYOUT_SKIPPED, "",
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
			leave_out(r, it, LAYOUT_SKIPPED, "",
				  "every installation makes it itself");
	}
}

/* Tasks and sessions of a project that is not there are lost work; the rest is
 * what the original leaves behind when a project is deleted. */
static void
settle_orphans(struct run *r)
{
	const char *there = "";

	for (size_t i = 0; i < r->n; i++) {
		struct item *it = &r->items[i];

		if (it->kind == LAYOUT_PROJECT && !it->is_out)
			there = it->id;
		if (it->is_out || !*it->project ||
		    strcmp(it->project, there) == 0)
			continue;
		leave_out(r, it,
			  it->kind == LAYOUT_TASK || it->kind == LAYOUT_SESSION
				  ? LAYOUT_REFUSED
				  : LAYOUT_SKIPPED,
			  "projectId",
			  arena_printf(r->a, "there is no project %s",
				       it->project));
	}
}

static void
settle(struct run *r)
{
	settle_duplicates(r);
	if (r->o->skip_system)
		settle_system(r);
	settle_queues(r);
	qsort(r->items, r->n, sizeof *r->items, by_project_kind_id);
	settle_orphans(r);
}

/* --- second pass -----------------------------------------------------------
 */

static bool
stage(struct run *r, int64_t n, enum layout_kind kind, const char *id,
      struct json_object *o, struct span body, struct err *e)
{
	const char *number = arena_printf(r->scratch, "%lld", (long long)n);
	const char *json = json_dump(o);

	bulk_copy_text(r->db, number, strlen(number));
	bulk_copy_text(r->db, layout_name(kind), strlen(layout_name(kind)));
	bulk_copy_text(r->db, id, strlen(id));
	bulk_copy_text(r->db, r->now->path, strlen(r->now->path));
	bulk_copy_text(r->db, json, strlen(json));
	if (body.p)
		bulk_copy_text(r->db, body.p, body.n);
	else
		bulk_copy_null(r->db);
	return bulk_copy_row(r->db, e);
}

static int64_t
number_of(const struct run *r, const struct item *it)
{
	return (int64_t)(it - r->items) << DOC_BITS;
}

static bool
stage_doc(struct run *r, struct json_object *doc, size_t n, struct span text,
	  struct err *e)
{
	/* text may be the member that is taken out. */
	struct json_object *content = json_object_get(json_get(doc, "content"));
	bool done;

	json_object_object_del(doc, "content");
	done = stage(r, number_of(r, r->now) + (int64_t)n + 1, LAYOUT_DOC,
		     json_text(doc, "id"), doc, text, e);
	json_object_put(content);
	return done;
}

static bool
stage_session(struct run *r, struct layout_file *f, struct err *e)
{
	if (!each_doc(r, f, stage_doc, e))
		return false;
	json_object_object_del(f->o, "docs");
	return stage(r, number_of(r, r->now), LAYOUT_SESSION, f->id, f->o,
		     (struct span){NULL, 0}, e);
}

/* Somebody may be writing in the directory: what is not as it was is told. */
static bool
stage_item(struct run *r, struct item *it, struct err *e)
{
	struct layout_file f = {
		.a = r->scratch,
		.path = it->path,
		.folder = it->folder,
		.stem = it->stem,
		.kind = it->kind == LAYOUT_OVERRIDE ? LAYOUT_MEMBER : it->kind,
	};
	struct err why;

	r->now = it;
	if (!load(r, &f, &why) || f.is_refused || f.is_skipped ||
	    strcmp(f.id, it->id) != 0) {
		leave_out(r, it, LAYOUT_REFUSED, "",
			  "was changed while it was being read");
		return true;
	}
	if (f.kind == LAYOUT_SESSION)
		return stage_session(r, &f, e);
	return stage(r, number_of(r, it), it->kind, it->id, f.o,
		     (struct span){NULL, 0}, e);
}

static bool
stage_all(struct run *r, size_t from, size_t to, struct err *e)
{
	if (!bulk_copy_begin(r->db, Q_IMPORT_COPY, e))
		return false;
	for (size_t i = from; i < to; i++) {
		if (!r->items[i].is_out && !stage_item(r, &r->items[i], e)) {
			bulk_copy_abort(r->db);
			return false;
		}
		arena_reset(r->scratch);
		r->done++;
		progress(r, r->o->dry_run ? "trying" : "importing", r->n);
	}
	return bulk_copy_end(r->db, e);
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
	struct run *r = to;
	long long n = strtoll(db_value(row, 0, 0), NULL, 10);
	const struct item *it = &r->items[n >> DOC_BITS];
	size_t doc = (size_t)(n & ((1 << DOC_BITS) - 1));
	enum import_outcome o = outcome_of(db_value(row, 0, 1));
	const char *field = db_value(row, 0, 2), *why = db_value(row, 0, 3);
	char place[64];

	(void)e;
	count(r, doc ? LAYOUT_DOC : it->kind, o);
	if (!why)
		return true;
	if (doc) {
		snprintf(place, sizeof place, "docs[%zu].%s", doc - 1,
			 field ? field : "");
		field = place;
	}
	tell(r,
	     o == IMPORT_REFUSED   ? LAYOUT_REFUSED
	     : o == IMPORT_SKIPPED ? LAYOUT_SKIPPED
				   : LAYOUT_CHANGED,
	     it->path, field, why);
	return true;
}

/* The rows of one project, or of none. */
static bool
send(struct run *r, size_t from, size_t to, struct err *e)
{
	const char *project = r->items[from].project;
	const char *args[] = {r->owner, project};

	if (!stage_all(r, from, to, e) ||
	    !bulk_run(r->db, r->a, Q_IMPORT_ANALYZE, NULL, NULL, e))
		return false;
	if (*project ? !bulk_run(r->db, r->a, Q_IMPORT_PROJECT, args, NULL, e)
		     : !bulk_run(r->db, r->a, Q_IMPORT_SHARED, args, NULL, e))
		return false;
	return bulk_each(r->db, Q_IMPORT_OUTCOME, NULL, saw_outcome, r, e) &&
	       bulk_run(r->db, r->a, Q_IMPORT_CLEAR, NULL, NULL, e);
}

/* PostgreSQL would not have it: none of it is there, the others go on. */
static bool
give_up(struct run *r, size_t from, size_t to, struct err *e)
{
	const char *why = arena_strdup(r->a, e->message);

	if (e->status == 503)
		return false;
	if (!bulk_run(r->db, r->a,
		      r->o->dry_run ? Q_IMPORT_UNDO : Q_IMPORT_ROLLBACK, NULL,
		      NULL, e))
		return false;
	tell(r, LAYOUT_REFUSED, r->items[from].path, "",
	     arena_printf(r->a, "%zu objects are not taken: %s", to - from,
			  why));
	for (size_t i = from; i < to; i++)
		if (!r->items[i].is_out)
			count(r, r->items[i].kind, IMPORT_REFUSED);
	return true;
}

static bool
begin(struct run *r, struct err *e)
{
	return bulk_run(r->db, r->a,
			r->o->dry_run ? Q_IMPORT_SAVEPOINT : Q_IMPORT_BEGIN,
			NULL, NULL, e);
}

static bool
send_group(struct run *r, size_t from, size_t to, struct err *e)
{
	if (!begin(r, e))
		return false;
	if (!send(r, from, to, e) ||
	    (!r->o->dry_run &&
	     !bulk_run(r->db, r->a, Q_IMPORT_COMMIT, NULL, NULL, e)))
		return give_up(r, from, to, e);
	return true;
}

static size_t
group_end(const struct run *r, size_t from)
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
send_all(struct run *r, struct err *e)
{
	size_t shared = r->n && !*r->items[0].project ? group_end(r, 0) : 0;

	r->is_quiet = true;
	r->done = 0;
	for (size_t i = shared, to; i < r->n; i = to) {
		to = group_end(r, i);
		if (!send_group(r, i, to, e))
			return false;
	}
	return shared == 0 || send_group(r, 0, shared, e);
}

/* --- all of it -------------------------------------------------------------
 */

static bool
find_owner(struct run *r, struct err *e)
{
	const char *args[] = {r->o->owner};
	struct db_result rows;

	if (!bulk_run(r->db, r->a, Q_IMPORT_ACCOUNTS, args, &rows, e))
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
open_db(struct run *r, struct err *e)
{
	const struct bulk_options o = {r->o->url, "maestro migrate", queries};

	return bulk_open(r->a, &o, &r->db, e) &&
	       bulk_run(r->db, r->a, Q_IMPORT_OPEN, NULL, NULL, e) &&
	       find_owner(r, e) &&
	       bulk_run(r->db, r->a, Q_IMPORT_STAGE, NULL, NULL, e);
}

/* A dry run is one transaction that ends with a rollback, so that what comes
 * later sees what came before. */
static bool
take(struct run *r, struct err *e)
{
	if (!r->o->dry_run)
		return send_all(r, e);
	return bulk_run(r->db, r->a, Q_IMPORT_BEGIN, NULL, NULL, e) &&
	       send_all(r, e) &&
	       bulk_run(r->db, r->a, Q_IMPORT_ROLLBACK, NULL, NULL, e);
}

bool
import_run(struct arena *a, const struct import_options *o,
	   struct import_report *out, struct err *e)
{
	struct run r = {.a = a, .o = o, .report = out};
	bool done = false;

	memset(out, 0, sizeof *out);
	if (!import_root_open(a, o->dir, &r.root, e) || !open_db(&r, e))
		return false;
	r.scratch = arena_new(SIZE_MAX / 2);
	import_scan(a, &r.root, saw_file, saw_odd, &r);
	settle(&r);
	done = take(&r, e);
	arena_free(r.scratch);
	return done;
}
