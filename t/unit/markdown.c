/*
 * markdown: what it lays out, what it never lets through, and its limits.
 */
#include "core/markdown.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "t/tap.h"

static struct arena *a;

static const char *
html(const char *text)
{
	struct buf b = buf_on(a);
	struct err e;

	if (!markdown_html((struct span){text, strlen(text)}, &b, &e))
		return arena_printf(a, "error %s", e.message);
	return buf_str(&b);
}

#define REL "\" rel=\"noopener noreferrer nofollow\">"

static void
lays_out(void)
{
	is(html("# A *b* & c\n"), "<h2>A <em>b</em> &amp; c</h2>\n",
	   "headings begin at the second level");
	is(html("###### Six\n"), "<h6>Six</h6>\n", "and end at the sixth");
	is(html("a\nb  \nc\n\n---\n"), "<p>a\nb<br>\nc</p>\n<hr>\n",
	   "paragraphs, breaks, rules");
	is(html("- a\n- b\n"), "<ul>\n<li>\na</li>\n<li>\nb</li>\n</ul>\n",
	   "a tight list");
	is(html("3. a\n\n4. b\n"),
	   "<ol start=\"3\">\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n"
	   "</ol>\n",
	   "a loose one that counts on");
	is(html("- [x] a\n- [ ] b\n"),
	   "<ul>\n<li>\n<span role=\"img\" aria-label=\"Done:\">☑</span> a"
	   "</li>\n<li>\n<span role=\"img\" aria-label=\"To do:\">☐</span> b"
	   "</li>\n</ul>\n",
	   "tasks are signs with words, no fields");
	is(html("> q\n"), "<blockquote>\n<p>q</p>\n</blockquote>\n", "quotes");
	is(html("```js\" onclick=\"x\n<b>\n```\n"),
	   "<pre><code>&lt;b&gt;\n</code></pre>\n",
	   "code, whatever its language is called");
	is(html("~~gone~~ **bold** `<i>`\n"),
	   "<p><del>gone</del> <strong>bold</strong> <code>&lt;i&gt;</code>"
	   "</p>\n",
	   "inline marks");
	is(html("|a|b|\n|:-:|--:|\n|1|2|\n|3|\n"),
	   "<div class=\"table-wrap\" tabindex=\"0\" role=\"group\" "
	   "aria-label=\"Table\"><table>\n<thead><tr>\n"
	   "<th scope=\"col\" class=\"align-c\">a</th>\n"
	   "<th scope=\"col\" class=\"align-r\">b</th>\n</tr>\n</thead>\n"
	   "<tbody>\n<tr>\n<td class=\"align-c\">1</td>\n"
	   "<td class=\"align-r\">2</td>\n</tr>\n<tr>\n"
	   "<td class=\"align-c\">3</td>\n<td class=\"align-r\"></td>\n</tr>\n"
	   "</tbody></table></div>\n",
	   "tables");
	is(html(""), "", "nothing is nothing");
}

static void
links(void)
{
	is(html("[a](https://x.test/?a=1&b=\"2\")\n"),
	   "<p><a href=\"https://x.test/?a=1&amp;b=%222%22" REL "a</a></p>\n",
	   "a link, escaped");
	is(html("see www.x.test and a@x.test\n"),
	   "<p>see <a href=\"http://www.x.test" REL "www.x.test</a> and "
	   "<a href=\"mailto:a@x.test" REL "a@x.test</a></p>\n",
	   "addresses in the text");
	is(html("[a](guide/start.md)\n"), "<p>a (guide/start.md)</p>\n",
	   "one that leads nowhere from here is text");
	is(html("![alt](https://x.test/y.png \"t\")\n"),
	   "<p><a href=\"https://x.test/y.png" REL "Image: alt</a></p>\n",
	   "an image is a link");
	is(html("[![alt](https://x.test/y.png)](https://x.test/)\n"),
	   "<p><a href=\"https://x.test/" REL "Image: alt</a></p>\n",
	   "no link inside a link");
	is(html("![a [b](https://x.test/2)](https://x.test/1)\n"),
	   "<p><a href=\"https://x.test/1" REL "Image: a b</a></p>\n",
	   "nor inside an image");
}

