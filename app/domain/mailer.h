#ifndef DOMAIN_MAILER_H
#define DOMAIN_MAILER_H

/*
 * mailer - turns "this code for that address" into a mail and hands it over.
 *
 * Texts are templates/mail/<name>.html and <name>_text.txt (its first line is
 * the subject); the mail is multipart/alternative in UTF-8.  With smtp_url set
 * it goes to that server; otherwise it becomes one file in mail_dir, named by
 * time so that the newest sorts last, complete as soon as it is visible.  An
 * admin page lists that folder.
 *
 * Failure: 500 mail_failed; the caller decides what the user hears.  A CR or
 * LF in anything that becomes a header is refused, not cut.
 */
#include "core/arena.h"
#include "core/err.h"

struct ctx;
struct mailer;

struct mail {
	const char *template_name; /* confirmation, invite, recovery,
				      magic_link, email_change */
	const char *to;
	const char *email;     /* the account's address */
	const char *new_email; /* a change: the address it will have */
	const char *code;      /* what may be typed instead of following link */
	const char *hash;
	const char *link;
	const char *redirect_to;
};

/* Borrows ctx: settings, templates, fetch.  Never NULL. */
struct mailer *mailer_new(struct ctx *ctx);
void mailer_free(struct mailer *m); /* NULL is allowed */

bool mailer_send(struct mailer *m, struct arena *a, const struct mail *mail,
		 struct err *e) MUST_CHECK;

/* The folder's mails, newest first, for the page of admins: their names
 * ("20261121T070000.123456-<id>.eml"), at most limit. */
bool mailer_list(struct mailer *m, struct arena *a, size_t limit,
		 const char *const **names, size_t *n,
		 struct err *e) MUST_CHECK;
/* One of them as it was written.  404 not_found for any other name. */
bool mailer_read(struct mailer *m, struct arena *a, const char *name,
		 struct span *out, struct err *e) MUST_CHECK;

/* The same for people: "" where a part is missing. */
struct mail_view {
	const char *date, *to, *subject;
	const char *text; /* plain; holds the link and the code */
};

bool mailer_view(struct mailer *m, struct arena *a, const char *name,
		 struct mail_view *out, struct err *e) MUST_CHECK;

struct mail_parts {
	const char *from, *to; /* bare addresses */
	const char *subject;
	const char *text, *html;
};

/* Exposed for its test: puts the parts of a mail together. */
bool mailer_compose(struct arena *a, const struct mail_parts *p,
		    struct span *out, struct err *e) MUST_CHECK;

#endif
