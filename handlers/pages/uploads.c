/*
 * uploads - forms with files in them.  The CSRF field stands before the first
 * file, so nothing is stored for a form that is not ours.
 */
#include <string.h>

#include "core/multipart.h"
#include "page.h"

enum {
	FIELD_BYTES = 4 * KiB,
	FILES_MAX = 100, /* of one form */
};

static bool
read_request(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return req_read(from, p, n, got, e);
}

bool
page_read_part(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return multipart_read(from, p, n, got, e);
}

static bool
store_form(struct req *rq, page_put_fn *put, unsigned *stored, struct err *e)
{
	struct multipart *m;
	const struct part *part;
	bool is_ours = false;
	struct span text;

	if (!multipart_open(rq->arena, req_header(rq, "Content-Type"),
			    read_request, rq, &m, e))
		return false;
	while (*stored < FILES_MAX) {
		if (!multipart_next(m, &part, e))
			return false;
		if (!part)
			return true;
		if (!part->filename && strcmp(part->name, "_csrf") == 0) {
			if (!multipart_text(m, FIELD_BYTES, &text, e))
				return false;
			is_ours = page_csrf_ok(rq, text.p);
		} else if (part->filename && !is_ours) {
			break;
		} else if (part->filename && *part->filename) {
			if (!put(rq, m, part, e))
				return false;
			++*stored;
		}
	}
	if (is_ours)
		return err_set(e, 413, "too_large",
			       "%d files at once are the "
			       "most.",
			       FILES_MAX);
	return err_set(e, 403, "csrf", "the form is too old");
}

bool
page_receive(struct req *rq, page_put_fn *put, page_form_fn *show,
	     const char *to, const char *code, struct err *e)
{
	unsigned stored = 0;

	if (!store_form(rq, put, &stored, e))
		return page_is_fetch(rq) ? false : page_again(rq, show, e);
	if (page_is_fetch(rq))
		return reply_json(rq, 201, span_of("{\"ok\":true}"));
	if (stored == 0) {
		err_set(e, 422, "validation_failed", "Choose a file first.");
		return page_again(rq, show, e);
	}
	return page_go(rq, to, code);
}
