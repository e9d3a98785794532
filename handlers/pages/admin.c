/*
 * admin - for platform admins: is everything up, who has an account, and the
 * mails that were written to a folder because no server is configured.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/num.h"
#include "core/redis.h"
#include "domain/mailer.h"
#include "handlers/identity_call.h"
#include "page.h"

enum {
	PER_PAGE = 50,
	MAILS_SHOWN = 200,
	LINKS_MAX = 20,
};

/* --- health --- */

enum { /* the columns of page_admin */
	N_PEOPLE,
	N_PROJECTS,
	N_TASKS,
	N_SESSIONS,
	DATABASE_VERSION
};

enum {
	COUNTED_MOST = 10000 /* more are what the statistics say */
};

static struct tmpl_value
about(const struct view_row *row, unsigned column)
{
	const char *n = view_cell(row, column);

	return strtoll(n, NULL, 10) > COUNTED_MOST
		       ? view_text(arena_printf(row->a, "about %s", n))
		       : view_text(n);
}

static const struct view_member count_members[] = {
	{"people",   VIEW_MADE, N_PEOPLE,         about},
	{"projects", VIEW_MADE, N_PROJECTS,       about},
	{"tasks",    VIEW_MADE, N_TASKS,          about},
	{"sessions", VIEW_MADE, N_SESSIONS,       about},
	{"version",  VIEW_TEXT, DATABASE_VERSION, NULL },
};

/* services.<name>: is_on (it is configured), is_up. */
static struct view *
service(struct view *services, const char *name, bool is_on, bool is_up)
{
	struct view *v = view_open(services, name);

	view_set(v, "is_on", view_flag(is_on));
	view_set(v, "is_up", view_flag(is_up));
	return v;
}

static void
show_redis(struct req *rq, struct view *services)
{
	const char *const ping[] = {"PING"};
	bool is_on = *rq->ctx->set->redis_url;
	const char *pong;
	struct err e;

	service(services, "redis", is_on,
		is_on && redis_text(rq->ctx->redis, rq->arena, ping, 1, &pong,
				    &e));
}

static void
show_store(struct req *rq, struct view *services)
{
	const char *dir = rq->ctx->set->store_dir;
	bool is_hosted = rq->ctx->set->supabase_enabled;
	bool can_write;
	struct statvfs fs = {.f_bavail = 0};
	struct view *v;

	can_write = !is_hosted && access(dir, W_OK | X_OK) == 0 &&
		    statvfs(dir, &fs) == 0;
	v = service(services, "store", true, is_hosted || fs.f_bavail > 0);
	view_set(v, "is_hosted", view_flag(is_hosted));
	view_set(v, "free_gb",
		 can_write ? view_text(arena_printf(
				     rq->arena, "%.1f",
				     (double)fs.f_bavail * (double)fs.f_frsize /
					     1e9))
			   : view_nothing());
}

static bool
admin_get(struct req *rq, struct err *e)
{
	const struct settings *s = rq->ctx->set;
	const struct db_call calls[] = {
		q_page_head(NULL, "viewer"),
		q_page_admin(),
	};
	struct db_result r[NELEM(calls)];
	struct view *services;
	struct page p;

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	page_tab(&p, "health");
	page_value(
		&p, "counts",
		view_rows_at(view_rows_new(rq->arena, &r[1],
					   VIEW_MEMBERS(count_members), NULL),
			     0));
	services = view_open(p.view, "services");
	show_redis(rq, services);
	show_store(rq, services);
	page_text(&p, "site_url", s->site_url);
	page_text(&p, "hosted_at",
		  s->supabase_enabled ? s->supabase_url : NULL);
	page_flag(&p, "has_smtp", *s->smtp_url);
	page_flag(&p, "is_closed", s->disable_signup);
	return page_show(&p, "app/admin", e);
}

/* --- users --- */

