#ifndef DOMAIN_OBJECTS_H
#define DOMAIN_OBJECTS_H

/*
 * objects - buckets and objects, wherever they live.
 *
 * One interface, two backends: objects_disk (rows in PostgreSQL, bytes in
 * store_dir) and objects_supabase (a hosted project over HTTP).  Operations
 * are those of the Supabase storage surface; JSON that comes out has exactly
 * the shapes of that surface, JSON that goes in is its request body.
 *
 * Every call says on whose behalf it is made (struct objects_who): the disk
 * backend uses the database scope, the hosted one the access token.
 * Row-level security on storage.buckets and storage.objects decides in both.
 *
 * Results live in the arena passed in.  Failure: err.code is one of
 * objects_codes[] below, err.status its logical status.
 *
 * Wire facts: the public behaviour of Supabase Storage 1.70 and storage-js
 * 2.119.
 */
#include "core/arena.h"
#include "core/db.h"
#include "core/err.h"
#include "domain/ctx.h"

struct objects;

/* Made once per process.  disk: bytes under settings.store_dir;  hosted: when
 * settings.supabase_enabled. */
bool objects_new(struct ctx *ctx, struct objects **out,
		 struct err *e) MUST_CHECK;
void objects_free(struct objects *o); /* NULL is allowed */

struct objects_who {
	const struct db_scope *scope; /* role, claims, headers, operation */
	const char *token; /* access token; NULL: the anon key (hosted) */
	const char *sub;   /* becomes owner_id; NULL = none */
	bool as_service;   /* run with service_role whatever scope says: jobs,
			      signed URLs; never with a user's word as path
			      unless a token vouched for it */
};

/* --- buckets: body and answer are the surface's JSON ---------------------- */

/* The body has been checked (handlers/storage_v1/buckets.c): {id, name,
 * public, file_size_limit (integer or null), allowed_mime_types}. */
bool objects_bucket_create(struct objects *o, struct arena *a,
			   const struct objects_who *who, const char *json,
			   struct span *out, struct err *e) MUST_CHECK;

struct bucket_list {
	const char *search;      /* NULL = all */
	const char *sort_column; /* NULL = unsorted */
	const char *sort_order;  /* asc, desc; NULL = asc */
	int64_t limit, offset;   /* 0 = none */
	bool without_type;       /* for old Python clients */
};

bool objects_bucket_list(struct objects *o, struct arena *a,
			 const struct objects_who *who,
			 const struct bucket_list *q, struct span *out,
			 struct err *e) MUST_CHECK;
bool objects_bucket_get(struct objects *o, struct arena *a,
			const struct objects_who *who, const char *id,
			struct span *out, struct err *e) MUST_CHECK;
bool objects_bucket_update(struct objects *o, struct arena *a,
			   const struct objects_who *who, const char *id,
			   const char *json, struct err *e) MUST_CHECK;
bool objects_bucket_empty(struct objects *o, struct arena *a,
			  const struct objects_who *who, const char *id,
			  struct err *e) MUST_CHECK;
bool objects_bucket_delete(struct objects *o, struct arena *a,
			   const struct objects_who *who, const char *id,
			   struct err *e) MUST_CHECK;

/* --- writing ----------------------------------------------------------------
 */

/* Where the bytes come from: up to n into p; *got = 0 at the end. */
struct object_source {
	bool (*read)(void *from, void *p, size_t n, size_t *got, struct err *e);
	void *from;
};

struct object_put {
	const char *bucket, *key;
	const char *type;          /* the client's word; NULL = none given */
	const char *cache_control; /* "max-age=3600"; NULL = no-cache */
	const char *robots;        /* a valid X-Robots-Tag, or NULL */
	const char *user_metadata; /* JSON object text, or NULL */
	int64_t length;            /* announced; -1 = unknown */
	/* Longer than the announced length of the request when the object is
	 * only a part of it (multipart): then length is -1 and this the most
	 * it can be; -1 = unknown. */
	int64_t length_at_most;
	bool upsert;
};

struct object_stored {
	const char *id;   /* uuid of the row */
	const char *type; /* what the content turned out to be */
	const char *etag; /* quoted; "" when the store does not say */
	int64_t size;
};

/* All or nothing; bytes are on disk when it returns true.  Asks who's policies
 * before the first byte is read.  When the source fails, nothing stays. */
bool objects_put(struct objects *o, struct arena *a,
		 const struct objects_who *who, const struct object_put *p,
		 const struct object_source *from, struct object_stored *out,
		 struct err *e) MUST_CHECK;

