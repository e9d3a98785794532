#include "mailer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/enc.h"
#include "core/fetch.h"
#include "core/file.h"
#include "core/json.h"
#include "core/rand.h"
#include "core/tmpl.h"
#include "core/view.h"
#include "domain/ctx.h"

struct mailer {
	struct ctx *ctx;
};

enum {
	MAIL_LIMIT = 1024 * KiB,
	BASE64_LINE = 76,
	NAMES_MAX = 100000
};

struct mailer *
mailer_new(struct ctx *ctx)
{
	struct mailer *m = calloc(1, sizeof *m);

	if (!m)
		abort();
	m->ctx = ctx;
	return m;
}

void
mailer_free(struct mailer *m)
{
	free(m);
}

/* --- the message --- */

static bool
header_ok(const char *s)
{
	return s && *s && !strpbrk(s, "\r\n");
}

static bool
is_ascii(const char *s)
{
	for (; *s; s++) {
		if (*s < ' ' || *s > '~')
			return false;
	}
	return true;
}

/* RFC 2047: ASCII as it is, anything else as encoded words of at most 75
 * characters, cut between code points. */
static void
add_subject(struct arena *a, struct buf *b, const char *s)
{
	enum {
		CHUNK = 42
	};

	const char *sep = "";

	buf_add(b, "Subject: ");
	if (is_ascii(s) && strlen(s) < 200) {
		buf_addf(b, "%s\r\n", s);
		return;
	}
	while (*s) {
		size_t n = strlen(s);

		if (n > CHUNK)
			n = CHUNK;
		while (n > 1 && s[n] && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		buf_addf(b, "%s=?UTF-8?B?%s?=", sep, enc_base64(a, s, n));
		sep = "\r\n ";
		s += n;
	}
	buf_add(b, "\r\n");
}

/* base64 keeps long lines and dots at line starts away from the transport. */
static void
add_part(struct arena *a, struct buf *b, const char *boundary, const char *type,
	 const char *body)
{
	const char *text = enc_base64(a, body, strlen(body));
	size_t n = strlen(text);

	buf_addf(b,
		 "--%s\r\nContent-Type: %s; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: base64\r\n\r\n",
		 boundary, type);
	for (size_t i = 0; i < n; i += BASE64_LINE) {
		size_t rest = n - i;

		buf_addn(b, text + i, rest < BASE64_LINE ? rest : BASE64_LINE);
		buf_add(b, "\r\n");
	}
}

/* RFC 5322 date, always in English. */
static void
add_date(struct buf *b)
{
	char http[CLOCK_HTTP]; /* Fri, 02 Jan 2026 03:04:05 GMT */

	clock_http(clock_s(), http);
	buf_addf(b, "Date: %.25s +0000\r\n", http);
}

bool
mailer_compose(struct arena *a, const struct mail_parts *p, struct span *out,
	       struct err *e)
{
	struct buf b = buf_on(a);
	const char *at;
	char id[UUID_TEXT], boundary[33];

	if (!header_ok(p->from) || !header_ok(p->to) || !header_ok(p->subject))
		return err_set(e, 500, "mail_failed",
			       "a header of the mail is empty or has two "
			       "lines");
	rand_uuid(id);
	rand_text(boundary, sizeof boundary - 1, rand_abc_base36);
	at = strrchr(p->from, '@');
	add_date(&b);
	buf_addf(&b, "From: <%s>\r\nTo: <%s>\r\n", p->from, p->to);
	add_subject(a, &b, p->subject);
	buf_addf(&b,
		 "Message-ID: <%s@%s>\r\nMIME-Version: 1.0\r\n"
		 "Auto-Submitted: auto-generated\r\n"
		 "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n",
		 id, at ? at + 1 : "localhost", boundary);
	add_part(a, &b, boundary, "text/plain", p->text);
	add_part(a, &b, boundary, "text/html", p->html);
	buf_addf(&b, "--%s--\r\n", boundary);
	*out = (struct span){b.p, b.n};
	return true;
}

/* --- the texts --- */

static void
put_view(void *v)
{
	json_object_put(v);
}

static struct json_object *
view_of(const struct mailer *m, struct arena *a, const struct mail *mail)
{
	struct json_object *v = json_object_new_object();

	const struct {
		const char *name, *value;
	} words[] = {
		{"site_url",    m->ctx->set->site_url},
		{"link",        mail->link           },
		{"code",        mail->code           },
		{"hash",        mail->hash           },
		{"email",       mail->email          },
		{"new_email",   mail->new_email      },
		{"to",          mail->to             },
		{"redirect_to", mail->redirect_to    },
	};

	arena_defer(a, put_view, v);
	for (size_t i = 0; i < NELEM(words); i++) {
		const char *text = words[i].value ? words[i].value : "";

		json_object_object_add(v, words[i].name,
				       json_object_new_string(text));
	}
	return v;
}

static bool
render(const struct mailer *m, struct arena *a, const struct mail *mail,
       struct span *out, struct err *e)
{
	const char *html = arena_printf(a, "mail/%s", mail->template_name);
	const char *plain =
		arena_printf(a, "mail/%s_text", mail->template_name);
	struct json_object *view = view_of(m, a, mail);
	struct buf h = buf_on(a), t = buf_on(a);
	struct span rest, subject = {"", 0};

	if (!m->ctx->templates)
		return err_set(e, 500, "mail_failed", "no templates");
	if (!tmpl_render(m->ctx->templates, html, view_json(view), &h, e) ||
	    !tmpl_render(m->ctx->templates, plain, view_json(view), &t, e))
		return false;
	rest = span_of(buf_str(&t));
	subject = span_cut(&rest, '\n');
	while (rest.n && *rest.p == '\n')
		span_cut(&rest, '\n');

	const struct mail_parts parts = {
		.from = m->ctx->set->mail_from,
		.to = mail->to,
		.subject = arena_strndup(a, subject.p, subject.n),
		.text = arena_strndup(a, rest.p, rest.n),
		.html = buf_str(&h),
	};

	return mailer_compose(a, &parts, out, e);
}

/* --- handing over --- */

static bool
io_error(struct err *e, const char *what, const char *path)
{
	return err_set(e, 500, "mail_failed", "%s %s: %s", what, path,
		       strerror(errno));
}

static bool
write_all(int fd, struct span text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text.p += n;
		text.n -= (size_t)n;
	}
	return true;
}

