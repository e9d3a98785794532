#ifndef HANDLERS_API_FILES_H
#define HANDLERS_API_FILES_H

/*
 * files - files of projects over HTTP; /api and the pages share these.
 */
#include "domain/project_files.h"
#include "web/req.h"

/* The caller of rq, for domain/project_files and domain/objects. */
struct objects_who files_who(struct req *rq, const char *operation);

/*
 * Stores what the body brings: every file of a multipart form (fields before
 * it: folder, replace), or one raw body named by the query (name, folder,
 * replace).  keys: JSON array of the keys stored.  When one fails, those
 * before it stay.  Needs a route with RF_STREAM | RF_OPEN_TYPE | RF_IO.
 */
bool files_receive(struct req *rq, const char *project, const char **keys,
		   size_t *n, struct err *e);

/* Sends one; as_inline shows pictures, media, PDF and text in the browser. */
bool files_reply(struct req *rq, const char *project, const char *key,
		 bool as_inline, struct err *e);

#endif
