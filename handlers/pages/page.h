#ifndef HANDLERS_PAGES_PAGE_H
#define HANDLERS_PAGES_PAGE_H

/*
 * page - what the handlers of /app share: the view a template gets, forms
 * that come back with their mistakes, cookies, redirects after a post.  A file
 * ends with its rows and a struct route_set, which the build finds.
 *
 * The data of a page are rows (page_rows) of one pipeline, which the template
 * reads through core/view.h; the rest of the view is added here: the CSRF
 * field, the address of the static files, the message of the step before.
 * A post that succeeds answers 303; a post with a mistake shows its form again,
 * the words still in it and the error beside the field.
 */
#include "core/json.h"
#include "core/view.h"
#include "domain/entity.h"
#include "domain/identity.h"
#include "domain/queries.h"
#include "web/route.h"

enum {
	PAGE_FORM = 64 * KiB,
	PAGE_TEXT_FORM = 4 * MiB, /* with a description in it */
	PAGE_POST = RF_FORM | RF_CSRF,
};

struct page {
	struct req *rq;
	int status;
	struct view *view;          /* of the arena */
	struct view *form, *errors; /* members of view */
	struct view *max;           /* the same, once there is a limit */
};

/*
 * calls[0] gives the head: a row of api.page_head, which is who looks and, for
 * the pages of a project, the project and what the caller may in it.  The
 * other results are the page's own.  A refusal is *e, and so is a statement of
 * kind row that gives none (404).
 */
bool page_rows(struct req *rq, const struct db_call *calls, size_t n,
	       struct db_result *results, struct page *p,
	       struct err *e) MUST_CHECK;
/* A page of who looks, and of nothing else. */
bool page_alone(struct req *rq, struct page *p, struct err *e) MUST_CHECK;
/* From the head: the caller's role in the project is member (admin, owner) or
 * higher. */
bool page_may_write(const struct db_result *head);
bool page_may_admin(const struct db_result *head);
bool page_may_own(const struct db_result *head);

/* A page of somebody who is not signed in. */
void page_bare(struct req *rq, struct page *p);

void page_text(struct page *p, const char *key, const char *value);
void page_flag(struct page *p, const char *key, bool value);
/* Marks one of the project's tabs as the open one. */
void page_tab(struct page *p, const char *tab);
void page_number(struct page *p, const char *key, int64_t value);
void page_value(struct page *p, const char *key, struct tmpl_value value);

/* Renders templates/<name>.html and replies. */
bool page_show(struct page *p, const char *name, struct err *e) MUST_CHECK;

/*
 * Which part of a long list is shown: the first so many, or those behind or
 * before a place in its order, which the links of the part before name (a
 * time and an id), so that the last part costs what the first does.
 */
struct page_part {
	size_t size;         /* rows of a part */
	int64_t number;      /* counted from 1 */
	bool is_newer;       /* before the place, else behind it */
	const char *at, *id; /* the place; "infinity", "" for the top */
	const char *skip;    /* so many rows from there */
	const char *wanted;  /* size, and one that says whether more come */
	size_t from, n;      /* rows of the result that are shown */
};

bool page_part(struct req *rq, size_t size, struct page_part *part,
	       struct err *e) MUST_CHECK;
/* rows: `size` of them and one more if there is one; at, id: the columns of
 * a row's place.  Sets from and n, and adds what partials/pager.html shows. */
void page_pager(struct page *p, struct page_part *part,
		const struct db_result *rows, unsigned at, unsigned id);

/* The window that ?page= asks for: arguments of a statement.  `take` is one
 * more than is shown, which tells whether there is more. */
struct page_window {
	int64_t number, size;
	const char *skip, *take;
};

bool page_window(struct req *rq, int64_t size, struct page_window *w,
		 struct err *e) MUST_CHECK;
/* {found, pages} of the view: rows were found for the window, and `count` in
 * all, which stopped at COUNT_MOST + 1.  NULL: nobody counted, there is only
 * {pages}. */
void page_show_window(struct page *p, const struct page_window *w, size_t rows,
		      const char *count);

/* --- forms --- */

/*
 * Fills form.<name> for the NULL-terminated names.  wrong NULL: with nothing;
 * else with what was sent, and errors.<field> or `problem` with the sentence,
 * and the status.
 */
