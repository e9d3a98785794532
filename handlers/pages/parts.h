#ifndef HANDLERS_PAGES_PARTS_H
#define HANDLERS_PAGES_PARTS_H

/*
 * parts - rows that several pages show alike, made ready for their partials.
 * Each takes the result of a statement of sql/queries/pages.sql that selects
 * the columns of that name.
 */
#include "core/view.h"

/* {doc_row}: templates/partials/doc_row.html; `most` of them are shown */
struct tmpl_value part_docs(struct arena *a, const struct db_result *docs,
			    size_t most);
struct tmpl_value part_doc(struct arena *a, const struct db_result *doc);
/* {kin}: sessions, {id, name, status, status_label, waits} */
struct tmpl_value part_kin(struct arena *a, const struct db_result *sessions);

/* Who plays a session, with the texts of its row; nothing without a name.
 * {name, role, initials, tint, others}: a sign or two stand for themselves,
 * else initials stand for the name. */
struct part_member {
	const char *name, *role, *avatar;
	const char *others; /* how many more do */
};

struct tmpl_value part_member(struct arena *a, const struct part_member *m);

#endif
