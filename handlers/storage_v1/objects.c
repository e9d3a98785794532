/*
 * Lists, moves, copies, deletes and links: the JSON operations on objects.
 */
#include <string.h>

#include "storage.h"

enum {
	LIST_MOST = 1500,
	LIST_V2_MOST = 1000,
	PATHS_MOST = 1000,
};

static bool
one_of(const char *text, const char *const *words, const char *name,
       struct err *e)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return storage_invalid(
		e, "body/%s must be equal to one of the allowed values", name);
}

static bool
sort_of(struct json_object *in, const char *const *columns,
	struct object_list *q, struct err *e)
{
	static const char *const orders[] = {"asc", "desc", NULL};
	struct json_object *by = NULL;

	q->sort_column = "name";
	q->sort_order = "asc";
	json_object_object_get_ex(in, "sortBy", &by);
	if (!by)
		return true;
	if (!json_object_is_type(by, json_type_object))
		return storage_invalid(e, "body/sortBy must be object");
	return storage_text(by, "column", "name", &q->sort_column, e) &&
	       storage_text(by, "order", "asc", &q->sort_order, e) &&
	       one_of(q->sort_column, columns, "sortBy/column", e) &&
	       one_of(q->sort_order, orders, "sortBy/order", e);
}

bool
object_list(struct req *rq, struct err *e)
{
	static const char *const columns[] = {
		"name", "updated_at", "created_at", "last_accessed_at", NULL};
	struct objects_who who = storage_who(rq, "storage.object.list");
	struct object_list q = {.bucket = req_param(rq, "bucket")};
	struct json_object *in;
	struct span answer;

	if (!storage_body(rq, false, &in, e) ||
	    !storage_need_text(in, "prefix", &q.prefix, e) ||
	    !storage_text(in, "search", "", &q.search, e) ||
	    !storage_int(in, "limit", 1, 100, &q.limit, e) ||
	    !storage_int(in, "offset", 0, 0, &q.offset, e) ||
	    !sort_of(in, columns, &q, e))
		return false;
	if (q.limit > LIST_MOST)
		q.limit = LIST_MOST;
	if (!objects_list(rq->ctx->objects, rq->arena, &who, &q, &answer, e))
		return false;
	return reply_json(rq, 200, answer);
}

bool
object_list_v2(struct req *rq, struct err *e)
{
	static const char *const columns[] = {"name", "updated_at",
					      "created_at", NULL};
	struct objects_who who = storage_who(rq, "storage.object.list_v2");
	struct object_list q = {.bucket = req_param(rq, "bucket")};
	struct json_object *in;
	struct span answer;

	if (!storage_body(rq, false, &in, e) ||
	    !storage_text(in, "prefix", "", &q.prefix, e) ||
	    !storage_text(in, "cursor", NULL, &q.cursor, e) ||
	    !storage_int(in, "limit", 1, LIST_V2_MOST, &q.limit, e) ||
	    !storage_bool(in, "with_delimiter", false, &q.delimited, e) ||
	    !sort_of(in, columns, &q, e))
		return false;
	if (q.limit > LIST_V2_MOST)
		q.limit = LIST_V2_MOST;
	if (!objects_list_v2(rq->ctx->objects, rq->arena, &who, &q, &answer, e))
		return false;
	return reply_json(rq, 200, answer);
}

bool
object_move(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.move");
	struct json_object *in;
	struct object_move m;

	if (!storage_body(rq, false, &in, e) ||
	    !storage_need_text(in, "bucketId", &m.bucket, e) ||
	    !storage_need_text(in, "sourceKey", &m.key, e) ||
	    !storage_need_text(in, "destinationKey", &m.to_key, e) ||
	    !storage_text(in, "destinationBucket", m.bucket, &m.to_bucket, e) ||
	    !objects_move(rq->ctx->objects, rq->arena, &who, &m, e))
		return false;
	return storage_message(rq, "Successfully moved");
}

bool
object_copy(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.copy");
	struct object_copy c = {.upsert = storage_wants_upsert(rq)};
	struct json_object *in, *meta;
	struct span answer;

	if (!storage_body(rq, false, &in, e) ||
	    !storage_need_text(in, "bucketId", &c.bucket, e) ||
	    !storage_need_text(in, "sourceKey", &c.key, e) ||
	    !storage_need_text(in, "destinationKey", &c.to_key, e) ||
	    !storage_text(in, "destinationBucket", c.bucket, &c.to_bucket, e) ||
	    !storage_bool(in, "copyMetadata", true, &c.copy_metadata, e))
		return false;
	meta = json_get(in, "metadata");
	if (!c.copy_metadata) {
		c.cache_control = json_text(meta, "cacheControl");
		c.type = json_text(meta, "mimetype");
		c.user_metadata = storage_x_metadata(rq);
	}
	if (!objects_copy(rq->ctx->objects, rq->arena, &who, &c, &answer, e))
		return false;
	return reply_json(rq, 200, answer);
}

