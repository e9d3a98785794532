/*
 * The files of a data directory: the first byte chooses what the rest claims
 * to be.  Whatever layout_check lets pass must be text PostgreSQL takes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"
#include "domain/layout.h"

static void
ignore(void *to, const struct layout_file *f, enum layout_word word,
       const char *field, const char *text)
{
	(void)to;
	(void)f;
	(void)word;
	if (!field || !text)
		abort();
}

static void
check(struct arena *a, unsigned kind, struct span text)
{
	struct layout_file f = {
		.a = a,
		.path = "p",
		.folder = kind & 64 ? "__global__" : "proj_1",
		.stem = kind & 32 ? "tm_proj_1_x.override" : "stem",
		.mtime_ms = 1,
		.kind = kind % LAYOUT_KINDS,
		.tell = ignore,
	};
	struct json_object *parts;
	struct err e;

	if (!json_parse(a, text.p, text.n, &f.o, &e))
		return;
	layout_check(&f);
	if (f.is_refused || f.is_skipped)
		return;
	if (!f.id || !f.project || strstr(json_dump(f.o), "\xef\xb7\x90"))
		abort();
	parts = json_get(f.o, kind & 16 ? "docs" : "images");
	for (size_t i = 0; json_object_is_type(parts, json_type_array) &&
			   i < json_object_array_length(parts);
	     i++) {
		if (f.kind == LAYOUT_SESSION)
			layout_check_doc(
				&f, json_object_array_get_idx(parts, i), i);
		if (f.kind == LAYOUT_TASK)
			layout_check_image(
				&f, json_object_array_get_idx(parts, i), i);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(256 * MiB);
	struct span text;
	bool was_repaired;
	struct err e;

	if (n > 0 &&
	    layout_text(a, (struct span){(const char *)data + 1, n - 1}, &text,
			&was_repaired, &e)) {
		if (!utf8_ok(text.p, text.n, UTF8_NUL_REFUSED))
			abort();
		check(a, data[0], text);
	}
	arena_free(a);
	return 0;
}
