#ifndef DOMAIN_ENTITIES_H
#define DOMAIN_ENTITIES_H

/*
 * entities - what the product knows, one declaration each (domain/entity.h),
 * a file per subject in this folder.  The API checks and answers by them, the
 * pages fill their forms by them, the reference prints them.
 */
#include "domain/entity.h"

/* task.c */
extern const struct entity task_entity;

/* session.c: a summary is a session of which less is selected */
extern const struct entity session_entity;
extern const struct entity entry_entity; /* of a timeline */
extern const struct entity event_entity;
extern const struct entity doc_entity;
extern const struct entity doc_text_entity; /* with its text and its origin */
extern const struct entity prompt_entity;
extern const struct entity digest_entity;
extern const struct entity mode_entity;

/* common.c */
extern const struct entity done_entity; /* {success: true, id}: it is gone */

#endif
