/*
 * The first pass: every file is read, checked and becomes an item.
 */
#include <string.h>

#include "import_int.h"

enum {
	EXT_BYTES = 64,
	LOG_PROJECTS = 1000, /* a log is read once for each */
	OBJECT_BYTES = 64 * MiB,
	OBJECT_VALUES = 4000000 /* half a GiB of memory */
};

static void
tell_of_file(void *to, const struct layout_file *f, enum layout_word word,
	     const char *field, const char *text)
{
	struct import *r = to;

	if (!r->is_quiet)
		import_tell(r, word, f->path, field, text);
}

/* --- one file --- */

/* Every value but the first of a list or object stands behind a comma. */
static size_t
count_values(struct span text)
{
	bool in_text = false;
	size_t n = 1;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			in_text = !in_text;
		else if (in_text)
			i += text.p[i] == '\\';
		else
			n += strchr(",[{", text.p[i]) != NULL;
	}
	return n;
}

/* A value takes many times the memory that its text does, and PostgreSQL would
 * not have the row: then nothing of its project. */
static bool
parse(struct arena *a, struct span raw, struct layout_file *f,
      bool *was_repaired, struct err *e)
{
	struct span text;

	if (raw.n > OBJECT_BYTES)
		return err_set(e, 400, "too_large",
			       "one object is at most 64 MiB");
	if (!layout_text(a, raw, &text, was_repaired, e))
		return false;
	if (count_values(text) > OBJECT_VALUES)
		return err_set(e, 400, "too_large",
			       "one object has at most 4,000,000 values");
	return json_parse(a, text.p, text.n, &f->o, e);
}

bool
import_load(struct import *r, struct layout_file *f, struct err *e)
{
	struct arena *a = r->scratch;
	struct span raw;
	bool was_repaired;

	if (!import_read(a, &r->root, f->path, &raw, &f->mtime_ms, e) ||
	    !parse(a, raw, f, &was_repaired, e))
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
doc_path(struct import *r, const char *session, struct json_object *doc)
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
doc_text(struct import *r, struct layout_file *f, struct json_object *doc,
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
				import_tell(r, LAYOUT_REFUSED, path, "",
					    e.message);
			return false;
		}
	} else if (inside) {
		*text = (struct span){
			json_object_get_string(inside),
			(size_t)json_object_get_string_len(inside)};
	} else {
		if (json_get(doc, "contentFilePath"))
			tell_of_file(r, f, LAYOUT_CHANGED, field,
				     "its file is gone; the document has no "
				     "text");
		return true;
	}
	if (layout_content_ok(*text, &why))
		return true;
	if (!r->is_quiet)
		import_tell(r, LAYOUT_REFUSED, path ? path : f->path,
			    path ? "content" : field, why);
	return false;
}

/* Calls fn for every document of the session that is good.  A bad one is told
 * and counted; its session stays. */
bool
import_each_doc(struct import *r, struct layout_file *f, import_doc_seen *fn,
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
				import_count(r, LAYOUT_DOC, IMPORT_REFUSED);
			continue;
		}
		if (fn && !fn(r, doc, i, text, e))
			return false;
	}
	f->is_refused = false;
	return true;
}

/* --- images --- */

/* What stands behind the last dot of the file's name, where that can end the
 * name of another; the query export_images says the same. */
static const char *
image_ext(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot ? strlen(dot + 1) : 0;

	return n > 0 && n <= EXT_BYTES && !strchr(dot, '/') ? dot + 1 : "png";
}

static const char *
image_path(struct import *r, const char *project, const char *task,
	   struct json_object *image)
{
	return arena_printf(r->scratch, "images/%s/%s/%s.%s", project, task,
			    json_text(image, "id"),
			    image_ext(json_text(image, "filename")));
}

static struct import_image
image_of(struct import *r, struct layout_file *f, struct json_object *image)
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
look_at_image(struct import *r, struct layout_file *f,
	      struct json_object *image, struct import_image *i)
{
	const char *path = image_path(r, f->project, f->id, image), *type;
	const char *was = json_text(image, "mimeType");
	struct err e;