/* Could who upload this?  (sign_upload asks before it signs.) */
bool objects_put_allowed(struct objects *o, struct arena *a,
			 const struct objects_who *who,
			 const struct object_put *p, struct err *e) MUST_CHECK;

/* --- reading ----------------------------------------------------------------
 */

enum object_access {
	OBJECT_AS_CALLER, /* public bucket: anybody; private: select policy */
	OBJECT_PUBLIC,    /* the bucket must be public */
};

struct object_want {
	const char *bucket, *key;
	enum object_access access;
	/* Only for objects_send; request headers, NULL = absent. */
	const char *range, *if_range, *if_none_match, *if_modified_since;
};

struct object_info {
	const char *id, *bucket, *key, *version;
	const char *type;                    /* Content-Type */
	const char *etag;                    /* quoted; "" when unknown */
	const char *cache_control;           /* "" when unknown */
	const char *robots;                  /* NULL = none stored */
	const char *user_metadata;           /* JSON text, or NULL */
	const char *created_at, *updated_at; /* ISO */
	int64_t size;                        /* -1 = unknown */
	int64_t modified_s;                  /* of the bytes, Unix time */
	/* Path below the internal location /_blob/ ("ab/cd/<version>"), or
	 * NULL when the bytes are not on this machine: then objects_send. */
	const char *blob;
};

/* What there is under bucket/key. */
bool objects_stat(struct objects *o, struct arena *a,
		  const struct objects_who *who, const struct object_want *w,
		  struct object_info *out, struct err *e) MUST_CHECK;

/* Where bytes go when they pass through us.  head comes once, before the
 * first body; status is 200, 206 or 304, length -1 if unknown,
 * content_range NULL but with 206. */
struct object_sink {
	bool (*head)(void *to, int status, const struct object_info *info,
		     int64_t length, const char *content_range, struct err *e);
	bool (*body)(void *to, const void *p, size_t n, struct err *e);
	void *to;
};

/* Streams the bytes in constant memory.  An error before head leaves the reply
 * free for an error page. */
bool objects_send(struct objects *o, struct arena *a,
		  const struct objects_who *who, const struct object_want *w,
		  const struct object_sink *to, struct err *e) MUST_CHECK;

struct object_list {
	const char *bucket;
	const char *prefix; /* "" = all */
	const char *search; /* v1 */
	const char *sort_column, *sort_order;
	int64_t limit, offset; /* offset: v1 */
	const char *cursor;    /* v2; NULL = from the start */
	bool delimited;        /* v2: group by folder */
};

/* POST /object/list: direct children of a folder, an array. */
bool objects_list(struct objects *o, struct arena *a,
		  const struct objects_who *who, const struct object_list *q,
		  struct span *out, struct err *e) MUST_CHECK;
/* POST /object/list-v2: {hasNext, folders, objects, nextCursor?, ...}. */
bool objects_list_v2(struct objects *o, struct arena *a,
		     const struct objects_who *who, const struct object_list *q,
		     struct span *out, struct err *e) MUST_CHECK;

/* --- links
 * -------------------------------------------------------------------- */

/* All relative to /storage/v1: "/object/sign/B/KEY?token=...". */
bool objects_sign(struct objects *o, struct arena *a,
		  const struct objects_who *who, const char *bucket,
		  const char *key, int64_t expires_s, const char **url,
		  struct err *e) MUST_CHECK;
/* [{error, path, signedURL}] in the order of paths. */
bool objects_sign_many(struct objects *o, struct arena *a,
		       const struct objects_who *who, const char *bucket,
		       const char *const *paths, size_t n, int64_t expires_s,
		       struct span *out, struct err *e) MUST_CHECK;
/* "/object/upload/sign/B/KEY?token=..." and the token alone. */
bool objects_sign_upload(struct objects *o, struct arena *a,
			 const struct objects_who *who,
			 const struct object_put *p, const char **url,
			 const char **token, struct err *e) MUST_CHECK;

/* --- moving, copying, deleting
 * --------------------------------------------------- */

struct object_move {
	const char *bucket, *key;
	const char *to_bucket, *to_key; /* to_bucket NULL = the same */
};

bool objects_move(struct objects *o, struct arena *a,
		  const struct objects_who *who, const struct object_move *m,
		  struct err *e) MUST_CHECK;

struct object_copy {
	const char *bucket, *key;
	const char *to_bucket, *to_key;
	bool upsert;
	bool copy_metadata;        /* false: the three below count */
	const char *type;          /* NULL = the source's */
	const char *cache_control; /* NULL = the source's */
	const char *user_metadata; /* JSON text or NULL */
};

/* Answers {Id, Key, ...row}. */
bool objects_copy(struct objects *o, struct arena *a,
		  const struct objects_who *who, const struct object_copy *c,
		  struct span *out, struct err *e) MUST_CHECK;
