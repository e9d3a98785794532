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
#include "domain/import_images.h"
#include "domain/queries.h"

enum {
	PART_BITS = 20, /* of a staged number: which part of its file */
	PARTS_MAX = (1 << PART_BITS) - 1
};

struct item {
	enum layout_kind kind;
	bool is_system, is_out; /* refused or skipped: told already */
	const char *id, *project, *path, *folder, *stem;
	const char *session; /* of old mail: whom it went to */
	int64_t version;
};

struct run {
	struct arena *a;       /* of the index */
	struct arena *scratch; /* of one file */
	const struct import_options *o;
	struct import_report *report;
	struct import_root root;
	struct bulk *db;
	struct import_images *images;
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

/* --- images ----------------------------------------------------------------
 */

/* ext: what stands behind the last dot of the file's name. */
static const char *
image_path(struct run *r, const char *project, const char *task,
	   struct json_object *image)
{
	const char *name = json_text(image, "filename");
	const char *dot = strrchr(name, '.');

	return arena_printf(r->scratch, "images/%s/%s/%s.%s", project, task,
			    json_text(image, "id"),
			    dot && dot[1] ? dot + 1 : "png");
}

static struct import_image
image_of(struct run *r, struct layout_file *f, struct json_object *image)
{
	return (struct import_image){
		.owner = r->owner,
		.project = f->project,
		.task = f->id,
		.id = json_text(image, "id"),
		.dry_run = true,
	};
}

/* What it is; false: refused, which the first pass tells and counts. */
static bool
look_at_image(struct run *r, struct layout_file *f, struct json_object *image,
	      struct import_image *i)
{
	const char *path = image_path(r, f->project, f->id, image), *type;
	const char *was = json_text(image, "mimeType");
	struct err e;

	*i = image_of(r, f, image);
	if (!import_read(r->scratch, &r->root, path, &i->bytes, NULL, &e) ||
	    !import_image_store(r->images, r->scratch, i, &type, &e)) {
		if (!r->is_quiet) {
			tell(r, LAYOUT_REFUSED, path, "", e.message);
			count(r, LAYOUT_IMAGE, IMPORT_REFUSED);
		}
		return false;
	}
	if (!was || strcmp(was, type) != 0)
		tell_of_file(r, f, LAYOUT_CHANGED, "images",
			     arena_printf(r->scratch, "%s is %s", path, type));
	json_object_object_add(image, "mimeType", json_object_new_string(type));
	json_object_object_add(image, "size",
			       json_object_new_int64((int64_t)i->bytes.n));
	return true;
}

/* The bytes, before the row.  What only this shows is told now. */
static bool
store_image(struct run *r, struct layout_file *f, struct json_object *image,
	    struct import_image *i)
{
	const char *type;
	struct err e;

	i->dry_run = r->o->dry_run;
	if (import_image_store(r->images, r->scratch, i, &type, &e))
		return true;
	tell(r, LAYOUT_REFUSED, image_path(r, f->project, f->id, image), "",
	     e.message);
	count(r, LAYOUT_IMAGE, IMPORT_REFUSED);
	return false;
}

/* Calls fn, if any, for every image of the task that is good. */
static bool
each_image(struct run *r, struct layout_file *f,
	   bool (*fn)(struct run *r, struct json_object *image, size_t n,
		      struct err *e),
	   struct err *e)
{
	struct json_object *images = json_get(f->o, "images");
	size_t n = images ? json_object_array_length(images) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(images, i);
		struct import_image image;

		f->is_refused = false;
		layout_check_image(f, one, i);
		if (f->is_refused) {
			if (!r->is_quiet)
				count(r, LAYOUT_IMAGE, IMPORT_REFUSED);
			continue;
		}
		if (look_at_image(r, f, one, &image) && fn &&
		    store_image(r, f, one, &image) && !fn(r, one, i, e))
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
	/* Without fn they cannot fail. */
	if ((f->kind == LAYOUT_SESSION && !each_doc(r, f, NULL, &e)) ||
	    (f->kind == LAYOUT_TASK && !each_image(r, f, NULL, &e)))
		return;
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
	if (f->kind == LAYOUT_OLD_MAIL)
		it->session = arena_strdup(
			r->a, json_text(f->o, "toSessionId")
				      ? json_text(f->o, "toSessionId")
				      : f->folder);
}

/* --- logs: a line is an object, a file may be of several projects ----------
 */

/* Calls fn for each good line; a bad one is told and counted. */
static bool
each_line(struct run *r, const char *path, const char *stem,
	  bool (*fn)(struct run *r, struct layout_file *f, size_t n,
		     struct err *e),
	  struct err *e)
{
	struct arena *line_arena = arena_new(SIZE_MAX / 2);
	struct span text;
	bool done = import_read(r->scratch, &r->root, path, &text, NULL, e);

