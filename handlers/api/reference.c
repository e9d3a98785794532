/*
 * reference - prints doc/rest-api.txt: every route of /api, from the tables
 * that the dispatcher and the handlers themselves go by.  A program of the
 * build; nothing of it is in maestro-web.
 */
#include <stdio.h>
#include <string.h>

#include "api.h"

enum {
	ARENA_BYTES = 16 * MiB,
	WIDTH = 80,
	NAME_WIDTH = 22
};

/* Names of fields and of path parameters, with what the example shows. */
static const struct {
	const char *name, *json;
} samples[] = {
	{"active",          "true"				    },
	{"args",            "{}"				      },
	{"body",            "{\"message\":\"Done\"}"                  },
	{"command",         "\"task list\""                           },
	{"content",         "\"# Notes\""                             },
	{"data",            "{}"				      },
	{"email",           "\"ada@example.org\""                     },
	{"entries",         "[\"Tests first\"]"                       },
	{"entityId",        "\"task_1795244608095_68xp37xtv\""        },
	{"filePath",        "\"notes.md\""                            },
	{"fromSessionId",   "\"sess_1795244608095_2b7qk0dzm\""        },
	{"key",             "\"notes.md\""                            },
	{"entityType",      "\"task\""                                },
	{"leaderId",        "\"tm_1795244608095_9c1mwt3xe\""          },
	{"memberIds",       "[\"tm_1795244608095_9c1mwt3xe\"]"        },
	{"message",         "\"Half of it is done\""                  },
	{"name",            "\"Alpha\""			       },
	{"needsInput",      "{\"active\":true}"                       },
	{"orderedIds",      "[\"task_1795244608095_68xp37xtv\"]"      },
	{"orderedTaskIds",  "[\"task_1795244608095_68xp37xtv\"]"      },
	{"parentId",        "\"task_1795244608095_68xp37xtv\""        },
	{"password",        "\"...\""				 },
	{"projectId",       "\"proj_1795244608095_4f0vz81qa\""        },
	{"sceneJson",       "\"{}\""				  },
	{"senderSessionId", "\"sess_1795244608095_2b7qk0dzm\""        },
	{"sessionId",       "\"sess_1795244608095_2b7qk0dzm\""        },
	{"subject",         "\"Tests\""			       },
	{"targetSessionId", "\"sess_1795244608095_2b7qk0dzm\""        },
	{"taskId",          "\"task_1795244608095_68xp37xtv\""        },
	{"taskIds",         "[\"task_1795244608095_68xp37xtv\"]"      },
	{"title",           "\"Write the tests\""                     },
	{"token",           "\"...\""				 },
	{"toSessionId",     "\"sess_1795244608095_5x7hj2rnu\""        },
	{"userId",          "\"6f1c0a52-7d0e-4b5c-9a53-0a8f0f7f2f11\""},
	{"workingDir",      "\"/srv/alpha\""                          },
};

/* What `:id` stands for after a segment of the path. */
static const struct {
	const char *after, *id;
} ids[] = {
	{"projects",           "proj_1795244608095_4f0vz81qa"},
	{"tasks",              "task_1795244608095_68xp37xtv"},
	{"sessions",           "sess_1795244608095_2b7qk0dzm"},
	{"heartbeat",          "sess_1795244608095_2b7qk0dzm"},
	{"team-members",       "tm_1795244608095_9c1mwt3xe"  },
	{"custom-prompts",     "cp_1795244608095_1t6hy0pck"  },
	{"skills",             "find-skills"                 },
	{"workflow-templates", "execute-simple"              },
};

static const char *
sample(const char *name)
{
	for (size_t i = 0; i < NELEM(samples); i++) {
		if (strcmp(samples[i].name, name) == 0)
			return samples[i].json;
	}
	return NULL;
}

/* --- text in columns --- */

/* Words of text from column `at` (the cursor is there already), broken before
 * WIDTH, every further line indented by `indent`. */
static void
put_words(const char *text, int at, int indent)
{
	struct span rest = span_of(text);

	while (rest.n) {
		struct span word = span_cut(&rest, ' ');
		int n = (int)word.n;

		if (at > indent && at + 1 + n > WIDTH) {
			printf("\n%*s", indent, "");
			at = indent;
		} else if (at > indent) {
			putchar(' ');
			at++;
		}
		printf("%.*s", n, word.p);
		at += n;
	}
	putchar('\n');
}

static void
put_label(const char *label, const char *text)
{
	put_words(text, printf("    %-8s", label), 12);
}

/* --- the fields of a body --- */

static void
add_range(struct buf *b, const struct field *f, const char *of)
{
	if (f->max && f->min)
		buf_addf(b, ", %lld to %lld%s", (long long)f->min,
			 (long long)f->max, of);
	else if (f->max)
		buf_addf(b, ", at most %lld%s", (long long)f->max, of);
	else if (f->min)
		buf_addf(b, ", at least %lld%s", (long long)f->min, of);
}

