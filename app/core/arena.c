/*
 * Blocks are kept between resets, so a worker that has seen a typical request
 * no longer calls malloc.  Under AddressSanitizer every unused byte of a block
 * is poisoned: an overrun inside a block would be invisible otherwise.
 */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#	define ARENA_POISON 1
#elif defined(__has_feature)
#	if __has_feature(address_sanitizer)
#		define ARENA_POISON 1
#	endif
#endif

#ifdef ARENA_POISON
#	include <sanitizer/asan_interface.h>
#	define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#	define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)

enum {
	GUARD = 16
};
#else
#	define POISON(p, n)   ((void)(p), (void)(n))
#	define UNPOISON(p, n) ((void)(p), (void)(n))

enum {
	GUARD = 0
};
#endif

enum {
	BLOCK = 64 * KiB,
	KEPT = 4, /* blocks that stay for the next request: 256 KiB */
	ALIGN = _Alignof(max_align_t)
};

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(max_align_t) char data[];
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *p);
	void *p;
};

struct arena {
	struct block *first, *cur;
	struct cleanup *cleanups; /* lives in the arena itself */
	size_t limit, used;
};

/* Not the log: core/log itself allocates from nothing, and this must not. */
static NEVER_RETURNS void
give_up(const char *why)
{
	static const char head[] = "lvl=error ev=out_of_memory msg=\"";
	ssize_t rc = write(STDERR_FILENO, head, sizeof head - 1);

	rc = rc == -1 ? rc : write(STDERR_FILENO, why, strlen(why));
	rc = rc == -1 ? rc : write(STDERR_FILENO, "\"\n", 2);
	(void)rc;
	_exit(70);
}

static struct block *
block_new(size_t n)
{
	size_t size = n > BLOCK ? n : BLOCK;
	struct block *b = malloc(sizeof *b + size);

	if (!b)
		give_up("malloc failed");
	b->next = NULL;
	b->size = size;
	b->used = 0;
	POISON(b->data, size);
	return b;
}

struct arena *
arena_new(size_t limit_bytes)
{
	struct arena *a = calloc(1, sizeof *a);

	if (!a)
		give_up("malloc failed");
	a->limit = limit_bytes;
	a->first = a->cur = block_new(BLOCK);
	return a;
}

static void
run_cleanups(struct arena *a)
{
	while (a->cleanups) {
		struct cleanup *c = a->cleanups;

		a->cleanups = c->next;
		c->fn(c->p);
	}
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next, **link = &a->first;
	size_t n = 0;

	run_cleanups(a);
	/* Ordinary blocks are reused; what one greedy request needed beyond
	 * that goes back to malloc. */
	for (b = a->first; b; b = next) {
		next = b->next;
		if (b != a->first && (b->size > BLOCK || ++n >= KEPT)) {
			*link = next;
			UNPOISON(b->data, b->size);
			free(b);
			continue;
		}
		b->used = 0;
		POISON(b->data, b->size);
		link = &b->next;
	}
	a->cur = a->first;
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	struct block *b, *next;

	if (!a)
		return;
	run_cleanups(a);
	for (b = a->first; b; b = next) {
		next = b->next;
		UNPOISON(b->data, b->size);
		free(b);
	}
	free(a);
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

/* What n bytes take. */
static size_t
size_of(size_t n)
{
	return (n + GUARD + ALIGN - 1) / ALIGN * ALIGN;
}

/* What it takes counts: a million texts of two bytes are 16 MB. */
static void
check_limit(const struct arena *a, size_t n)
{
	if (n > a->limit || size_of(n) > a->limit ||
	    a->used > a->limit - size_of(n))
		give_up("a request passed its memory limit");
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t need;
	struct block *b;
	void *p;

	check_limit(a, n);
	need = size_of(n);
	while (a->cur->size - a->cur->used < need) {
		if (!a->cur->next || a->cur->next->size < need) {
			b = block_new(need);
			b->next = a->cur->next;
			a->cur->next = b;
		}
		a->cur = a->cur->next;
	}
	p = a->cur->data + a->cur->used;
	a->cur->used += need;
	a->used += need;
	UNPOISON(p, n);
	return memset(p, 0, n);
}

/* The block holds one piece alone: malloc may find it a longer place, large
 * ones without a copy (mremap). */
static struct block *
stretch(struct arena *a, struct block *b, size_t size)
{
	struct block *before = a->first, *longer;

	while (before->next != b)
		before = before->next;
	UNPOISON(b->data, b->size);
	longer = realloc(b, sizeof *b + size);
	if (!longer)
		give_up("malloc failed");
	longer->size = size;
	before->next = a->cur = longer;
	POISON(longer->data + longer->used, size - longer->used);
	return longer;
}

void *
arena_grow(struct arena *a, void *p, size_t n, size_t more)
{
	struct block *b = a->cur;
	size_t had = size_of(n), need;
	char *bigger = p;

	if (more > SIZE_MAX - n)
		give_up("a request passed its memory limit");
	need = size_of(n + more);
	if (!p || b->used < had || bigger != b->data + (b->used - had) ||
	    /* The first block stays for ever, so it stays small. */
	    (b->size - b->used < need - had &&
	     (bigger != b->data || b == a->first))) {
		bigger = arena_alloc(a, n + more);
		if (p)
			memcpy(bigger, p, n);
		return bigger;
	}
	a->used -= had;
	check_limit(a, n + more);
	if (b->size - b->used < need - had)
		b = stretch(a, b, need);
	bigger = b->data + (b->used - had);
	b->used += need - had;
	a->used += need;
	UNPOISON(bigger, n + more);
	memset(bigger + n, 0, more);
	return bigger;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (n)
		memcpy(p, s, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	if (!fmt) /* gcc 12 with UBSan takes it for possible */
		give_up("no format");
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		give_up("vsnprintf failed");
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *p), void *p)
{
	struct cleanup *c = arena_alloc(a, sizeof *c);

	*c = (struct cleanup){a->cleanups, fn, p};
	a->cleanups = c;
}