	for (size_t n = 1; done && text.n; n++) {
		struct span line = span_cut(&text, '\n');
		struct layout_file f = {
			.a = line_arena,
			.path = arena_printf(line_arena, "%s:%zu", path, n),
			.folder = "",
			.stem = stem,
			.kind = LAYOUT_COMMAND,
			.tell = tell_of_file,
			.to = r,
		};
		bool was_repaired;
		struct err why;

		if (line.n == 0)
			continue;
		if (n > PARTS_MAX) {
			tell_of_file(r, &f, LAYOUT_REFUSED, "",
				     "this and what follows is too much");
			break;
		}
		if (!layout_text(line_arena, line, &line, &was_repaired,
				 &why) ||
		    !json_parse(line_arena, line.p, line.n, &f.o, &why)) {
			tell_of_file(r, &f, LAYOUT_REFUSED, "", why.message);
			f.is_refused = true;
		} else {
			layout_check(&f);
		}
		if (f.is_refused && !r->is_quiet)
			count(r, LAYOUT_COMMAND, IMPORT_REFUSED);
		if (!f.is_refused)
			done = fn(r, &f, n, e);
		arena_reset(line_arena);
	}
	arena_free(line_arena);
	return done;
}

/* One item for each project a log speaks of; folder keeps the word. */
static bool
saw_line(struct run *r, struct layout_file *f, size_t n, struct err *e)
{
	struct item *last = r->n ? &r->items[r->n - 1] : NULL;

	(void)n;
	(void)e;
	for (; last && last->kind == LAYOUT_COMMAND &&
	       strcmp(last->stem, f->stem) == 0;
	     last = last > r->items ? last - 1 : NULL)
		if (strcmp(last->folder, f->project) == 0)
			return true;
	last = new_item(r);
	*last = (struct item){
		.kind = LAYOUT_COMMAND,
		.id = arena_printf(r->a, "%s %s", f->stem, f->project),
		.project = arena_strdup(r->a, f->project),
		.path = arena_printf(r->a, "command-logs/%s.jsonl", f->stem),
		.stem = f->stem,
	};
	last->folder = last->project;
	return true;
}

static void
check_log(struct run *r, const char *path, const char *stem)
{
	struct err e;

	if (!each_line(r, path, stem, saw_line, &e))
		tell(r, LAYOUT_REFUSED, path, "", e.message);
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

	if (kind == LAYOUT_COMMAND)
		check_log(r, path, stem);
	else
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
settle_sessions(struct run *r)
{
	struct item **sessions = arena_alloc(r->a, (r->n + 1) * sizeof(void *));
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
	settle_sessions(r);
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
	return (int64_t)(it - r->items) << PART_BITS;
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

static bool
stage_image(struct run *r, struct json_object *image, size_t n, struct err *e)
{
	return stage(r, number_of(r, r->now) + (int64_t)n + 1, LAYOUT_IMAGE,
		     json_text(image, "id"), image, (struct span){NULL, 0}, e);
}

static bool
stage_line(struct run *r, struct layout_file *f, size_t n, struct err *e)
{
	const struct item *it = r->now;

	if (strcmp(f->project, it->folder) != 0)
		return true;
	return stage(r, number_of(r, it) + (int64_t)n, LAYOUT_COMMAND, it->id,
		     f->o, (struct span){NULL, 0}, e);
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
		.kind = it->kind == LAYOUT_OVERRIDE   ? LAYOUT_MEMBER
			: it->kind == LAYOUT_OLD_MAIL ? LAYOUT_MAIL
						      : it->kind,
	};
	struct err why;

	r->now = it;
	if (it->kind == LAYOUT_COMMAND)
		return each_line(r, it->path, it->stem, stage_line, e);
	if (!load(r, &f, &why) || f.is_refused || f.is_skipped ||
	    strcmp(f.id, it->id) != 0) {
		leave_out(r, it, LAYOUT_REFUSED, "",
			  "was changed while it was being read");
		return true;
	}
	if (f.kind == LAYOUT_SESSION)
		return stage_session(r, &f, e);
	if (f.kind == LAYOUT_TASK && !each_image(r, &f, stage_image, e))
		return false;
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
	const struct item *it = &r->items[n >> PART_BITS];
	size_t part = (size_t)(n & PARTS_MAX);
	enum import_outcome o = outcome_of(db_value(row, 0, 1));
	const char *field = db_value(row, 0, 2), *why = db_value(row, 0, 3);
	char place[64];

	(void)e;
	count(r,
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
	r.images = import_images_new(a, o->set);
	import_scan(a, &r.root, saw_file, saw_odd, &r);
	settle(&r);
	done = take(&r, e);
	import_images_close(r.images);
	arena_free(r.scratch);
	return done;
}
