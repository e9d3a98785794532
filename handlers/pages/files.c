/*
 * files - the files of a project: objects `<project id>/<name>` of the bucket
 * project-files.  Row-level security on them decides, here as everywhere.
 */
#include <string.h>

#include "core/multipart.h"
#include "domain/project_files.h"
#include "handlers/api/files.h"
#include "page.h"
#include "words.h"

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
limit_text(struct req *rq, int64_t n)
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

enum { /* the columns of page_files */
	FILE_ID,
	FILE_NAME,
	FILE_TYPE,
	FILE_BYTES,
	FILE_AT,
	FILE_BY
};

/* One of the icons of static/icons.svg, by what stands in the type. */
static const struct {
	const char *part, *icon;
} icons[] = {
	{"image/",            "image"  },
	{"video/",            "video"  },
	{"audio/",            "audio"  },
	{"application/pdf",   "pdf"    },
	{"spreadsheet",       "sheet"  },
	{"excel",             "sheet"  },
	{"/csv",              "sheet"  },
	{"zip",               "archive"},
	{"tar",               "archive"},
	{"compressed",        "archive"},
	{"x-7z",              "archive"},
	{"x-rar",             "archive"},
	{"x-xz",              "archive"},
	{"json",              "code"   },
	{"xml",               "code"   },
	{"javascript",        "code"   },
	{"x-c",               "code"   },
	{"x-sh",              "code"   },
	{"x-python",          "code"   },
	{"x-perl",            "code"   },
	{"html",              "code"   },
	{"sql",               "code"   },
	{"text/",             "text"   },
	{"word",              "text"   },
	{"opendocument.text", "text"   },
};

static struct tmpl_value
file_icon(const struct view_row *row, unsigned column)
{
	const char *type = view_cell(row, column);

	for (size_t i = 0; type && i < NELEM(icons); i++) {
		if (strstr(type, icons[i].part))
			return view_text(icons[i].icon);
	}
	return view_text("file");
}

static struct tmpl_value
file_size(const struct view_row *row, unsigned column)
{
	return view_cell(row, column) ? made_size(row, column) : view_nothing();
}

static const struct view_member file_members[] = {
	{"id",        VIEW_TEXT, FILE_ID,    NULL     },
	{"name",      VIEW_TEXT, FILE_NAME,  NULL     },
	{"kind",      VIEW_MADE, FILE_TYPE,  file_icon},
	{"type",      VIEW_TEXT, FILE_TYPE,  NULL     },
	{"size_text", VIEW_MADE, FILE_BYTES, file_size},
	{"at",        VIEW_MADE, FILE_AT,    made_iso },
	{"at_text",   VIEW_MADE, FILE_AT,    made_time},
	{"by",        VIEW_TEXT, FILE_BY,    NULL     },
};

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	const char *project = req_param(rq, "id");
	const struct db_call calls[] = {
		q_page_head(project, "viewer"),
		q_page_files(project),
	};
	struct db_result r[NELEM(calls)];
	struct page p;

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	page_tab(&p, "files");
	page_value(
		&p, "files",
		view_rows_all(view_rows_new(rq->arena, &r[1],
					    VIEW_MEMBERS(file_members), NULL)));
	page_flag(&p, "has_files", db_rows(&r[1]) > 0);
	page_text(&p, "limit_text",
		  limit_text(rq, rq->ctx->set->upload_limit_bytes));
	if (wrong) {
		p.status = wrong->status;
		page_text(&p, "problem", wrong->message);
	}
	return page_show(&p, "app/files", e);
}

static bool
files_get(struct req *rq, struct err *e)
{
	return show(rq, NULL, e);
}

/* --- upload --- */

static bool
put_file(struct req *rq, struct multipart *m, const struct part *part,
	 struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.upload");
	const struct object_source from = {page_read_part, m};
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

static bool
files_post(struct req *rq, struct err *e)
{
	return page_receive(rq, put_file, show, path_of(rq), "files_stored", e);
}

/* --- download --- */

/* The file behind the id in the path: its key and type. */
static bool
find(struct req *rq, struct db_result *file, struct err *e)
{
	return req_db_row(
		rq, q_page_file(req_param(rq, "id"), req_param(rq, "file")),
		file, e);
}

/* Chromium's PDF viewer does not run in the sandbox that stored documents get,
 * so those are always saved. */
static bool
file_get(struct req *rq, struct err *e)
{
	struct db_result file;
	const char *type;

	if (!find(rq, &file, e))
		return false;
	type = db_named(&file, 0, "type");
	return files_reply(rq, req_param(rq, "id"), db_named(&file, 0, "key"),
			   !req_query(rq, "download") && type &&
				   strncmp(type, "application/pdf", 15) != 0,
			   e);
}

static bool
file_delete_post(struct req *rq, struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.delete");
	struct db_result file;

	return find(rq, &file, e) &&
	       project_file_delete(rq->ctx, rq->arena, &who,
				   req_param(rq, "id"),
				   db_named(&file, 0, "key"), e) &&
	       page_go(rq, path_of(rq), "file_deleted");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/files", files_get, R_USER, 0, 0},
	/* multipart: the handler reads it and checks its CSRF field */
	{M_POST, "/app/projects/:id/files", files_post, R_USER, 0, RF_STREAM | RF_IO | RF_OPEN_TYPE},
	{M_GET, "/app/projects/:id/files/:file", file_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/files/:file/delete", file_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set files_pages = {.rows = rows, .n = NELEM(rows)};
