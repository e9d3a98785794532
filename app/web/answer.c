#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonw.h"

enum {
	LIMIT_MAX = 500,
	LIMIT_DEFAULT = 100,
	OFFSET_MAX = 1000000000, /* SQL adds to it: it must stay an int */
	ARGS_MAX = 24,
	CALLS_MAX = 8
};

bool
req_window(struct req *rq, struct window *w, struct err *e)
{
	int64_t limit, offset;

	if (!req_query_int(rq, "limit", 1, LIMIT_MAX, &limit, e) ||
	    !req_query_int(rq, "offset", 0, OFFSET_MAX, &offset, e))
		return false;
	w->limit = req_query_text(rq, "limit");
	w->offset = req_query_text(rq, "offset");
	return true;
}

size_t
window_calls(const struct window *w)
{
	return w->limit || w->offset ? 2 : 1;
}

bool
req_entity(struct req *rq, const struct entity *t, unsigned form,
	   const char **json, struct json_object **in, struct err *e)
{
	struct json_object *body = NULL, *clean = NULL;

	if (!req_json(rq, &body, e) ||
	    !entity_check(rq->arena, t, form, body, &clean, e))
		return false;
	if (json)
		*json = json_dump(clean);
	if (in)
		*in = clean;
	return true;
}

bool
answer_json(struct req *rq, int status, struct span json)
{
	if (rq->family->cache)
		reply_header(rq, "Cache-Control", rq->family->cache);
	return reply_json(rq, status, json);
}

bool
answer_text(struct req *rq, int status, struct db_call call, struct err *e)
{
	struct span json;

	return req_db_text(rq, call, &json, e) && answer_json(rq, status, json);
}

static bool
missing(struct req *rq, const struct entity *t, struct err *e)
{
	if (!rq->params[0])
		return err_set(e, 404, "not_found", "%s not found", t->name);
	return err_set(e, 404, "not_found", "%s with id '%.128s' not found",
		       t->name, rq->params[0]);
}

static bool
show_row(struct req *rq, int status, const struct entity *t,
	 const struct db_result *results, size_t n, struct err *e)
{
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;

	if (db_rows(&results[0]) == 0)
		return missing(rq, t, e);
	entity_rows(&rows, t, results, n);
	entity_write(&w, &rows, 0);
	return answer_json(rq, status, jsonw_span(&w));
}

bool
answer_row(struct req *rq, int status, const struct entity *t,
	   const struct db_call *calls, size_t n, struct err *e)
{
	struct db_result results[CALLS_MAX];

	return req_db(rq, calls, n, results, e) &&
	       show_row(rq, status, t, results, n, e);
}

bool
answer_change(struct req *rq, int status, const struct entity *t,
	      const struct db_call *calls, size_t n, struct err *e)
{
	struct db_result results[CALLS_MAX];

	return req_db(rq, calls, n, results, e) &&
	       show_row(rq, status, t, results + 1, n - 1, e);
}

static int64_t
number_or(const char *text, int64_t otherwise)
{
	return text ? strtoll(text, NULL, 10) : otherwise;
}

static void
write_window(struct jsonw *w, const struct entity_rows *rows,
	     const struct window *win, const struct db_result *count)
{
	int64_t limit = number_or(win->limit, LIMIT_DEFAULT);
	int64_t offset = number_or(win->offset, 0);
	int64_t total = number_or(db_value(count, 0, 0), 0);

	jsonw_begin(w, '{');
	jsonw_key(w, "data");
	entity_write_all(w, rows);
	jsonw_key(w, "pagination");
	jsonw_begin(w, '{');
	jsonw_key(w, "offset");
	jsonw_int(w, offset);
	jsonw_key(w, "limit");
	jsonw_int(w, limit);
	jsonw_key(w, "total");
	jsonw_int(w, total);
	jsonw_key(w, "hasMore");
	jsonw_bool(w, offset + limit < total);
	jsonw_end(w, '}');
	jsonw_end(w, '}');
}

bool
answer_rows(struct req *rq, const struct entity *t, const struct db_call *calls,
	    size_t n, const struct window *win, struct err *e)
{
	struct db_result results[CALLS_MAX];
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;
	bool is_window = win && window_calls(win) == 2;

	if (!req_db(rq, calls, n, results, e))
		return false;
	entity_rows(&rows, t, results, is_window ? n - 1 : n);
	if (is_window)
		write_window(&w, &rows, win, &results[n - 1]);
	else
		entity_write_all(&w, &rows);
	return answer_json(rq, 200, jsonw_span(&w));
}

/* --- rows that are all there is --- */

static size_t
path_params(const char *path)
{
	size_t n = 0;

	for (const char *p = path; *p; p++)
		n += *p == '/' && (p[1] == ':' || p[1] == '*');
	return n;
}

size_t
answer_args(const struct route *r)
{
	size_t n = path_params(r->path);

	for (const struct filter *f = r->filters; f && f->name; f++)
		n++;
	return n + (r->flags & RF_PAGED ? 2 : 0) + (r->in && r->in->n);
}

unsigned
route_form(const struct route *r)
{
	return r->methods & M_POST ? CREATE : UPDATE;
}

struct args {
	const char *list[ARGS_MAX];
	size_t n;
	struct window window;
};

static bool
collect(struct req *rq, struct args *to, struct err *e)
{
	const struct route *r = rq->route;
	size_t params = path_params(r->path);
	const char *body = NULL;

	for (size_t i = 0; i < params; i++)
		to->list[to->n++] = rq->params[i];
	for (const struct filter *f = r->filters; f && f->name; f++) {
		if (!req_query_word(rq, f->name, f->words, &to->list[to->n++],
				    e))
			return false;
	}
	if (r->flags & RF_PAGED) {
		if (!req_window(rq, &to->window, e))
			return false;
		to->list[to->n++] = to->window.limit;
		to->list[to->n++] = to->window.offset;
	}
	if (r->in && !req_entity(rq, r->in, route_form(r), &body, NULL, e))
		return false;
	if (r->in && r->in->n)
		to->list[to->n++] = body;
	return true;
}

static bool
answer_list(struct req *rq, const struct args *args, struct err *e)
{
	const struct route *r = rq->route;
	const struct db_call calls[] = {
		{.query = r->query, .args = args->list},
		{.query = r->count, .args = args->list},
	};

	return answer_rows(rq, r->out, calls, window_calls(&args->window),
			   &args->window, e);
}

bool
answer_route(struct req *rq, struct err *e)
{
	const struct route *r = rq->route;
	int status = r->status ? r->status : 200;
	struct args args = {.n = 0};
	struct db_call call = {.query = r->query, .args = args.list};

	if (!collect(rq, &args, e))
		return false;
	switch (queries[r->query].kind) {
	case DB_ROWS:
		return answer_list(rq, &args, e);
	case DB_TEXT:
		return answer_text(rq, status, call, e);
	case DB_ROW:
	case DB_OPT:
		return answer_row(rq, status, r->out, &call, 1, e);
	case DB_COUNT:
	case DB_EXEC:
	default:
		return req_db_exec(rq, call, e) && reply_empty(rq, 204);
	}
}
