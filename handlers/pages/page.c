#include "page.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/enc.h"
#include "core/log.h"
#include "core/rand.h"
#include "core/tmpl.h"
#include "core/view.h"
#include "handlers/pages/assets.h"
#include "web/caller.h"
#include "web/csrf.h"
#include "words.h"

static const char cookie_flash[] = "__Host-maestro_flash";
static const char cookie_stash[] = "__Host-maestro_stash";

/* ASSETS_HASH covers all of static/: the folder changes when a file does. */
static const char assets[] = "/static/" ASSETS_HASH;

static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; "
	"img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; "
	"base-uri 'none'; frame-ancestors 'none'";

enum {
	FLASH_S = 60,
	STASH_S = 300,
	NEXT_BYTES = 2048,
	PAGES_MAX = 100000,
	PARTS_COUNTED = 20, /* the most that are skipped to get to a part */
};

/* --- cookies --- */

void
page_cookie(struct req *rq, const char *name, const char *value,
	    int64_t seconds)
{
	struct buf b = buf_on(rq->arena);

	buf_addf(&b, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax", name,
		 value);
	if (seconds)
		buf_addf(&b, "; Max-Age=%lld",
			 (long long)(seconds > 0 ? seconds : 0));
	reply_header(rq, "Set-Cookie", buf_str(&b));
}

void
page_stash(struct req *rq, const char *text)
{
	page_cookie(rq, cookie_stash,
		    enc_base64url(rq->arena, text, strlen(text)), STASH_S);
}

const char *
page_unstash(struct req *rq)
{
	const char *given = req_cookie(rq, cookie_stash);
	struct span text;

	if (!given || !*given)
		return NULL;
	page_cookie(rq, cookie_stash, "", -1);
	if (!dec_base64url(rq->arena, span_of(given), &text) ||
	    memchr(text.p, '\0', text.n))
		return NULL;
	return text.p;
}

const char *
page_csrf(struct req *rq)
{
	const char *known = req_cookie(rq, cookie_csrf);
	char fresh[CSRF_CHARS + 1];

	if (known && strlen(known) == CSRF_CHARS)
		return csrf_mask(rq->arena, known);
	rand_token(fresh, CSRF_CHARS);
	page_cookie(rq, cookie_csrf, fresh, 0);
	return csrf_mask(rq->arena, fresh);
}

bool
page_csrf_ok(struct req *rq, const char *given)
{
	return csrf_match(rq->arena, req_cookie(rq, cookie_csrf), given);
}

/* --- the view --- */

static void
put(void *p)
{
	json_object_put(p);
}

void
page_value(struct page *p, const char *key, struct tmpl_value value)
{
	view_set(p->view, key, value);
}

void
page_text(struct page *p, const char *key, const char *value)
{
	page_value(p, key, view_text(value));
}

void
page_flag(struct page *p, const char *key, bool value)
{
	page_value(p, key, view_flag(value));
}

void
page_tab(struct page *p, const char *tab)
{
	view_set(view_open(p->view, "tab"), tab, view_flag(true));
}

void
page_number(struct page *p, const char *key, int64_t value)
{
	page_value(p, key, view_int(value));
}

static void
begin(struct req *rq, struct page *p)
{
	*p = (struct page){
		.rq = rq, .status = 200, .view = view_new(rq->arena)};
	p->form = view_open(p->view, "form");
	p->errors = view_open(p->view, "errors");
	page_text(p, "problem", NULL);
	page_text(p, "assets", assets);
}

void
page_bare(struct req *rq, struct page *p)
{
	begin(rq, p);
	page_value(p, "me", view_nothing());
}

/* --- the head of a page of rows --- */

enum { /* the columns of api.page_head */
	HEAD_USER,
	HEAD_EMAIL,
	HEAD_NAME,
	HEAD_IS_ADMIN,
	HEAD_PROJECT,
	HEAD_PROJECT_NAME,
	HEAD_DESCRIPTION,
	HEAD_WORKING_DIR,
	HEAD_ROLE,
	HEAD_RANK,
	HEAD_WAITING
};

enum { /* HEAD_RANK: of public.project_role */
	RANK_VIEWER,
	RANK_MEMBER,
	RANK_ADMIN,
	RANK_OWNER
};

static struct tmpl_value
made_may(const struct view_row *row, unsigned rank)
{
	return view_flag(strtoul(view_cell(row, HEAD_RANK), NULL, 10) >= rank);
}

