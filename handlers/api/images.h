#ifndef HANDLERS_API_IMAGES_H
#define HANDLERS_API_IMAGES_H

/*
 * images - images of tasks over HTTP; /api and the pages share these.
 */
#include "web/req.h"

/* Sends the image of the path (:id, :imageId). */
bool image_reply(struct req *rq, struct err *e);

/* Bytes of images whose task has just been deleted. */
void image_reap(struct req *rq);

#endif