void page_form(struct page *p, const char *const *names,
	       const struct err *wrong);

/* Is this mistake the person's, to be told in the form? */
bool page_is_mistake(const struct err *e);

/* The page of a form; wrong NULL: as it is seen first. */
typedef bool page_form_fn(struct req *rq, const struct err *wrong,
			  struct err *e);
/* A mistake shows the form again; anything else in *e stays an error. */
bool page_again(struct req *rq, page_form_fn *show, struct err *e) MUST_CHECK;

/* The same in two steps, the first with what is stored for each field. */
void page_field(struct page *p, const char *name, const char *value,
		const struct err *wrong);
void page_wrong(struct page *p, const char *const *names,
		const struct err *wrong);

/* The form's fields as a JSON object for an entity table: a missing field is
 * left out, an empty one is "" or, when listed after '?', left out too. */
struct json_object *page_input(struct req *rq, const char *const *names);
/* Checks it and gives the canonical text. */
bool page_entity(struct req *rq, const struct entity *t, unsigned form,
		 struct json_object *body, const char **out,
		 struct err *e) MUST_CHECK;
/* A text without the CR of the browser's CR LF; a title is one line whatever
 * the form sends. */
const char *page_tidy(struct req *rq, const char *text, bool one_line);
/* The longest that a text of t, or one of its lists, may be, as max.<name>,
 * for maxlength. */
void page_limits(struct page *p, const struct entity *t);
/* "a, b ,c" as an array of texts, and a text[] of a row as "a, b, c". */
struct json_object *page_words(struct req *rq, const char *text);
const char *page_words_text(struct req *rq, const struct db_result *r,
			    size_t column);
/* Boxes of one name: the values that were ticked. */
struct json_object *page_ticked(struct req *rq, const char *name);
bool page_is_ticked(struct req *rq, const char *name, const char *value);

/* --- uploads.c: forms with files --- */

struct multipart;
struct part;

/* Stores one file of the form. */
typedef bool page_put_fn(struct req *rq, struct multipart *m,
			 const struct part *part, struct err *e);
/* The part as the source of an object: {page_read_part, m}. */
bool page_read_part(void *from, void *p, size_t n, size_t *got, struct err *e);
/* Stores every file of the form, then goes on as page_go does; a mistake shows
 * the page again.  Our script gets JSON.  When one fails, those before it
 * stay. */
bool page_receive(struct req *rq, page_put_fn *put, page_form_fn *show,
		  const char *to, const char *code, struct err *e) MUST_CHECK;

/* --- answers --- */

/* 303, with a message for the next page; code is a row of page.c's table. */
bool page_go(struct req *rq, const char *to, const char *code);
/* Is it one of our modules that asks? */
bool page_is_fetch(const struct req *rq);
/* `next` of query or form if it is a path of ours, else "/app". */
const char *page_next(struct req *rq);

/* --- cookies: __Host-, Secure, HttpOnly, SameSite=Lax --- */

/* seconds 0: until the browser closes; -1: away with it. */
void page_cookie(struct req *rq, const char *name, const char *value,
		 int64_t seconds);
/* A text for the next page only: a new token, an address. */
void page_stash(struct req *rq, const char *text);
const char *page_unstash(struct req *rq); /* NULL if none */
/* The value every form of a page carries, new each time; sets the cookie when
 * there is none. */
const char *page_csrf(struct req *rq);
bool page_csrf_ok(struct req *rq, const char *given);

void page_render_error(struct req *rq, const struct err *e);

/* --- sign_in.c --- */
bool page_authenticate(struct req *rq, struct err *e) MUST_CHECK;
void page_keep_session(struct req *rq, const struct session *s);
void page_drop_session(struct req *rq);

/* --- task.c --- */
/* The page of the task as it is, with a mistake of another form on it. */
bool page_task_again(struct req *rq, const struct err *wrong, struct err *e);
extern const char *const page_task_names[];
struct json_object *page_task_input(struct req *rq);
/* The choices of its form, and how long its texts may be. */
void page_task_choices(struct page *p, const char *status,
		       const char *priority);
/* The API takes a task without one; a person wants to see what it is. */
bool page_need_title(struct json_object *body, struct err *e) MUST_CHECK;

#endif
