#ifndef HANDLERS_STORAGE_V1_STORAGE_H
#define HANDLERS_STORAGE_V1_STORAGE_H

/*
 * storage - what the files of the /storage/v1 surface share.
 *
 * Wire facts: the public behaviour of Supabase Storage 1.70 and storage-js
 * 2.119.  What the surface means is in domain/objects.h; here is only how it
 * is asked and answered.
 */
#include "domain/objects.h"
#include "web/req.h"

enum {
	STORAGE_JSON_LIMIT = MiB
};

/* The caller, with the operation's name for policies that ask for it. */
struct objects_who storage_who(struct req *rq, const char *operation);

/* --- bodies --- */

/* The body as an object; an empty one is an error unless may_be_empty, then
 * *out = NULL. */
bool storage_body(struct req *rq, bool may_be_empty, struct json_object **out,
		  struct err *e) MUST_CHECK;
/* A member of the right type, or its default when absent; else 400 in the
 * words of the surface. */
bool storage_need_text(const struct json_object *in, const char *name,
		       const char **out, struct err *e) MUST_CHECK;
bool storage_text(const struct json_object *in, const char *name,
		  const char *otherwise, const char **out,
		  struct err *e) MUST_CHECK;
bool storage_int(const struct json_object *in, const char *name, int64_t min,
		 int64_t otherwise, int64_t *out, struct err *e) MUST_CHECK;
bool storage_bool(const struct json_object *in, const char *name,
		  bool otherwise, bool *out, struct err *e) MUST_CHECK;

/* {"message": text} */
bool storage_message(struct req *rq, const char *text);
bool storage_invalid(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* --- request headers --- */

bool storage_wants_upsert(const struct req *rq);
/* x-metadata: base64 of a JSON object; anything else counts as none. */
const char *storage_x_metadata(struct req *rq);
/* text as a JSON object, or NULL. */
const char *storage_metadata(struct req *rq, const char *text, size_t n);
/* *out NULL when there is no x-robots-tag; 400 when it is not one. */
bool storage_robots(struct req *rq, const char **out, struct err *e) MUST_CHECK;

/* A link signed by a hosted project whose secret we do not have: only the
 * project can read it, so the client is sent there.  False: read it here. */
bool storage_signed_elsewhere(struct req *rq);
/* The query's token, for bucket/key of this request and that scope. */
bool storage_signed(struct req *rq, const char *scope,
		    struct json_object **claims, int64_t *exp_s,
		    struct err *e) MUST_CHECK;
bool storage_bad_jwt(struct req *rq, struct span token, const char *code,
		     int status, struct err *e);

/* --- handlers --- */

bool bucket_create(struct req *rq, struct err *e);
bool bucket_list(struct req *rq, struct err *e);
bool bucket_get(struct req *rq, struct err *e);
bool bucket_update(struct req *rq, struct err *e);
bool bucket_empty(struct req *rq, struct err *e);
bool bucket_delete(struct req *rq, struct err *e);

bool object_upload(struct req *rq, struct err *e);
bool object_replace(struct req *rq, struct err *e);
bool object_upload_signed(struct req *rq, struct err *e);

bool object_get(struct req *rq, struct err *e);
bool object_get_public(struct req *rq, struct err *e);
bool object_get_signed(struct req *rq, struct err *e);
bool object_info(struct req *rq, struct err *e);
bool object_info_public(struct req *rq, struct err *e);

bool object_list(struct req *rq, struct err *e);
bool object_list_v2(struct req *rq, struct err *e);
bool object_move(struct req *rq, struct err *e);
bool object_copy(struct req *rq, struct err *e);
bool object_delete(struct req *rq, struct err *e);
bool object_delete_many(struct req *rq, struct err *e);
bool object_sign(struct req *rq, struct err *e);
bool object_sign_many(struct req *rq, struct err *e);
bool object_sign_upload(struct req *rq, struct err *e);

#endif
