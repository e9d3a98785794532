#ifndef DOMAIN_TASK_IMAGES_H
#define DOMAIN_TASK_IMAGES_H

/*
 * task_images - images of tasks: a row each, their bytes objects
 * `<project>/<task>/<image>` of the bucket task-images, wherever objects live.
 *
 * The two are never one transaction, so a key is on the list of the doomed
 * (private.doomed_objects) from before its bytes are stored until its row is
 * there, and again from the moment the row goes, whoever deletes it: image,
 * task or project.  task_images_reap removes what is due; a request that
 * deletes calls it, and `maestro sweep` for what a crash left.
 *
 * Failure: 404 not_found, 403 forbidden, 400 validation_failed (not an image
 * of a type we keep), 413 too_large, 507 storage_full.
 */
#include "domain/objects.h"

/* The types there are, NULL-terminated; the content says which. */
extern const char *const task_image_types[];

struct task_image_in {
	const char *task;
	struct object_source from;
	int64_t length_at_most; /* -1 = unknown */
	/* Called once, after the last byte and before anything is stored for
	 * good: the file's name, and a last chance to refuse.  type: what the
	 * content turned out to be. */
	bool (*accept)(void *arg, const char *type, const char **filename,
		       struct err *e);
	void *arg;
};

/* Stores one; row: what is known of it.  Nothing stays when it fails. */
bool task_image_put(struct ctx *ctx, struct arena *a,
		    const struct objects_who *who,
		    const struct task_image_in *in, struct db_result *row,
		    struct err *e) MUST_CHECK;

struct task_image {
	const char *task, *id;   /* which one */
	struct object_info info; /* type is the image's */
	const char *filename;
};

/* Fills in what there is under task and id. */
bool task_image_stat(struct ctx *ctx, struct arena *a,
		     const struct objects_who *who, struct task_image *image,
		     struct err *e) MUST_CHECK;

/* Row and bytes of task and id; row: that it is gone. */
bool task_image_delete(struct ctx *ctx, struct arena *a,
		       const struct objects_who *who,
		       const struct task_image *image, struct db_result *row,
		       struct err *e) MUST_CHECK;

/* Removes the bytes whose time has come, as the service.  What fails is tried
 * again by the next one; the log says so. */
void task_images_reap(struct ctx *ctx, struct arena *a,
		      const struct objects_who *who);

#endif
