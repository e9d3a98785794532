#ifndef WEB_WAIT_H
#define WEB_WAIT_H

/*
 * wait - a request that waits for news holds a worker of the io pool.
 *
 * Only so many may wait at a time that a worker is left for uploads; they are
 * counted in the slots the pool shares, so one that dies is not counted any
 * more.  A wait ends with its request; there is nothing to give back.  One
 * user's waits fill all places only as long as nobody else asks for one.
 */
#include "req.h"

/* May this request wait?  False: as many wait as may, at most `most` and never
 * all of the io workers, or the caller has its share while others have none, or
 * this is no worker of the io pool. */
bool wait_begin(struct req *rq, int64_t most);

enum wait_end {
	WAIT_LOOK, /* the time is over: look whether there are news */
	WAIT_STOP, /* the worker is asked to end: answer now */
	WAIT_GONE, /* the client hung up */
};

enum wait_end wait_pause(struct req *rq, int ms);

#endif
