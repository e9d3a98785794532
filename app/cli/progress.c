#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/clock.h"

enum {
	REDRAW_MS = 100,
	LINE_MS = 5000, /* between plain lines */
	WIDTH = 80,     /* of a terminal that does not say */
	BAR_MIN = 10,   /* narrower is only numbers */
	BAR_MAX = 60,
	TEXT_MAX = 200
};

struct progress
progress_new(bool is_silent)
{
	return (struct progress){
		.is_silent = is_silent,
		.is_terminal = isatty(STDERR_FILENO),
		.drawn_ms = clock_mono_ms(),
	};
}

static int
width_of_terminal(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == -1 || w.ws_col == 0)
		return WIDTH;
	return w.ws_col;
}

static void
draw_bar(int room, size_t done, size_t total)
{
	int n = room > BAR_MAX ? BAR_MAX : room;
	int full = (int)((double)n * (double)done / (double)total);

	fputs(" [", stderr);
	for (int i = 0; i < n; i++)
		fputc(i < full ? '=' : i == full ? '>' : ' ', stderr);
	fputc(']', stderr);
}

static void
draw(const char *text, int n, size_t done, size_t total)
{
	int width = width_of_terminal() - 1;

	fprintf(stderr, "\r\033[K%.*s", width, text);
	if (total && done <= total && width - n - 3 >= BAR_MIN)
		draw_bar(width - n - 3, done, total);
	fflush(stderr);
}

void
progress_show(struct progress *p, const char *what, size_t done, size_t total)
{
	int64_t now = clock_mono_ms();
	int64_t pause_ms = p->is_terminal ? REDRAW_MS : LINE_MS;
	bool is_first = p->is_terminal && !p->is_drawn;
	char text[TEXT_MAX];
	int n;

	if (p->is_silent ||
	    (!is_first && now - p->drawn_ms < pause_ms && done != total))
		return;
	if (total)
		n = snprintf(text, sizeof text, "%s %zu/%zu", what, done,
			     total);
	else
		n = snprintf(text, sizeof text, "%s %zu", what, done);
	if (p->is_terminal)
		draw(text, n, done, total);
	else
		fprintf(stderr, "%s\n", text);
	p->is_drawn = p->is_terminal;
	p->drawn_ms = now;
}

void
progress_clear(struct progress *p)
{
	if (p->is_drawn)
		fputs("\r\033[K", stderr);
	p->is_drawn = false;
}
