#ifndef DOMAIN_IMPORT_INT_H
#define DOMAIN_IMPORT_INT_H

/*
 * import_int - what the files of import share: import_check.c reads and checks
 * (first pass), import_settle.c decides what goes together, import.c sends
 * (second pass) and counts.
 */
#include "core/bulk.h"
#include "domain/import.h"
#include "domain/import_files.h"
#include "domain/import_images.h"

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

struct import {
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
	size_t done;              /* files of this pass */
	bool is_quiet;            /* the second pass tells nothing again */
	struct json_object *sent; /* keys of parts in this transaction */
	const struct item *now;
};

void import_tell(struct import *r, enum layout_word word, const char *path,
		 const char *field, const char *text);
void import_count(struct import *r, enum layout_kind kind,
		  enum import_outcome o);
void import_progress(struct import *r, const char *what, size_t total);
/* The item is not sent. */
void import_leave_out(struct import *r, struct item *it, enum layout_word word,
		      const char *field, const char *text);

/* The first pass: all files become items, or are told. */
void import_check(struct import *r);
/* Between the passes: duplicates, orphans, order. */
void import_settle(struct import *r);

/* One file, checked; false when there is no object in it. */
bool import_load(struct import *r, struct layout_file *f,
		 struct err *e) MUST_CHECK;

/* Calls fn (may be NULL) for every part that is good: documents of a session,
 * images of a task, lines of a log.  A bad one is told and counted, by the
 * first pass; what holds it stays. */
typedef bool import_doc_seen(struct import *r, struct json_object *doc,
			     size_t n, struct span text, struct err *e);
typedef bool import_image_seen(struct import *r, struct json_object *image,
			       size_t n, struct err *e);
typedef bool import_line_seen(struct import *r, struct layout_file *f, size_t n,
			      struct err *e);
bool import_each_doc(struct import *r, struct layout_file *f,
		     import_doc_seen *fn, struct err *e) MUST_CHECK;
bool import_each_image(struct import *r, struct layout_file *f,
		       import_image_seen *fn, struct err *e) MUST_CHECK;
bool import_each_line(struct import *r, const char *path, const char *stem,
		      import_line_seen *fn, struct err *e) MUST_CHECK;

#endif