static void
hostile(void)
{
	static const char *const urls[] = {"javascript:alert(1)",
					   "JaVaScRiPt:alert(1)",
					   "java&#x0A;script:alert(1)",
					   "&#106;avascript:alert(1)",
					   "data:text/html,x",
					   "vbscript:x",
					   "file:///etc/passwd",
					   "//evil.test/",
					   "/app/sign-out",
					   "\\\\evil.test",
					   "xmpp:a@b",
					   " https",
					   "ht\ttps://x"};
	static const char *const texts[] = {
		"<script>alert(1)</script>\n",
		"a <img src=x onerror=alert(1)>\n",
		"<div>\n<iframe src=x>\n\n",
		"<!-- x --> <?php ?> <!X>\n",
		"<![CDATA[<script>]]>\n",
		"[a]: javascript:alert(1)\n\n[a]\n",
		"<javascript:alert(1)>\n",
		"`<script>`\n",
		"    <script>\n",
		"<https://x.test/\"onmouseover=alert(1)>\n",
		"[<b>](https://x.test/<script>)\n",
		"|<script>|\n|-|\n|<img src=x>|\n",
		"&lt;script&gt;\n",
		"[x](<https://x.test/\">\n<b>y>)\n",
		"\xff\xfe<b>\xed\xa0\x80\n"};

	for (size_t i = 0; i < NELEM(urls); i++) {
		const char *out = html(arena_printf(a, "[t](%s) ![t](<%s>)\n",
						    urls[i], urls[i]));

		ok(!strstr(out, "<a ") && !strstr(out, "<img"),
		   arena_printf(a, "hostile address %zu", i));
	}
	for (size_t i = 0; i < NELEM(texts); i++) {
		const char *out = html(texts[i]);

		ok(!strstr(out, "<script") && !strstr(out, "<img") &&
			   !strstr(out, "<iframe") && !strstr(out, "<b>") &&
			   !strstr(out, "\"on") && !strstr(out, "<!") &&
			   !strstr(out, "<?") && !strstr(out, "=\"java"),
		   arena_printf(a, "hostile text %zu", i));
	}
	is(html("[t](data:x)\n"), "<p>t (data:x)</p>\n",
	   "a refused address is shown");
	ok(strlen(html(arena_printf(a, "[t](/%0500d)\n", 7))) < 250,
	   "a long one in part");
}

static const char *
repeat(const char *s, size_t times)
{
	struct buf b = buf_on(a);

	for (size_t i = 0; i < times; i++)
		buf_add(&b, s);
	return buf_str(&b);
}

static void
bounded(const char *text, const char *name)
{
	struct buf b = buf_on(a);
	int64_t begin = clock_mono_ms();
	struct err e = {0};
	bool done = markdown_render((struct span){text, strlen(text)}, &b, &e);

	if (!done)
		is(e.code, "too_complex", name);
	ok(clock_mono_ms() - begin < 4 * MARKDOWN_MS, name);
}

static void
limits(void)
{
	struct buf b = buf_on(a);
	struct err e;

	is(html(repeat("> ", 150)),
	   "error The text cannot be laid out: it is "
	   "nested too deeply",
	   "nesting ends somewhere");
	is(html(repeat("x", MARKDOWN_BYTES + 1)),
	   "error The text cannot be laid out: it is too long",
	   "so does length");
	ok(markdown_render(span_of("*a*\n"), &b, &e), "a child lays out");
	is(buf_str(&b), "<p><em>a</em></p>\n", "the same");
	bounded(repeat("![[]()", 170000), "brackets");
	bounded(repeat("[", 1000000), "open brackets");
	bounded(repeat("> ", 500000), "quotes in quotes");
	bounded(repeat("- ", 500000), "lists in lists");
	bounded(repeat("_a", 500000), "underscores");
	bounded(repeat("<?", 500000), "instructions that do not end");
	bounded(repeat("<!A ", 250000), "declarations that do not end");
	bounded(repeat("a**b", 250000), "stars");
	bounded(arena_printf(a, "%s|\n%s|\n%s", repeat("|a", 20000),
			     repeat("|-", 20000), repeat("|\n", 100000)),
		"a table that fills itself");
	bounded(repeat("www.", 250000), "addresses");
	bounded(repeat("a@b", 300000), "mail addresses");
}

int
main(void)
{
	a = arena_new(1024 * MiB);
	lays_out();
	links();
	hostile();
	limits();
	arena_free(a);
	return done_testing();
}
