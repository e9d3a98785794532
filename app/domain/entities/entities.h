#ifndef DOMAIN_ENTITIES_H
#define DOMAIN_ENTITIES_H

/*
 * entities - what the product knows, one declaration each (domain/entity.h),
 * a file per subject in this folder.  The API checks and answers by them, the
 * pages fill their forms by them, the reference prints them.
 */
#include "domain/entity.h"

/* person.c */
extern const struct entity profile_entity;
extern const struct entity token_entity; /* an API token */

/* file.c */
extern const struct entity file_entity; /* of a project */

/* project.c */
extern const struct entity project_entity;
extern const struct entity card_entity; /* a task on the board */
extern const struct entity member_entity;
extern const struct entity invitation_entity;

/* task.c */
extern const struct entity task_entity;

/* team.c */
extern const struct entity team_member_entity;
extern const struct entity team_entity;
extern const struct entity model_profile_entity;
extern const struct entity team_branch_entity; /* with all below it */

/* common.c */
extern const struct entity done_entity; /* {success: true, id}: it is gone */

#endif
