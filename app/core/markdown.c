#include "markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum {
	SHOWN_URL_BYTES = 200,
	CHILD_CPU_S = 3,
	CHILD_BYTES = 512 * MiB,
	HEADING_MAX = 6,
};

/* --- the HTML --- */

struct writer {
	struct buf *b;
	unsigned depth;
	cmark_node *anchor; /* the node whose <a> is open, or NULL */
	bool in_body;       /* of a table */
	unsigned column;
};

static void
add_text(struct buf *b, const char *s)
{
	if (s)
		buf_add_html(b, s, strlen(s));
}

static bool
url_is_good(const char *url)
{
	static const char *const schemes[] = {"http://", "https://", "mailto:"};

	for (size_t i = 0; url && i < NELEM(schemes); i++) {
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return true;
	}
	return false;
}

/* Control characters, spaces, quotes and what is no ASCII become %XX. */
static void
open_anchor(struct writer *w, cmark_node *node, const char *url)
{
	struct buf address = buf_on(w->b->a);

	buf_add_urln(&address, url, strlen(url), "!#$%&()*+,/:;=?@[]");
	buf_add(w->b, "<a href=\"");
	buf_add_html(w->b, buf_str(&address), address.n);
	buf_add(w->b, "\" rel=\"noopener noreferrer nofollow\">");
	w->anchor = node;
}

/* Where it would have led, for the reader to see: " (guide/start.md)". */
static void
show_url(struct buf *b, const char *url)
{
	size_t n = url ? strlen(url) : 0;

	if (n == 0)
		return;
	if (n > SHOWN_URL_BYTES) {
		n = SHOWN_URL_BYTES;
		while (n > 0 && ((unsigned char)url[n] & 0xc0) == 0x80)
			n--;
	}
	buf_add(b, " (");
	buf_add_html(b, url, n);
	buf_add(b, url[n] ? "…)" : ")");
}

static void
link_or_image(struct writer *w, cmark_node *node, bool enter)
{
	bool is_image = cmark_node_get_type(node) == CMARK_NODE_IMAGE;
	const char *url = cmark_node_get_url(node);

	if (enter) {
		if (!w->anchor && url_is_good(url))
			open_anchor(w, node, url);
		if (is_image)
			buf_add(w->b, "Image: ");
	} else if (w->anchor == node) {
		buf_add(w->b, "</a>");
		w->anchor = NULL;
	} else if (!url_is_good(url)) {
		show_url(w->b, url);
	}
}

static void
tag(struct buf *b, const char *name, bool enter)
{
	buf_addf(b, enter ? "<%s>" : "</%s>", name);
}

/* The same with a line for each: blocks. */
static void
block(struct buf *b, const char *name, bool enter)
{
	tag(b, name, enter);
	buf_addc(b, '\n');
}

static void
list(struct buf *b, cmark_node *node, bool enter)
{
	int start = cmark_node_get_list_start(node);

	if (cmark_node_get_list_type(node) != CMARK_ORDERED_LIST)
		block(b, "ul", enter);
	else if (enter && start != 1)
		buf_addf(b, "<ol start=\"%d\">\n", start);
	else
		block(b, "ol", enter);
}

static void
item(struct buf *b, cmark_node *node, bool enter)
{
	block(b, "li", enter);
	if (!enter || !cmark_node_get_syntax_extension(node))
		return;
	if (cmark_gfm_extensions_get_tasklist_item_checked(node))
		buf_add(b, "<span role=\"img\" aria-label=\"Done:\">☑</span> ");
	else
		buf_add(b,
			"<span role=\"img\" aria-label=\"To do:\">☐</span> ");
}

static void
paragraph(struct buf *b, cmark_node *node, bool enter)
{
	cmark_node *up = cmark_node_parent(cmark_node_parent(node));

	if (up && cmark_node_get_type(up) == CMARK_NODE_LIST &&
	    cmark_node_get_list_tight(up))
		return;
	tag(b, "p", enter);
	if (!enter)
		buf_addc(b, '\n');
}

static void
heading(struct buf *b, cmark_node *node, bool enter)
{
	int level = cmark_node_get_heading_level(node) + 1;

	buf_addf(b, enter ? "<h%d>" : "</h%d>\n",
		 level > HEADING_MAX ? HEADING_MAX : level);
}

static void
code_block(struct buf *b, const char *text)
{
	buf_add(b, "<pre><code>");
	add_text(b, text);
	buf_add(b, "</code></pre>\n");
}

