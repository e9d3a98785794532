#ifndef DOMAIN_LAYOUT_H
#define DOMAIN_LAYOUT_H

/*
 * layout - the data directory of the original agent-maestro: what lies where,
 * what each object holds, and the quirks its versions left behind
 * (maestro-api.md 4).
 *
 * layout_check turns the JSON of one file into the form the database takes
 * (sql/functions, private.import_*): legacy members are renamed, what was
 * missing has its default, every time is epoch milliseconds.  Members it does
 * not know stay as they are.
 *
 * Ownership: strings live in the arena of the file; trees as json.h says.
 */
#include "core/arena.h"
#include "core/json.h"
#include "domain/entity.h"
#include "domain/queries.h"

/*
 * A kind of object that maestro has and the original has not.  Its subject
 * declares it beside its entity and the build finds it; nothing else has to
 * know.  Its files are FOLDER/PROJECT/ID.json.
 */
struct own_layout {
	const char *name, *folder;
	/* What is in a file: the fields CREATE and TREE, beside id, createdAt
	 * and updatedAt. */
	const struct entity *of;
	enum query take; /* in: $1 owner uuid, $2 project; what is staged */
	enum query give; /* in: $1 project; path, what is in it, extra */
};

#include "domain/own_layouts.h"

extern const struct own_layout *const layout_own[]; /* ends with NULL */

#define LAYOUT_OF(name) LAYOUT_OF_##name,

enum layout_kind {
	LAYOUT_PROJECT,
	LAYOUT_TASK,
	LAYOUT_SESSION,
	LAYOUT_DOC, /* a member of a session; its text is a file of its own */
	LAYOUT_ORDERING,
	LAYOUT_TASK_LIST,
	LAYOUT_TASK_GRAPH,
	LAYOUT_MEMBER,
	LAYOUT_OVERRIDE,
	LAYOUT_TEAM,
	LAYOUT_PROFILE,
	LAYOUT_PROMPT,
	LAYOUT_CUSTOM_PROMPT,
	LAYOUT_MAIL,
	LAYOUT_OLD_MAIL, /* generation B, in folders of sessions */
	LAYOUT_QUEUE,
	LAYOUT_COMMAND, /* a line of a log */
	LAYOUT_IMAGE,   /* a member of a task; its bytes are a file */
	LAYOUT_OWN,     /* the first of layout_own, the others follow */
	LAYOUT_LAST = LAYOUT_OWN - 1,
	OWN_LAYOUTS(LAYOUT_OF) LAYOUT_KINDS
};

#undef LAYOUT_OF

/* "task": as the stage and reports say it. */
const char *layout_name(enum layout_kind kind);

/* Where files of a folder lie: in it, or in folders of it. */
struct layout_folder {
	const char *name;
	const char *suffix; /* of its files */
	bool has_files, has_folders;
	enum layout_kind kind;
};

/* False: there is no such folder. */
bool layout_folder(const char *name, struct layout_folder *out);
/* Folders and files that are no objects to take: "modals". */
bool layout_is_ignored(const char *name);

enum layout_word {
	LAYOUT_REFUSED, /* the object is not taken */
	LAYOUT_SKIPPED, /* nor is this one, but nothing is lost by it */
	LAYOUT_CHANGED, /* it is taken, with this changed */
};

/* One file while it is checked. */
struct layout_file {
	struct arena *a;
	const char *path;      /* below the data directory, for reports */
	const char *folder;    /* the folder inside the kind's folder, or "" */
	const char *stem;      /* the name without .json */
	int64_t mtime_ms;      /* stands in for missing stamps */
	enum layout_kind kind; /* may become another: an override */
	struct json_object *o;

	/* Called for everything found; field "" = the file itself. */
	void (*tell)(void *to, const struct layout_file *f,
		     enum layout_word word, const char *field,
		     const char *text);
	void *to;

	/* Found by layout_check. */
	bool is_refused, is_skipped;
	const char *id, *project; /* project "": of no project */
	int64_t version;          /* updatedAt and the like; newer wins */
	bool is_system;           /* made by every installation by itself */
};

/* Text of a file as UTF-8 without BOM and with no lone surrogate; 400 with
 * the reason when it cannot be.  NUL characters are marked for layout_check. */
bool layout_text(struct arena *a, struct span raw, struct span *out,
		 bool *was_repaired, struct err *e) MUST_CHECK;

void layout_check(struct layout_file *f);
/* A member of docs of the session f; n: its place there. */
void layout_check_doc(struct layout_file *f, struct json_object *doc, size_t n);
/* A member of images of the task f. */
void layout_check_image(struct layout_file *f, struct json_object *image,
			size_t n);

/* Is that text without NUL and of at most so many characters? */
bool layout_content_ok(struct span text, const char **why);

#endif
