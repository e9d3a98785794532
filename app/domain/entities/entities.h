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

/* mail.c */
extern const struct entity mail_entity;
extern const struct entity mail_thread_entity; /* with its last mail */
extern const struct entity mail_gone_entity;
extern const struct entity message_entity; /* mail of older clients */
extern const struct entity message_sent_entity;

/* lists.c */
extern const struct entity ordering_entity;
extern const struct entity tasklist_entity;
extern const struct entity tasklist_order_entity; /* all of its ids */

/* graph.c */
extern const struct entity taskgraph_entity;
extern const struct entity taskgraph_check_entity; /* could it run? */

/* spell.c */
extern const struct entity spell_entity;
extern const struct entity spell_cast_entity; /* said to a session */
extern const struct entity custom_prompt_entity;

/* command.c */
extern const struct entity command_entity;
extern const struct entity command_total_entity; /* of those of one name */
extern const struct entity command_stored_entity;

/* image.c */
extern const struct entity task_image_entity;

/* workflow.c */
extern const struct entity workflow_entity;

/* common.c */
extern const struct entity done_entity; /* {success: true, id}: it is gone */

#endif
