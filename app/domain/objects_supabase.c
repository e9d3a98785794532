/*
 * objects_supabase - buckets and objects of a hosted project, with the user's
 * own token so that the project's policies decide.  Bytes stream through in
 * both directions; nothing is kept here.
 *
 * Only what can be repeated without harm is repeated (core/hosted): an upload
 * never, because its source cannot be read twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/enc.h"
#include "core/mime.h"
#include "core/num.h"
#include "domain/hosted.h"
#include "domain/objects.h"
#include "domain/objects_type.h"

enum {
	LIST_LIMIT = 16 * MiB,
	USER_METADATA_MAX = MiB,
};

static const char key_marks[] = "/!'()*+,;:@&=$";

/* --- calls ---------------------------------------------------------------- */

static const char *
path_of(struct arena *a, const char *route, const char *bucket, const char *key)
{
	struct buf b = buf_on(a);

	buf_addf(&b, "/storage/v1%s", route);
	if (bucket) {
		buf_addc(&b, '/');
		buf_add_urln(&b, bucket, strlen(bucket), key_marks + 1);
	}
	if (key) {
		buf_addc(&b, '/');
		buf_add_urln(&b, key, strlen(key), key_marks);
	}
	return buf_str(&b);
}

static struct hosted_call
call_of(const struct objects_who *who, const char *method, const char *path,
	const char *json)
{
	return (struct hosted_call){
		.method = method,
		.path = path,
		.token = who->token,
		.claims = who->scope ? who->scope->claims : NULL,
		.as_service = who->as_service,
		.owner = who->sub,
		.json = json,
		.limit_bytes = LIST_LIMIT,
	};
}

/* --- refusals ------------------------------------------------------------- */

/* By the code on the wire; one name stands for several of our codes, which
 * the status tells apart. */
static const struct objects_code *
code_by_name(const char *name, int status)
{
	const struct objects_code *first = objects_code_named(name);

	for (const struct objects_code *c = objects_codes; c->code; c++) {
		if (strcmp(c->name, name) == 0 && c->status == status)
			return c;
	}
	return first;
}

static const char *
code_by_status(int status)
{
	switch (status) {
	case 401:
	case 403:
		return "access_denied";
	case 404:
		return "no_such_key";
	case 409:
		return "resource_already_exists";
	case 413:
		return "entity_too_large";
	case 415:
		return "invalid_mime_type";
	case 416:
		return "invalid_range";
	case 423:
		return "resource_locked";
	case 429:
		return "slow_down";
	default:
		return "invalid_request";
	}
}

static bool
refuse(struct arena *a, const struct fetch_reply *r, struct err *e)
{
	struct json_object *o = hosted_json(a, r);
	const char *name = o ? json_text(o, "code") : NULL;
	const char *said = o ? json_text(o, "statusCode") : NULL;
	const char *message = o ? json_text(o, "message") : NULL;
	const struct objects_code *c;
	int64_t status = r->status;

	if (said && !num_i64(span_of(said), 400, 599, &status))
		status = r->status;
	if (!message)
		message = "The request was refused";
	c = name ? code_by_name(name, (int)status) : NULL;
	if (c && c->status < 500)
		return err_set(e, c->status, c->code, "%s", message);
	if (c && c->status != 500) {
		err_set(e, 503, c->code, "%s", message);
		e->retry_after_s = 5;
		return false;
	}
	/* Without its own words it was the gateway, to which only our keys
	 * count: not the caller's fault. */
	if (status >= 500 || r->status < 400 || (r->status == 401 && !name))
		return hosted_failed(r, e);
	err_set(e, (int)status, code_by_status((int)status), "%s", message);
	if (status == 429)
		e->retry_after_s = 5;
	return false;
}

static bool
run(struct objects *o, struct arena *a, const struct hosted_call *c,
    struct fetch_reply *out, struct err *e)
{
	if (!hosted_run(o->ctx->hosted, a, c, out, e))
		return false;
	return (out->status >= 200 && out->status <= 299) || refuse(a, out, e);
}