static struct tmpl_value
made_waiting_text(const struct view_row *row, unsigned column)
{
	const char *n = view_cell(row, column);

	return view_text(plural(row->a, strtoll(n, NULL, 10), "session waits",
				"sessions wait"));
}

static const struct view_member me_members[] = {
	{"id",       VIEW_TEXT, HEAD_USER,     NULL         },
	{"email",    VIEW_TEXT, HEAD_EMAIL,    NULL         },
	{"name",     VIEW_TEXT, HEAD_NAME,     NULL         },
	{"initials", VIEW_MADE, HEAD_NAME,     made_initials},
	{"is_admin", VIEW_FLAG, HEAD_IS_ADMIN, NULL         },
};
static const struct view_member project_members[] = {
	{"id",           VIEW_TEXT,   HEAD_PROJECT,      NULL             },
	{"name",         VIEW_TEXT,   HEAD_PROJECT_NAME, NULL             },
	{"description",  VIEW_TEXT,   HEAD_DESCRIPTION,  NULL             },
	{"workingDir",   VIEW_TEXT,   HEAD_WORKING_DIR,  NULL             },
	{"role",         VIEW_TEXT,   HEAD_ROLE,         NULL             },
	{"may_write",    VIEW_MADE,   RANK_MEMBER,       made_may         },
	{"may_admin",    VIEW_MADE,   RANK_ADMIN,        made_may         },
	{"may_own",      VIEW_MADE,   RANK_OWNER,        made_may         },
	{"waiting",      VIEW_NUMBER, HEAD_WAITING,      NULL             },
	{"waiting_text", VIEW_MADE,   HEAD_WAITING,      made_waiting_text},
};

static bool
may(const struct db_result *head, unsigned rank)
{
	return strtoul(db_value(head, 0, HEAD_RANK), NULL, 10) >= rank;
}

bool
page_may_write(const struct db_result *head)
{
	return may(head, RANK_MEMBER);
}

bool
page_may_admin(const struct db_result *head)
{
	return may(head, RANK_ADMIN);
}

bool
page_may_own(const struct db_result *head)
{
	return may(head, RANK_OWNER);
}

bool
page_rows(struct req *rq, const struct db_call *calls, size_t n,
	  struct db_result *results, struct page *p, struct err *e)
{
	struct arena *a = rq->arena;

	if (!req_db(rq, calls, n, results, e))
		return false;
	/* Each statement sees what is there by then: what the head still saw
	 * may be gone. */
	for (size_t i = 0; i < n; i++) {
		if (queries[calls[i].query].kind == DB_ROW &&
		    db_rows(&results[i]) == 0)
			return err_set(e, 404, "not_found", "not found");
	}
	begin(rq, p);
	page_value(p, "me",
		   view_rows_at(view_rows_new(a, &results[0],
					      VIEW_MEMBERS(me_members), NULL),
				0));
	page_value(p, "tab", view_object(view_new(a)));
	if (db_value(&results[0], 0, HEAD_PROJECT))
		page_value(p, "project",
			   view_rows_at(
				   view_rows_new(a, &results[0],
						 VIEW_MEMBERS(project_members),
						 NULL),
				   0));
	return true;
}

bool
page_alone(struct req *rq, struct page *p, struct err *e)
{
	const struct db_call head = q_page_head(NULL, "viewer");
	struct db_result r;

	return page_rows(rq, &head, 1, &r, p, e);
}

