#ifndef T_TAP_H
#define T_TAP_H

/*
 * tap - the Test Anything Protocol for the C unit tests.  One program per
 * module; end main() with `return done_testing();`.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline bool
ok(bool passed, const char *name)
{
	tap_count++;
	if (!passed)
		tap_failed++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tap_count, name);
	fflush(stdout);
	return passed;
}

static inline bool
is(const char *got, const char *want, const char *name)
{
	bool same = got && want ? strcmp(got, want) == 0 : got == want;

	if (!ok(same, name))
		printf("#      got: %s\n# expected: %s\n", got ? got : "(null)",
		       want ? want : "(null)");
	return same;
}

static inline bool
is_int(long long got, long long want, const char *name)
{
	if (!ok(got == want, name))
		printf("#      got: %lld\n# expected: %lld\n", got, want);
	return got == want;
}

static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