/* The answer must be JSON; out may be NULL. */
static bool
run_json(struct objects *o, struct arena *a, const struct hosted_call *c,
	 struct span *out, struct json_object **tree, struct err *e)
{
	struct json_object *json;
	struct fetch_reply r;

	if (!run(o, a, c, &r, e))
		return false;
	json = hosted_json(a, &r);
	if (!json)
		return hosted_garbled(e);
	if (out)
		*out = r.body;
	if (tree)
		*tree = json;
	return true;
}

static bool
run_array(struct objects *o, struct arena *a, const struct hosted_call *c,
	  struct span *out, struct json_object **tree, struct err *e)
{
	return run_json(o, a, c, out, tree, e) &&
	       (json_object_is_type(*tree, json_type_array) ||
		hosted_garbled(e));
}

static void
add_member(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(b, "%c\"%s\":", b->n ? ',' : '{', name);
	buf_add_json(b, value);
}

static void
add_member_raw(struct buf *b, const char *name, const char *json)
{
	buf_addf(b, "%c\"%s\":%s", b->n ? ',' : '{', name, json);
}

static void
add_member_int(struct buf *b, const char *name, int64_t value)
{
	if (value > 0)
		buf_addf(b, "%c\"%s\":%lld", b->n ? ',' : '{', name,
			 (long long)value);
}

static const char *
end_object(struct buf *b)
{
	if (!b->n)
		buf_addc(b, '{');
	buf_addc(b, '}');
	return buf_str(b);
}

/* --- buckets -------------------------------------------------------------- */

static bool
supabase_bucket_create(struct objects *o, struct arena *a,
		       const struct objects_who *who, const char *json,
		       struct span *out, struct err *e)
{
	struct hosted_call c = call_of(who, "POST", "/storage/v1/bucket", json);

	return run_json(o, a, &c, out, NULL, e);
}

static void
add_query(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(b, "%c%s=", strchr(buf_str(b), '?') ? '&' : '?', name);
	buf_add_url(b, value);
}

static bool
supabase_bucket_list(struct objects *o, struct arena *a,
		     const struct objects_who *who, const struct bucket_list *q,
		     struct span *out, struct err *e)
{
	struct buf b = buf_on(a);
	struct json_object *list;
	struct hosted_call c;

	buf_add(&b, "/storage/v1/bucket");
	add_query(&b, "search", q->search);
	add_query(&b, "sortColumn", q->sort_column);
	add_query(&b, "sortOrder", q->sort_order);
	if (q->limit > 0)
		add_query(&b, "limit",
			  arena_printf(a, "%lld", (long long)q->limit));
	if (q->offset > 0)
		add_query(&b, "offset",
			  arena_printf(a, "%lld", (long long)q->offset));
	c = call_of(who, "GET", buf_str(&b), NULL);
	c.is_safe = true;
	if (!run_array(o, a, &c, out, &list, e))
		return false;
	if (q->without_type) {
		for (size_t i = 0; i < json_object_array_length(list); i++)
			json_object_object_del(
				json_object_array_get_idx(list, i), "type");
		*out = span_of(json_dump(list));
	}
	return true;
}

static bool
supabase_bucket_get(struct objects *o, struct arena *a,
		    const struct objects_who *who, const char *id,
		    struct span *out, struct err *e)
{
	struct hosted_call c =
		call_of(who, "GET", path_of(a, "/bucket", id, NULL), NULL);

	c.is_safe = true;
	return run_json(o, a, &c, out, NULL, e);
}

static bool
supabase_bucket_update(struct objects *o, struct arena *a,
		       const struct objects_who *who, const char *id,
		       const char *json, struct err *e)
{
	struct hosted_call c =
		call_of(who, "PUT", path_of(a, "/bucket", id, NULL), json);

	c.is_safe = true;
	return run_json(o, a, &c, NULL, NULL, e);
}

static bool
supabase_bucket_empty(struct objects *o, struct arena *a,
		      const struct objects_who *who, const char *id,
		      struct err *e)
{
	const char *path =
		arena_printf(a, "%s/empty", path_of(a, "/bucket", id, NULL));
	struct hosted_call c = call_of(who, "POST", path, "{}");

