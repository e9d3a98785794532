#include "fetch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "buf.h"

enum {
	CONNECT_MS = 10000,
	TIMEOUT_MS = 15000,
	SLOW_BYTES = 1000,
	SLOW_S = 30,
	BUFFER = 64 * KiB,
	MAX_HEADERS = 128,
	MAIL_TIMEOUT_MS = 20000,
};

struct fetch {
	CURL *curl;
	char *ca_file, *user_agent; /* heap */
	enum fetch_trouble trouble; /* of the last fetch_run */
};

/* One transfer on its way. */
struct job {
	struct arena *a;
	CURL *curl;
	const struct fetch_request *rq;
	struct fetch_reply reply;
	struct fetch_header *headers;
	struct buf body;
	struct span to_send;
	bool head_told;
	const char *gave_up; /* why a callback of ours ended it, or NULL */
};

bool
fetch_prepare(struct err *e)
{
	/* Not thread-safe, but idempotent: one thread per process. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, 500, "out_of_memory", "no memory for curl");
	return true;
}

bool
fetch_new(const struct fetch_options *o, struct fetch **out, struct err *e)
{
	struct fetch *f;

	if (!fetch_prepare(e))
		return false;
	f = calloc(1, sizeof *f);
	if (!f)
		return err_set(e, 500, "out_of_memory", "no memory for curl");
	f->curl = curl_easy_init();
	if (o->ca_file && o->ca_file[0])
		f->ca_file = strdup(o->ca_file);
	f->user_agent = strdup(o->user_agent ? o->user_agent : "maestro");
	if (!f->curl || !f->user_agent ||
	    (o->ca_file && o->ca_file[0] && !f->ca_file)) {
		fetch_free(f);
		return err_set(e, 500, "out_of_memory", "no memory for curl");
	}
	*out = f;
	return true;
}

void
fetch_free(struct fetch *f)
{
	if (!f)
		return;
	if (f->curl)
		curl_easy_cleanup(f->curl);
	free(f->ca_file);
	free(f->user_agent);
	free(f);
}

static bool
is_2xx(const struct job *j)
{
	return j->reply.status >= 200 && j->reply.status < 300;
}

/* "HTTP/1.1 100 Continue" comes before the real head: start over each time. */
static size_t
on_header(char *p, /* NOLINT(readability-non-const-parameter): libcurl's */
	  size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	struct span line = {p, size * n}, name;
	char *lower;

	if (span_starts(line, "HTTP/")) {
		long status = 0;

		curl_easy_getinfo(j->curl, CURLINFO_RESPONSE_CODE, &status);
		j->reply.status = (int)status;
		j->reply.n_headers = 0;
		return size * n;
	}
	while (line.n > 0 && strchr("\r\n \t", line.p[line.n - 1]))
		line.n--;
	if (line.n == 0 || j->reply.n_headers == MAX_HEADERS)
		return size * n;
	name = span_cut(&line, ':');
	while (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
		line.p++;
		line.n--;
	}
	lower = arena_strndup(j->a, name.p, name.n);
	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	j->headers[j->reply.n_headers++] = (struct fetch_header){
		lower, arena_strndup(j->a, line.p, line.n)};
	return size * n;
}

static bool
tell_head(struct job *j)
{
	if (j->head_told || !j->rq->write || !is_2xx(j))
		return true;
	j->head_told = true;
	if (!j->rq->head || j->rq->head(j->rq->arg, &j->reply))
		return true;
	j->gave_up = "the answer was not wanted";
	return false;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	size_t limit = j->rq->limit_bytes ? j->rq->limit_bytes : MiB;

	n *= size;
	if (j->rq->write && is_2xx(j)) {
		if (!tell_head(j))
			return 0;
		if (j->rq->write(j->rq->arg, p, n))
			return n;
		j->gave_up = "the answer could not be passed on";
		return 0;
	}
	if (n > limit || j->body.n > limit - n) {
		j->gave_up = "the answer is too long";
		return 0;
	}
	buf_addn(&j->body, p, n);
	return n;
}

static size_t
on_read(char *p, size_t size, size_t n, void *arg)
{
	struct job *j = arg;

	n *= size;
	if (j->rq && j->rq->read) {
		ssize_t got = j->rq->read(j->rq->arg, p, n);

		if (got >= 0)
			return (size_t)got;
		j->gave_up = "the body could not be read";
		return CURL_READFUNC_ABORT;
	}
	if (n > j->to_send.n)
		n = j->to_send.n;
	if (n > 0)
		memcpy(p, j->to_send.p, n);
	j->to_send.p += n;
	j->to_send.n -= n;
	return n;
}

/* libcurl rewinds memory bodies when a kept connection turns out dead. */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct job *j = arg;

	if (!j->rq || j->rq->read || origin != SEEK_SET || offset < 0 ||
	    (size_t)offset > j->rq->body.n)
		return CURL_SEEKFUNC_CANTSEEK;
	j->to_send = (struct span){j->rq->body.p + offset,
				   j->rq->body.n - (size_t)offset};
	return CURL_SEEKFUNC_OK;
}