/* What a page may be told to say by the step before it. */
static const struct {
	const char *code, *text;
	bool is_bad;
} flashes[] = {
	{"saved",            "Saved.",					   false},
	{"project_created",  "The project is created.",                          false},
	{"project_deleted",  "The project is deleted.",                          false},
	{"task_created",     "The task is on the board.",                        false},
	{"task_deleted",     "The task is deleted.",                             false},
	{"member_added",     "Added to the project.",                            false},
	{"member_removed",   "Removed from the project.",                        false},
	{"role_changed",     "The role is changed.",                             false},
	{"left",             "You left the project.",                            false},
	{"joined",           "Welcome to the project.",                          false},
	{"revoked",          "The invitation is withdrawn.",                     false},
	{"file_deleted",     "The file is deleted.",                             false},
	{"files_stored",     "Uploaded.",					false},
	{"image_deleted",    "The image is deleted.",                            false},
	{"answered",         "Sent to the session.",                             false},
	{"session_deleted",  "The session is deleted.",                          false},
	{"list_created",     "The list is created.",                             false},
	{"list_deleted",     "The list is deleted. Its tasks stay.",             false},
	{"listed",           "The task is on the list.",                         false},
	{"unlisted",         "Taken off the list.",                              false},
	{"agent_created",    "The agent is created.",                            false},
	{"archived",         "Archived. It is listed no more.",                  false},
	{"unarchived",       "Back again.",				      false},
	{"agent_deleted",    "The agent is deleted.",                            false},
	{"agent_reset",      "As it came: your changes are undone.",             false},
	{"remembered",       "It will remember that.",                           false},
	{"forgotten",        "Forgotten.",				       false},
	{"profile_created",  "The profile is created.",                          false},
	{"profile_deleted",  "The profile is deleted.",                          false},
	{"mail_sent",        "Sent.",					    false},
	{"mail_deleted",     "The mail is deleted.",                             false},
	{"team_created",     "The team is created.",                             false},
	{"team_deleted",     "The team is deleted. Its agents stay.",            false},
	{"token_revoked",    "The token is revoked.",                            false},
	{"password_changed", "The password is changed.",                         false},
	{"others_out",       "Every other session of yours is ended.",           false},
	{"confirmed",        "Your address is confirmed. Welcome.",              false},
	{"signed_out",       "You are signed out.",                              false},
	{"link_dead",        "This link is used or too old. Ask for a new one.", true },
	{"other_browser",
	 "Open the link in the browser that asked for it, or ask again here.",   true },
};

static void
add_flash(struct page *p)
{
	const char *code = req_cookie(p->rq, cookie_flash);
	struct view *flash;

	page_value(p, "flash", view_nothing());
	if (!code || !*code)
		return;
	page_cookie(p->rq, cookie_flash, "", -1);
	for (size_t i = 0; i < NELEM(flashes); i++) {
		if (strcmp(code, flashes[i].code) != 0)
			continue;
		flash = view_open(p->view, "flash");
		view_set(flash, "class",
			 view_text(flashes[i].is_bad ? "note-warn"
						     : "note-good"));
		view_set(flash, "icon",
			 view_text(flashes[i].is_bad ? "bad" : "good"));
		view_set(flash, "text", view_text(flashes[i].text));
	}
}

static void
add_headers(struct req *rq)
{
	reply_header(rq, "Content-Security-Policy", policy);
	reply_header(rq, "Cache-Control", "no-store");
}

bool
page_show(struct page *p, const char *name, struct err *e)
{
	struct buf b = buf_on(p->rq->arena);

	add_flash(p);
	page_text(p, "csrf", page_csrf(p->rq));
	if (!tmpl_render(p->rq->ctx->templates, name, view_object(p->view), &b,
			 e))
		return false;
	add_headers(p->rq);
	return reply_text(p->rq, p->status, "text/html; charset=utf-8",
			  buf_str(&b));
}

/* --- long lists --- */

bool
page_part(struct req *rq, size_t size, struct page_part *part, struct err *e)
{
	const char *after = req_query_text(rq, "after");
	const char *place = after ? after : req_query_text(rq, "before");

	*part = (struct page_part){
		.size = size,
		.number = 1,
		.at = "infinity",
		.id = "",
		.skip = "0",
		.wanted = arena_printf(rq->arena, "%zu", size + 1)};
	if (!req_query_int(rq, "page", 1, PAGES_MAX, &part->number, e))
		return false;
	if (place) {
		struct span id = span_of(place);
		struct span at = span_cut(&id, ',');

		part->at = arena_strndup(rq->arena, at.p, at.n);
		part->id = arena_strndup(rq->arena, id.p, id.n);
		part->is_newer = !after;
		return true;
	}
	if (part->number > PARTS_COUNTED)
		part->number = PARTS_COUNTED;
	part->skip = arena_printf(rq->arena, "%zu",
				  (size_t)(part->number - 1) * size);
	return true;
}

static struct tmpl_value
place_of(struct page *p, const struct db_result *rows, size_t i, unsigned at,
	 unsigned id)
{
	return view_text(arena_printf(p->rq->arena, "%s,%s",
				      db_value(rows, i, at),
				      db_value(rows, i, id)));
}

