/* rand, clock, utf8, passwd, mime, file: small modules, one program. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mime.h"
#include "core/passwd.h"
#include "core/rand.h"
#include "core/utf8.h"

#include "t/tap.h"

static struct arena *a;

static void
test_rand(void)
{
	char text[41], uuid[UUID_TEXT], other[UUID_TEXT];
	unsigned seen[10] = {0};
	bool even = true;

	rand_digits(text, 6);
	ok(strlen(text) == 6 && strspn(text, "0123456789") == 6,
	   "a code is six digits");
	rand_token(text, 40);
	ok(strlen(text) == 40 && strspn(text, rand_abc_url) == 40,
	   "a token is base64url");
	rand_text(text, 12, rand_abc_base32);
	ok(strspn(text, rand_abc_base32) == 12, "and any alphabet will do");
	for (int i = 0; i < 10000; i++)
		seen[rand_below(10)]++;
	for (int i = 0; i < 10; i++)
		even = even && seen[i] > 800 && seen[i] < 1200;
	ok(even, "each of ten values comes up about as often");
	rand_uuid(uuid);
	rand_uuid(other);
	ok(uuid[14] == '4' && strchr("89ab", uuid[19]) && strlen(uuid) == 36,
	   "a UUID says version 4");
	ok(strcmp(uuid, other) != 0, "two UUIDs differ");
}

static void
test_clock_texts(void)
{
	char t[CLOCK_RFC3339], h[CLOCK_HTTP];

	clock_rfc3339(1767323045678, t);
	is(t, "2026-01-02T03:04:05.678Z", "RFC 3339");
	clock_rfc3339(-1, t);
	is(t, "1969-12-31T23:59:59.999Z", "before 1970 too");
	clock_http(784111777, h);
	is(h, "Sun, 06 Nov 1994 08:49:37 GMT", "HTTP date");
	clock_rfc3339(INT64_MAX, t);
	is(t, "9999-12-31T23:59:59.807Z", "clamped at the end of time");
}

static void
test_clock_parse(void)
{
	static const char *const bad[] = {
		"",
		"2026-02-29T00:00:00Z",
		"2026-01-02T24:00:00Z",
		"2026-01-02T03:04:05",
		"2026-01-02T03:04:05.Z",
		"2026-1-2T03:04:05Z",
		"2026-13-02T03:04:05Z",
		"2026-00-10T03:04:05Z",
		"2026-01-02T03:04:05+1:00",
		"2026-01-02T03:04:05Zx",
	};
	static const char *const http[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
	};
	int64_t v = 0;

	ok(clock_parse_rfc3339(span_of("2026-01-02T03:04:05.6789Z"), &v),
	   "a time with a fraction");
	is_int(v, 1767323045678, "cut to ms");
	ok(clock_parse_rfc3339(span_of("2026-01-02T05:04:05+02:00"), &v),
	   "a time with a zone");
	is_int(v, 1767323045000, "is turned into UTC");
	for (size_t i = 0; i < NELEM(bad); i++)
		ok(!clock_parse_rfc3339(span_of(bad[i]), &v), bad[i]);
	for (size_t i = 0; i < NELEM(http); i++) {
		v = 0;
		ok(clock_parse_http(span_of(http[i]), &v) && v == 784111777,
		   http[i]);
	}
	ok(!clock_parse_http(span_of("Sun, 06 Nov 1994 08:49:37"), &v) &&
		   !clock_parse_http(span_of("yesterday"), &v) &&
		   !clock_parse_http(span_of("Sun"), &v) &&
		   !clock_parse_http(span_of(""), &v),
	   "other HTTP dates are refused");
}

static void
test_utf8(void)
{
	static const char *const good[] = {"",
					   "a",
					   "\xc2\x80",
					   "\xed\x9f\xbf",
					   "\xee\x80\x80",
					   "\xf0\x90\x80\x80",
					   "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xe2\x82",
					  "a\xff",
					  "\xe2\x28\xa1",
					  "\xf0\x9f\x98"};

	for (size_t i = 0; i < NELEM(good); i++)
		ok(utf8_ok(good[i], strlen(good[i]), UTF8_NUL_REFUSED),
		   "valid UTF-8");
	for (size_t i = 0; i < NELEM(bad); i++)
		ok(!utf8_ok(bad[i], strlen(bad[i]), UTF8_NUL_ALLOWED),
		   "not UTF-8");
	ok(!utf8_ok("a\0b", 3, UTF8_NUL_REFUSED), "NUL is refused in text");
	ok(utf8_ok("a\0b", 3, UTF8_NUL_ALLOWED), "unless it is allowed");
	is_int((long long)utf8_count("a\xc3\xa9\xf0\x9f\x98\x80", 7), 3,
	       "code points are counted");
	is_int((long long)utf8_floor("a\xc3\xa9z", 2), 1,
	       "text is cut between code points");
}

static void
test_passwd(void)
{
	/* Public vectors of bcrypt: "U*U" and "" at cost 5. */
	static const char uu[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC."
				 "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
	char hash[PASSWD_HASH];
	char longest[80];
	struct err e;

	memset(longest, 'x', sizeof longest);
	ok(passwd_hash(span_of("correct horse"), hash, &e) &&
		   strncmp(hash, "$2a$10$", 7) == 0,
	   "a hash is bcrypt, cost 10");
	ok(passwd_check(span_of("correct horse"), hash), "the password fits");
	ok(!passwd_check(span_of("correct horsf"), hash), "another does not");
	ok(passwd_check(span_of("U*U"), uu), "hashes of others are read");
	ok(!passwd_check(span_of("x"), NULL) && !passwd_check(span_of("x"), ""),
	   "no hash fits nothing");
	ok(!passwd_hash((struct span){longest, 73}, hash, &e) &&
		   e.status == 400 && strcmp(e.field, "password") == 0,
	   "73 bytes are refused");
	ok(!passwd_hash((struct span){"a\0b", 3}, hash, &e) && e.status == 400,
	   "and so is a NUL");
	ok(passwd_is_hash(uu), "bcrypt may be imported");
	ok(!passwd_is_hash("$2x$05$CCCCCCCCCCCCCCCCCCCCC."
			   "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW") &&
		   !passwd_is_hash("$6$saltsalt$abc") &&
		   !passwd_is_hash("$y$j9T$abc$def") && !passwd_is_hash("") &&
		   !passwd_is_hash("$2a$31$CCCCCCCCCCCCCCCCCCCCC."
				   "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
	   "other kinds and ruinous costs are not");
}

/* A wrong password and a missing account must cost about the same. */
static void
test_passwd_time(void)
{
	char hash[PASSWD_HASH];
	struct err e;
	int64_t t0, t1, t2;

	if (!ok(passwd_hash(span_of("pw"), hash, &e), "hashed"))
		return;
	t0 = clock_mono_ms();
	(void)!passwd_check(span_of("wrong"), hash);
	t1 = clock_mono_ms();
	passwd_dummy(span_of("wrong"));
	t2 = clock_mono_ms();
	ok(t2 - t1 >= (t1 - t0) / 4, "an unknown account costs a check too");
}

static void
test_mime(void)
{
	static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0"
				  "\0\x01\x08\x06\0\0\0";
	struct mime *m = NULL;
	struct err e;

	if (!ok(mime_new(&m, &e), "libmagic loads"))
		return;
	is(mime_of(m, a, png, sizeof png - 1), "image/png", "PNG");
	is(mime_of(m, a, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 15),
	   "application/pdf", "PDF");
	is(mime_of(m, a, "hello world\n", 12), "text/plain; charset=us-ascii",
	   "a text says its charset");
	is(mime_of(m, a, "gr\xc3\xbc\xc3\x9f Gott\n", 12),
	   "text/plain; charset=utf-8", "UTF-8 is seen");
	is(mime_of(m, a, "{\"a\": 1}\n", 9), "application/json", "JSON");
	ok(strncmp(mime_of(m, a, "<!DOCTYPE html><html><script>", 29),
		   "text/html", 9) == 0,
	   "HTML is called HTML whatever its name");
	is(mime_of(m, a, "", 0), "application/octet-stream", "nothing");
	is(mime_of(m, a, "\x01\x02\x03\xfe\xfd", 5), "application/octet-stream",
	   "no idea");
	mime_free(m);
}

static void
test_file(void)
{
	char path[] = "/tmp/maestro-unit-XXXXXX";
	int fd = mkstemp(path);
	struct span s;
	struct err e;

	if (!ok(fd != -1 && write(fd, "secret\n", 7) == 7, "a file is there"))
		return;
	close(fd);
	ok(file_read(a, path, 7, &s, &e) && span_is(s, "secret\n"),
	   "a file is read whole");
	ok(!file_read(a, path, 6, &s, &e) && strstr(e.message, "longer"),
	   "but not past the limit");
	ok(file_secret(a, path, &s, &e) && span_is(s, "secret"),
	   "a secret has no newline");
	ok(truncate(path, 0) == 0 && !file_secret(a, path, &s, &e),
	   "an empty secret is an error");
	unlink(path);
	ok(!file_read(a, path, 7, &s, &e) && strstr(e.message, path),
	   "a missing file is named");
	ok(!file_read(a, "/", 7, &s, &e), "a folder is no file");
}

int
main(void)
{
	a = arena_new(16 * MiB);
	test_rand();
	test_clock_texts();
	test_clock_parse();
	test_utf8();
	test_passwd();
	test_passwd_time();
	test_mime();
	test_file();
	arena_free(a);
	return done_testing();
}