	return run_json(o, a, &c, NULL, NULL, e);
}

static bool
supabase_bucket_delete(struct objects *o, struct arena *a,
		       const struct objects_who *who, const char *id,
		       struct err *e)
{
	struct hosted_call c =
		call_of(who, "DELETE", path_of(a, "/bucket", id, NULL), "{}");

	return run_json(o, a, &c, NULL, NULL, e);
}

/* --- writing -------------------------------------------------------------- */

/* An upload on its way.  The first bytes are read before the request begins,
 * because they decide its Content-Type. */
struct upload {
	const struct object_source *from;
	char *head;
	size_t n_head, at_head;
	int64_t size, limit, announced;
	bool ended;
	struct err err; /* why the source or the limit ended it */
};

static bool
too_large(struct err *e)
{
	return err_set(e, 413, "entity_too_large",
		       "The object exceeded the maximum allowed size");
}

static bool
source_read(struct upload *u, void *p, size_t n, size_t *got, struct err *e)
{
	*got = 0;
	if (u->ended)
		return true;
	if (!u->from->read(u->from->from, p, n, got, e))
		return false;
	u->ended = *got == 0;
	u->size += (int64_t)*got;
	if (u->size > u->limit)
		return too_large(e);
	/* libcurl would wait for an answer that cannot come. */
	if (u->ended && u->announced >= 0 && u->size < u->announced)
		return err_set(e, 400, "client_gone",
			       "the body is shorter than announced");
	return true;
}

static bool
read_head(struct upload *u, struct arena *a, struct err *e)
{
	size_t got;

	u->head = arena_alloc(a, MIME_PREFIX_BYTES);
	while (u->n_head < MIME_PREFIX_BYTES && !u->ended) {
		if (!source_read(u, u->head + u->n_head,
				 MIME_PREFIX_BYTES - u->n_head, &got, e))
			return false;
		u->n_head += got;
	}
	return true;
}

static ssize_t
on_read(void *arg, char *p, size_t n)
{
	struct upload *u = arg;
	size_t got = u->n_head - u->at_head;

	if (got) {
		if (got > n)
			got = n;
		memcpy(p, u->head + u->at_head, got);
		u->at_head += got;
		return (ssize_t)got;
	}
	if (!source_read(u, p, n, &got, &u->err))
		return FETCH_ABORT;
	return (ssize_t)got;
}

static const char *
claimed_type(const struct object_put *p)
{
	return p->type ? p->type : "application/octet-stream";
}

/* What the bucket says about uploads; the service key sees every bucket, a
 * user perhaps not: then *bucket is NULL and the project has the word. */
static bool
find_bucket(struct objects *o, struct arena *a, const struct objects_who *who,
	    const struct object_put *p, struct json_object **bucket,
	    struct err *e)
{
	struct objects_who asker = *who;
	struct hosted_call c;

	asker.as_service = o->ctx->set->supabase_service_role_key_file[0];
	c = call_of(&asker, "GET", path_of(a, "/bucket", p->bucket, NULL),
		    NULL);
	c.is_safe = true;
	*bucket = NULL;
	return run_json(o, a, &c, NULL, bucket, e) ||
	       (!asker.as_service && e->status < 500);
}

/*
 * The project checks an announced length and the type it is told.  A body
 * without a length it may take unchecked (storage-v1.md 3.2), and the type
 * the client claims it never sees when the content says otherwise: then its
 * bucket is asked first.
 */
static bool
check_bucket(struct objects *o, struct arena *a, const struct objects_who *who,
	     const struct object_put *p, const char *type, struct upload *u,
	     struct err *e)
{
	bool has_length = p->length >= 0 || u->ended;
	struct json_object *bucket, *types;
	int64_t most;

	if (has_length && strcmp(type, claimed_type(p)) == 0)
		return true;
	if (!find_bucket(o, a, who, p, &bucket, e))
		return false;
	types = bucket ? json_get(bucket, "allowed_mime_types") : NULL;
	if (types && !type_allowed(a, json_dump(types), claimed_type(p)))
		return err_set(e, 415, "invalid_mime_type",
			       "mime type %.120s is not supported",
			       claimed_type(p));
	if (bucket && json_int(bucket, "file_size_limit", &most) &&
	    most < u->limit)
		u->limit = most;
	return u->size <= u->limit || too_large(e);
}