/* "2026-11-21T07:00:00.123Z" as "21 Nov 2026". */
static const char *
day_of(struct req *rq, const char *iso)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
					     "May", "Jun", "Jul", "Aug",
					     "Sep", "Oct", "Nov", "Dec"};
	struct span rest = span_of(iso);
	struct span year = span_cut(&rest, '-'), month = span_cut(&rest, '-');
	struct span day = span_cut(&rest, 'T');
	int64_t y, m, d;

	if (!num_i64(year, 0, 9999, &y) || !num_i64(month, 1, 12, &m) ||
	    !num_i64(day, 1, 31, &d))
		return NULL;
	return arena_printf(rq->arena, "%lld %s %lld", (long long)d,
			    months[m - 1], (long long)y);
}

static struct tmpl_value
user_row(struct req *rq, const struct json_object *u, const char *now)
{
	const struct json_object *meta = json_get(u, "user_metadata");
	const char *role =
		json_text(json_get(u, "app_metadata"), "platform_role");
	const char *name = json_text(meta, "display_name");
	const char *last = json_text(u, "last_sign_in_at");
	const char *email = json_text(u, "email");
	const char *created = json_text(u, "created_at");
	const char *banned = json_text(u, "banned_until");
	struct view *v = view_new(rq->arena);

	if (!name)
		name = json_text(meta, "full_name");
	view_set(v, "name", view_text(name ? name : email));
	view_set(v, "email", view_text(email));
	view_set(v, "created", view_text(created));
	view_set(v, "created_text", view_text(day_of(rq, created)));
	view_set(v, "last", view_text(last));
	view_set(v, "last_text", view_text(day_of(rq, last)));
	view_set(v, "is_admin", view_flag(role && strcmp(role, "admin") == 0));
	view_set(v, "is_banned", view_flag(banned && strcmp(banned, now) > 0));
	view_set(v, "is_unconfirmed",
		 view_flag(!json_text(u, "confirmed_at") &&
			   !json_text(u, "email_confirmed_at")));
	return view_object(v);
}

/* The caller is a platform admin (the route says so); the identity wants the
 * service's word for lists of accounts. */
static bool
list_users(struct req *rq, int64_t page, const char *q,
	   struct json_object **users, int64_t *total, struct err *e)
{
	struct identity_call who = req_identity_call(rq);
	const struct identity_in in = {
		.page = page,
		.per_page = PER_PAGE,
		.filter = *q ? q : NULL,
	};
	struct identity_out out;
	struct json_object *answer;

	who.role = "service_role";
	who.claims = "{\"role\":\"service_role\"}";
	who.token = NULL;
	if (!rq->ctx->identity->ops->admin_list(rq->ctx->identity, &who, &in,
						&out, e) ||
	    !json_parse(rq->arena, out.json, strlen(out.json), &answer, e))
		return false;
	*users = json_get(answer, "users");
	*total = out.total;
	return true;
}

static size_t
show_users(struct page *p, const struct json_object *users)
{
	size_t n = users ? json_object_array_length(users) : 0;
	struct view_list *list = view_list_new(p->rq->arena);
	char now[CLOCK_RFC3339];

	clock_rfc3339(clock_ms(), now);
	for (size_t i = 0; i < n; i++)
		view_add(list,
			 user_row(p->rq, json_object_array_get_idx(users, i),
				  now));
	page_value(p, "users", view_list(list));
	page_flag(p, "has_users", n > 0);
	return n;
}

static bool
admin_users_get(struct req *rq, struct err *e)
{
	const char *q = req_query(rq, "q");
	int64_t page = 1, before, total;
	struct buf in_url = buf_on(rq->arena);
	struct json_object *users;
	struct page p;
	size_t n;

	q = q ? q : "";
	if (req_query(rq, "page") &&
	    !req_query_int(rq, "page", 1, 1000000, &page, e))
		return false;
	if (!page_alone(rq, &p, e) ||
	    !list_users(rq, page, q, &users, &total, e))
		return false;
	before = (page - 1) * PER_PAGE;
	page_tab(&p, "users");
	n = show_users(&p, users);
	buf_add_url(&in_url, q);
	page_text(&p, "q", q);
	page_text(&p, "q_in_url", buf_str(&in_url));
	page_number(&p, "previous", page - 1); /* 0: none */
	page_number(&p, "following", page * PER_PAGE < total ? page + 1 : 0);
	page_number(&p, "first", before + 1);
	page_number(&p, "last", before + (int64_t)n);
	page_number(&p, "total", total);
	return page_show(&p, "app/admin_users", e);
}

