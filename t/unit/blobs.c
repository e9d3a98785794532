/*
 * blobs on a real folder: whole or not at all, names that are no paths.
 */
#include "core/blobs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/tap.h"

static const char one[] = "0123abcd-0000-4000-8000-000000000001";
static const char two[] = "0123abcd-0000-4000-8000-000000000002";

static bool
put(struct blobs *b, const char *name, const char *text, bool finish)
{
	struct blob_writer w;
	struct err e;
	bool done = blob_begin(b, &w, &e) &&
		    blob_write(&w, text, strlen(text), &e) && finish &&
		    blob_publish(&w, name, &e);

	blob_drop(&w);
	blob_drop(&w); /* may follow anything */
	return done;
}

static bool
holds(struct blobs *b, const char *name, const char *text)
{
	char got[64] = "";
	int64_t size;
	struct err e;
	int fd;

	if (!blob_read(b, name, &fd, &size, &e))
		return false;
	if (read(fd, got, sizeof got - 1) != (ssize_t)strlen(text))
		got[0] = '\0';
	close(fd);
	return strcmp(got, text) == 0 && size == (int64_t)strlen(text);
}

static bool
count(void *to, const char *version, int64_t size)
{
	(void)version;
	*(int64_t *)to += size;
	return true;
}

static void
test_life(struct blobs *b, const char *dir, struct arena *a)
{
	struct stat st;
	int64_t total = 0;
	struct err e;

	ok(!put(b, one, "half", false), "an unfinished write");
	ok(!blob_exists(b, one), "is not there");
	ok(put(b, one, "hello", true), "a finished one");
	ok(holds(b, one, "hello"), "is whole");
	is(blob_path(a, one), "01/23/0123abcd-0000-4000-8000-000000000001",
	   "its path");
	ok(stat(arena_printf(a, "%s/blob/01/23/%s", dir, one), &st) == 0 &&
		   (st.st_mode & 0777) == 0440,
	   "nobody writes to it, the group reads");
	ok(!put(b, one, "other", true), "a name is used once");
	ok(holds(b, one, "hello"), "what was there stays");

	ok(blob_link(b, one, two, &e), "a second name");
	ok(blob_unlink(b, one, &e) && !blob_exists(b, one), "the first goes");
	ok(holds(b, two, "hello"), "the bytes stay");
	ok(!blob_link(b, one, one, &e) && e.status == 404,
	   "a name of nothing cannot be linked");
	ok(blob_unlink(b, one, &e), "what is gone is gone");

	ok(blobs_walk(b, 0x0123, 0, count, &total, &e) && total == 5,
	   "the walk finds it");
	total = 0;
	ok(blobs_walk(b, 0x0123, 3600, count, &total, &e) && total == 0,
	   "not when it is too young");
	ok(blobs_walk(b, 0xffff, 0, count, &total, &e) && total == 0,
	   "a folder that is not there is empty");
}

static void
test_names(struct blobs *b, struct arena *a)
{
	static const char *const bad[] = {
		"",
		".",
		"../../../../etc/passwd",
		"0123abcd-0000-4000-8000-00000000000",
		"0123abcd-0000-4000-8000-0000000000011",
		"0123ABCD-0000-4000-8000-000000000001",
		"0123abcd/0000-4000-8000-000000000001",
		"../../..-0000-4000-8000-000000000001"};
	int64_t size;
	struct err e;
	int fd;

	for (size_t i = 0; i < NELEM(bad); i++)
		ok(!blob_path(a, bad[i]) && !put(b, bad[i], "x", true) &&
			   !blob_exists(b, bad[i]) &&
			   !blob_read(b, bad[i], &fd, &size, &e) &&
			   !blob_link(b, bad[i], one, &e),
		   arena_printf(a, "no name: '%s'", bad[i]));
}

int
main(void)
{
	char dir[] = "/tmp/mt-blobs-XXXXXX";
	struct arena *a = arena_new(MiB);
	struct blobs *b;
	struct err e;

	if (!mkdtemp(dir))
		return 1;
	ok(!blobs_open(dir, 0, &b, &e) && strcmp(e.code, "no_store") == 0,
	   "nothing is made without being asked");
	umask(0077);
	if (!ok(blobs_open(dir, BLOBS_MAKE | BLOBS_SYNC, &b, &e), "open"))
		return done_testing();
	test_life(b, dir, a);
	test_names(b, a);
	ok(blobs_have_room(b, 1, &e), "room for a byte");
	ok(!blobs_have_room(b, INT64_MAX / 2, &e) && e.status == 507,
	   "none for everything");
	blobs_close(b);
	ok(system(arena_printf(a, "rm -r %s", dir)) == 0, "cleaned up");
	arena_free(a);
	return done_testing();
}
