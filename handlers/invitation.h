#ifndef HANDLERS_INVITATION_H
#define HANDLERS_INVITATION_H

/*
 * invitation - from the row of Q_MEMBER_ADD to a link and a mail; shared by
 * the pages and the API.
 */
#include "web/req.h"

/*
 * The link of an invitation that was just made, also mailed to whom it is for;
 * NULL when somebody with an account became a member instead.  Should the mail
 * not leave, the link still does its work: that is logged, not an error.
 */
const char *invitation_send(struct req *rq, const struct db_result *made);

#endif