static void
table_row(struct writer *w, cmark_node *node, bool enter)
{
	bool is_header = cmark_gfm_extensions_get_table_row_is_header(node);

	w->column = 0;
	if (enter && is_header)
		buf_add(w->b, "<thead>");
	if (enter && !is_header && !w->in_body) {
		buf_add(w->b, "<tbody>\n");
		w->in_body = true;
	}
	block(w->b, "tr", enter);
	if (!enter && is_header)
		buf_add(w->b, "</thead>\n");
}

static void
table_cell(struct writer *w, cmark_node *node, bool enter)
{
	cmark_node *row = cmark_node_parent(node);
	cmark_node *table = cmark_node_parent(row);
	bool is_header = cmark_gfm_extensions_get_table_row_is_header(row);
	const uint8_t *align = cmark_gfm_extensions_get_table_alignments(table);
	unsigned columns = cmark_gfm_extensions_get_table_columns(table);
	uint8_t side = align && w->column < columns ? align[w->column] : 0;

	if (!enter) {
		block(w->b, is_header ? "th" : "td", false);
		w->column++;
		return;
	}
	buf_add(w->b, is_header ? "<th scope=\"col\"" : "<td");
	if (side == 'c' || side == 'r')
		buf_addf(w->b, " class=\"align-%c\"", side);
	buf_addc(w->b, '>');
}

/* Extensions have types of their own, known by name only. */
static void
extension(struct writer *w, cmark_node *node, bool enter)
{
	const char *name = cmark_node_get_type_string(node);

	if (strcmp(name, "strikethrough") == 0) {
		tag(w->b, "del", enter);
	} else if (strcmp(name, "table") == 0) {
		if (enter)
			buf_add(w->b,
				"<div class=\"table-wrap\" tabindex=\"0\" "
				"role=\"group\" aria-label=\"Table\">"
				"<table>\n");
		else
			buf_addf(w->b, "%s</table></div>\n",
				 w->in_body ? "</tbody>" : "");
		w->in_body = false;
	} else if (strcmp(name, "table_header") == 0 ||
		   strcmp(name, "table_row") == 0) {
		table_row(w, node, enter);
	} else if (strcmp(name, "table_cell") == 0) {
		table_cell(w, node, enter);
	}
}

static void
leaf(struct writer *w, cmark_node *node)
{
	const char *text = cmark_node_get_literal(node);

	switch ((int)cmark_node_get_type(node)) {
	case CMARK_NODE_CODE:
		buf_add(w->b, "<code>");
		add_text(w->b, text);
		buf_add(w->b, "</code>");
		break;
	case CMARK_NODE_CODE_BLOCK:
	case CMARK_NODE_HTML_BLOCK:
		code_block(w->b, text);
		break;
	case CMARK_NODE_SOFTBREAK:
		buf_addc(w->b, '\n');
		break;
	case CMARK_NODE_LINEBREAK:
		buf_add(w->b, "<br>\n");
		break;
	case CMARK_NODE_THEMATIC_BREAK:
		buf_add(w->b, "<hr>\n");
		break;
	default: /* text, and raw HTML as text */
		add_text(w->b, text);
	}
}

static void
write_node(struct writer *w, cmark_node *node, bool enter)
{
	switch ((int)cmark_node_get_type(node)) {
	case CMARK_NODE_DOCUMENT:
		break;
	case CMARK_NODE_BLOCK_QUOTE:
		block(w->b, "blockquote", enter);
		break;
	case CMARK_NODE_LIST:
		list(w->b, node, enter);
		break;
	case CMARK_NODE_ITEM:
		item(w->b, node, enter);
		break;
	case CMARK_NODE_PARAGRAPH:
		paragraph(w->b, node, enter);
		break;
	case CMARK_NODE_HEADING:
		heading(w->b, node, enter);
		break;
	case CMARK_NODE_EMPH:
		tag(w->b, "em", enter);
		break;
	case CMARK_NODE_STRONG:
		tag(w->b, "strong", enter);
		break;
	case CMARK_NODE_LINK:
	case CMARK_NODE_IMAGE:
		link_or_image(w, node, enter);
		break;
	default:
		if (cmark_node_get_syntax_extension(node))
			extension(w, node, enter);
		else
			leaf(w, node);
	}
}

