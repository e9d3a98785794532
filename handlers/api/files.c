/*
 * files - /api/projects/:id/files
 */
#include "files.h"

#include <string.h>

#include "api.h"
#include "core/multipart.h"
#include "domain/entities/entities.h"
#include "handlers/send.h"

enum {
	FIELD_MAX = 4 * KiB,
	FILES_MAX = 100,
	PARTS_BEFORE = 20,
};

struct objects_who
files_who(struct req *rq, const char *operation)
{
	rq->scope.operation = operation;
	return (struct objects_who){
		.scope = &rq->scope,
		.token = rq->caller.token,
		.sub = rq->caller.sub,
	};
}

/* --- receiving --- */

struct intake {
	struct req *rq;
	struct objects_who who;
	struct project_file file; /* folder and replace hold for what follows */
	struct jsonw keys;
	size_t n;
};

static bool
read_raw(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return req_read(from, p, n, got, e);
}

static bool
read_part(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	return multipart_read(from, p, n, got, e);
}

static bool
is_true(const char *s)
{
	return s && (strcmp(s, "true") == 0 || strcmp(s, "1") == 0 ||
		     strcmp(s, "on") == 0);
}

static bool
store(struct intake *in, const struct object_source *from, struct err *e)
{
	const char *key;

	if (!project_file_put(in->rq->ctx, in->rq->arena, &in->who, &in->file,
			      from, &key, e))
		return false;
	jsonw_text(&in->keys, key);
	in->n++;
	return true;
}

static bool
take_part(struct intake *in, struct multipart *m, const struct part *part,
	  struct err *e)
{
	struct span v;

	if (part->filename && *part->filename) {
		const struct object_source from = {read_part, m};

		if (in->n == FILES_MAX)
			return err_set(e, 413, "too_large",
				       "Not more than %d files at once",
				       (int)FILES_MAX);
		in->file.name = part->filename;
		in->file.type = part->type;
		return store(in, &from, e);
	}
	if (part->filename)
		return true; /* a file field left empty in a form */
	const char *name = part->name;

	if (!multipart_text(m, FIELD_MAX, &v, e))
		return false;
	if (strcmp(name, "folder") == 0)
		in->file.folder = v.p;
	else if (strcmp(name, "replace") == 0)
		in->file.replace = is_true(v.p);
	return true;
}

static bool
receive_form(struct intake *in, const char *type, struct err *e)
{
	const struct part *part;
	struct multipart *m;

	if (!multipart_open(in->rq->arena, type, read_raw, in->rq, &m, e))
		return false;
	for (size_t i = 0; i < FILES_MAX + PARTS_BEFORE; i++) {
		if (!multipart_next(m, &part, e))
			return false;
		if (!part)
			break;
		if (!take_part(in, m, part, e))
			return false;
	}
	if (in->n == 0)
		return err_field(e, "file", "Choose a file first");
	return true;
}

bool
files_receive(struct req *rq, const char *project, const char **keys, size_t *n,
	      struct err *e)
{
	const char *type = req_header(rq, "Content-Type");
	bool is_form =
		type && strncasecmp(type, "multipart/form-data", 19) == 0;
	struct intake in = {
		.rq = rq,
		.who = files_who(rq, "storage.object.upload"),
		.file = {.project = project,
			 .folder = req_query(rq, "folder"),
			 .name = req_query(rq, "name"),
			 .type = type && *type ? type : NULL,
			 .length = is_form ? -1 : rq->body_length,
			 .length_at_most = rq->body_length,
			 .replace = is_true(req_query(rq, "replace"))},
		.keys = jsonw_on(rq->arena),
	};
	const struct object_source raw = {read_raw, rq};

	jsonw_begin(&in.keys, '[');
	if (is_form ? !receive_form(&in, type, e) : !store(&in, &raw, e))
		return false;
	jsonw_end(&in.keys, ']');
	*keys = jsonw_span(&in.keys).p;
	*n = in.n;
	return true;
}

/* --- sending --- */

/* What a browser shows without running it; the sandbox holds for the rest. */
static bool
may_show(const char *type)
{
	static const char *const kinds[] = {
		"image/",     "audio/",          "video/",
		"text/plain", "application/pdf", "application/json"};

	if (strncasecmp(type, "image/svg", 9) == 0)
		return false;
	for (size_t i = 0; i < NELEM(kinds); i++)
		if (strncasecmp(type, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

bool
files_reply(struct req *rq, const char *project, const char *key,
	    bool as_inline, struct err *e)
{
	struct objects_who who =
		files_who(rq, "storage.object.get_authenticated");
	struct send_options o = {.cache_control = "private, no-cache",
				 .who = &who};
	struct object_info info;
	const char *name;

	if (!project_file_stat(rq->ctx, rq->arena, &who, project, key, &info,
			       &name, e))
		return false;
	o.disposition = send_disposition(
		rq, as_inline && may_show(info.type) ? "inline" : "attachment",
		name);
	return send_object(rq, &info, &o, e) || project_file_refused(e);
}

/* --- routes --- */

static bool
file_upload(struct req *rq, struct err *e)
{
	const char *project = req_param(rq, "id"), *keys;
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;
	struct db_result files;
	size_t n;

	if (!files_receive(rq, project, &keys, &n, e))
		return false;

	const struct db_call call = q_project_file_some(project, keys);

	if (!req_db(rq, &call, 1, &files, e))
		return false;
	entity_rows(&rows, &file_entity, &files, 1);
	entity_write_all(&w, &rows);
	return answer_json(rq, 201, jsonw_span(&w));
}

static bool
file_download(struct req *rq, struct err *e)
{
	return files_reply(rq, req_param(rq, "id"), req_param(rq, "key"),
			   is_true(req_query(rq, "inline")), e);
}

static bool
file_delete(struct req *rq, struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.delete");
	struct jsonw w = jsonw_on(rq->arena);

	if (!project_file_delete(rq->ctx, rq->arena, &who, req_param(rq, "id"),
				 req_param(rq, "key"), e))
		return false;
	jsonw_begin(&w, '{');
	jsonw_key(&w, "success");
	jsonw_bool(&w, true);
	jsonw_member(&w, "key", req_param(rq, "key"));
	jsonw_end(&w, '}');
	return reply_json(rq, 200, jsonw_span(&w));
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/projects/:id/files", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "The files of a project.", .role = "viewer"),
	 .query = Q_PROJECT_FILE_LIST, .count = Q_PROJECT_FILE_COUNT,
	 .out = &file_entity},
	{M_POST, "/api/projects/:id/files", file_upload, R_USER, 0, RF_STREAM | RF_OPEN_TYPE | RF_IO,
	 DOC(.says = "Stores files. Their type is what their bytes say.",
	     .role = "member",
	     .query = "name, folder, replace (for a raw body)",
	     .errors = "ALREADY_EXISTS 409"),
	 .status = 201},
	{M_GET, "/api/projects/:id/files/*key", file_download, R_USER, 0, 0,
	 DOC(.says = "The bytes; Range and If-None-Match are honoured.",
	     .role = "viewer")},
	{M_DELETE, "/api/projects/:id/files/*key", file_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes one file.", .role = "member")},
};
/* clang-format on */

const struct route_set file_routes = {
	.title = "Files of projects",
	.about =
		"Uploads are multipart/form-data, or one raw body with ?name= in the address.",
	.rows = rows,
	.n = NELEM(rows),
};
