/* Templates are ours, but a typing mistake must be an error, not a crash. */
#include "core/tmpl.h"
#include "core/json.h"
#include "core/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char view[] = "{\"a\":{\"b\":[1,2,{\"c\":\"<\"}]},"
				   "\"d\":\"x\",\"e\":true,\"f\":[]}";
	struct arena *a = arena_new(256 * MiB);
	struct tmpl_set *set = tmpl_new(a, n % 2 ? TMPL_LENIENT : 0);
	struct buf b = buf_on(a);
	struct json_object *o;
	struct err e;

	if (json_parse(a, view, sizeof view - 1, &o, &e) &&
	    tmpl_add(set, "t", "t.html", (struct span){(const char *)p, n},
		     &e) &&
	    tmpl_link(set, &e))
		(void)!tmpl_render(set, "t", view_json(o), &b, &e);
	arena_free(a);
	return 0;
}