static size_t
put_headers(struct arena *a, const struct object_put *p, const char *type,
	    struct fetch_header *h)
{
	size_t n = 0;

	h[n++] = (struct fetch_header){"Content-Type", type};
	h[n++] =
		(struct fetch_header){"x-upsert", p->upsert ? "true" : "false"};
	h[n++] = (struct fetch_header){"Cache-Control",
				       p->cache_control ? p->cache_control
							: "no-cache"};
	if (p->user_metadata)
		h[n++] = (struct fetch_header){
			"x-metadata", enc_base64(a, p->user_metadata,
						 strlen(p->user_metadata))};
	if (p->robots)
		h[n++] = (struct fetch_header){"X-Robots-Tag", p->robots};
	return n;
}

static bool
check_put(const struct object_put *p, struct err *e)
{
	if (!type_is_valid(claimed_type(p)))
		return err_set(e, 415, "invalid_mime_type",
			       "Invalid Content-Type header");
	if (p->user_metadata && strlen(p->user_metadata) > USER_METADATA_MAX)
		return too_large(e);
	return objects_check_bucket(p->bucket, e) &&
	       objects_check_key(p->key, e);
}

static bool
supabase_put(struct objects *o, struct arena *a, const struct objects_who *who,
	     const struct object_put *p, const struct object_source *from,
	     struct object_stored *out, struct err *e)
{
	struct upload u = {.from = from,
			   .announced = p->length,
			   .limit = o->ctx->set->upload_limit_bytes};
	struct fetch_header headers[5];
	struct hosted_call c;
	struct fetch_reply r;
	struct json_object *json;
	const char *found, *type;

	if (!check_put(p, e))
		return false;
	if (p->length > u.limit)
		return too_large(e);
	if (!read_head(&u, a, e))
		return false;
	found = found_type(o->ctx->mime, a, u.head, u.n_head, claimed_type(p));
	type = stored_type(a, found, claimed_type(p), u.n_head == 0);
	if (!check_bucket(o, a, who, p, type, &u, e))
		return false;
	c = call_of(who, "POST", path_of(a, "/object", p->bucket, p->key),
		    NULL);
	c.headers = headers;
	c.n_headers = put_headers(a, p, type, headers);
	c.read = on_read;
	/* What has ended within the first bytes has a length after all. */
	c.read_length = u.ended ? (int64_t)u.n_head : p->length;
	c.arg = &u;
	if (!run(o, a, &c, &r, e)) {
		if (u.err.status)
			*e = u.err;
		return false;
	}
	json = hosted_json(a, &r);
	*out = (struct object_stored){
		.id = json ? json_text(json, "Id") : NULL,
		.type = type,
		.etag = "",
		.size = u.size,
	};
	return out->id || hosted_garbled(e);
}

static bool
sign_upload(struct objects *o, struct arena *a, const struct objects_who *who,
	    const struct object_put *p, struct json_object **out, struct err *e)
{
	struct fetch_header headers[5];
	struct hosted_call c = call_of(
		who, "POST",
		path_of(a, "/object/upload/sign", p->bucket, p->key), "{}");

	/* Content-Type is that of the empty JSON body. */
	c.headers = headers + 1;
	c.n_headers = put_headers(a, p, "", headers) - 1;
	return run_json(o, a, &c, NULL, out, e);
}

/* Signing asks the same policies as uploading; the token is thrown away. */
static bool
supabase_put_allowed(struct objects *o, struct arena *a,
		     const struct objects_who *who, const struct object_put *p,
		     struct err *e)
{
	struct json_object *unused;

	return check_put(p, e) && sign_upload(o, a, who, p, &unused, e);
}

/* --- reading -------------------------------------------------------------- */

static const char *
info_route(const struct object_want *w)
{
	return w->access == OBJECT_PUBLIC ? "/object/info/public"
					  : "/object/info";
}

