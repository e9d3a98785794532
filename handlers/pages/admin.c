/*
 * admin - for platform admins: is everything up, who has an account, and the
 * mails that were written to a folder because no server is configured.
 */
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

static struct json_object *
text(const char *s)
{
	return s ? json_object_new_string(s) : NULL;
}

struct word {
	const char *key, *value;
};

static struct json_object *
object_of(const struct word *words, size_t n)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < n; i++)
		json_object_object_add(o, words[i].key, text(words[i].value));
	return o;
}

/* OBJECT({"label", "x"}, {"value", y}): texts; NULL is null. */
#define OBJECT(...)                                   \
	object_of((const struct word[]){__VA_ARGS__}, \
		  NELEM(((const struct word[]){__VA_ARGS__})))

static void
tab(struct page *p, const char *name)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, name, json_object_new_boolean(true));
	page_add(p, "tab", o);
}

/* --- health --- */

static void
add_service(struct json_object *list, const char *name, const char *detail,
	    bool is_up)
{
	json_object_array_add(
		list, OBJECT({"name", name}, {"detail", detail},
			     {"state", is_up ? "Up" : "Down"},
			     {"class", is_up ? "pill-good" : "pill-bad"}));
}

static void
add_redis(struct req *rq, struct json_object *list)
{
	const char *const ping[] = {"PING"};
	const char *pong;
	struct err e;

	if (!*rq->ctx->set->redis_url) {
		json_object_array_add(
			list, OBJECT({"name", "Redis"},
				     {"detail",
				      "not configured; live updates are off"},
				     {"state", "Off"}, {"class", "pill-warn"}));
		return;
	}
	if (redis_text(rq->ctx->redis, rq->arena, ping, 1, &pong, &e))
		add_service(list, "Redis", "answers", true);
	else
		add_service(list, "Redis",
			    "away: live updates pause, nothing is lost", false);
}

static void
add_store(struct req *rq, struct json_object *list)
{
	const char *dir = rq->ctx->set->store_dir;
	struct statvfs fs;

	if (rq->ctx->set->supabase_enabled) {
		add_service(list, "Object store", "the hosted project", true);
		return;
	}
	if (access(dir, W_OK | X_OK) == -1 || statvfs(dir, &fs) == -1) {
		add_service(list, "Object store", "its folder is not writable",
			    false);
		return;
	}
	add_service(
		list, "Object store",
		arena_printf(rq->arena, "%.1f GB free",
			     (double)fs.f_bavail * (double)fs.f_frsize / 1e9),
		fs.f_bavail > 0);
}