static void
add_words(struct buf *b, const char *const *words)
{
	for (const char *const *w = words; *w; w++)
		buf_addf(b, "%s%s", w == words ? "" : " | ", *w);
}

static void
add_type(struct buf *b, const struct field *f, unsigned form)
{
	switch (f->type) {
	case F_TEXT:
		buf_add(b, "text");
		add_range(b, f, " bytes");
		break;
	case F_NAME:
		buf_add(b, "text, not blank");
		if (f->max)
			buf_addf(b, ", at most %lld bytes", (long long)f->max);
		break;
	case F_ID:
		buf_add(b, "id");
		break;
	case F_UUID:
		buf_add(b, "UUID");
		break;
	case F_EMAIL:
		buf_add(b, "e-mail address");
		break;
	case F_ENUM:
		add_words(b, f->words);
		break;
	case F_BOOL:
		buf_add(b, "true or false");
		break;
	case F_INT:
		buf_add(b, "whole number");
		add_range(b, f, "");
		break;
	case F_NUMBER:
		buf_add(b, "number");
		break;
	case F_DATE:
		buf_add(b, "date YYYY-MM-DD");
		break;
	case F_IDS:
		buf_add(b, "ids");
		break;
	case F_TEXTS:
		buf_add(b, "texts");
		if (f->max)
			buf_addf(b, ", each at most %lld bytes",
				 (long long)f->max);
		break;
	case F_OBJECT:
		buf_add(b, "object");
		break;
	case F_ANY:
		buf_add(b, "any JSON");
		break;
	case F_MS:
		buf_add(b, "milliseconds since 1970");
		break;
	case F_TIME:
		buf_add(b, "RFC 3339 time");
		break;
	}
	if (f->flags & NULLABLE)
		buf_add(b, ", or null");
	if (field_required(f, form))
		buf_add(b, "; required");
}

static void
put_fields(struct arena *a, const struct entity *t, unsigned form)
{
	const char *label = "Body:";

	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		struct buf b = buf_on(a);
		int at;

		if (!field_in(f, form))
			continue;
		add_type(&b, f, form);
		at = printf("    %-8s%-*s ", label, NAME_WIDTH, f->name);
		label = "";
		put_words(buf_str(&b), at, 12 + NAME_WIDTH + 1);
	}
}

/* --- the example --- */

static void
add_sample(struct buf *b, const struct field *f)
{
	const char *known = sample(f->name);

	buf_add_json(b, f->name);
	buf_add(b, ":");
	if (f->type == F_ENUM) {
		buf_add_json(b, f->words[0]);
		return;
	}
	if (known) {
		buf_add(b, known);
		return;
	}
	switch (f->type) {
	case F_BOOL:
		buf_add(b, "true");
		break;
	case F_INT:
	case F_NUMBER:
		buf_addf(b, "%lld", (long long)(f->min ? f->min : 1));
		break;
	case F_IDS:
	case F_TEXTS:
		buf_add(b, "[\"one\"]");
		break;
	case F_OBJECT:
	case F_ANY:
		buf_add(b, "{}");
		break;
	case F_DATE:
		buf_add(b, "\"2026-12-24\"");
		break;
	default:
		buf_add(b, "\"one\"");
	}
}

/* The required fields; or, if none is, the first. */
static void
add_body(struct buf *b, const struct entity *t, unsigned form)
{
	const struct field *first = NULL;
	bool any = false;

	buf_add(b, "{");
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];

		if (!first && field_in(f, form))
			first = f;
		if (!field_required(f, form))
			continue;
		buf_add(b, any ? "," : "");
		add_sample(b, f);
		any = true;
	}
	if (!any && first)
		add_sample(b, first);
	buf_add(b, "}");
}

static void
add_param(struct buf *b, const char *name, struct span before)
{
	const char *known = sample(name);

	for (size_t i = 0; strcmp(name, "id") == 0 && i < NELEM(ids); i++) {
		if (span_is(before, ids[i].after)) {
			buf_add(b, ids[i].id);
			return;
		}
	}
	if (known && *known == '"')
		buf_addn(b, known + 1, strlen(known) - 2);
	else
		buf_addf(b, "%s_1", name);
}

static void
add_path(struct buf *b, struct arena *a, const char *path)
{
	struct span rest = span_of(path + 1), before = {"", 0};

	while (rest.n) {
		struct span part = span_cut(&rest, '/');

		buf_add(b, "/");
		if (*part.p == ':' || *part.p == '*')
			add_param(b, arena_strndup(a, part.p + 1, part.n - 1),
				  before);
		else
			buf_addn(b, part.p, part.n);
		before = part;
	}
}

