/*
 * docs - what agents wrote: the documents of a project, and one of them laid
 * out (Markdown) or in its own words (diagrams, and what is too much).
 */
#include "page.h"

#include <string.h>

#include "core/markdown.h"
#include "handlers/send.h"

static bool
docs_get(struct req *rq, struct err *e)
{
	static const char *const filters[] = {"q", "kind", NULL};

	return page_list(rq, Q_PAGE_DOCUMENTS, page_filter(rq, filters),
			 "app/docs", e);
}

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
lay_out(struct page *p, struct err *e)
{
	struct json_object *doc = json_get(p->tree, "doc");
	const char *text = json_text(doc, "content");
	struct buf html = buf_on(p->rq->arena);

	page_text(p, "body", NULL);
	page_text(p, "plain", NULL);
	page_flag(p, "is_too_complex", false);
	if (!text || !*text)
		return true;
	if (json_flag(doc, "is_diagram", false)) {
		page_text(p, "plain", spread(p->rq, text));
	} else if (json_flag(doc, "is_cut", false)) {
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

static bool
doc_get(struct req *rq, struct err *e)
{
	struct page p;

	return page_open(rq, q_page_document(req_param(rq, "id")), &p, e) &&
	       lay_out(&p, e) && page_show(&p, "app/doc", e);
}

/* Always a download: nothing that an agent wrote is a page of ours. */
static bool
doc_raw_get(struct req *rq, struct err *e)
{
	struct span text, name, type;

	if (!req_db_text(rq, q_page_document_raw(req_param(rq, "id")), &text,
			 e))
		return false;
	name = span_cut(&text, '\n');
	type = span_cut(&text, '\n');
	reply_header(
		rq, "Content-Disposition",
		send_disposition(rq, "attachment",
				 arena_strndup(rq->arena, name.p, name.n)));
	reply_header(rq, "Content-Security-Policy",
		     "sandbox; default-src 'none'");
	reply_header(rq, "Cache-Control", "no-store");
	return reply_text(rq, 200, arena_strndup(rq->arena, type.p, type.n),
			  text.p);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/docs", docs_get, R_USER, 0, 0},
	{M_GET, "/app/docs/:id", doc_get, R_USER, 0, 0},
	{M_GET, "/app/docs/:id/raw", doc_raw_get, R_USER, 0, 0},
};
/* clang-format on */

const struct route_set docs_pages = {.rows = rows, .n = NELEM(rows)};
