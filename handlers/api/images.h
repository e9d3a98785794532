#ifndef HANDLERS_API_IMAGES_H
#define HANDLERS_API_IMAGES_H

/*
 * images - images of tasks over HTTP; /api and the pages share these.
 */
#include "domain/task_images.h"
#include "web/req.h"

/* The image of the path (:id, :imageId). */
struct task_image image_named(const struct req *rq);

/* Sends it. */
bool image_reply(struct req *rq, struct err *e);

/* Bytes of images whose task has just been deleted. */
void image_reap(struct req *rq);

#endif
