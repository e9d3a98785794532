#ifndef CORE_MARKDOWN_H
#define CORE_MARKDOWN_H

/*
 * markdown - GitHub's Markdown from strangers as HTML that cannot hurt.
 *
 * libcmark-gfm 0.29.0.gfm.6 parses (tables, strikethrough, autolinks, task
 * lists); the HTML is written here, from a fixed set of elements: raw HTML
 * comes out as text, links lead to http:, https: and mailto: only (`rel` says
 * noopener noreferrer nofollow) and are text otherwise, images are links, no
 * attribute holds anything but such an address, a class of ours or a number.
 * Headings begin at <h2>: the page has its own <h1>.
 *
 * That library is quadratic on some inputs (CVE-2023-22483 and its kin), so
 * markdown_render runs it in a child with limits of time and memory.
 */
#include "buf.h"
#include "err.h"

enum {
	MARKDOWN_BYTES = MiB,
	MARKDOWN_DEPTH = 100, /* of blocks and inlines in each other */
	MARKDOWN_HTML_BYTES = 16 * MiB,
	MARKDOWN_MS = 2000,
};

/* Appends to out.  422 too_complex when a limit was met; out may hold a part
 * then.  500 when there is no child to be had. */
bool markdown_render(struct span text, struct buf *out,
		     struct err *e) MUST_CHECK;

/* The same here and now, without limits of time and memory. */
bool markdown_html(struct span text, struct buf *out, struct err *e) MUST_CHECK;

#endif
