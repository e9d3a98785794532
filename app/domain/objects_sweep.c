#include "objects_sweep.h"

#include <string.h>

#include "core/blobs.h"
#include "core/buf.h"
#include "core/log.h"
#include "domain/queries.h"

enum {
	BATCH = 500,
	GRACE_S = 60, /* nginx may be about to open what it was sent to */
	FOLDERS = 65536,
	ARENA_BYTES = 64 * MiB,
};

struct sweep {
	struct ctx *ctx;
	struct blobs *blobs;
	struct arena *a; /* reset after every batch */
	struct db_scope scope;
	struct sweep_report *report;
	struct buf names; /* JSON array of versions */
	size_t n;
};

static bool
run(struct sweep *s, struct db_call call, struct db_result *r, struct err *e)
{
	return db_run(s->ctx->db, s->a, &s->scope, &call, 1, r, e);
}

static void
names_begin(struct sweep *s)
{
	s->names = buf_on(s->a);
	s->n = 0;
}

static void
names_add(struct sweep *s, const char *version)
{
	buf_add(&s->names, s->n++ ? "," : "[");
	buf_add_json(&s->names, version);
}

static const char *
names_json(struct sweep *s)
{
	buf_add(&s->names, s->n ? "]" : "[]");
	return buf_str(&s->names);
}

/* --- versions that rows gave up --- */

/* Unlinks first and crosses off after: a crash between does it twice. */
static bool
unlink_batch(struct sweep *s, bool *more, struct err *e)
{
	struct db_result r, done;
	size_t rows;

	if (!run(s,
		 q_storage_doomed(arena_printf(s->a, "%d", (int)GRACE_S),
				  arena_printf(s->a, "%d", (int)BATCH)),
		 &r, e))
		return false;
	rows = db_rows(&r);
	names_begin(s);
	for (size_t i = 0; i < rows; i++) {
		const char *version = db_value(&r, i, 0);
		bool is_named = *db_value(&r, i, 1) == 't';

		if (!is_named && !blob_unlink(s->blobs, version, e))
			return false;
		s->report->unlinked += !is_named;
		names_add(s, version);
	}
	*more = rows == BATCH;
	return rows == 0 ||
	       run(s, q_storage_doomed_done(names_json(s)), &done, e);
}

static bool
sweep_doomed(struct sweep *s, struct err *e)
{
	bool more = true;

	while (more) {
		if (!unlink_batch(s, &more, e))
			return false;
		arena_reset(s->a);
	}
	return true;
}

/* --- blobs that no row names --- */

static bool
flush(struct sweep *s, struct err *e)
{
	struct db_result r;

	if (s->n > 0) {
		if (!run(s, q_storage_unknown_versions(names_json(s)), &r, e))
			return false;
		for (size_t i = 0; i < db_rows(&r); i++) {
			const char *version = db_value(&r, i, 0);

			if (!blob_unlink(s->blobs, version, e))
				return false;
			log_line(LOG_LEVEL_INFO, "sweep_orphan", "version",
				 version, NULL);
			s->report->orphans++;
		}
	}
	arena_reset(s->a);
	names_begin(s);
	return true;
}

static bool
collect(void *to, const char *version, int64_t size)
{
	struct sweep *s = to;

	(void)size;
	names_add(s, version);
	return true;
}

/* A folder holds 1/65536 of the store, so several fit one question. */
static bool
sweep_orphans(struct sweep *s, struct err *e)
{
	int64_t age = s->ctx->set->sweep_grace_s;

	names_begin(s);
	for (unsigned i = 0; i < FOLDERS; i++) {
		if (!blobs_walk(s->blobs, i, age, collect, s, e))
			return false;
		if (s->n >= BATCH && !flush(s, e))
			return false;
	}
	return flush(s, e);
}

/* --- rows without bytes --- */

static bool
sweep_missing(struct sweep *s, struct err *e)
{
	char after[64] = "";
	size_t rows;

	do {
		struct db_result r;

		if (!run(s,
			 q_storage_versions_after(
				 after, arena_printf(s->a, "%d", (int)BATCH)),
			 &r, e))
			return false;
		rows = db_rows(&r);
		for (size_t i = 0; i < rows; i++) {
			const char *version = db_value(&r, i, 0);

			if (blob_exists(s->blobs, version))
				continue;
			s->report->missing++;
			log_line(LOG_LEVEL_ERROR, "bytes_missing", "bucket",
				 db_value(&r, i, 1), "version", version, NULL);
		}
		if (rows > 0)
			strncpy(after, db_value(&r, rows - 1, 0),
				sizeof after - 1);
		arena_reset(s->a);
	} while (rows == BATCH);
	return true;
}

bool
objects_sweep(struct ctx *ctx, bool is_quick, struct sweep_report *out,
	      struct err *e)
{
	struct sweep s = {
		.ctx = ctx,
		.a = arena_new(ARENA_BYTES),
		.scope = {.role = "service_role",
			  .claims = "{\"role\":\"service_role\"}",
			  .timeout_ms = 60000},
		.report = out,
	};
	bool done;

	*out = (struct sweep_report){.unlinked = 0};
	/* Makes no folders: the sweeper may run as another user than those who
	 * write here.  No store yet is a clean one. */
	done = blobs_open(ctx->set->store_dir, 0, &s.blobs, e);
	if (!done && strcmp(e->code, "no_store") == 0) {
		arena_free(s.a);
		return true;
	}
	done = done && sweep_doomed(&s, e);
	if (done) {
		out->left_overs =
			blobs_clean_tmp(s.blobs, ctx->set->sweep_grace_s);
		done = is_quick ||
		       (sweep_orphans(&s, e) && sweep_missing(&s, e));
	}
	blobs_close(s.blobs);
	arena_free(s.a);
	return done;
}