	*i = image_of(r, f, image);
	if (!import_read(r->scratch, &r->root, path, &i->bytes, NULL, &e) ||
	    !import_image_store(r->images, r->scratch, i, &type, &e)) {
		if (!r->is_quiet) {
			import_tell(r, LAYOUT_REFUSED, path, "", e.message);
			import_count(r, LAYOUT_IMAGE, IMPORT_REFUSED);
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
store_image(struct import *r, struct layout_file *f, struct json_object *image,
	    struct import_image *i)
{
	const char *type;
	struct err e;

	i->dry_run = r->o->dry_run;
	if (import_image_store(r->images, r->scratch, i, &type, &e))
		return true;
	import_tell(r, LAYOUT_REFUSED, image_path(r, f->project, f->id, image),
		    "", e.message);
	import_count(r, LAYOUT_IMAGE, IMPORT_REFUSED);
	return false;
}

/* Calls fn, if any, for every image of the task that is good. */
bool
import_each_image(struct import *r, struct layout_file *f,
		  import_image_seen *fn, struct err *e)
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
				import_count(r, LAYOUT_IMAGE, IMPORT_REFUSED);
			continue;
		}
		if (look_at_image(r, f, one, &image) && fn &&
		    store_image(r, f, one, &image) && !fn(r, one, i, e))
			return false;
	}
	f->is_refused = false;
	return true;
}

/* --- first pass --- */

static struct item *
new_item(struct import *r)
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
	import_tell(to, word, path, "", text);
}

static void
check_file(struct import *r, struct layout_file *f)
{
	struct item *it;
	struct err e;

	if (!import_load(r, f, &e)) {
		import_tell(r, LAYOUT_REFUSED, f->path, "", e.message);
		import_count(r, f->kind, IMPORT_REFUSED);
		return;
	}
	if (f->is_skipped || f->is_refused) {
		import_count(r, f->kind,
			     f->is_refused ? IMPORT_REFUSED : IMPORT_SKIPPED);
		return;
	}
	/* Without fn they cannot fail. */
	if ((f->kind == LAYOUT_SESSION && !import_each_doc(r, f, NULL, &e)) ||
	    (f->kind == LAYOUT_TASK && !import_each_image(r, f, NULL, &e)))
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

/* --- logs: a line is an object, a file may be of several projects --- */

/* Calls fn for each good line; a bad one is told and counted. */
bool
import_each_line(struct import *r, const char *path, const char *stem,
		 import_line_seen *fn, struct err *e)
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
		if (!parse(line_arena, line, &f, &was_repaired, &why)) {
			tell_of_file(r, &f, LAYOUT_REFUSED, "", why.message);
			f.is_refused = true;
		} else {
			layout_check(&f);
		}
		if (f.is_refused && !r->is_quiet)
			import_count(r, LAYOUT_COMMAND, IMPORT_REFUSED);
		if (!f.is_refused)
			done = fn(r, &f, n, e);
		arena_reset(line_arena);
	}
	arena_free(line_arena);
	return done;
}

/* The item of this log and project, or NULL; others: those of the log that were
 * looked at. */
static const struct item *
item_of_log(const struct import *r, const struct layout_file *f, size_t *others)
{
	*others = 0;
	for (size_t i = r->n; i > 0; i--) {
		const struct item *it = &r->items[i - 1];

		if (it->kind != LAYOUT_COMMAND ||
		    strcmp(it->stem, f->stem) != 0)
			break;
		if (strcmp(it->folder, f->project) == 0)
			return it;
		++*others;
	}
	return NULL;
}

/* One item for each project a log speaks of; folder keeps the word. */
static bool
saw_line(struct import *r, struct layout_file *f, size_t n, struct err *e)
{
	struct item *last;
	size_t others;

	(void)n;
	(void)e;
	if (item_of_log(r, f, &others))
		return true;
	if (others >= LOG_PROJECTS) {
		tell_of_file(r, f, LAYOUT_REFUSED, "projectId",
			     "a log speaks of at most 1,000 projects");
		import_count(r, LAYOUT_COMMAND, IMPORT_REFUSED);
		return true;
	}
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
check_log(struct import *r, const char *path, const char *stem)
{
	struct err e;

	if (!import_each_line(r, path, stem, saw_line, &e))
		import_tell(r, LAYOUT_REFUSED, path, "", e.message);
}

static void
saw_file(void *to, enum layout_kind kind, const char *path, const char *folder,
	 const char *stem)
{
	struct import *r = to;
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
	import_progress(r, "checking", 0);
}

void
import_check(struct import *r)
{
	import_scan(r->a, &r->root, saw_file, saw_odd, r);
}