/* "PUT|PATCH" when the row takes several. */
static const char *
methods_of(struct arena *a, unsigned methods)
{
	static const struct {
		unsigned method;
		const char *name;
	} names[] = {
		{M_GET,    "GET"   },
                {M_POST,   "POST"  },
                {M_PUT,    "PUT"   },
		{M_PATCH,  "PATCH" },
                {M_DELETE, "DELETE"},
	};
	struct buf b = buf_on(a);

	for (size_t i = 0; i < NELEM(names); i++) {
		if (methods & names[i].method)
			buf_addf(&b, "%s%s", b.n ? "|" : "", names[i].name);
	}
	return buf_str(&b);
}

static void
put_example(struct arena *a, const struct route *r)
{
	struct buf b = buf_on(a);
	const char *all = methods_of(a, r->methods);
	int first = (int)strcspn(all, "|");
	bool is_implied =
		r->methods & M_GET ||
		(r->methods & M_POST && (r->in || r->flags & RF_STREAM));

	buf_add(&b, "curl");
	if (!is_implied)
		buf_addf(&b, " -X %.*s", first, all);
	if (r->who != R_ANY)
		buf_add(&b, " -H \"$AUTH\"");
	if (r->in) {
		buf_add(&b, " -H \"$JSON\" -d '");
		add_body(&b, r->in, route_form(r));
		buf_add(&b, "'");
	} else if (r->flags & RF_STREAM) {
		buf_add(&b, " -F file=@notes.md");
	}
	buf_add(&b, " $HOST");
	add_path(&b, a, r->path);
	printf("    Example: %s\n", buf_str(&b));
}

/* --- one route --- */

static bool
has_field(const struct entity *t, const char *name)
{
	for (size_t i = 0; t && i < t->n; i++) {
		if (strcmp(t->fields[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool
takes_query(const struct route *r)
{
	return r->filters || r->flags & RF_PAGED || r->doc->query;
}

/* What the row implies, then what is its own. */
static void
put_errors(struct arena *a, const struct route *r)
{
	const struct route_doc *d = r->doc;
	struct buf b = buf_on(a);

	if (r->in || takes_query(r) || strchr(r->path, ':'))
		buf_add(&b, "VALIDATION_ERROR 400, ");
	if (r->who != R_ANY)
		buf_add(&b, "AUTH_REQUIRED 401, AUTH_INVALID_TOKEN 401, ");
	if (!(r->methods & M_GET) && r->who != R_ANY)
		buf_add(&b, "INSUFFICIENT_SCOPE 403, ");
	if (d->role && strcmp(d->role, "viewer") != 0)
		buf_add(&b, "FORBIDDEN 403, ");
	if (strchr(r->path, ':') || has_field(r->in, "projectId"))
		buf_add(&b, "NOT_FOUND 404, ");
	if (r->in || r->flags & RF_STREAM)
		buf_add(&b, "PAYLOAD_TOO_LARGE 413, ");
	if (d->errors)
		buf_addf(&b, "%s, ", d->errors);
	if (!b.n)
		return;
	put_label("Errors:", arena_strndup(a, buf_str(&b), b.n - 2));
}

/* The filters of the row, what the handler takes beyond them, the window. */
static void
put_query(struct arena *a, const struct route *r)
{
	struct buf b = buf_on(a);

	for (const struct filter *f = r->filters; f && f->name; f++) {
		buf_addf(&b, "%s%s", b.n ? ", " : "", f->name);
		if (f->says)
			buf_addf(&b, " (%s)", f->says);
	}
	if (r->doc->query)
		buf_addf(&b, "%s%s", b.n ? ", " : "", r->doc->query);
	if (r->flags & RF_PAGED)
		buf_addf(&b, "%slimit, offset", b.n ? ", " : "");
	if (b.n)
		put_label("Query:", buf_str(&b));
}

static void
put_route(struct arena *a, const struct route *r)
{
	const struct route_doc *d = r->doc;

	printf("\n%s %s -> %d\n", methods_of(a, r->methods), r->path,
	       r->status ? r->status : 200);
	printf("    ");
	put_words(d->says, 4, 4);
	put_label("Role:", d->role             ? d->role
			   : r->who == R_ANY   ? "anybody"
			   : r->who == R_ADMIN ? "platform admin"
					       : "whoever is signed in");
	put_query(a, r);
	if (r->in)
		put_fields(a, r->in, route_form(r));
	put_errors(a, r);
	put_example(a, r);
}

int
main(void)
{
	struct arena *a = arena_new(ARENA_BYTES);

	for (const struct route_set *const *s = api_family.sets; *s; s++) {
		printf("\n\n%s\n", (*s)->title);
		for (size_t i = 0; (*s)->title[i]; i++)
			putchar('-');
		putchar('\n');
		if ((*s)->about)
			printf("%s\n", (*s)->about);
		for (size_t i = 0; i < (*s)->n; i++) {
			if ((*s)->rows[i].doc)
				put_route(a, &(*s)->rows[i]);
		}
	}
	arena_free(a);
	return fflush(stdout) == EOF;
}
