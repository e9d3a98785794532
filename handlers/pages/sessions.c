/*
 * sessions - the sessions of agents: the list of a project, one of them with
 * all it wrote down, and what people do with it.
 */
#include "page.h"

enum {
	PAGES_MAX = 100000
};

bool
sessions_get(struct req *rq, struct err *e)
{
	static const char *const filters[] = {"q", "status", "show", NULL};
	int64_t page = 1;
	struct page p;

	if (!req_query_int(rq, "page", 1, PAGES_MAX, &page, e))
		return false;

	const char *const args[] = {
		req_param(rq, "id"), page_filter(rq, filters),
		arena_printf(rq->arena, "%lld", (long long)page)};

	if (!page_open(rq, Q_PAGE_SESSIONS, args, &p, e))
		return false;
	return page_show(&p, "app/sessions", e);
}
