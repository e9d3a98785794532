/*
 * objects - hands every operation to the backend of this installation.
 */
#include "domain/objects.h"

bool
objects_new(struct ctx *ctx, struct objects **out, struct err *e)
{
	if (ctx->set->supabase_enabled)
		return objects_supabase_new(ctx, out, e);
	return objects_disk_new(ctx, out, e);
}

void
objects_free(struct objects *o)
{
	if (o)
		o->ops->free(o);
}

bool
objects_bucket_create(struct objects *o, struct arena *a,
		      const struct objects_who *who, const char *json,
		      struct span *out, struct err *e)
{
	return o->ops->bucket_create(o, a, who, json, out, e);
}

bool
objects_bucket_list(struct objects *o, struct arena *a,
		    const struct objects_who *who, const struct bucket_list *q,
		    struct span *out, struct err *e)
{
	return o->ops->bucket_list(o, a, who, q, out, e);
}

bool
objects_bucket_get(struct objects *o, struct arena *a,
		   const struct objects_who *who, const char *id,
		   struct span *out, struct err *e)
{
	return o->ops->bucket_get(o, a, who, id, out, e);
}

bool
objects_bucket_update(struct objects *o, struct arena *a,
		      const struct objects_who *who, const char *id,
		      const char *json, struct err *e)
{
	return o->ops->bucket_update(o, a, who, id, json, e);
}

bool
objects_bucket_empty(struct objects *o, struct arena *a,
		     const struct objects_who *who, const char *id,
		     struct err *e)
{
	return o->ops->bucket_empty(o, a, who, id, e);
}

bool
objects_bucket_delete(struct objects *o, struct arena *a,
		      const struct objects_who *who, const char *id,
		      struct err *e)
{
	return o->ops->bucket_delete(o, a, who, id, e);
}

bool
objects_put(struct objects *o, struct arena *a, const struct objects_who *who,
	    const struct object_put *p, const struct object_source *from,
	    struct object_stored *out, struct err *e)
{
	return o->ops->put(o, a, who, p, from, out, e);
}

bool
objects_put_allowed(struct objects *o, struct arena *a,
		    const struct objects_who *who, const struct object_put *p,
		    struct err *e)
{
	return o->ops->put_allowed(o, a, who, p, e);
}

bool
objects_stat(struct objects *o, struct arena *a, const struct objects_who *who,
	     const struct object_want *w, struct object_info *out,
	     struct err *e)
{
	return o->ops->stat(o, a, who, w, out, e);
}

bool
objects_send(struct objects *o, struct arena *a, const struct objects_who *who,
	     const struct object_want *w, const struct object_sink *to,
	     struct err *e)
{
	return o->ops->send(o, a, who, w, to, e);
}

bool
objects_list(struct objects *o, struct arena *a, const struct objects_who *who,
	     const struct object_list *q, struct span *out, struct err *e)
{
	return o->ops->list(o, a, who, q, out, e);
}

bool
objects_list_v2(struct objects *o, struct arena *a,
		const struct objects_who *who, const struct object_list *q,
		struct span *out, struct err *e)
{
	return o->ops->list_v2(o, a, who, q, out, e);
}

bool
objects_sign(struct objects *o, struct arena *a, const struct objects_who *who,
	     const char *bucket, const char *key, int64_t expires_s,
	     const char **url, struct err *e)
{
	return o->ops->sign(o, a, who, bucket, key, expires_s, url, e);
}

bool
objects_sign_many(struct objects *o, struct arena *a,
		  const struct objects_who *who, const char *bucket,
		  const char *const *paths, size_t n, int64_t expires_s,
		  struct span *out, struct err *e)
{
	return o->ops->sign_many(o, a, who, bucket, paths, n, expires_s, out,
				 e);
}

bool
objects_sign_upload(struct objects *o, struct arena *a,
		    const struct objects_who *who, const struct object_put *p,
		    const char **url, const char **token, struct err *e)
{
	return o->ops->sign_upload(o, a, who, p, url, token, e);
}

bool
objects_move(struct objects *o, struct arena *a, const struct objects_who *who,
	     const struct object_move *m, struct err *e)
{
	return o->ops->move(o, a, who, m, e);
}

bool
objects_copy(struct objects *o, struct arena *a, const struct objects_who *who,
	     const struct object_copy *c, struct span *out, struct err *e)
{
	return o->ops->copy(o, a, who, c, out, e);
}

bool
objects_delete(struct objects *o, struct arena *a,
	       const struct objects_who *who, const char *bucket,
	       const char *key, struct err *e)
{
	return o->ops->del(o, a, who, bucket, key, e);
}

bool
objects_delete_many(struct objects *o, struct arena *a,
		    const struct objects_who *who, const char *bucket,
		    const char *keys, struct span *out, struct err *e)
{
	return o->ops->del_many(o, a, who, bucket, keys, out, e);
}
