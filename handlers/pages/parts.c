#include "parts.h"

#include <string.h>

#include "words.h"

/* --- documents --- */

enum {
	DOC_ID,
	DOC_TITLE,
	DOC_PATH,
	DOC_KIND,
	DOC_SESSION,
	DOC_BYTES,
	DOC_ADDED
};

static bool
is_diagram(const struct view_row *row, unsigned column)
{
	return strcmp(view_cell(row, column), "diagram") == 0;
}

/* One of the icons of static/icons.svg. */
static struct tmpl_value
doc_icon(const struct view_row *row, unsigned column)
{
	return view_text(is_diagram(row, column) ? "code" : "text");
}

static struct tmpl_value
doc_is_diagram(const struct view_row *row, unsigned column)
{
	return view_flag(is_diagram(row, column));
}

static struct tmpl_value
doc_has_session(const struct view_row *row, unsigned column)
{
	return view_flag(view_cell(row, column) != NULL);
}

static const struct view_member doc_members[] = {
	{"id",          VIEW_TEXT, DOC_ID,      NULL           },
	{"title",       VIEW_TEXT, DOC_TITLE,   NULL           },
	{"path",        VIEW_TEXT, DOC_PATH,    NULL           },
	{"kind",        VIEW_MADE, DOC_KIND,    doc_icon       },
	{"is_diagram",  VIEW_MADE, DOC_KIND,    doc_is_diagram },
	{"session",     VIEW_MADE, DOC_SESSION, made_filled    },
	{"has_session", VIEW_MADE, DOC_SESSION, doc_has_session},
	{"size_text",   VIEW_MADE, DOC_BYTES,   made_size      },
	{"at",          VIEW_MADE, DOC_ADDED,   made_iso       },
	{"at_text",     VIEW_MADE, DOC_ADDED,   made_time      },
};

struct tmpl_value
part_docs(struct arena *a, const struct db_result *docs, size_t most)
{
	return view_rows_slice(
		view_rows_new(a, docs, VIEW_MEMBERS(doc_members), NULL), 0,
		most);
}

struct tmpl_value
part_doc(struct arena *a, const struct db_result *doc)
{
	return view_rows_at(
		view_rows_new(a, doc, VIEW_MEMBERS(doc_members), NULL), 0);
}

/* --- sessions --- */

enum {
	KIN_ID,
	KIN_NAME,
	KIN_STATUS,
	KIN_WAITS
};

static const struct view_member kin_members[] = {
	{"id",           VIEW_TEXT, KIN_ID,     NULL        },
	{"name",         VIEW_MADE, KIN_NAME,   made_filled },
	{"status",       VIEW_TEXT, KIN_STATUS, NULL        },
	{"status_label", VIEW_MADE, KIN_STATUS, made_session},
	{"waits",        VIEW_FLAG, KIN_WAITS,  NULL        },
};

struct tmpl_value
part_kin(struct arena *a, const struct db_result *sessions)
{
	return view_rows_all(
		view_rows_new(a, sessions, VIEW_MEMBERS(kin_members), NULL));
}

/* --- members --- */

struct tmpl_value
part_member(struct arena *a, const struct part_member *m)
{
	struct view *v;

	if (!m->name || !*m->name)
		return view_nothing();
	v = view_new(a);
	view_set(v, "name", view_text(m->name));
	view_set(v, "role", view_text(m->role && *m->role ? m->role : NULL));
	view_set(v, "initials", view_text(avatar_sign(a, m->avatar, m->name)));
	view_set(v, "tint", view_int(tint_of(m->name)));
	view_set(v, "others",
		 view_text(m->others && strcmp(m->others, "0") != 0 ? m->others
								    : NULL));
	return view_object(v);
}
