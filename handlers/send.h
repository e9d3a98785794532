#ifndef HANDLERS_SEND_H
#define HANDLERS_SEND_H

/*
 * send - an object's bytes as an HTTP answer, for every surface that has any.
 *
 * The row answers HEAD, conditions (RFC 9110 13) and hopeless ranges; bytes on
 * this machine leave through nginx (X-Accel-Redirect), which does the rest of
 * Range and If-Range with the ETag sent along; bytes elsewhere pass through in
 * constant memory.
 */
#include "domain/objects.h"
#include "web/req.h"

struct send_options {
	const char *cache_control; /* NULL: the object's own */
	int64_t expires_s;         /* > 0: Expires instead of Cache-Control */
	const char *disposition;   /* Content-Disposition, or NULL */
	/* For bytes elsewhere: as whom to fetch them. */
	const struct objects_who *who;
	enum object_access access;
};

bool send_object(struct req *rq, const struct object_info *info,
		 const struct send_options *o, struct err *e);

/* attachment or inline, with the name in both forms of RFC 6266. */
const char *send_disposition(struct req *rq, const char *kind,
			     const char *name);

#endif
