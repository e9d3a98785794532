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

/* mail.c */
extern const struct entity mail_entity;
extern const struct entity mail_thread_entity; /* with its last mail */
extern const struct entity mail_gone_entity;
extern const struct entity message_entity; /* mail of older clients */
extern const struct entity message_sent_entity;

/* session.c: a summary is a session of which less is selected */
extern const struct entity session_entity;
extern const struct entity entry_entity; /* of a timeline */
extern const struct entity event_entity;
extern const struct entity doc_entity;
extern const struct entity doc_text_entity; /* with its text and its origin */
extern const struct entity prompt_entity;
extern const struct entity digest_entity;
extern const struct entity mode_entity;

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
/* Nothing is read from the body, but it must not be nonsense. */
extern const struct entity nothing_entity;
extern const struct entity done_entity; /* {success: true, id}: it is gone */

#endif
