#ifndef DOMAIN_EMAIL_H
#define DOMAIN_EMAIL_H

/*
 * email - mail addresses as auth-v1.md 7.2 takes them.
 *
 * At most 255 characters, lower-cased as a whole, not trimmed, no folding of
 * dots or plus.  Local part: letters, digits and .!#$%&'*+/=?^_`{|}~-; domain:
 * labels of 1 to 63 letters, digits and hyphens, no hyphen at either end.  So
 * an address never holds a blank, a control character, <, > or a comma and may
 * stand in a mail header as it is.
 */
#include "core/arena.h"

/* The address in lower case, or NULL when s is none. */
const char *email_normal(struct arena *a, const char *s);

/* E.164 without + and blanks, as auth.users stores it; NULL when s is none. */
const char *phone_normal(struct arena *a, const char *s);

#endif
