/*
 * docs - what agents wrote: the documents of a project, and one of them laid
 * out (Markdown) or in its own words (diagrams, and what is too much).
 */
#include "page.h"

#include <ctype.h>
#include <string.h>

#include "core/markdown.h"
#include "handlers/send.h"
#include "parts.h"
#include "words.h"

enum {
	PER_PAGE = 50
};

static const struct label any_kind[] = {
	{"",         "Any kind"},
	{"markdown", "Texts"   },
	{"diagram",  "Diagrams"},
	{NULL,       NULL      },
};

static bool
docs_get(struct req *rq, struct err *e)
{
	const char *project = req_param(rq, "id");
	const char *q = req_query_text(rq, "q");
	const char *kind = req_query_text(rq, "kind");
	struct page_window w;
	struct db_result r[3];
	struct view *filter;
	struct page p;

	if (!page_window(rq, PER_PAGE, &w, e))
		return false;

	const struct db_call calls[] = {
		q_page_head(project, "viewer"),
		q_page_documents(project, kind, q, w.skip, w.take),
		q_page_documents_count(project, kind, q),
	};

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	page_tab(&p, "docs");
	page_value(&p, "docs", part_docs(rq->arena, &r[1], PER_PAGE));
	page_flag(&p, "has_docs", db_rows(&r[1]) > 0);
	page_flag(&p, "is_empty",
		  db_rows(&r[1]) == 0 && !q && !kind && w.number == 1);
	page_show_window(&p, &w, db_rows(&r[1]), db_named(&r[2], 0, "n"));
	filter = view_open(p.view, "filter");
	view_set(filter, "active", view_flag(q || kind));
	view_set(filter, "q", view_text(q ? q : ""));
	view_set(filter, "kind", view_text(kind ? kind : ""));
	view_set(filter, "kinds",
		 label_choices(rq->arena, any_kind, kind ? kind : ""));
	return page_show(&p, "app/docs", e);
}

/* --- one of them --- */

/* JSON with a line for each member; as it is when it is none. */
static const char *
spread(struct req *rq, const char *text)
{
	struct json_object *o;
	struct err bad;

	if (!json_parse_input(rq->arena, text, strlen(text), &o, &bad))
		return text;
	return json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			   JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* body: HTML of ours; plain: a text to be escaped. */
static bool
lay_out(struct page *p, const struct db_result *doc, struct err *e)
{
	const char *text = db_named(doc, 0, "content");
	struct buf html = buf_on(p->rq->arena);

	page_text(p, "body", NULL);
	page_text(p, "plain", NULL);
	page_flag(p, "is_too_complex", false);
	if (!text || !*text)
		return true;
	if (strcmp(db_named(doc, 0, "kind"), "diagram") == 0) {
		page_text(p, "plain", spread(p->rq, text));
	} else if (strcmp(db_named(doc, 0, "is_cut"), "t") == 0) {
		page_text(p, "plain", text);
	} else if (markdown_render(span_of(text), &html, e)) {
		page_text(p, "body", buf_str(&html));
	} else {
		if (e->status >= 500)
			return false;
		page_text(p, "plain", text);
		page_flag(p, "is_too_complex", true);
	}
	return true;
}

static void
show_doc(struct page *p, const struct db_result *r)
{
	struct view *doc = view_open(p->view, "doc");
	const char *changed = db_named(r, 0, "changed");
	const char *task = db_named(r, 0, "task");
	const char *title = db_named(r, 0, "task_title");
	const char *is_cut = db_named(r, 0, "is_cut");
	struct arena *a = p->rq->arena;
	struct view *v;

	view_under(doc, part_doc(a, r));
	view_set(doc, "session_id", view_text(db_named(r, 0, "session_id")));
	view_set(doc, "is_cut", view_flag(is_cut && *is_cut == 't'));
	view_set(doc, "changed", time_iso(a, changed));
	view_set(doc, "changed_text", time_text(a, changed));
	view_set(doc, "task", view_nothing());
	if (task) {
		v = view_open(doc, "task");
		view_set(v, "id", view_text(task));
		view_set(v, "title", view_text(*title ? title : NULL));
	}
}

static bool
doc_get(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	const struct db_call calls[] = {
		q_page_head_document(id),
		q_page_document(id),
	};
	struct db_result r[NELEM(calls)];
	struct page p;

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	page_tab(&p, "docs");
	show_doc(&p, &r[1]);
	return lay_out(&p, &r[1], e) && page_show(&p, "app/doc", e);
}

/* The last part of its path, else its title; on one line. */
static const char *
file_name(struct arena *a, const char *path, const char *title)
{
	char *name;

	for (const char *s = path; *s; s++) {
		if (*s == '/' || *s == '\\')
			path = s + 1;
	}
	name = arena_strdup(a, *path ? path : title);
	for (char *s = name; *s; s++) {
		if (iscntrl((unsigned char)*s))
			*s = ' ';
	}
	return name;
}

/* Always a download: nothing that an agent wrote is a page of ours. */
static bool
doc_raw_get(struct req *rq, struct err *e)
{
	struct db_result r;
	bool is_diagram;

	if (!req_db_row(rq, q_page_document_raw(req_param(rq, "id")), &r, e))
		return false;
	is_diagram = strcmp(db_named(&r, 0, "kind"), "diagram") == 0;
	reply_header(rq, "Content-Disposition",
		     send_disposition(rq, "attachment",
				      file_name(rq->arena,
						db_named(&r, 0, "file_path"),
						db_named(&r, 0, "title"))));
	reply_header(rq, "Content-Security-Policy",
		     "sandbox; default-src 'none'");
	reply_header(rq, "Cache-Control", "no-store");
	return reply_text(rq, 200,
			  is_diagram ? "application/json"
				     : "text/markdown; charset=utf-8",
			  db_named(&r, 0, "content"));
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/docs", docs_get, R_USER, 0, 0},
	{M_GET, "/app/docs/:id", doc_get, R_USER, 0, 0},
	{M_GET, "/app/docs/:id/raw", doc_raw_get, R_USER, 0, 0},
};
/* clang-format on */

const struct route_set docs_pages = {.rows = rows, .n = NELEM(rows)};
