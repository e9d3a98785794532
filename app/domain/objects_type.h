#ifndef DOMAIN_OBJECTS_TYPE_H
#define DOMAIN_OBJECTS_TYPE_H

/*
 * objects_type - which Content-Type an object is stored with.
 *
 * The content decides (libmagic), never the client's word.  But libmagic knows
 * few words for text and none for many binary formats; there the client's word
 * is kept, if it only says more precisely what was found and cannot make a
 * browser run the bytes:
 *
 *   found                        the client's word is kept when it is
 *   the same type                the same (with its parameters)
 *   nothing (no bytes)           anything
 *   text but HTML and XML, JSON  a text type, JSON, YAML, SQL, scripts;
 *                                never HTML, XML, SVG or anything +xml
 *   audio, video                 audio or video (containers hold both)
 *   zip, OLE, gzip               a document or archive format made of it
 *   octet-stream                 application, font, audio, video, model that
 *                                libmagic has no test for; never a text, an
 *                                image, PDF or archive
 *
 * Everything else is stored as found.
 */
#include "core/arena.h"
#include "core/mime.h"

/*
 * What the first n bytes of an object are (core/mime), few as they may be, as
 * precisely as stored_type() asks for: UTF-8 text that is said to be a kind of
 * text is only looked at for what would contradict that.
 */
const char *found_type(struct mime *m, struct arena *a, const char *p, size_t n,
		       const char *claimed);

/* found and claimed may carry parameters.  Returns one of the two, or a copy
 * of found without its charset (what libmagic guesses about it is not stored
 * unless the client said so). */
const char *stored_type(struct arena *a, const char *found, const char *claimed,
			bool is_empty);

/* "type/subtype", both of RFC 6838 characters, parameters allowed. */
bool type_is_valid(const char *type);

/*
 * The bucket's rule: exact, with parameters, or type and "*" as subtype.
 * allowed: JSON array text, or NULL = anything.
 */
bool type_allowed(struct arena *a, const char *allowed, const char *type);

#endif
