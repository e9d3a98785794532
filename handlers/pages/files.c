/*
 * files - the files of a project: objects `<project id>/<name>` of the bucket
 * project-files.  Row-level security on them decides, here as everywhere.
 */
#include <string.h>

#include "core/multipart.h"
#include "domain/project_files.h"
#include "handlers/api/files.h"
#include "page.h"

enum {
	FIELD_BYTES = 4 * KiB,
	FILES_MAX = 100, /* of one form */
};

static const char *
path_of(struct req *rq)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/projects/");
	buf_add_url(&b, req_param(rq, "id"));
	buf_add(&b, "/files");
	return buf_str(&b);
}

static const char *
size_text(struct req *rq, int64_t n)
{
	static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
	size_t i = 0;

	/* Limits are set in powers of 1024; told to one place. */
	while (n >= 1024 && n % 1024 == 0 && i + 1 < NELEM(units)) {
		n /= 1024;
		i++;
	}
	return arena_printf(rq->arena, "%lld %s", (long long)n, units[i]);
}

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	const char *const args[] = {req_param(rq, "id")};
	struct page p;

	if (!page_open(rq, Q_PAGE_FILES, args, &p, e))
		return false;
	page_text(&p, "limit_text",
		  size_text(rq, rq->ctx->set->upload_limit_bytes));
	if (wrong) {
		p.status = wrong->status;
		page_text(&p, "problem", wrong->message);
	}
	return page_show(&p, "app/files", e);
}

bool
files_get(struct req *rq, struct err *e)
{
	return show(rq, NULL, e);
}

/* --- upload --- */

static bool
read_request(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return req_read(from, p, n, got, e);
}

static bool
read_part(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return multipart_read(from, p, n, got, e);
}

static bool
put_file(struct req *rq, struct multipart *m, const struct part *part,
	 struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.upload");
	const struct object_source from = {read_part, m};
	const struct project_file f = {
		.project = req_param(rq, "id"),
		.name = part->filename,
		.type = part->type,
		.length = -1,
		.length_at_most = rq->body_length,
	};
	const char *key;

	if (project_file_put(rq->ctx, rq->arena, &who, &f, &from, &key, e))
		return true;
	if (e->status == 409)
		err_set(e, 409, "already_exists",
			"There is a file called %.150s already. Delete it "
			"first, or give yours another name.",
			part->filename);
	return false;
}

/* The CSRF field stands before the first file, so nothing is stored for a
 * form that is not ours. */
static bool
store_form(struct req *rq, unsigned *stored, struct err *e)
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
			if (!put_file(rq, m, part, e))
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
files_post(struct req *rq, struct err *e)
{
	unsigned stored = 0;

	if (!store_form(rq, &stored, e))
		return page_is_fetch(rq) ? false : page_again(rq, show, e);
	if (page_is_fetch(rq))
		return reply_json(rq, 201, span_of("{\"ok\":true}"));
	if (stored == 0) {
		err_set(e, 422, "validation_failed", "Choose a file first.");
		return page_again(rq, show, e);
	}
	return page_go(rq, path_of(rq), "files_stored");
}

/* --- download --- */

/* The row behind the id in the path: its key, name and type. */
static bool
find(struct req *rq, struct json_object **file, struct err *e)
{
	const char *const args[] = {req_param(rq, "id"), req_param(rq, "file")};
	struct span text;

	return req_db_text(rq, Q_PAGE_FILE, args, &text, e) &&
	       json_parse(rq->arena, text.p, text.n, file, e);
}

/* Chromium's PDF viewer does not run in the sandbox that stored documents get,
 * so those are always saved. */
bool
file_get(struct req *rq, struct err *e)
{
	struct json_object *file;
	const char *type;

	if (!find(rq, &file, e))
		return false;
	type = json_text(file, "type");
	return files_reply(rq, req_param(rq, "id"), json_text(file, "key"),
			   !req_query(rq, "download") && type &&
				   strncmp(type, "application/pdf", 15) != 0,
			   e);
}

bool
file_delete_post(struct req *rq, struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.delete");
	struct json_object *file;

	return find(rq, &file, e) &&
	       project_file_delete(rq->ctx, rq->arena, &who,
				   req_param(rq, "id"), json_text(file, "key"),
				   e) &&
	       page_go(rq, path_of(rq), "file_deleted");
}