static bool
admin_get(struct req *rq, struct err *e)
{
	const struct settings *s = rq->ctx->set;
	struct json_object *list = json_object_new_array();
	struct json_object *facts = json_object_new_array();
	struct page p;

	if (!page_open(rq, q_page_admin(), &p, e)) {
		json_object_put(list);
		json_object_put(facts);
		return false;
	}
	page_add(&p, "services", list);
	page_add(&p, "facts", facts);
	tab(&p, "health");
	add_service(list, "PostgreSQL", json_text(p.tree, "database_text"),
		    true);
	add_redis(rq, list);
	add_store(rq, list);
	json_object_array_add(
		facts, OBJECT({"label", "Address"}, {"value", s->site_url}));
	json_object_array_add(
		facts, OBJECT({"label", "Accounts and objects"},
			      {"value", s->supabase_enabled ? s->supabase_url
							    : "kept here"}));
	json_object_array_add(
		facts, OBJECT({"label", "Mail"},
			      {"value", *s->smtp_url ? "sent by the mail server"
						     : "kept in a folder"}));
	json_object_array_add(
		facts,
		OBJECT({"label", "New accounts"},
		       {"value", s->disable_signup ? "made by admins"
						   : "anybody may sign up"}));
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

static struct json_object *
user_row(struct req *rq, const struct json_object *u)
{
	const struct json_object *meta = json_get(u, "user_metadata");
	const char *role =
		json_text(json_get(u, "app_metadata"), "platform_role");
	const char *name = json_text(meta, "display_name");
	const char *last = day_of(rq, json_text(u, "last_sign_in_at"));
	const char *email = json_text(u, "email");
	char now[CLOCK_RFC3339];
	const char *banned = json_text(u, "banned_until");
	struct json_object *o;

	clock_rfc3339(clock_ms(), now);
	if (!name)
		name = json_text(meta, "full_name");
	o = OBJECT({"name", name ? name : email}, {"email", email ? email : ""},
		   {"created", json_text(u, "created_at")},
		   {"created_text", day_of(rq, json_text(u, "created_at"))},
		   {"last", json_text(u, "last_sign_in_at")},
		   {"last_text", last ? last : "never"});
	json_object_object_add(
		o, "is_admin",
		json_object_new_boolean(role && strcmp(role, "admin") == 0));
	json_object_object_add(
		o, "is_banned",
		json_object_new_boolean(banned && strcmp(banned, now) > 0));
	json_object_object_add(
		o, "is_unconfirmed",
		json_object_new_boolean(!json_text(u, "confirmed_at") &&
					!json_text(u, "email_confirmed_at")));
	return o;
}

static const char *
list_path(struct req *rq, int64_t page, const char *q)
{
	struct buf b = buf_on(rq->arena);

	buf_addf(&b, "/app/admin/users?page=%lld", (long long)page);
	if (*q) {
		buf_add(&b, "&q=");
		buf_add_url(&b, q);
	}
	return buf_str(&b);
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

static bool
admin_users_get(struct req *rq, struct err *e)
{
	const char *q = req_query(rq, "q");
	struct json_object *users, *rows;
	int64_t page = 1, before, total;
	size_t n;
	struct page p;

	q = q ? q : "";
	if (req_query(rq, "page") &&
	    !req_query_int(rq, "page", 1, 1000000, &page, e))
		return false;
	if (!page_open(rq, q_page_me(), &p, e) ||
	    !list_users(rq, page, q, &users, &total, e))
		return false;
	before = (page - 1) * PER_PAGE;
	tab(&p, "users");
	rows = json_object_new_array();
	page_add(&p, "users", rows);
	n = users ? json_object_array_length(users) : 0;
	for (size_t i = 0; i < n; i++)
		json_object_array_add(
			rows,
			user_row(rq, json_object_array_get_idx(users, i)));
	page_text(&p, "q", q);
	page_flag(&p, "has_users", n > 0);
	page_text(&p, "previous", page > 1 ? list_path(rq, page - 1, q) : NULL);
	page_text(&p, "following",
		  page * PER_PAGE < total ? list_path(rq, page + 1, q) : NULL);
	page_text(&p, "range_text",
		  arena_printf(rq->arena, "%lld to %lld of %lld",
			       (long long)before + 1,
			       (long long)before + (long long)n,
			       (long long)total));
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

static bool
admin_mail_get(struct req *rq, struct err *e)
{
	const char *const *names = NULL;
	struct json_object *rows;
	size_t n = 0;
	struct page p;

	if (!page_open(rq, q_page_me(), &p, e))
		return false;
	if (!*rq->ctx->set->smtp_url &&
	    !mailer_list(rq->ctx->mailer, rq->arena, MAILS_SHOWN, &names, &n,
			 e))
		return false;
	tab(&p, "mail");
	rows = json_object_new_array();
	page_add(&p, "mails", rows);
	for (size_t i = 0; i < n; i++) {
		struct mail_view v;
		struct err gone;

		/* A mail that was removed meanwhile is just not there. */
		if (!mailer_view(rq->ctx->mailer, rq->arena, names[i], &v,
				 &gone))
			continue;
		json_object_array_add(
			rows, OBJECT({"file", names[i]},
				     {"subject",
				      *v.subject ? v.subject : "(no subject)"},
				     {"to", bare_address(rq, v.to)},
				     {"at_text", v.date}));
	}
	page_flag(&p, "is_dir", !*rq->ctx->set->smtp_url);
	page_flag(&p, "has_mails", json_object_array_length(rows) > 0);
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
static struct json_object *
links_of(struct req *rq, const char *s)
{
	struct json_object *list = json_object_new_array();

	while ((s = strstr(s, "http")) != NULL &&
	       json_object_array_length(list) < LINKS_MAX) {
		struct span link = {s, link_length(s)};

		if ((span_starts(link, "http://") ||
		     span_starts(link, "https://")) &&
		    !span_is(link, rq->ctx->set->site_url))
			json_object_array_add(
				list, json_object_new_string(arena_strndup(
					      rq->arena, link.p, link.n)));
		s += link.n ? link.n : 1;
	}
	return list;
}

static bool
admin_mail_one_get(struct req *rq, struct err *e)
{
	const char *file = req_param(rq, "file");
	struct json_object *mail, *links;
	struct mail_view v;
	struct page p;

	if (!page_open(rq, q_page_me(), &p, e) ||
	    !mailer_view(rq->ctx->mailer, rq->arena, file, &v, e))
		return false;
	tab(&p, "mail");
	links = links_of(rq, v.text);
	mail = OBJECT({"subject", *v.subject ? v.subject : "(no subject)"},
		      {"to", bare_address(rq, v.to)}, {"date", v.date},
		      {"text", v.text});
	json_object_object_add(
		mail, "has_links",
		json_object_new_boolean(json_object_array_length(links) > 0));
	json_object_object_add(mail, "links", links);
	page_add(&p, "mail", mail);
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