void
page_pager(struct page *p, struct page_part *part, const struct db_result *rows,
	   unsigned at, unsigned id)
{
	bool has_more = db_rows(rows) > part->size;
	bool has_next = part->is_newer || has_more;
	struct view *v;

	part->n = has_more ? part->size : db_rows(rows);
	part->from = part->is_newer && has_more ? 1 : 0;
	page_value(p, "pager", view_nothing());
	if (!has_next && part->number == 1)
		return;
	v = view_open(p->view, "pager");
	view_set(v, "number", view_int(part->number));
	view_set(v, "previous", view_int(part->number - 1));
	view_set(v, "next", view_int(has_next ? part->number + 1 : 0));
	view_set(v, "before", view_nothing());
	view_set(v, "after", view_nothing());
	if (part->n == 0)
		return;
	/* The first part is the newest, whatever came meanwhile. */
	if (part->number > 2)
		view_set(v, "before", place_of(p, rows, part->from, at, id));
	view_set(v, "after",
		 place_of(p, rows, part->from + part->n - 1, at, id));
}

/* --- windows of a list --- */

bool
page_window(struct req *rq, int64_t size, struct page_window *w, struct err *e)
{
	*w = (struct page_window){.number = 1, .size = size};
	if (!req_query_int(rq, "page", 1, PAGES_MAX, &w->number, e))
		return false;
	w->skip = arena_printf(rq->arena, "%lld",
			       (long long)(w->number - 1) * size);
	w->take = arena_printf(rq->arena, "%lld", (long long)size + 1);
	return true;
}

/* last 0: nobody knows. */
static void
show_pages(struct page *p, const struct page_window *w, bool has_more,
	   int64_t last)
{
	int64_t previous = w->number - 1;
	struct view *v;

	page_value(p, "pages", view_nothing());
	if (w->number == 1 && !has_more)
		return;
	v = view_open(p->view, "pages");
	if (last && previous > last)
		previous = last;
	view_set(v, "previous", view_int(previous)); /* 0: none */
	view_set(v, "next", view_int(has_more ? w->number + 1 : 0));
	view_set(v, "number", view_int(w->number));
	view_set(v, "of", view_int(last));
}

void
page_show_window(struct page *p, const struct page_window *w, size_t rows,
		 const char *count)
{
	bool has_more = rows > (size_t)w->size;
	int64_t shown = has_more ? w->size : (int64_t)rows;
	int64_t first = (w->number - 1) * w->size + 1;
	int64_t total;
	struct view *v;

	if (!count) {
		show_pages(p, w, has_more, 0);
		return;
	}
	total = strtoll(count, NULL, 10);
	v = view_open(p->view, "found");
	view_set(v, "is_none", view_flag(total == 0));
	view_set(v, "is_one", view_flag(total == 1));
	view_set(v, "is_past", view_flag(total > 0 && rows == 0));
	view_set(v, "total", view_text(count_text(p->rq->arena, count)));
	view_set(v, "first", view_int(w->number > 1 || has_more ? first : 0));
	view_set(v, "last", view_int(first + shown - 1));
	if (total > COUNT_MOST)
		show_pages(p, w, has_more, 0);
	else
		show_pages(p, w, has_more,
			   total ? 1 + (total - 1) / w->size : 1);
}

/* --- forms --- */

bool
page_is_mistake(const struct err *e)
{
	return e->status == 400 || e->status == 409 || e->status == 422 ||
	       e->status == 429;
}

bool
page_again(struct req *rq, page_form_fn *show, struct err *e)
{
	struct err wrong = *e;

	return page_is_mistake(&wrong) ? show(rq, &wrong, e) : false;
}