/* Leaves are entered and never left. */
static bool
is_leaf(cmark_node *node)
{
	switch ((int)cmark_node_get_type(node)) {
	case CMARK_NODE_HTML_BLOCK:
	case CMARK_NODE_THEMATIC_BREAK:
	case CMARK_NODE_CODE_BLOCK:
	case CMARK_NODE_TEXT:
	case CMARK_NODE_SOFTBREAK:
	case CMARK_NODE_LINEBREAK:
	case CMARK_NODE_CODE:
	case CMARK_NODE_HTML_INLINE:
		return true;
	default:
		return false;
	}
}

static bool
too_complex(struct err *e, const char *why)
{
	return err_set(e, 422, "too_complex", "The text cannot be laid out: %s",
		       why);
}

static bool
write_document(cmark_node *document, struct buf *out, struct err *e)
{
	struct writer w = {.b = out};
	cmark_iter *it = cmark_iter_new(document);
	bool done = true;
	cmark_event_type ev;

	while (done && (ev = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(it);
		bool enter = ev == CMARK_EVENT_ENTER;

		if (!is_leaf(node))
			w.depth += enter ? 1 : -1U;
		write_node(&w, node, enter);
		if (w.depth > MARKDOWN_DEPTH)
			done = too_complex(e, "it is nested too deeply");
		else if (out->n > MARKDOWN_HTML_BYTES)
			done = too_complex(e, "it grows too big");
	}
	cmark_iter_free(it);
	return done;
}

bool
markdown_html(struct span text, struct buf *out, struct err *e)
{
	static const char *const extensions[] = {"table", "strikethrough",
						 "autolink", "tasklist"};
	cmark_parser *parser;
	cmark_node *document;
	bool done;

	if (text.n > MARKDOWN_BYTES)
		return too_complex(e, "it is too long");
	cmark_gfm_core_extensions_ensure_registered();
	parser = cmark_parser_new(CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8);
	for (size_t i = 0; i < NELEM(extensions); i++)
		cmark_parser_attach_syntax_extension(
			parser, cmark_find_syntax_extension(extensions[i]));
	cmark_parser_feed(parser, text.p, text.n);
	document = cmark_parser_finish(parser);
	done = write_document(document, out, e);
	cmark_node_free(document);
	cmark_parser_free(parser);
	return done;
}

/* --- the child --- */

static void
limit(int what, rlim_t most)
{
	const struct rlimit l = {most, most};

	setrlimit(what, &l);
}

static _Noreturn void
child(int fd, struct span text)
{
	struct arena *a;
	struct buf b;
	struct err e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, CHILD_CPU_S);
#ifndef __SANITIZE_ADDRESS__
	limit(RLIMIT_DATA, CHILD_BYTES);
#endif
	a = arena_new(CHILD_BYTES / 4);
	b = buf_on(a);
	if (!markdown_html(text, &b, &e))
		_exit(1);
	for (size_t at = 0; at < b.n;) {
		ssize_t n = write(fd, b.p + at, b.n - at);

		if (n == -1 && errno != EINTR)
			_exit(1);
		at += n > 0 ? (size_t)n : 0;
	}
	_exit(0);
}

/* What the child writes until it closes its end. */
static bool
collect(int fd, struct buf *out, struct err *e)
{
	int64_t deadline = clock_mono_ms() + MARKDOWN_MS;
	size_t before = out->n;
	char piece[16 * KiB];

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = deadline - clock_mono_ms();
		ssize_t n;

		if (left <= 0 || out->n - before > MARKDOWN_HTML_BYTES)
			return too_complex(e, "it takes too long");
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, piece, sizeof piece);
		if (n == 0)
			return true;
		if (n > 0)
			buf_addn(out, piece, (size_t)n);
		else if (errno != EINTR)
			return err_set(e, 500, "markdown", "read: %s",
				       strerror(errno));
	}
}

bool
markdown_render(struct span text, struct buf *out, struct err *e)
{
	int fd[2], status = 0;
	bool done;
	pid_t pid;

	if (text.n > MARKDOWN_BYTES)
		return too_complex(e, "it is too long");
	if (pipe2(fd, O_CLOEXEC) == -1)
		return err_set(e, 500, "markdown", "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		child(fd[1], text);
	close(fd[1]);
	if (pid == -1)
		done = err_set(e, 500, "markdown", "fork: %s", strerror(errno));
	else
		done = collect(fd[0], out, e);
	close(fd[0]);
	if (pid == -1)
		return false;
	if (!done)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (done && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return too_complex(e, "it asks too much");
	return done;
}
