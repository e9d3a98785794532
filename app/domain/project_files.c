#include "project_files.h"

#include <string.h>

#include "core/buf.h"
#include "core/json.h"
#include "core/utf8.h"
#include "domain/queries.h"

enum {
	NAME_MAX_BYTES = 255,
	FOLDER_MAX_BYTES = 255,
	DROP_BATCH = 500,
};

const char project_bucket[] = "project-files";

bool
project_file_refused(struct err *e)
{
	static const struct {
		const char *theirs;
		int status;
		const char *ours, *message;
	} words[] = {
		{"no_such_key",        404, "not_found",              "File not found"       },
		{"no_such_bucket",     404, "not_found",              "File not found"       },
		{"bytes_missing",      404, "not_found",              "File not found"       },
		{"access_denied",      403, "forbidden",
		 "Your role in this project may not do that"                                 },
		{"key_already_exists", 409, "already_exists",
		 "There is a file of that name already"                                      },
		{"entity_too_large",   413, "too_large",              "The file is too large"},
		{"invalid_key",        400, "validation_failed",
		 "That is not a file name"						   },
		{"invalid_mime_type",  415, "unsupported_media_type",
		 "Files of that type are not taken"                                          },
	};

	for (size_t i = 0; i < NELEM(words); i++)
		if (strcmp(e->code, words[i].theirs) == 0)
			return err_set(e, words[i].status, words[i].ours, "%s",
				       words[i].message);
	return false;
}

/* --- names --- */

/* '=' itself is encoded, so no two names share a key. */
static void
add_key(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char one[2] = {s[i], '\0'};

		if (s[i] != '=' && (s[i] == '/' || objects_bucket_ok(one)))
			buf_addc(b, s[i]);
		else
			buf_addf(b, "=%02X", (unsigned char)s[i]);
	}
}

static bool
is_dots(struct span s)
{
	return span_is(s, ".") || span_is(s, "..");
}

/* What browsers send may be a path; only its last part is a name. */
static struct span
last_part(const char *name)
{
	const char *at = name;

	for (const char *p = name; *p; p++)
		if (*p == '/' || *p == '\\')
			at = p + 1;
	return span_of(at);
}

const char *
project_file_key(struct arena *a, const char *folder, const char *name)
{
	struct span rest = span_of(folder), last = last_part(name);
	struct buf b = buf_on(a);

	while (rest.n) {
		struct span part = span_cut(&rest, '/');

		if (part.n == 0)
			continue;
		if (is_dots(part))
			buf_add(&b, "=2E"); /* what follows is plain */
		add_key(&b, part.p, part.n);
		buf_addc(&b, '/');
	}
	if (is_dots(last))
		buf_add(&b, "=2E");
	add_key(&b, last.p, last.n);
	return buf_str(&b);
}

const char *
project_file_path(struct arena *a, const char *project, const char *key)
{
	return arena_printf(a, "%s/%s", project, key);
}

/* --- storing --- */

static bool
need(struct ctx *ctx, struct arena *a, const struct objects_who *who,
     const char *project, const char *role, struct err *e)
{
	return db_exec(ctx->db, a, who->scope,
		       q_project_file_check(project, role), e);
}

static bool
name_ok(const char *s, size_t most, struct err *e)
{
	size_t n = strlen(s);
	bool good = n <= most && utf8_ok(s, n, UTF8_NUL_REFUSED);

	for (size_t i = 0; good && i < n; i++)
		good = (unsigned char)s[i] >= ' ' && s[i] != 127;
	return good || err_field(e, "name", "That is not a file name");
}

bool
project_file_put(struct ctx *ctx, struct arena *a,
		 const struct objects_who *who, const struct project_file *f,
		 const struct object_source *from, const char **key,
		 struct err *e)
{
	struct span name = last_part(f->name ? f->name : "");
	struct buf meta = buf_on(a);
	struct object_stored stored;

	if (name.n == 0)
		return err_field(e, "name", "The file needs a name");
	if (!name_ok(name.p, NAME_MAX_BYTES, e) ||
	    !name_ok(f->folder ? f->folder : "", FOLDER_MAX_BYTES, e) ||
	    !need(ctx, a, who, f->project, "member", e))
		return false;
	buf_add(&meta, "{\"name\":");
	buf_add_json(&meta, name.p);
	buf_add(&meta, "}");
	*key = project_file_key(a, f->folder, name.p);

	const struct object_put p = {
		.bucket = project_bucket,
		.key = project_file_path(a, f->project, *key),
		.type = f->type,
		.user_metadata = buf_str(&meta),
		.length = f->length,
		.length_at_most = f->length_at_most,
		.upsert = f->replace,
	};

	return objects_put(ctx->objects, a, who, &p, from, &stored, e) ||
	       project_file_refused(e);
}

/* --- reading and deleting --- */

static const char *
display_name(struct arena *a, const struct object_info *info)
{
	struct json_object *meta = NULL;
	struct err ignored;
	const char *name = NULL, *last;

	if (info->user_metadata &&
	    json_parse(a, info->user_metadata, strlen(info->user_metadata),
		       &meta, &ignored) &&
	    json_object_is_type(meta, json_type_object))
		name = json_text(meta, "name");
	last = strrchr(info->key, '/');
	return name && *name ? name : (last ? last + 1 : info->key);
}

bool
project_file_stat(struct ctx *ctx, struct arena *a,
		  const struct objects_who *who, const char *project,
		  const char *key, struct object_info *out, const char **name,
		  struct err *e)
{
	const struct object_want w = {
		.bucket = project_bucket,
		.key = project_file_path(a, project, key),
	};

	if (!objects_key_ok(w.key))
		return err_set(e, 404, "not_found", "File not found");
	if (!objects_stat(ctx->objects, a, who, &w, out, e))
		return project_file_refused(e);
	*name = display_name(a, out);
	return true;
}

bool
project_file_delete(struct ctx *ctx, struct arena *a,
		    const struct objects_who *who, const char *project,
		    const char *key, struct err *e)
{
	const char *path = project_file_path(a, project, key);

	if (!need(ctx, a, who, project, "member", e))
		return false;
	return objects_delete(ctx->objects, a, who, project_bucket, path, e) ||
	       project_file_refused(e);
}

static bool
drop_batch(struct ctx *ctx, struct arena *a, const struct objects_who *who,
	   const char *project, bool *more, struct err *e)
{
	const struct db_call call = q_project_file_keys(
		project, arena_printf(a, "%d", (int)DROP_BATCH));
	struct db_scope service = *who->scope;
	struct objects_who as = *who;
	struct buf keys = buf_on(a);
	struct db_result r;
	struct span gone;

	service.role = "service_role";
	service.claims = "{\"role\":\"service_role\"}";
	as.as_service = true;
	if (!db_run(ctx->db, a, &service, &call, 1, &r, e))
		return false;
	*more = db_rows(&r) == DROP_BATCH;
	if (db_rows(&r) == 0)
		return true;
	for (size_t i = 0; i < db_rows(&r); i++) {
		buf_add(&keys, i ? "," : "[");
		buf_add_json(&keys, db_value(&r, i, 0));
	}
	buf_add(&keys, "]");
	return objects_delete_many(ctx->objects, a, &as, project_bucket,
				   buf_str(&keys), &gone, e);
}

bool
project_files_drop(struct ctx *ctx, struct arena *a,
		   const struct objects_who *who, const char *project,
		   struct err *e)
{
	bool more = true;

	while (more)
		if (!drop_batch(ctx, a, who, project, &more, e))
			return false;
	return true;
}
