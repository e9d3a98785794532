#include "import_images.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "core/mime.h"
#include "domain/ctx.h"
#include "domain/objects.h"
#include "domain/queries.h"
#include "domain/task_images.h"

struct import_images {
	const struct settings *set;
	struct ctx *ctx; /* NULL until first used */
};

static const char bucket[] = "task-images";

static const struct db_scope service = {
	.role = "service_role",
	.claims = "{\"role\":\"service_role\"}",
};

static const struct objects_who as_service = {
	.scope = &service,
	.as_service = true,
};

struct import_images *
import_images_new(struct arena *a, const struct settings *set)
{
	struct import_images *im = arena_alloc(a, sizeof *im);

	im->set = set;
	return im;
}

void
import_images_close(struct import_images *im)
{
	if (!im)
		return;
	ctx_close(im->ctx);
	im->ctx = NULL;
}

/* Blobs belong to whoever runs maestro-web; root makes them in that name.
 * Files of the data directory are read as whoever calls. */
static bool
become_web(const struct import_images *im, struct err *e)
{
	const struct settings *set = im->set;
	const struct passwd *pw;
	const struct group *gr;
	gid_t gid;

	if (!set || geteuid() != 0 || !*set->user || set->supabase_enabled)
		return true;
	pw = getpwnam(set->user);
	if (!pw)
		return err_set(e, 500, "no_user", "there is no user %s",
			       set->user);
	gr = *set->group ? getgrnam(set->group) : NULL;
	gid = gr ? gr->gr_gid : pw->pw_gid;
	if (initgroups(set->user, gid) == -1 || setegid(gid) == -1 ||
	    seteuid(pw->pw_uid) == -1)
		return err_set(e, 500, "no_user", "%s: %s", set->user,
			       strerror(errno));
	return true;
}

static bool
become_oneself(struct err *e)
{
	if (geteuid() == getuid())
		return true;
	if (seteuid(getuid()) == -1 || setegid(getgid()) == -1)
		return err_set(e, 500, "no_user", "%s", strerror(errno));
	return true;
}

static bool
open_store(struct import_images *im, struct err *e)
{
	if (im->ctx)
		return true;
	if (!im->set)
		return err_set(e, 400, "no_store",
			       "images need the settings of the installation: "
			       "leave --database out");
	return ctx_open(&im->ctx, im->set, NULL, NULL, e);
}

/* --- in --- */

static bool
read_span(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	struct span *rest = from;

	(void)e;
	*got = rest->n < n ? rest->n : n;
	memcpy(p, rest->p, *got);
	rest->p += *got;
	rest->n -= *got;
	return true;
}

static bool
type_of(struct import_images *im, struct arena *a, struct span bytes,
	const char **type, struct err *e)
{
	size_t n = bytes.n < MIME_PREFIX_BYTES ? bytes.n : MIME_PREFIX_BYTES;
	const char *found = mime_of(im->ctx->mime, a, bytes.p, n);

	for (const char *const *w = task_image_types; *w; w++)
		if (strcmp(found, *w) == 0) {
			*type = *w;
			return true;
		}
	return err_set(e, 400, "bad_image",
		       "it is no PNG, JPEG, GIF, WebP or SVG image");
}

static bool
put(struct import_images *im, struct arena *a, const struct import_image *i,
    const char *type, struct err *e)
{
	struct span rest = i->bytes;
	const struct object_source from = {read_span, &rest};
	const struct object_put p = {
		.bucket = bucket,
		.key = arena_printf(a, "%s/%s/%s", i->project, i->task, i->id),
		.type = type,
		.length = (int64_t)i->bytes.n,
		.length_at_most = (int64_t)i->bytes.n,
		.upsert = true, /* left by an import that was broken off */
	};
	struct object_stored stored;

	return objects_put(im->ctx->objects, a, &as_service, &p, &from, &stored,
			   e);
}

static bool
store(struct import_images *im, struct arena *a, const struct import_image *i,
      const char **type, struct err *e)
{
	struct span state;

	if (!open_store(im, e) || !type_of(im, a, i->bytes, type, e))
		return false;
	if (i->dry_run)
		return true;
	if (!db_text(im->ctx->db, a, &service,
		     q_import_await_image(i->owner, i->project, i->task, i->id),
		     &state, e))
		return false;
	return !span_is(state, "store") || put(im, a, i, *type, e);
}

bool
import_image_store(struct import_images *im, struct arena *a,
		   const struct import_image *i, const char **type,
		   struct err *e)
{
	struct err back;
	bool done = become_web(im, e) && store(im, a, i, type, e);

	if (become_oneself(&back))
		return done;
	*e = back;
	return false;
}

/* --- out --- */

static bool
take_head(void *to, int status, const struct object_info *info, int64_t length,
	  const char *content_range, struct err *e)
{
	(void)to;
	(void)status;
	(void)info;
	(void)length;
	(void)content_range;
	(void)e;
	return true;
}

static bool
take_body(void *to, const void *p, size_t n, struct err *e)
{
	const int *fd = to;
	const char *from = p;

	while (n > 0) {
		ssize_t rc = write(*fd, from, n);

		if (rc == -1 && errno != EINTR)
			return err_set(e, errno == ENOSPC ? 507 : 500,
				       "file_io", "%s", strerror(errno));
		from += rc > 0 ? rc : 0;
		n -= rc > 0 ? (size_t)rc : 0;
	}
	return true;
}

bool
import_image_fetch(struct import_images *im, struct arena *a, const char *key,
		   int fd, struct err *e)
{
	const struct object_want w = {.bucket = bucket, .key = key};
	const struct object_sink sink = {take_head, take_body, &fd};
	struct err back;
	bool done =
		become_web(im, e) && open_store(im, e) &&
		objects_send(im->ctx->objects, a, &as_service, &w, &sink, e);

	if (become_oneself(&back))
		return done;
	*e = back;
	return false;
}