static bool
listed(const char *const *names, const char *name)
{
	for (; *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

/* "title must not be empty" stands beside the field, so "This must ...". */
static const char *
sentence_of(struct req *rq, const struct err *wrong)
{
	struct buf b = buf_on(rq->arena);
	const char *text = wrong->message;
	size_t n = strlen(wrong->field);
	char *s;

	if (n && strncmp(text, wrong->field, n) == 0 && text[n] == ' ') {
		buf_add(&b, "This");
		text += n;
	}
	buf_add(&b, text);
	s = arena_strdup(rq->arena, buf_str(&b));
	s[0] = (char)toupper((unsigned char)s[0]);
	n = strlen(s);
	return n && strchr(".!?", s[n - 1]) ? s
					    : arena_printf(rq->arena, "%s.", s);
}

void
page_field(struct page *p, const char *name, const char *value,
	   const struct err *wrong)
{
	if (wrong)
		value = req_form(p->rq, name);
	view_set(p->form, name, view_text(value ? value : ""));
}

void
page_wrong(struct page *p, const char *const *names, const struct err *wrong)
{
	p->status = wrong->status == 400 ? 422 : wrong->status;
	if (wrong->retry_after_s > 0)
		reply_header(
			p->rq, "Retry-After",
			arena_printf(p->rq->arena, "%d", wrong->retry_after_s));
	if (*wrong->field && listed(names, wrong->field))
		view_set(p->errors, wrong->field,
			 view_text(sentence_of(p->rq, wrong)));
	else
		page_text(p, "problem", sentence_of(p->rq, wrong));
}

void
page_form(struct page *p, const char *const *names, const struct err *wrong)
{
	for (size_t i = 0; names[i]; i++)
		page_field(p, names[i], NULL, wrong);
	if (wrong)
		page_wrong(p, names, wrong);
}

struct json_object *
page_input(struct req *rq, const char *const *names)
{
	struct json_object *o = json_object_new_object();

	arena_defer(rq->arena, put, o);
	for (; *names; names++) {
		bool may_lack = **names == '?';
		const char *name = *names + may_lack;
		const char *value = req_form(rq, name);

		if (value && (*value || !may_lack))
			json_object_object_add(o, name,
					       json_object_new_string(value));
	}
	return o;
}

bool
page_entity(struct req *rq, const struct entity *t, unsigned form,
	    struct json_object *body, const char **out, struct err *e)
{
	struct json_object *in;

	if (!entity_check(rq->arena, t, form, body, &in, e))
		return false;
	*out = json_dump(in);
	return true;
}

struct json_object *
page_ticked(struct req *rq, const char *name)
{
	struct json_object *list = json_object_new_array();

	for (const char *s = req_form(rq, name); s;
	     s = req_form_next(rq, name, s)) {
		if (*s)
			json_object_array_add(list, json_object_new_string(s));
	}
	return list;
}

bool
page_is_ticked(struct req *rq, const char *name, const char *value)
{
	for (const char *s = req_form(rq, name); s;
	     s = req_form_next(rq, name, s)) {
		if (strcmp(s, value) == 0)
			return true;
	}
	return false;
}

struct json_object *
page_words(struct req *rq, const char *text)
{
	struct json_object *list = json_object_new_array();
	struct span rest = span_of(text);

	while (rest.n) {
		struct span w = span_cut(&rest, ',');

		while (w.n && isspace((unsigned char)w.p[0])) {
			w.p++;
			w.n--;
		}
		while (w.n && isspace((unsigned char)w.p[w.n - 1]))
			w.n--;
		if (w.n)
			json_object_array_add(
				list, json_object_new_string(arena_strndup(
					      rq->arena, w.p, w.n)));
	}
	return list;
}

const char *
page_words_text(struct req *rq, const struct db_result *r, size_t column)
{
	struct span rest = db_span(r, 0, column), word;
	struct buf b = buf_on(rq->arena);

	while (db_next_text(rq->arena, &rest, &word)) {
		buf_add(&b, b.n ? ", " : "");
		buf_addn(&b, word.p, word.n);
	}
	return buf_str(&b);
}

const char *
page_tidy(struct req *rq, const char *text, bool one_line)
{
	struct buf b = buf_on(rq->arena);

	for (const char *s = text; *s; s++) {
		if (*s == '\r' && s[1] == '\n')
			continue;
		if (one_line && isspace((unsigned char)*s))
			buf_addc(&b, ' ');
		else
			buf_addc(&b, *s);
	}
	return buf_str(&b);
}

void
page_limits(struct page *p, const struct entity *t)
{
	if (!p->max)
		p->max = view_open(p->view, "max");
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];

		if (f->max && (f->type == F_TEXT || f->type == F_NAME ||
			       f->type == F_TEXTS))
			view_set(p->max, f->name, view_int(f->max));
	}
}

/* --- answers --- */

bool
page_go(struct req *rq, const char *to, const char *code)
{
	if (code)
		page_cookie(rq, cookie_flash, code, FLASH_S);
	reply_header(rq, "Cache-Control", "no-store");
	return reply_redirect(rq, 303, to);
}