/* --- mail --- */

/* "<ann@x.test>" as "ann@x.test". */
static const char *
bare_address(struct req *rq, const char *to)
{
	size_t n = strlen(to);

	return n > 2 && to[0] == '<' && to[n - 1] == '>'
		       ? arena_strndup(rq->arena, to + 1, n - 2)
		       : to;
}

static struct view *
show_mail(struct req *rq, struct view *v, const struct mail_view *mail)
{
	view_set(v, "subject",
		 view_text(*mail->subject ? mail->subject : NULL));
	view_set(v, "to", view_text(bare_address(rq, mail->to)));
	view_set(v, "date", view_text(mail->date));
	return v;
}

static bool
admin_mail_get(struct req *rq, struct err *e)
{
	const char *const *names = NULL;
	size_t n = 0, shown = 0;
	struct view_list *list;
	struct page p;

	if (!page_alone(rq, &p, e))
		return false;
	if (!*rq->ctx->set->smtp_url &&
	    !mailer_list(rq->ctx->mailer, rq->arena, MAILS_SHOWN, &names, &n,
			 e))
		return false;
	page_tab(&p, "mail");
	list = view_list_new(rq->arena);
	for (size_t i = 0; i < n; i++) {
		struct mail_view v;
		struct view *mail;
		struct err gone;

		/* A mail that was removed meanwhile is just not there. */
		if (!mailer_view(rq->ctx->mailer, rq->arena, names[i], &v,
				 &gone))
			continue;
		mail = show_mail(rq, view_new(rq->arena), &v);
		view_set(mail, "file", view_text(names[i]));
		view_add(list, view_object(mail));
		shown++;
	}
	page_value(&p, "mails", view_list(list));
	page_flag(&p, "is_dir", !*rq->ctx->set->smtp_url);
	page_flag(&p, "has_mails", shown > 0);
	return page_show(&p, "app/admin_mail", e);
}

/* An address ends before the punctuation of its sentence. */
static size_t
link_length(const char *s)
{
	size_t n = strcspn(s, " \t\r\n<>\"'");

	while (n && strchr(".,;:!?)", s[n - 1]))
		n--;
	return n;
}

/* The http(s) addresses in a text, but not that of this installation. */
static void
show_links(struct req *rq, struct view *mail, const char *s)
{
	struct view_list *list = view_list_new(rq->arena);
	size_t n = 0;

	while ((s = strstr(s, "http")) != NULL && n < LINKS_MAX) {
		struct span link = {s, link_length(s)};

		if ((span_starts(link, "http://") ||
		     span_starts(link, "https://")) &&
		    !span_is(link, rq->ctx->set->site_url)) {
			view_add(list, view_span(link));
			n++;
		}
		s += link.n ? link.n : 1;
	}
	view_set(mail, "links", view_list(list));
	view_set(mail, "has_links", view_flag(n > 0));
}

static bool
admin_mail_one_get(struct req *rq, struct err *e)
{
	const char *file = req_param(rq, "file");
	struct mail_view v;
	struct view *mail;
	struct page p;

	if (!page_alone(rq, &p, e) ||
	    !mailer_view(rq->ctx->mailer, rq->arena, file, &v, e))
		return false;
	page_tab(&p, "mail");
	mail = show_mail(rq, view_open(p.view, "mail"), &v);
	view_set(mail, "text", view_text(v.text));
	show_links(rq, mail, v.text);
	return page_show(&p, "app/admin_mail_one", e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/admin", admin_get, R_ADMIN, 0, 0},
	{M_GET, "/app/admin/users", admin_users_get, R_ADMIN, 0, 0},
	{M_GET, "/app/admin/mail", admin_mail_get, R_ADMIN, 0, 0},
	{M_GET, "/app/admin/mail/:file", admin_mail_one_get, R_ADMIN, 0, 0},
};
/* clang-format on */

const struct route_set admin_pages = {.rows = rows, .n = NELEM(rows)};