static int64_t
seconds_of(const char *iso)
{
	int64_t ms;

	return iso && clock_parse_rfc3339(span_of(iso), &ms) ? ms / 1000 : 0;
}

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

static bool
supabase_stat(struct objects *o, struct arena *a, const struct objects_who *who,
	      const struct object_want *w, struct object_info *out,
	      struct err *e)
{
	struct hosted_call c = call_of(
		who, "GET", path_of(a, info_route(w), w->bucket, w->key), NULL);
	struct json_object *j, *user;
	const char *type;

	c.is_safe = true;
	if (!run_json(o, a, &c, NULL, &j, e))
		return false;
	user = json_get(j, "metadata");
	type = json_text(j, "content_type");
	*out = (struct object_info){
		.id = json_text(j, "id"),
		.bucket = w->bucket,
		.key = w->key,
		.version = json_text(j, "version"),
		.type = type ? type : "application/octet-stream",
		.etag = or_empty(json_text(j, "etag")),
		.cache_control = or_empty(json_text(j, "cache_control")),
		.user_metadata = user ? arena_strdup(a, json_dump(user)) : NULL,
		.created_at = json_text(j, "created_at"),
		.updated_at = json_text(j, "last_modified"),
		.modified_s = seconds_of(json_text(j, "last_modified")),
		.size = -1,
	};
	if (!out->id)
		return hosted_garbled(e);
	if (!json_int(j, "size", &out->size))
		out->size = -1;
	return true;
}

struct download {
	struct arena *a;
	const struct object_want *want;
	const struct object_sink *to;
	struct err err; /* why the sink ended it */
};

static int64_t
length_of(const struct fetch_reply *r)
{
	const char *s = fetch_header(r, "content-length");
	int64_t n;

	return s && num_i64(span_of(s), 0, INT64_MAX, &n) ? n : -1;
}

static bool
tell_head(struct download *d, const struct fetch_reply *r, struct err *e)
{
	const char *modified = fetch_header(r, "last-modified");
	const char *type = fetch_header(r, "content-type");
	const char *range = fetch_header(r, "content-range");
	const char *robots = fetch_header(r, "x-robots-tag");
	struct object_info info = {
		.bucket = d->want->bucket,
		.key = d->want->key,
		.type = type ? type : "application/octet-stream",
		.etag = or_empty(fetch_header(r, "etag")),
		.cache_control = or_empty(fetch_header(r, "cache-control")),
		.robots = robots,
		.size = r->status == 200 ? length_of(r) : -1,
	};

	if (modified && !clock_parse_http(span_of(modified), &info.modified_s))
		info.modified_s = 0;
	if (r->status == 206 && !range)
		return hosted_garbled(e);
	return d->to->head(d->to->to, r->status, &info,
			   r->status == 304 ? -1 : length_of(r),
			   r->status == 206 ? range : NULL, e);
}

static bool
on_head(void *arg, const struct fetch_reply *r)
{
	struct download *d = arg;

	return tell_head(d, r, &d->err);
}

static bool
on_body(void *arg, const char *p, size_t n)
{
	struct download *d = arg;

	return d->to->body(d->to->to, p, n, &d->err);
}

static bool
supabase_send(struct objects *o, struct arena *a, const struct objects_who *who,
	      const struct object_want *w, const struct object_sink *to,
	      struct err *e)
{
	const char *route =
		w->access == OBJECT_PUBLIC ? "/object/public" : "/object";
	const struct fetch_header headers[] = {
		{"Range",             w->range            },
		{"If-Range",          w->if_range         },
		{"If-None-Match",     w->if_none_match    },
		{"If-Modified-Since", w->if_modified_since},
	};
	struct download d = {.a = a, .want = w, .to = to};
	struct hosted_call c =
		call_of(who, "GET", path_of(a, route, w->bucket, w->key), NULL);
	struct fetch_reply r;

	c.headers = headers;
	c.n_headers = NELEM(headers);
	c.head = on_head;
	c.write = on_body;
	c.arg = &d;
	c.limit_bytes = 64 * KiB; /* of an error */
	if (!hosted_run(o->ctx->hosted, a, &c, &r, e)) {
		if (d.err.status)
			*e = d.err;
		return false;
	}
	if (r.status == 304)
		return tell_head(&d, &r, e);
	return (r.status >= 200 && r.status <= 299) || refuse(a, &r, e);
}

