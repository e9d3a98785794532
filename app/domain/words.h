#ifndef DOMAIN_WORDS_H
#define DOMAIN_WORDS_H

/*
 * words - the closed lists of words of the product, which the API, the pages
 * and the command line take alike, for columns F_ENUM of entity tables.  Each
 * ends with NULL.
 */

extern const char *const words_role[];        /* in a project */
extern const char *const words_task_status[]; /* as the board has them */
extern const char *const words_task_priority[];
extern const char *const words_session_status[];
extern const char *const words_entry_type[]; /* that a client may append */
extern const char *const words_doc_kind[];
extern const char *const words_mail_type[];
extern const char *const words_mail_priority[];
extern const char *const words_agent_scope[];
extern const char *const words_agent_mode[]; /* of a team member */
extern const char *const words_permission_mode[];
extern const char *const words_spell_kind[]; /* what a spell is cast with */

#endif