bool
page_is_fetch(const struct req *rq)
{
	const char *by = req_header(rq, "X-Requested-With");

	return by && strcmp(by, "fetch") == 0;
}

/* "/app", "/app?...", "/app/...": nothing a browser could take for another
 * host, no second line of a header. */
static bool
is_ours(const char *path)
{
	if (strncmp(path, "/app", 4) != 0 ||
	    (path[4] && path[4] != '/' && path[4] != '?'))
		return false;
	for (const unsigned char *s = (const unsigned char *)path; *s; s++) {
		if (*s <= ' ' || *s >= 0x7f || *s == '\\')
			return false;
	}
	return strlen(path) < NEXT_BYTES;
}

const char *
page_next(struct req *rq)
{
	const char *to = rq->method & (M_GET | M_HEAD) ? req_query(rq, "next")
						       : req_form(rq, "next");

	return to && is_ours(to) ? to : "/app";
}

/* --- errors --- */

struct words {
	int status; /* 0: whatever else */
	const char *title;
	const char *text; /* NULL: what the error says */
};

static const struct words error_words[] = {
	{403, "Not yours to do",                 NULL                        },
	{404, "Nothing here",
	 "There is no such page, or it is not yours to see."                 },
	{405, "That is not how this page works", NULL                        },
	{409, "That is taken",                   NULL                        },
	{413, "Too large",                       NULL                        },
	{422, "That cannot be done",             NULL                        },
	{429, "One moment, please",              NULL                        },
	{503, "Back in a moment",
	 "The service is starting or overloaded. Try again in a few seconds."},
	{0,   "That did not work",               NULL                        },
};

static const struct words our_fault = {
	500, "Something broke",
	"That was our mistake, not yours. It is written down; trying again "
	"may help."};

static const struct words too_old = {
	403, "This form is too old",
	"It was opened before you signed in or out, or too long ago. Go back, "
	"reload the page and send it again."};

static struct words
words_for(struct req *rq, const struct err *e)
{
	const struct words *w = error_words;
	struct words found;

	while (w->status && w->status != e->status)
		w++;
	if (strcmp(e->code, "csrf") == 0)
		w = &too_old;
	else if (e->status >= 500 && !w->status)
		w = &our_fault;
	found = *w;
	if (!found.text)
		found.text = sentence_of(rq, e);
	return found;
}

/* Someone without a session meets the sign-in page and comes back after it. */
static void
send_to_sign_in(struct req *rq)
{
	struct buf b = buf_on(rq->arena);
	bool again = (rq->method & (M_GET | M_HEAD)) && !page_is_fetch(rq);

	buf_add(&b, "/app/sign-in");
	if (again && strcmp(rq->uri, "/app") != 0) {
		buf_add(&b, "?next=");
		buf_add_url(&b, rq->uri);
		if (*rq->query) {
			buf_add(&b, "%3F");
			buf_add_url(&b, rq->query);
		}
	}
	page_go(rq, buf_str(&b), NULL);
}

static void
render_json(struct req *rq, const struct err *e, const struct words *w)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "{\"code\":");
	buf_add_json(&b, e->code);
	buf_add(&b, ",\"message\":");
	buf_add_json(&b, w->text);
	buf_add(&b, "}");
	reply_json(rq, e->status, (struct span){buf_str(&b), b.n});
}

void
page_render_error(struct req *rq, const struct err *e)
{
	struct words w;
	struct page p;
	struct buf b = buf_on(rq->arena);
	struct err bad;

	if (e->status == 401) {
		send_to_sign_in(rq);
		return;
	}
	w = words_for(rq, e);
	add_headers(rq);
	if (page_is_fetch(rq)) {
		render_json(rq, e, &w);
		return;
	}
	page_bare(rq, &p);
	page_number(&p, "status", e->status);
	page_text(&p, "title", w.title);
	page_text(&p, "text", w.text);
	page_text(&p, "action", "/app");
	page_text(&p, "action_label", "To your projects");
	page_text(&p, "request_id", e->status >= 500 ? rq->id : NULL);
	if (!tmpl_render(rq->ctx->templates, "app/error", view_object(p.view),
			 &b, &bad)) {
		log_msg(LOG_LEVEL_ERROR, "error_page", "%s", bad.message);
		reply_text(rq, e->status, "text/plain; charset=utf-8", w.text);
		return;
	}
	reply_text(rq, e->status, "text/html; charset=utf-8", buf_str(&b));
}
