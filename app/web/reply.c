#include <stdio.h>
#include <string.h>

#include "fcgi.h"
#include "req.h"

bool
reply_json(struct req *rq, int status, struct span json)
{
	rq->reply.status = status;
	rq->reply.type = "application/json";
	rq->reply.body = json;
	return true;
}

bool
reply_text(struct req *rq, int status, const char *type, const char *text)
{
	rq->reply.status = status;
	rq->reply.type = type;
	rq->reply.body = span_of(text);
	return true;
}

bool
reply_empty(struct req *rq, int status)
{
	rq->reply.status = status;
	rq->reply.type = NULL;
	rq->reply.body = (struct span){"", 0};
	return true;
}

bool
reply_redirect(struct req *rq, int status, const char *location)
{
	reply_header(rq, "Location", location);
	return reply_empty(rq, status);
}

/* Whatever a value holds, it never starts another header. */
static int
line_of(const char *value)
{
	return (int)strcspn(value, "\r\n");
}

void
reply_header(struct req *rq, const char *name, const char *value)
{
	buf_addf(&rq->reply.headers, "%s: %.*s\r\n", name, line_of(value),
		 value);
}

bool
reply_accel(struct req *rq, int status, const char *type,
	    const char *internal_path)
{
	reply_header(rq, "X-Accel-Redirect", internal_path);
	reply_empty(rq, status);
	rq->reply.type = type;
	return true;
}

/* What somebody in particular was answered is nobody else's: the word of the
 * handler counts, else no cache may hand it on. */
static void
keep_private(struct req *rq)
{
	if (rq->caller.credential != CRED_NONE &&
	    !strstr(buf_str(&rq->reply.headers), "Cache-Control: "))
		reply_header(rq, "Cache-Control", "private, no-cache");
}

static const char *
head_of(struct req *rq, struct buf *head, int64_t length)
{
	keep_private(rq);
	buf_addf(head, "Status: %d\r\n", rq->reply.status);
	if (rq->reply.type)
		buf_addf(head, "Content-Type: %.*s\r\n",
			 line_of(rq->reply.type), rq->reply.type);
	if (length >= 0)
		buf_addf(head, "Content-Length: %lld\r\n", (long long)length);
	buf_addf(head, "X-Request-Id: %s\r\n", rq->id);
	buf_addn(head, buf_str(&rq->reply.headers), rq->reply.headers.n);
	buf_add(head, "\r\n");
	return buf_str(head);
}

static bool
client_gone(struct err *e)
{
	return err_set(e, 400, "client_gone",
		       "the client went away before the answer");
}

bool
reply_send(struct req *rq, struct err *e)
{
	struct buf head = buf_on(rq->arena);
	struct span body = rq->reply.body;
	bool has_body = rq->reply.type != NULL && rq->method != M_HEAD;
	/* With X-Accel-Redirect the length is nginx's business. */
	bool is_accel = rq->reply.headers.n &&
			strstr(buf_str(&rq->reply.headers), "X-Accel-Redirect");

	head_of(rq, &head,
		is_accel || rq->reply.status == 204 || rq->reply.status == 304
			? -1
			: (int64_t)body.n);
	if (!fcgi_write(rq->transport, head.p, head.n))
		return client_gone(e);
	if (has_body && !fcgi_write(rq->transport, body.p, body.n))
		return client_gone(e);
	rq->bytes_out = head.n + (has_body ? body.n : 0);
	return true;
}

bool
reply_stream_begin(struct req *rq, int status, const char *type, int64_t length,
		   struct err *e)
{
	struct buf head = buf_on(rq->arena);

	rq->reply.status = status;
	rq->reply.type = type;
	rq->reply.streamed = true;
	head_of(rq, &head, length);
	if (!fcgi_write(rq->transport, head.p, head.n))
		return client_gone(e);
	rq->bytes_out = head.n;
	return true;
}

bool
reply_stream_write(struct req *rq, const void *p, size_t n, struct err *e)
{
	if (rq->method == M_HEAD)
		return true;
	if (!fcgi_write(rq->transport, p, n))
		return client_gone(e);
	rq->bytes_out += n;
	return true;
}