/* --- deleting --- */

bool
object_delete(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.delete");

	if (!objects_delete(rq->ctx->objects, rq->arena, &who,
			    req_param(rq, "bucket"), req_param(rq, "key"), e))
		return false;
	return storage_message(rq, "Successfully deleted");
}

/* A list of strings; *n of them. */
static bool
text_list(const struct json_object *in, const char *name, size_t most,
	  struct json_object **out, size_t *n, struct err *e)
{
	struct json_object *list = NULL;

	json_object_object_get_ex(in, name, &list);
	if (!list)
		return storage_invalid(
			e, "body must have required property '%s'", name);
	if (!json_object_is_type(list, json_type_array))
		return storage_invalid(e, "body/%s must be array", name);
	*n = json_object_array_length(list);
	if (*n < 1)
		return storage_invalid(
			e, "body/%s must NOT have fewer than 1 items", name);
	if (*n > most)
		return storage_invalid(
			e, "body/%s must NOT have more than %zu items", name,
			most);
	for (size_t i = 0; i < *n; i++)
		if (!json_object_is_type(json_object_array_get_idx(list, i),
					 json_type_string))
			return storage_invalid(e, "body/%s/%zu must be string",
					       name, i);
	*out = list;
	return true;
}

bool
object_delete_many(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.delete_many");
	struct json_object *in, *keys;
	struct span answer;
	size_t n;

	if (!storage_body(rq, false, &in, e) ||
	    !text_list(in, "prefixes", PATHS_MOST, &keys, &n, e) ||
	    !objects_delete_many(rq->ctx->objects, rq->arena, &who,
				 req_param(rq, "bucket"), json_dump(keys),
				 &answer, e))
		return false;
	return reply_json(rq, 200, answer);
}

/* --- links --- */

static bool
need_expiry(const struct json_object *in, int64_t *out, struct err *e)
{
	if (!storage_int(in, "expiresIn", 1, 0, out, e))
		return false;
	if (*out == 0)
		return storage_invalid(
			e, "body must have required property 'expiresIn'");
	return true;
}

bool
object_sign(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.sign");
	struct buf b = buf_on(rq->arena);
	struct json_object *in;
	int64_t expires_s;
	const char *url;

	if (!storage_body(rq, false, &in, e) ||
	    !need_expiry(in, &expires_s, e) ||
	    !objects_sign(rq->ctx->objects, rq->arena, &who,
			  req_param(rq, "bucket"), req_param(rq, "key"),
			  expires_s, &url, e))
		return false;
	buf_add(&b, "{\"signedURL\":");
	buf_add_json(&b, url);
	buf_add(&b, "}");
	return reply_json(rq, 200, (struct span){buf_str(&b), b.n});
}

bool
object_sign_many(struct req *rq, struct err *e)
{
	struct objects_who who = storage_who(rq, "storage.object.sign_many");
	struct json_object *in, *list;
	const char **paths;
	int64_t expires_s;
	struct span answer;
	size_t n;

	if (!storage_body(rq, false, &in, e) ||
	    !need_expiry(in, &expires_s, e) ||
	    !text_list(in, "paths", PATHS_MOST, &list, &n, e))
		return false;
	paths = arena_alloc(rq->arena, n * sizeof *paths);
	for (size_t i = 0; i < n; i++)
		paths[i] = json_object_get_string(
			json_object_array_get_idx(list, i));
	if (!objects_sign_many(rq->ctx->objects, rq->arena, &who,
			       req_param(rq, "bucket"), paths, n, expires_s,
			       &answer, e))
		return false;
	return reply_json(rq, 200, answer);
}

bool
object_sign_upload(struct req *rq, struct err *e)
{
	struct objects_who who =
		storage_who(rq, "storage.object.sign_upload_url");
	struct object_put p = {
		.bucket = req_param(rq, "bucket"),
		.key = req_param(rq, "key"),
		.user_metadata = storage_x_metadata(rq),
		.length = -1,
		.length_at_most = -1,
		.upsert = storage_wants_upsert(rq),
	};
	struct buf b = buf_on(rq->arena);
	const char *url, *token;

	if (!objects_sign_upload(rq->ctx->objects, rq->arena, &who, &p, &url,
				 &token, e))
		return false;
	buf_add(&b, "{\"url\":");
	buf_add_json(&b, url);
	buf_add(&b, ",\"token\":");
	buf_add_json(&b, token);
	buf_add(&b, "}");
	return reply_json(rq, 200, (struct span){buf_str(&b), b.n});
}