static void
free_list(void *p)
{
	curl_slist_free_all(p);
}

/* Line breaks in a value would be a header of somebody else's making. */
static bool
is_line(const char *s)
{
	return s && !strpbrk(s, "\r\n");
}

static struct curl_slist *
append(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (!longer)
		abort();
	return longer;
}

static bool
add_headers(struct job *j, CURL *c, struct err *e)
{
	/* No "Expect: 100-continue": it costs a second with servers that
	 * do not answer it. */
	struct curl_slist *list = append(NULL, "Expect:");

	for (size_t i = 0; i < j->rq->n_headers; i++) {
		const struct fetch_header *h = &j->rq->headers[i];

		if (!is_line(h->name) || !is_line(h->value)) {
			curl_slist_free_all(list);
			return err_set(e, 500, "bad_header",
				       "a header with a line break");
		}
		/* "Name;" is libcurl's way to send an empty value. */
		list = append(list,
			      arena_printf(j->a, "%s%s%s", h->name,
					   h->value[0] ? ": " : ";", h->value));
	}
	arena_defer(j->a, free_list, list);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
	return true;
}

static void
set_common(struct fetch *f, struct job *j)
{
	CURL *c = f->curl;

	curl_easy_reset(c); /* keeps connections and the DNS cache */
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(c, CURLOPT_READDATA, j);
	curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(c, CURLOPT_SEEKDATA, j);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	if (f->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, f->ca_file);
}

static void
set_time(CURL *c, const struct fetch_request *rq)
{
	long ms = rq->timeout_ms > 0 ? rq->timeout_ms : TIMEOUT_MS;

	if (rq->read || rq->write) {
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
		return;
	}
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms);
}

/* CUSTOMREQUEST only renames; what libcurl does follows from the rest. */
static void
set_method(struct job *j, CURL *c)
{
	const struct fetch_request *rq = j->rq;
	const char *method = rq->method ? rq->method : "GET";
	bool has_body = rq->read || rq->body.n > 0;
	int64_t n = rq->read ? rq->read_length : (int64_t)rq->body.n;

	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
		return;
	}
	if (has_body) {
		/* A kept connection may turn out dead while the body is on its
		 * way, and a stream cannot be sent twice. */
		curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, rq->read ? 1L : 0L);
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)n);
	} else if (strcmp(method, "GET") != 0 &&
		   strcmp(method, "DELETE") != 0) {
		/* Content-Length: 0, which some servers insist on. */
		curl_easy_setopt(c, CURLOPT_POST, 1L);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, "");
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
}

static bool
give_error(const struct job *j, CURLcode rc, const char *code, struct err *e)
{
	err_set(e, 503, code, "%s",
		j->gave_up ? j->gave_up : curl_easy_strerror(rc));
	e->retry_after_s = 5;
	return false;
}

/* A time-out before there was a connection is an unreachable server. */
static enum fetch_trouble
trouble_of(CURL *c, CURLcode rc)
{
	curl_off_t connected = 0;

	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return FETCH_UNREACHABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return FETCH_TLS;
	case CURLE_OPERATION_TIMEDOUT:
		curl_easy_getinfo(c, CURLINFO_CONNECT_TIME_T, &connected);
		return connected > 0 ? FETCH_TIMEOUT : FETCH_UNREACHABLE;
	default:
		return FETCH_BROKEN;
	}
}

enum fetch_trouble
fetch_trouble(const struct fetch *f)
{
	return f->trouble;
}

bool
fetch_run(struct fetch *f, struct arena *a, const struct fetch_request *rq,
	  struct fetch_reply *out, struct err *e)
{
	struct job j = {.a = a, .curl = f->curl, .rq = rq, .to_send = rq->body};
	CURL *c = f->curl;
	CURLcode rc;

	j.body = buf_on(a);
	j.headers = arena_alloc(a, MAX_HEADERS * sizeof *j.headers);
	j.reply.headers = j.headers;
	set_common(f, &j);
	if (!add_headers(&j, c, e))
		return false;
	set_method(&j, c);
	set_time(c, rq);
	curl_easy_setopt(c, CURLOPT_URL, rq->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, f->user_agent);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)BUFFER);
	curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, &j);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &j);

	rc = curl_easy_perform(c);
	f->trouble = trouble_of(c, rc);
	if (rc != CURLE_OK || !tell_head(&j)) /* 2xx without a body */
		return give_error(&j, rc, "upstream_unavailable", e);
	j.reply.body = (struct span){buf_str(&j.body), j.body.n};
	*out = j.reply;
	return true;
}

