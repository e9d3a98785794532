#include "waiting.h"

#include <string.h>

#include "core/buf.h"

enum {
	IDS_AT_ONCE = 80 /* an address has room for 8 KiB */
};

static void
put(void *o)
{
	json_object_put(o);
}

static struct json_object *
new_array(struct arena *a)
{
	struct json_object *o = json_object_new_array();

	arena_defer(a, put, o);
	return o;
}

static bool
is_active(const struct json_object *session)
{
	static const char *const words[] = {"spawning", "idle", "working"};
	const char *status = json_text(session, "status");

	if (json_get(session, "archivedAt"))
		return false;
	for (size_t i = 0; status && i < NELEM(words); i++) {
		if (strcmp(status, words[i]) == 0)
			return true;
	}
	return false;
}

static bool
ask(struct client *c, struct arena *a, const char *ids,
    struct json_object *found, struct err *e)
{
	struct json_object *all;

	if (!client_list(c, a,
			 client_query(a, "/api/sessions/log-digests",
				      "sessionIds", ids),
			 &all, e))
		return false;
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *one = json_object_array_get_idx(all, i);
		const char *state = json_text(one, "state");

		if (state && strcmp(state, "needs_input") == 0 &&
		    json_text(one, "sessionId"))
			json_object_array_add(
				found,
				json_object_get(json_get(one, "sessionId")));
	}
	return true;
}

bool
waiting_ids(struct client *c, struct arena *a, struct json_object *sessions,
	    struct json_object **out, struct err *e)
{
	size_t n = json_object_array_length(sessions), held = 0;
	struct json_object *found = new_array(a);
	struct buf ids = buf_on(a);

	for (size_t i = 0; i <= n; i++) {
		struct json_object *s =
			i < n ? json_object_array_get_idx(sessions, i) : NULL;
		const char *id = s && is_active(s) ? json_text(s, "id") : NULL;

		if (id) {
			buf_addf(&ids, "%s%s", held ? "," : "", id);
			held++;
		}
		if (held == IDS_AT_ONCE || (i == n && held)) {
			if (!ask(c, a, buf_str(&ids), found, e))
				return false;
			ids = buf_on(a);
			held = 0;
		}
	}
	*out = found;
	return true;
}

bool
waiting_sessions(struct client *c, struct arena *a, const char *project,
		 struct json_object **out, struct err *e)
{
	const char *path = client_query(a, "/api/sessions?active=true",
					"projectId", project);
	struct json_object *active, *ids, *found = new_array(a), *one;

	if (!client_list(c, a, path, &active, e) ||
	    !waiting_ids(c, a, active, &ids, e))
		return false;
	for (size_t i = 0; i < json_object_array_length(ids); i++) {
		const char *id = json_object_get_string(
			json_object_array_get_idx(ids, i));

		if (!client_get(c, a, client_path(a, "/api/sessions/", id, ""),
				&one, e))
			return false;
		json_object_array_add(found, json_object_get(one));
	}
	*out = found;
	return true;
}
