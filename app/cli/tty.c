#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum {
	LINE_LIMIT = 16 * KiB
};

/* One line without its end; byte by byte, so that nothing behind it is lost. */
static bool
read_line(struct arena *a, int fd, const char **out)
{
	char text[LINE_LIMIT];
	size_t n = 0;
	ssize_t rc = 0;

	while (n < sizeof text - 1 && (rc = read(fd, text + n, 1)) == 1 &&
	       text[n] != '\n')
		n++;
	if (n > 0 && text[n - 1] == '\r')
		n--;
	*out = arena_strndup(a, text, n);
	explicit_bzero(text, sizeof text);
	return rc >= 0 && n > 0;
}

static bool
nothing(struct err *e, const char *what)
{
	return err_set(e, 400, "usage", "%s: nothing was given", what);
}

static volatile sig_atomic_t caught;

static void
on_signal(int sig)
{
	caught = sig;
}

static const int signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};

/* Until a line is there, or one of the signals, which come nowhere else. */
static bool
wait_line(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	sigset_t mine, before;
	int rc = -1;

	sigemptyset(&mine);
	for (size_t i = 0; i < NELEM(signals); i++)
		sigaddset(&mine, signals[i]);
	sigprocmask(SIG_BLOCK, &mine, &before);
	while (!caught && rc == -1) {
		rc = ppoll(&p, 1, NULL, &before);
		if (rc == -1 && errno != EINTR)
			break;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc > 0;
}

/* Ctrl-C and Ctrl-Z must not leave the terminal silent: they end the wait, the
 * echo comes back, then they do what they do.  The question comes once the
 * echo is off: what is typed before that is thrown away. */
static bool
ask_silently(struct arena *a, int fd, const char *what, const char **out)
{
	const struct sigaction on = {.sa_handler = on_signal};
	struct sigaction before[NELEM(signals)];
	struct termios old, quiet;
	bool done;

	if (tcgetattr(fd, &old) == -1)
		return false;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	for (size_t i = 0; i < NELEM(signals); i++)
		sigaction(signals[i], &on, &before[i]);
	tcsetattr(fd, TCSAFLUSH, &quiet);
	dprintf(fd, "%s: ", what);
	done = wait_line(fd) && read_line(a, fd, out);
	tcsetattr(fd, TCSAFLUSH, &old);
	for (size_t i = 0; i < NELEM(signals); i++)
		sigaction(signals[i], &before[i], NULL);
	if (caught)
		raise(caught);
	return done;
}

bool
tty_secret(struct arena *a, const char *what, const char **out, struct err *e)
{
	bool done;
	int fd;

	if (!isatty(STDIN_FILENO))
		return read_line(a, STDIN_FILENO, out) || nothing(e, what);
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return nothing(e, what);
	done = ask_silently(a, fd, what, out);
	close(fd);
	return done || nothing(e, what);
}

bool
tty_line(struct arena *a, const char *what, const char **out, struct err *e)
{
	if (!isatty(STDIN_FILENO))
		return nothing(e, what);
	dprintf(STDERR_FILENO, "%s: ", what);
	return read_line(a, STDIN_FILENO, out) || nothing(e, what);
}
