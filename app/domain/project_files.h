#ifndef DOMAIN_PROJECT_FILES_H
#define DOMAIN_PROJECT_FILES_H

/*
 * project_files - the files of a project: objects `<project id>/<key>` of the
 * bucket project-files, wherever objects live.  Policies on storage.objects
 * decide; the checks here only choose the right refusal.
 *
 * Failure: 404 not_found (no such project or file, or not yours), 403
 * forbidden (your role is short), 409 already_exists, 413 too_large, 400
 * validation_failed, 507 storage_full.
 */
#include "domain/objects.h"

extern const char project_bucket[]; /* "project-files" */

struct project_file {
	const char *project; /* id */
	const char *folder;  /* "" or NULL = none; "a/b" */
	const char *name;    /* as people see it: any UTF-8, no slash kept */
	const char *type;    /* the client's word, or NULL */
	int64_t length;      /* announced; -1 = unknown */
	int64_t length_at_most;
	bool replace; /* else 409 when there is one of that name */
};

/* Stores one file.  key: below the project, as the API names it. */
bool project_file_put(struct ctx *ctx, struct arena *a,
		      const struct objects_who *who,
		      const struct project_file *f,
		      const struct object_source *from, const char **key,
		      struct err *e) MUST_CHECK;

/* What there is under a key; then let nginx or objects_send send it. */
bool project_file_stat(struct ctx *ctx, struct arena *a,
		       const struct objects_who *who, const char *project,
		       const char *key, struct object_info *out,
		       const char **name, struct err *e) MUST_CHECK;
bool project_file_delete(struct ctx *ctx, struct arena *a,
			 const struct objects_who *who, const char *project,
			 const char *key, struct err *e) MUST_CHECK;
/* All of them, as the service, once the project itself is gone. */
bool project_files_drop(struct ctx *ctx, struct arena *a,
			const struct objects_who *who, const char *project,
			struct err *e) MUST_CHECK;

/* The object's key in the bucket. */
const char *project_file_path(struct arena *a, const char *project,
			      const char *key);
/* A name as a key takes it: bytes it does not take become =XX. */
const char *project_file_key(struct arena *a, const char *folder,
			     const char *name);
/* Turns the store's codes into the application's; returns false. */
bool project_file_refused(struct err *e);

#endif
