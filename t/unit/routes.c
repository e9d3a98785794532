/* The tables that the dispatcher goes by agree with the statements and with
 * each other. */
#include "domain/queries.h"
#include "web/answer.h"
#include "web/route.h"

#include "t/tap.h"

enum {
	ENTITIES_MAX = 512,
	FORMS = CREATE | UPDATE | OUT | TREE
};

/* What was looked at, and the first thing that was wrong. */
struct seen {
	const struct entity *entities[ENTITIES_MAX];
	size_t n_entities, n_rows, n_bare;
	size_t n_wrong;
};

static void
wrong(struct seen *s, const char *where, const char *what)
{
	printf("# %s: %s\n", where, what);
	s->n_wrong++;
}

static bool
is_list(const struct route *r)
{
	return queries[r->query].kind == DB_ROWS;
}

/* answer.h: path, filters, limit and offset, body; the count has no window. */
static void
check_bare(struct seen *s, const struct route *r)
{
	const struct db_statement *q = &queries[r->query];
	size_t args = answer_args(r);

	s->n_bare++;
	if (args != q->n_params) {
		printf("# %zu arguments, %u parameters\n", args, q->n_params);
		wrong(s, r->path, q->name);
	}
	if ((q->kind == DB_ROW || q->kind == DB_OPT || is_list(r)) && !r->out)
		wrong(s, r->path, "rows without .out");
	if (q->kind == DB_TEXT && r->out)
		wrong(s, r->path, ".out of a finished text");
	if (!(r->flags & RF_PAGED && is_list(r)))
		return;
	if (!r->count || queries[r->count].kind != DB_ROW)
		wrong(s, r->path, "a window without .count");
	else if (queries[r->count].n_params + 2 + (r->in && r->in->n) != args)
		wrong(s, r->path, queries[r->count].name);
}

static bool
is_known(const struct seen *s, const struct entity *t)
{
	for (size_t i = 0; i < s->n_entities; i++) {
		if (s->entities[i] == t)
			return true;
	}
	return false;
}

static unsigned
forms_of(const struct field *f)
{
	return f->flags & FORMS ? f->flags & FORMS : FORMS;
}

static void
check_field(struct seen *s, const struct entity *t, size_t i)
{
	const struct field *f = &t->fields[i];

	if (f->type == F_ENUM && forms_of(f) != OUT && !f->words)
		wrong(s, f->name, "one of no words");
	if (f->type == F_INT && forms_of(f) != OUT && f->min >= f->max)
		wrong(s, f->name, "no number will do");
	if (f->flags & REQUIRED && forms_of(f) == OUT)
		wrong(s, f->name, "required of nobody");
	if (f->flags & OMIT && !(f->flags & OUT))
		wrong(s, f->name, "left out of what is not given");
	for (size_t k = 0; k < i; k++) {
		if (strcmp(t->fields[k].name, f->name) == 0 &&
		    forms_of(&t->fields[k]) & forms_of(f))
			wrong(s, f->name, "twice in one form");
	}
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the declarations */
static void
check_entity(struct seen *s, const struct entity *t)
{
	if (!t || is_known(s, t) || s->n_entities == ENTITIES_MAX)
		return;
	s->entities[s->n_entities++] = t;
	if (t->n > ENTITY_FIELDS)
		wrong(s, t->name, "more fields than one may have");
	for (size_t i = 0; i < t->n; i++)
		check_field(s, t, i);
	for (const struct entity_part *p = t->parts; p && p->key; p++)
		check_entity(s, p->of);
}

/* NOLINTEND(misc-no-recursion) */

static void
check_set(struct seen *s, const struct route_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct route *r = &set->rows[i];

		s->n_rows++;
		if (!r->handle)
			check_bare(s, r);
		if (r->in && !r->body_limit)
			wrong(s, r->path, "a body that is never read");
		check_entity(s, r->in);
		check_entity(s, r->out);
	}
}

int
main(void)
{
	struct seen s = {.n_rows = 0};

	for (const struct family *const *f = families; *f; f++) {
		for (const struct route_set *const *set = (*f)->sets; *set;
		     set++)
			check_set(&s, *set);
	}
	printf("# %zu rows, %zu without handler, %zu entities\n", s.n_rows,
	       s.n_bare, s.n_entities);
	ok(s.n_rows && s.n_bare && s.n_entities > 1, "there are rows to see");
	ok(s.n_entities < ENTITIES_MAX, "all entities were looked at");
	is_int((long long)s.n_wrong, 0, "rows, statements and entities agree");
	return done_testing();
}