/* Microseconds, so that two mails of one request keep their order. */
static const char *
fresh_name(struct arena *a)
{
	struct timespec now;
	char id[13], stamp[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", &tm);
	rand_text(id, sizeof id - 1, rand_abc_base36);
	return arena_printf(a, "%s.%06ld-%s.eml", stamp, now.tv_nsec / 1000,
			    id);
}

static bool
write_file(struct arena *a, const char *dir, struct span text, struct err *e)
{
	const char *name = fresh_name(a);
	const char *path = arena_printf(a, "%s/%s", dir, name);
	const char *tmp = arena_printf(a, "%s/.%s.tmp", dir, name);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	bool done;

	if (fd == -1)
		return io_error(e, "create", tmp);
	done = write_all(fd, text) && fdatasync(fd) == 0;
	if (!done)
		io_error(e, "write", tmp);
	if (close(fd) == -1 && done)
		done = io_error(e, "close", tmp);
	if (done && rename(tmp, path) == -1)
		done = io_error(e, "rename", tmp);
	if (!done)
		unlink(tmp);
	return done;
}

static bool
send_smtp(const struct mailer *m, struct arena *a, const struct mail *mail,
	  struct span text, struct err *e)
{
	const struct settings *s = m->ctx->set;
	struct span password = {"", 0};
	struct fetch_mail fm = {
		.url = s->smtp_url,
		.user = s->smtp_user,
		.from = s->mail_from,
		.to = &mail->to,
		.n_to = 1,
		.message = text,
	};

	if (*s->smtp_password_file &&
	    !file_secret(a, s->smtp_password_file, &password, e))
		return false;
	fm.password = password.p;
	return fetch_send_mail(m->ctx->fetch, a, &fm, e);
}

bool
mailer_send(struct mailer *m, struct arena *a, const struct mail *mail,
	    struct err *e)
{
	struct span text = {"", 0};
	bool done;

	if (!render(m, a, mail, &text, e))
		return false;
	done = *m->ctx->set->smtp_url
		       ? send_smtp(m, a, mail, text, e)
		       : write_file(a, m->ctx->set->mail_dir, text, e);
	if (!done)
		return err_set(e, 500, "mail_failed", "%s",
			       arena_strdup(a, e->message));
	return true;
}

/* --- the folder, for admins --- */

static bool
name_ok(const char *name)
{
	size_t n = strlen(name);

	return n > 8 && n < 100 && name[0] != '.' &&
	       strspn(name, "0123456789abcdefghijklmnopqrstuvwxyzT.-") == n &&
	       strcmp(name + n - 4, ".eml") == 0;
}

static int
newest_first(const void *x, const void *y)
{
	return strcmp(*(const char *const *)y, *(const char *const *)x);
}

static void
close_dir(void *d)
{
	closedir(d);
}

bool
mailer_list(struct mailer *m, struct arena *a, size_t limit,
	    const char *const **names, size_t *n, struct err *e)
{
	const char *dir = m->ctx->set->mail_dir;
	DIR *d = opendir(dir);
	size_t count = 0, room = 64;
	const char **list = arena_alloc(a, room * sizeof *list);
	struct dirent *entry;

	if (!d)
		return io_error(e, "open", dir);
	arena_defer(a, close_dir, d);
	while ((entry = readdir(d)) && count < NAMES_MAX) {
		if (!name_ok(entry->d_name))
			continue;
		if (count == room) {
			const char **more =
				arena_alloc(a, 2 * room * sizeof *more);

			memcpy(more, list, room * sizeof *more);
			list = more;
			room *= 2;
		}
		list[count++] = arena_strdup(a, entry->d_name);
	}
	qsort(list, count, sizeof *list, newest_first);
	*names = list;
	*n = count < limit ? count : limit;
	return true;
}

bool
mailer_read(struct mailer *m, struct arena *a, const char *name,
	    struct span *out, struct err *e)
{
	const char *path;

	if (!name_ok(name))
		return err_set(e, 404, "not_found", "no such mail");
	path = arena_printf(a, "%s/%s", m->ctx->set->mail_dir, name);
	if (access(path, R_OK) == -1)
		return err_set(e, 404, "not_found", "no such mail");
	return file_read(a, path, MAIL_LIMIT, out, e);
}

/* The value of a header line of a mail composed here. */
static const char *
header_value(struct arena *a, const char *mail, const char *name)
{
	const char *p = strstr(mail, name);

	if (!p)
		return "";
	p += strlen(name);
	return arena_strndup(a, p, strcspn(p, "\r\n"));
}

/* The body of the text part: base64 in lines. */
static const char *
text_part(struct arena *a, const char *mail)
{
	const char *p = strstr(mail, "Content-Type: text/plain");
	struct buf b = buf_on(a);
	struct span text;

	p = p ? strstr(p, "\r\n\r\n") : NULL;
	if (!p)
		return "";
	for (p += 4; *p && *p != '-'; p++) {
		if (*p != '\r' && *p != '\n')
			buf_addc(&b, *p);
	}
	return dec_base64(a, (struct span){buf_str(&b), b.n}, &text) ? text.p
								     : "";
}

bool
mailer_view(struct mailer *m, struct arena *a, const char *name,
	    struct mail_view *out, struct err *e)
{
	struct span raw = {"", 0};

	if (!mailer_read(m, a, name, &raw, e))
		return false;
	*out = (struct mail_view){
		.date = header_value(a, raw.p, "Date: "),
		.to = header_value(a, raw.p, "\r\nTo: "),
		.subject = header_value(a, raw.p, "\r\nSubject: "),
		.text = text_part(a, raw.p),
	};
	return true;
}
