#ifndef DOMAIN_EXPORT_OBJECTS_H
#define DOMAIN_EXPORT_OBJECTS_H

/*
 * export_objects - rows as objects of the files of the original: what the API
 * says of an entity, what only its file says, and what came with it and is
 * unknown here.
 *
 * A statement of an export selects the columns of the entity, those of `more`,
 * and in `extra` (there or not) a JSON object whose members are the unknown
 * ones.  What comes later stands in place of what has the same name.
 */
#include "core/bulk.h"
#include "core/jsonw.h"
#include "domain/entity.h"

struct export_object {
	unsigned query;
	const struct entity *of;   /* NULL: the column `text` is the object */
	const struct entity *more; /* what only the file says; NULL: nothing */
};

/* What a project is made of, and what belongs to its owner alone. */
extern const struct export_object export_of_project[], export_of_owner[];
extern const size_t export_n_of_project, export_n_of_owner;

/* A line of a log of commands. */
extern const struct export_object export_command;

void export_write(struct jsonw *w, const struct export_object *o,
		  const struct db_result *row);

enum {
	EXPORT_SESSION_RESULTS = 4 /* sessions, events, timelines, documents */
};

/* A session of many, with its parts: results as entity.h wants them. */
void export_write_session(struct jsonw *w, const struct db_result *results,
			  size_t row);

#endif