static void
add_sort(struct buf *b, const struct object_list *q)
{
	struct buf sort;

	if (!q->sort_column)
		return;
	sort = buf_on(b->a);
	add_member(&sort, "column", q->sort_column);
	add_member(&sort, "order", q->sort_order);
	add_member_raw(b, "sortBy", end_object(&sort));
}

static bool
list(struct objects *o, struct arena *a, const struct objects_who *who,
     const char *path, struct buf *body, struct span *out,
     struct json_object **tree, struct err *e)
{
	struct hosted_call c = call_of(who, "POST", path, end_object(body));

	c.is_safe = true;
	return run_json(o, a, &c, out, tree, e);
}

static bool
supabase_list(struct objects *o, struct arena *a, const struct objects_who *who,
	      const struct object_list *q, struct span *out, struct err *e)
{
	struct buf b = buf_on(a);
	struct json_object *tree;

	add_member(&b, "prefix", or_empty(q->prefix));
	add_member(&b, "search", q->search);
	add_member_int(&b, "limit", q->limit);
	add_member_int(&b, "offset", q->offset);
	add_sort(&b, q);
	return list(o, a, who, path_of(a, "/object/list", q->bucket, NULL), &b,
		    out, &tree, e) &&
	       (json_object_is_type(tree, json_type_array) ||
		hosted_garbled(e));
}

static bool
supabase_list_v2(struct objects *o, struct arena *a,
		 const struct objects_who *who, const struct object_list *q,
		 struct span *out, struct err *e)
{
	struct buf b = buf_on(a);
	struct json_object *tree;

	add_member(&b, "prefix", or_empty(q->prefix));
	add_member_int(&b, "limit", q->limit);
	add_member(&b, "cursor", q->cursor);
	add_member_raw(&b, "with_delimiter", q->delimited ? "true" : "false");
	add_sort(&b, q);
	return list(o, a, who, path_of(a, "/object/list-v2", q->bucket, NULL),
		    &b, out, &tree, e) &&
	       (json_object_is_type(json_get(tree, "objects"),
				    json_type_array) ||
		hosted_garbled(e));
}

/* --- links ---------------------------------------------------------------- */

static bool
supabase_sign(struct objects *o, struct arena *a, const struct objects_who *who,
	      const char *bucket, const char *key, int64_t expires_s,
	      const char **url, struct err *e)
{
	const char *json =
		arena_printf(a, "{\"expiresIn\":%lld}", (long long)expires_s);
	struct hosted_call c = call_of(
		who, "POST", path_of(a, "/object/sign", bucket, key), json);
	struct json_object *j;

	c.is_safe = true;
	if (!run_json(o, a, &c, NULL, &j, e))
		return false;
	*url = json_text(j, "signedURL");
	return *url || hosted_garbled(e);
}

static bool
supabase_sign_many(struct objects *o, struct arena *a,
		   const struct objects_who *who, const char *bucket,
		   const char *const *paths, size_t n, int64_t expires_s,
		   struct span *out, struct err *e)
{
	struct buf b = buf_on(a);
	struct json_object *tree;
	struct hosted_call c;

	buf_addf(&b, "{\"expiresIn\":%lld,\"paths\":[", (long long)expires_s);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(&b, ',');
		buf_add_json(&b, paths[i]);
	}
	buf_add(&b, "]}");
	c = call_of(who, "POST", path_of(a, "/object/sign", bucket, NULL),
		    buf_str(&b));
	c.is_safe = true;
	return run_array(o, a, &c, out, &tree, e);
}

static bool
supabase_sign_upload(struct objects *o, struct arena *a,
		     const struct objects_who *who, const struct object_put *p,
		     const char **url, const char **token, struct err *e)
{
	struct json_object *j;

	if (!check_put(p, e) || !sign_upload(o, a, who, p, &j, e))
		return false;
	*url = json_text(j, "url");
	*token = json_text(j, "token");
	return (*url && *token) || hosted_garbled(e);
}