static int64_t
end_of_certificate(CURL *c)
{
	static const char label[] = "Expire date:";
	struct curl_certinfo *chain = NULL;

	if (curl_easy_getinfo(c, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
	    !chain || chain->num_of_certs < 1)
		return 0;
	for (const struct curl_slist *l = chain->certinfo[0]; l; l = l->next) {
		time_t t;

		if (strncmp(l->data, label, sizeof label - 1) != 0)
			continue;
		t = curl_getdate(l->data + sizeof label - 1, NULL);
		return t > 0 ? (int64_t)t : 0;
	}
	return 0;
}

bool
fetch_peer(struct fetch *f, struct arena *a, const char *url,
	   struct fetch_peer *out, struct err *e)
{
	const struct fetch_request rq = {.url = url};
	struct job j = {.a = a, .curl = f->curl, .rq = &rq};
	CURL *c = f->curl;
	const char *date;
	CURLcode rc;

	j.body = buf_on(a);
	j.headers = arena_alloc(a, MAX_HEADERS * sizeof *j.headers);
	j.reply.headers = j.headers;
	set_common(f, &j);
	set_method(&j, c);
	set_time(c, &rq);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_USERAGENT, f->user_agent);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, &j);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &j);
	curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
	/* Only to look at it: nothing of ours is sent, nothing believed.  On a
	 * connection of its own, which nobody shall use afterwards. */
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);

	rc = curl_easy_perform(c);
	f->trouble = trouble_of(c, rc);
	if (rc != CURLE_OK)
		return give_error(&j, rc, "upstream_unavailable", e);
	date = fetch_header(&j.reply, "date");
	*out = (struct fetch_peer){
		.expires_s = end_of_certificate(c),
		.date_s = date ? (int64_t)curl_getdate(date, NULL) : 0,
	};
	return true;
}

const char *
fetch_header(const struct fetch_reply *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return NULL;
}

/* SMTP wants CR LF; libcurl stuffs leading dots itself. */
static struct span
with_crlf(struct arena *a, struct span text)
{
	struct buf b = buf_on(a);

	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		buf_addn(&b, line.p, line.n);
		buf_addn(&b, "\r\n", 2);
	}
	return (struct span){buf_str(&b), b.n};
}

/* No blanks, no angle brackets, no control bytes: it goes into a command. */
static bool
is_address(const char *s)
{
	if (!s || !strchr(s, '@') || strlen(s) > 320)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || strchr("<>\"\\", *s) ||
		    *s == 0x7f)
			return false;
	return true;
}

static bool
is_this_machine(const char *url)
{
	struct span s = span_of(url);

	span_cut(&s, '/');
	span_cut(&s, '/');
	return span_starts(s, "localhost:") || span_starts(s, "127.0.0.1:") ||
	       span_starts(s, "[::1]:");
}

static bool
add_recipients(struct job *j, const struct fetch_mail *m, struct err *e)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < m->n_to; i++) {
		if (!is_address(m->to[i])) {
			curl_slist_free_all(list);
			return err_field(e, "email", "Not a mail address");
		}
		list = append(list, arena_printf(j->a, "<%s>", m->to[i]));
	}
	arena_defer(j->a, free_list, list);
	curl_easy_setopt(j->curl, CURLOPT_MAIL_RCPT, list);
	return true;
}

bool
fetch_send_mail(struct fetch *f, struct arena *a, const struct fetch_mail *m,
		struct err *e)
{
	struct job j = {.a = a, .curl = f->curl};
	bool has_login = m->password && m->password[0];
	CURL *c = f->curl;
	CURLcode rc;

	if (m->n_to == 0 || !is_address(m->from))
		return err_set(e, 500, "mail_unavailable",
			       "mail needs a sender and a recipient");
	j.to_send = with_crlf(a, m->message);
	set_common(f, &j);
	if (!add_recipients(&j, m, e))
		return false;
	curl_easy_setopt(c, CURLOPT_URL, m->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L); /* QUIT after each */
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)MAIL_TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM,
			 arena_printf(a, "<%s>", m->from));
	curl_easy_setopt(c, CURLOPT_USE_SSL,
			 has_login && !is_this_machine(m->url)
				 ? (long)CURLUSESSL_ALL
				 : (long)CURLUSESSL_TRY);
	if (has_login) {
		curl_easy_setopt(c, CURLOPT_USERNAME, m->user ? m->user : "");
		curl_easy_setopt(c, CURLOPT_PASSWORD, m->password);
	}
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);

	rc = curl_easy_perform(c);
	if (rc != CURLE_OK)
		return give_error(&j, rc, "mail_unavailable", e);
	return true;
}
