/* Settings: file, environment, default, and what is refused. */
#include "core/conf.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/num.h"
#include "t/tap.h"

struct sample {
	const char *name, *dir;
	int64_t n, size;
	bool on;
};

#define AT(f) offsetof(struct sample, f)
/* clang-format off */
static const struct conf_row rows[] = {
	{"name", CONF_TEXT, AT(name), "joe", "", 0, 0, true, false, NULL, "Name."},
	{"dir", CONF_PATH, AT(dir), "", "", 0, 0, true, false, NULL, "Dir."},
	{"n", CONF_INT, AT(n), "5", "", 1, 10, true, false, "SAMPLE_N", "N."},
	{"size", CONF_SIZE, AT(size), "4k", "bytes", 0, INT64_MAX, true, false, NULL, "Size."},
	{"on", CONF_BOOL, AT(on), "true", "", 0, 0, true, true, NULL, "On."},
};
/* clang-format on */
static const struct conf_table table = {rows, NELEM(rows),
					sizeof(struct sample)};

static bool
load(struct arena *a, const char *text, struct sample *s, struct err *e)
{
	char path[] = "/tmp/maestro-conf-XXXXXX";
	int fd = mkstemp(path);
	const struct conf *c;
	ssize_t n = write(fd, text, strlen(text));
	bool loaded;

	close(fd);
	loaded = n == (ssize_t)strlen(text) &&
		 conf_load(a, &table, path, s, &c, e);
	unlink(path);
	return loaded;
}

static void
test_numbers(void)
{
	int64_t n;

	ok(num_i64(span_of("-9223372036854775808"), INT64_MIN, INT64_MAX, &n) &&
		   n == INT64_MIN,
	   "the smallest number");
	ok(!num_i64(span_of("9223372036854775808"), INT64_MIN, INT64_MAX, &n),
	   "one past the largest");
	ok(!num_i64(span_of(""), 0, 9, &n) &&
		   !num_i64(span_of("-"), -9, 9, &n) &&
		   !num_i64(span_of("1x"), 0, 9, &n) &&
		   !num_i64(span_of(" 1"), 0, 9, &n),
	   "texts that are no numbers");
}

int
main(void)
{
	struct arena *a = arena_new(10 * MiB);
	struct sample s;
	struct err e;

	test_numbers();
	ok(load(a, "# none\n\n", &s, &e), "an empty file");
	is(s.name, "joe", "default text");
	is_int(s.size, 4096, "default size with suffix");
	ok(load(a, "name = \" x \"\n n=7\nsize = 2M\non = off\ndir = d/e\n", &s,
		&e),
	   "a full file");
	is(s.name, " x ", "quotes keep blanks");
	is_int(s.n, 7, "a number");
	is_int(s.size, 2 * MiB, "a size");
	ok(!s.on, "a boolean");
	is(s.dir, "/tmp/d/e", "paths are relative to the file");

	ok(!load(a, "n = 11\n", &s, &e), "out of range is refused");
	ok(strstr(e.message, ":1: n: expected") != NULL, "and named with line");
	ok(!load(a, "\nfoo = 1\n", &s, &e) &&
		   strstr(e.message, ":2: unknown setting foo"),
	   "an unknown name is refused");
	ok(!load(a, "on = maybe\n", &s, &e), "a bad boolean is refused");
	ok(!load(a, "just text\n", &s, &e), "a line without = is refused");
	ok(!load(a, "size = 9999999999G\n", &s, &e), "overflow is refused");

	setenv("SAMPLE_N", "9", 1);
	setenv("MAESTRO_NAME", "env", 1);
	ok(load(a, "n = 2\nname = file\n", &s, &e) && s.n == 9,
	   "the environment wins over the file");
	is(s.name, "env", "also under MAESTRO_<NAME>");
	arena_free(a);
	return done_testing();
}