/* --- moving, copying, deleting ---------------------------------------------
 */

static bool
supabase_move(struct objects *o, struct arena *a, const struct objects_who *who,
	      const struct object_move *m, struct err *e)
{
	struct buf b = buf_on(a);
	struct hosted_call c;

	add_member(&b, "bucketId", m->bucket);
	add_member(&b, "sourceKey", m->key);
	add_member(&b, "destinationBucket", m->to_bucket);
	add_member(&b, "destinationKey", m->to_key);
	c = call_of(who, "POST", "/storage/v1/object/move", end_object(&b));
	return run_json(o, a, &c, NULL, NULL, e);
}

static bool
supabase_copy(struct objects *o, struct arena *a, const struct objects_who *who,
	      const struct object_copy *p, struct span *out, struct err *e)
{
	struct fetch_header headers[2] = {
		{"x-upsert", p->upsert ? "true" : "false"}
        };
	struct buf b = buf_on(a), meta = buf_on(a);
	struct hosted_call c;

	add_member(&b, "bucketId", p->bucket);
	add_member(&b, "sourceKey", p->key);
	add_member(&b, "destinationBucket", p->to_bucket);
	add_member(&b, "destinationKey", p->to_key);
	add_member_raw(&b, "copyMetadata", p->copy_metadata ? "true" : "false");
	add_member(&meta, "mimetype", p->type);
	add_member(&meta, "cacheControl", p->cache_control);
	if (!p->copy_metadata)
		add_member_raw(&b, "metadata", end_object(&meta));
	c = call_of(who, "POST", "/storage/v1/object/copy", end_object(&b));
	c.headers = headers;
	c.n_headers = 1;
	if (p->user_metadata && !p->copy_metadata)
		headers[c.n_headers++] = (struct fetch_header){
			"x-metadata", enc_base64(a, p->user_metadata,
						 strlen(p->user_metadata))};
	return run_json(o, a, &c, out, NULL, e);
}

static bool
supabase_delete(struct objects *o, struct arena *a,
		const struct objects_who *who, const char *bucket,
		const char *key, struct err *e)
{
	struct hosted_call c = call_of(
		who, "DELETE", path_of(a, "/object", bucket, key), NULL);

	return run_json(o, a, &c, NULL, NULL, e);
}

/* Not repeated: what a first try deleted would be missing from the second
 * answer. */
static bool
supabase_delete_many(struct objects *o, struct arena *a,
		     const struct objects_who *who, const char *bucket,
		     const char *keys, struct span *out, struct err *e)
{
	const char *json = arena_printf(a, "{\"prefixes\":%s}", keys);
	struct hosted_call c = call_of(
		who, "DELETE", path_of(a, "/object", bucket, NULL), json);
	struct json_object *tree;

	return run_array(o, a, &c, out, &tree, e);
}

static void
supabase_free(struct objects *o)
{
	free(o);
}

static const struct objects_ops ops = {
	.free = supabase_free,
	.bucket_create = supabase_bucket_create,
	.bucket_list = supabase_bucket_list,
	.bucket_get = supabase_bucket_get,
	.bucket_update = supabase_bucket_update,
	.bucket_empty = supabase_bucket_empty,
	.bucket_delete = supabase_bucket_delete,
	.put = supabase_put,
	.put_allowed = supabase_put_allowed,
	.stat = supabase_stat,
	.send = supabase_send,
	.list = supabase_list,
	.list_v2 = supabase_list_v2,
	.sign = supabase_sign,
	.sign_many = supabase_sign_many,
	.sign_upload = supabase_sign_upload,
	.move = supabase_move,
	.copy = supabase_copy,
	.del = supabase_delete,
	.del_many = supabase_delete_many,
};

bool
objects_supabase_new(struct ctx *ctx, struct objects **out, struct err *e)
{
	struct objects *o = calloc(1, sizeof *o);

	if (!o)
		return err_set(e, 500, "start", "out of memory");
	o->ops = &ops;
	o->ctx = ctx;
	*out = o;
	return true;
}