bool objects_delete(struct objects *o, struct arena *a,
		    const struct objects_who *who, const char *bucket,
		    const char *key, struct err *e) MUST_CHECK;
/* keys: JSON array of strings; answers the rows deleted.  What is missing or
 * forbidden is just not in it. */
bool objects_delete_many(struct objects *o, struct arena *a,
			 const struct objects_who *who, const char *bucket,
			 const char *keys, struct span *out,
			 struct err *e) MUST_CHECK;

/* --- names and codes
 * ---------------------------------------------------------- */

/* Characters, dot segments, length: what the surface allows. */
bool objects_key_ok(const char *key);
bool objects_bucket_ok(const char *id);
bool objects_check_key(const char *key, struct err *e) MUST_CHECK;
bool objects_check_bucket(const char *id, struct err *e) MUST_CHECK;

struct objects_code {
	const char *code;  /* err.code: "no_such_key" */
	const char *name;  /* on the wire: "NoSuchKey" */
	int status;        /* logical status */
	const char *label; /* the wire's legacy "error" */
};

/* Ends with code NULL.  By our code, by the name on the wire; NULL if none. */
extern const struct objects_code objects_codes[];
const struct objects_code *objects_code_of(const char *code);
const struct objects_code *objects_code_named(const char *name);

/* --- for the backends
 * ----------------------------------------------------------- */

struct objects_ops {
	void (*free)(struct objects *o);
	bool (*bucket_create)(struct objects *, struct arena *,
			      const struct objects_who *, const char *,
			      struct span *, struct err *);
	bool (*bucket_list)(struct objects *, struct arena *,
			    const struct objects_who *,
			    const struct bucket_list *, struct span *,
			    struct err *);
	bool (*bucket_get)(struct objects *, struct arena *,
			   const struct objects_who *, const char *,
			   struct span *, struct err *);
	bool (*bucket_update)(struct objects *, struct arena *,
			      const struct objects_who *, const char *,
			      const char *, struct err *);
	bool (*bucket_empty)(struct objects *, struct arena *,
			     const struct objects_who *, const char *,
			     struct err *);
	bool (*bucket_delete)(struct objects *, struct arena *,
			      const struct objects_who *, const char *,
			      struct err *);
	bool (*put)(struct objects *, struct arena *,
		    const struct objects_who *, const struct object_put *,
		    const struct object_source *, struct object_stored *,
		    struct err *);
	bool (*put_allowed)(struct objects *, struct arena *,
			    const struct objects_who *,
			    const struct object_put *, struct err *);
	bool (*stat)(struct objects *, struct arena *,
		     const struct objects_who *, const struct object_want *,
		     struct object_info *, struct err *);
	bool (*send)(struct objects *, struct arena *,
		     const struct objects_who *, const struct object_want *,
		     const struct object_sink *, struct err *);
	bool (*list)(struct objects *, struct arena *,
		     const struct objects_who *, const struct object_list *,
		     struct span *, struct err *);
	bool (*list_v2)(struct objects *, struct arena *,
			const struct objects_who *, const struct object_list *,
			struct span *, struct err *);
	bool (*sign)(struct objects *, struct arena *,
		     const struct objects_who *, const char *, const char *,
		     int64_t, const char **, struct err *);
	bool (*sign_many)(struct objects *, struct arena *,
			  const struct objects_who *, const char *,
			  const char *const *, size_t, int64_t, struct span *,
			  struct err *);
	bool (*sign_upload)(struct objects *, struct arena *,
			    const struct objects_who *,
			    const struct object_put *, const char **,
			    const char **, struct err *);
	bool (*move)(struct objects *, struct arena *,
		     const struct objects_who *, const struct object_move *,
		     struct err *);
	bool (*copy)(struct objects *, struct arena *,
		     const struct objects_who *, const struct object_copy *,
		     struct span *, struct err *);
	bool (*del)(struct objects *, struct arena *,
		    const struct objects_who *, const char *, const char *,
		    struct err *);
	bool (*del_many)(struct objects *, struct arena *,
			 const struct objects_who *, const char *, const char *,
			 struct span *, struct err *);
};

/* First member of each backend's own struct. */
struct objects {
	const struct objects_ops *ops;
	struct ctx *ctx;
};

bool objects_disk_new(struct ctx *ctx, struct objects **out,
		      struct err *e) MUST_CHECK; /* objects_disk.c */
bool objects_supabase_new(struct ctx *ctx, struct objects **out,
			  struct err *e) MUST_CHECK; /* objects_supabase.c */

#endif
