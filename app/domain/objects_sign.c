/*
 * objects_sign - links that carry their own permission: a token that names
 * bucket/key, a scope and an end.  They hold no role; who checks one acts as
 * the service for that key alone (handlers/storage_v1/sign.c).
 */
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/jwt.h"
#include "domain/objects_disk.h"
#include "domain/queries.h"

static bool
download_token(struct objects *o, struct arena *a, const char *bucket,
	       const char *key, int64_t expires_s, const char **token,
	       struct err *e)
{
	struct buf b = buf_on(a);
	int64_t now = clock_s();

	buf_add(&b, "{\"url\":");
	buf_add_json(&b, arena_printf(a, "%s/%s", bucket, key));
	buf_addf(&b, ",\"scope\":\"download\",\"iat\":%lld,\"exp\":%lld}",
		 (long long)now, (long long)(now + expires_s));
	return jwt_sign_legacy(o->ctx->keys, a, buf_str(&b), token, e);
}

static const char *
download_url(struct arena *a, const char *bucket, const char *key,
	     const char *token)
{
	return arena_printf(a, "/object/sign/%s/%s?token=%s", bucket, key,
			    token);
}

bool
disk_sign(struct objects *o, struct arena *a, const struct objects_who *who,
	  const char *bucket, const char *key, int64_t expires_s,
	  const char **url, struct err *e)
{
	const struct object_want w = {.bucket = bucket, .key = key};
	struct object_info info;
	const char *token;

	if (!disk_stat(o, a, who, &w, &info, e) ||
	    !download_token(o, a, bucket, key, expires_s, &token, e))
		return false;
	*url = download_url(a, bucket, key, token);
	return true;
}

static bool
add_signed(struct objects *o, struct arena *a, struct buf *b,
	   const char *bucket, const char *key, int64_t expires_s,
	   bool is_visible, struct err *e)
{
	const char *token, *url = NULL;

	if (is_visible) {
		if (!download_token(o, a, bucket, key, expires_s, &token, e))
			return false;
		url = download_url(a, bucket, key, token);
	}
	buf_add(b, is_visible ? "{\"error\":null,\"path\":"
			      : "{\"error\":\"Either the object does not exist "
				"or you do not have access to it\",\"path\":");
	buf_add_json(b, key);
	buf_add(b, ",\"signedURL\":");
	buf_add_json(b, url);
	buf_add(b, "}");
	return true;
}

static const char *
keys_json(struct arena *a, const char *const *keys, size_t n)
{
	struct buf b = buf_on(a);

	for (size_t i = 0; i < n; i++) {
		buf_add(&b, i ? "," : "[");
		buf_add_json(&b, keys[i]);
	}
	buf_add(&b, n ? "]" : "[]");
	return buf_str(&b);
}

bool
disk_sign_many(struct objects *o, struct arena *a,
	       const struct objects_who *who, const char *bucket,
	       const char *const *paths, size_t n, int64_t expires_s,
	       struct span *out, struct err *e)
{
	const struct db_call call =
		q_storage_visible(bucket, keys_json(a, paths, n));
	struct db_scope scope = disk_scope(who);
	struct buf b = buf_on(a);
	struct db_result r;

	if (!db_run(o->ctx->db, a, &scope, &call, 1, &r, e))
		return disk_refused(e, "resource_already_exists");
	buf_add(&b, "[");
	for (size_t i = 0; i < n && i < db_rows(&r); i++) {
		if (i)
			buf_add(&b, ",");
		if (!add_signed(o, a, &b, bucket, paths[i], expires_s,
				*db_value(&r, i, 0) == 't', e))
			return false;
	}
	buf_add(&b, "]");
	*out = (struct span){buf_str(&b), b.n};
	return true;
}

bool
disk_sign_upload(struct objects *o, struct arena *a,
		 const struct objects_who *who, const struct object_put *p,
		 const char **url, const char **token, struct err *e)
{
	struct buf b = buf_on(a);
	int64_t now = clock_s();

	if (!disk_put_allowed(o, a, who, p, e))
		return false;
	buf_add(&b, "{");
	if (who->sub) {
		buf_add(&b, "\"owner\":");
		buf_add_json(&b, who->sub);
		buf_add(&b, ",");
	}
	buf_add(&b, "\"url\":");
	buf_add_json(&b, arena_printf(a, "%s/%s", p->bucket, p->key));
	buf_addf(&b,
		 ",\"upsert\":%s,\"scope\":\"upload\",\"iat\":%lld,"
		 "\"exp\":%lld}",
		 p->upsert ? "true" : "false", (long long)now,
		 (long long)(now + o->ctx->set->signed_upload_exp_s));
	if (!jwt_sign_legacy(o->ctx->keys, a, buf_str(&b), token, e))
		return false;
	*url = arena_printf(a, "/object/upload/sign/%s/%s?token=%s", p->bucket,
			    p->key, *token);
	return true;
}
