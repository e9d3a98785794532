#ifndef CORE_JSON_H
#define CORE_JSON_H

/*
 * json - json-c 0.16 behind our strictness (RFC 8259; style.md 16).
 *
 * json_parse refuses what json-c lets pass: NaN and Infinity, numbers like -01
 * or 5., raw control characters and NUL in strings, repeated keys, lone
 * surrogates, integers beyond int64, exponents beyond 400, text after the
 * value, depth over 32.  The tree belongs to the arena (json_object_put is
 * deferred).
 *
 * For request bodies and page views; results of queries that go to an API
 * client stay text and never pass through here.
 */
#include <json-c/json_object.h>
#include <json-c/json_object_iterator.h>

#include "arena.h"
#include "buf.h"
#include "err.h"

/* 400 bad_json with the byte offset in the message. */
bool json_parse(struct arena *a, const char *p, size_t n,
		struct json_object **out, struct err *e) MUST_CHECK;

/*
 * The same for what a stranger sent: "[{},{},...]" takes 280 times the memory
 * of its text, so 413 too_large when the tree would pass JSON_INPUT_BYTES.
 */
enum {
	JSON_INPUT_BYTES = 32 * MiB
};

bool json_parse_input(struct arena *a, const char *p, size_t n,
		      struct json_object **out, struct err *e) MUST_CHECK;

/* Members of an object; NULL when absent, null, or of another type. */
struct json_object *json_get(const struct json_object *o, const char *key);
const char *json_text(const struct json_object *o, const char *key);
bool json_int(const struct json_object *o, const char *key, int64_t *out);
bool json_flag(const struct json_object *o, const char *key, bool otherwise);

/*
 * The members of an object that stays text, one after the other: *rest is the
 * whole of it at first.  For text that is known to be good, as a column of
 * PostgreSQL.  key: without its quotes, its escapes as they stand.
 */
bool json_next_member(struct span *rest, struct span *key, struct span *value);

/* Compact text without \/ escapes; borrowed from o, valid until o changes. */
const char *json_dump(struct json_object *o);

#endif
