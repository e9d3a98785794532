/*
 * mail - what sessions and people of a project write to each other.  Who uses
 * a page writes as themselves: the domain names them when no session is said
 * to be the sender.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/rand.h"
#include "core/utf8.h"
#include "domain/entities/entities.h"
#include "page.h"
#include "words.h"

enum {
	SUBJECT_BYTES =
		9000, /* of one that is answered: shorter than allowed */
	TEXT_CHARS = 1000000, /* what private.mail_text() keeps of it */
};

static const char *const names[] = {"to", "subject", "text", NULL};

static const char *
href(struct req *rq, const char *thread)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/projects/");
	buf_add_url(&b, req_param(rq, "id"));
	buf_add(&b, "/mail");
	if (thread) {
		buf_add(&b, "/");
		buf_add_url(&b, thread);
	}
	return buf_str(&b);
}

static const char *
or_null(const char *s)
{
	return s && *s ? s : NULL;
}

/* --- the view: columns in the order of their statements --- */

enum {
	PARTY_ID, /* null: everyone */
	PARTY_KEPT,
	PARTY_SESSION,
	PARTY_SESSION_NAME,
	PARTY_COLUMNS
};

enum {
	MAIL_ID,
	MAIL_THREAD,
	MAIL_TYPE,
	MAIL_PRIORITY,
	MAIL_SUBJECT,
	MAIL_AT,
	MAIL_FROM,
	MAIL_TO = MAIL_FROM + PARTY_COLUMNS,
	MAIL_TEXT = MAIL_TO + PARTY_COLUMNS, /* in a list its beginning */
	MAIL_COUNT,                          /* of a list */
	MAIL_PLACE_AT,
	MAIL_PLACE_ID,
	MAIL_DETAIL = MAIL_TEXT + 1 /* of a letter */
};

enum {
	PERSON_ID,
	PERSON_NAME
};

enum {
	FACT_MAIL,
	FACT_KEY,
	FACT_VALUE
};

enum {
	THREAD_ID,
	THREAD_MAILS,
	THREAD_SUBJECT
};

enum {
	PAGE_ROWS = 50,
	LETTERS_MOST = 200 /* of a thread */
};

static const char letters[] = "200";
static const char latest[] = "1000"; /* sessions among which one chooses */

/* What stands beside the rows of mail. */
struct beside {
	const char *me;
	const struct db_result *people;
	struct view_rows *facts; /* of letters, by their ids */
};

/* The id of a person, or NULL: user_<uuid>. */
static const char *
person_of(const char *party)
{
	static const char prefix[] = "user_";
	const size_t n = sizeof prefix - 1;

	return party && strncmp(party, prefix, n) == 0 &&
			       strlen(party + n) == UUID_TEXT - 1
		       ? party + n
		       : NULL;
}

static const char *
person_name(const struct db_result *people, const char *person)
{
	for (size_t i = 0; i < db_rows(people); i++) {
		if (strcmp(db_value(people, i, PERSON_ID), person) == 0)
			return db_value(people, i, PERSON_NAME);
	}
	return NULL;
}

/* Who wrote or is to read.  Who has gone is known by the name that was kept,
 * else by the id. */
static const char *
name_of(const struct view_row *row, unsigned party)
{
	const struct beside *b = row->data;
	const char *id = view_cell(row, party + PARTY_ID);
	const char *kept = view_cell(row, party + PARTY_KEPT);
	const char *session =
		or_null(view_cell(row, party + PARTY_SESSION_NAME));
	const char *person = person_of(id);

	if (!id)
		return "everyone";
	if (person)
		session = person_name(b->people, person);
	if (session || kept)
		return session ? session : kept;
	return person ? "Somebody who left" : id;
}

static struct tmpl_value
party_name(const struct view_row *row, unsigned party)
{
	return view_text(name_of(row, party));
}

static struct tmpl_value
party_is_me(const struct view_row *row, unsigned party)
{
	const struct beside *b = row->data;
	const char *person = person_of(view_cell(row, party + PARTY_ID));

	return view_flag(person && strcmp(person, b->me) == 0);
}

static struct tmpl_value
party_sign(const struct view_row *row, unsigned party)
{
	return view_text(initials_of(row->a, name_of(row, party)));
}

static struct tmpl_value
party_tint(const struct view_row *row, unsigned party)
{
	const char *person = person_of(view_cell(row, party + PARTY_ID));

	return view_int(tint_of(person ? person : name_of(row, party)));
}

static const struct view_member from_members[] = {
	{"name",    VIEW_MADE, MAIL_FROM,                 party_name },
	{"is_me",   VIEW_MADE, MAIL_FROM,                 party_is_me},
	{"session", VIEW_TEXT, MAIL_FROM + PARTY_SESSION, NULL       },
	{"sign",    VIEW_MADE, MAIL_FROM,                 party_sign },
	{"tint",    VIEW_MADE, MAIL_FROM,                 party_tint },
};
static const struct view_member to_members[] = {
	{"name",    VIEW_MADE, MAIL_TO,                 party_name },
	{"is_me",   VIEW_MADE, MAIL_TO,                 party_is_me},
	{"session", VIEW_TEXT, MAIL_TO + PARTY_SESSION, NULL       },
};

static struct tmpl_value
mail_from(const struct view_row *row, unsigned column)
{
	(void)column;
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(from_members),
					  row->data),
			    row->i);
}

static struct tmpl_value
mail_to(const struct view_row *row, unsigned column)
{
	(void)column;
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(to_members), row->data),
			    row->i);
}

static struct tmpl_value
mail_type(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_mail_any_type, view_cell(row, column)));
}

static struct tmpl_value
priority_label(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_mail_priority, view_cell(row, column)));
}

static struct tmpl_value
priority_class(const struct view_row *row, unsigned column)
{
	const char *word = view_cell(row, column);

	return view_text(strcmp(word, "critical") == 0 ? "pill-bad"
			 : strcmp(word, "high") == 0   ? "pill-warn"
						       : "");
}

static const struct view_member priority_members[] = {
	{"label", VIEW_MADE, MAIL_PRIORITY, priority_label},
	{"class", VIEW_MADE, MAIL_PRIORITY, priority_class},
};

static struct tmpl_value
mail_priority(const struct view_row *row, unsigned column)
{
	const char *word = view_cell(row, column);

	if (!word || strcmp(word, "normal") == 0)
		return view_nothing();
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(priority_members), NULL),
			    row->i);
}

/* On one line. */
static struct tmpl_value
mail_snippet(const struct view_row *row, unsigned column)
{
	struct buf b = buf_on(row->a);
	bool at_space = false;

	for (const char *s = view_cell(row, column); *s; s++) {
		bool is_space = strchr(" \t\n\v\f\r", *s) != NULL;

		if (!is_space)
			buf_addc(&b, *s);
		else if (!at_space)
			buf_addc(&b, ' ');
		at_space = is_space;
	}
	return view_text(buf_str(&b));
}

static struct tmpl_value
mail_count(const struct view_row *row, unsigned column)
{
	const char *n = view_cell(row, column);

	return view_text(n && strcmp(n, "1") != 0 ? n : NULL);
}

static const struct view_member row_members[] = {
	{"id",        VIEW_TEXT, MAIL_ID,       NULL         },
	{"type_text", VIEW_MADE, MAIL_TYPE,     mail_type    },
	{"priority",  VIEW_MADE, MAIL_PRIORITY, mail_priority},
	{"from",      VIEW_MADE, MAIL_FROM,     mail_from    },
	{"to",        VIEW_MADE, MAIL_TO,       mail_to      },
	{"at",        VIEW_MADE, MAIL_AT,       made_iso     },
	{"at_text",   VIEW_MADE, MAIL_AT,       made_time    },
	{"thread",    VIEW_TEXT, MAIL_THREAD,   NULL         },
	{"subject",   VIEW_TEXT, MAIL_SUBJECT,  NULL         },
	{"snippet",   VIEW_MADE, MAIL_TEXT,     mail_snippet },
	{"count",     VIEW_MADE, MAIL_COUNT,    mail_count   },
};

static struct tmpl_value
fact_name(const struct view_row *row, unsigned column)
{
	char *name = arena_strdup(row->a, view_cell(row, column));

	for (char *p = name; *p; p++) {
		if (*p == '_')
			*p = ' ';
	}
	return view_text(name);
}

static const struct view_member fact_members[] = {
	{"name",  VIEW_MADE, FACT_KEY,   fact_name},
	{"value", VIEW_TEXT, FACT_VALUE, NULL     },
};

static struct tmpl_value
letter_facts(const struct view_row *row, unsigned column)
{
	const struct beside *b = row->data;

	return view_rows_run(b->facts, FACT_MAIL, view_cell(row, column));
}

static struct tmpl_value
letter_has_facts(const struct view_row *row, unsigned column)
{
	struct tmpl_value facts = letter_facts(row, column);

	return view_flag(facts.in.ops->count(&facts) > 0);
}

static const struct view_member letter_members[] = {
	{"id",        VIEW_TEXT, MAIL_ID,       NULL            },
	{"type_text", VIEW_MADE, MAIL_TYPE,     mail_type       },
	{"priority",  VIEW_MADE, MAIL_PRIORITY, mail_priority   },
	{"from",      VIEW_MADE, MAIL_FROM,     mail_from       },
	{"to",        VIEW_MADE, MAIL_TO,       mail_to         },
	{"at",        VIEW_MADE, MAIL_AT,       made_iso        },
	{"at_text",   VIEW_MADE, MAIL_AT,       made_time       },
	{"text",      VIEW_TEXT, MAIL_TEXT,     NULL            },
	{"detail",    VIEW_MADE, MAIL_DETAIL,   made_filled     },
	{"has_facts", VIEW_MADE, MAIL_ID,       letter_has_facts},
	{"facts",     VIEW_MADE, MAIL_ID,       letter_facts    },
};

static struct beside *
beside_of(struct page *p, const struct db_result *head,
	  const struct db_result *people)
{
	struct beside *b = arena_alloc(p->rq->arena, sizeof *b);

	b->me = db_named(head, 0, "user_id");
	b->people = people;
	return b;
}

/* --- the boxes --- */

static void
show_boxes(struct page *p, const char *box, const struct db_result *sessions)
{
	static const struct label fixed[] = {
		{"",    "All threads"},
		{"me",  "To me"      },
		{"all", "To everyone"},
	};
	struct arena *a = p->rq->arena;
	size_t n = db_rows(sessions);
	struct label *list =
		arena_alloc(a, (NELEM(fixed) + n + 1) * sizeof *list);

	memcpy(list, fixed, sizeof fixed);
	for (size_t i = 0; i < n; i++)
		list[NELEM(fixed) + i] = (struct label){
			db_value(sessions, i, 0),
			arena_printf(a, "To %s",
				     session_name(db_value(sessions, i, 1)))};
	page_value(p, "boxes", label_choices(a, list, box ? box : ""));
	page_text(p, "box", box);
}

static struct db_call
list_call(struct req *rq, const char *box, const struct page_part *part)
{
	const char *const args[] = {
		req_param(rq, "id"),
		box,
		part->at,
		part->id,
		part->is_newer ? part->wanted : part->skip,
		part->wanted,
	};
	const char **kept = arena_alloc(rq->arena, sizeof args);

	memcpy(kept, args, sizeof args);
	if (box)
		return (struct db_call){.query = part->is_newer
							 ? Q_PAGE_MAIL_BOX_NEWER
							 : Q_PAGE_MAIL_BOX,
					.args = kept};
	/* The same without the box. */
	kept[1] = kept[0];
	return (struct db_call){.query = part->is_newer
						 ? Q_PAGE_MAIL_THREADS_NEWER
						 : Q_PAGE_MAIL_THREADS,
				.args = kept + 1};
}

static bool
mail_get(struct req *rq, struct err *e)
{
	enum {
		HEAD,
		PEOPLE,
		BOXES,
		MAILS,
		ALL
	};

	const char *project = req_param(rq, "id");
	const char *box = req_query_text(rq, "box");
	struct page_part part;
	struct db_result r[ALL];
	struct page p;

	if (!page_part(rq, PAGE_ROWS, &part, e))
		return false;

	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(project, "viewer"),
		[PEOPLE] = q_page_people(project),
		[BOXES] = q_page_mail_boxes(project, box, latest),
		[MAILS] = list_call(rq, box, &part),
	};

	if (!page_rows(rq, calls, ALL, r, &p, e))
		return false;
	page_tab(&p, "mail");
	page_pager(&p, &part, &r[MAILS], MAIL_PLACE_AT, MAIL_PLACE_ID);
	page_value(&p, "mails",
		   view_rows_slice(
			   view_rows_new(rq->arena, &r[MAILS],
					 VIEW_MEMBERS(row_members),
					 beside_of(&p, &r[HEAD], &r[PEOPLE])),
			   part.from, part.n));
	page_flag(&p, "has_mails", part.n > 0);
	page_flag(&p, "is_empty", part.n == 0 && !box && part.number == 1);
	show_boxes(&p, box, &r[BOXES]);
	return page_show(&p, "app/inbox", e);
}

/* --- writing --- */

enum {
	SESSION_ID,
	SESSION_NAME,
	SESSION_IS_AT_WORK
};

enum {
	AGENT_ID,
	AGENT_SESSIONS,
	AGENT_NAME
};

/* Whom one can write to, in groups for a <select>: all, a.<agent>,
 * s.<session>, p.<person>. */
struct targets {
	struct arena *a;
	struct view_list *groups;
	const char *chosen;
	bool is_chosen; /* one of them is it */
};

/* A group of what list holds, unless it is empty; list ends with a NULL. */
static void
add_group(struct targets *t, const char *label, const struct label *list)
{
	struct view *group = view_new(t->a);

	if (!list->word)
		return;
	for (const struct label *l = list; l->word; l++)
		t->is_chosen = t->is_chosen || strcmp(l->word, t->chosen) == 0;
	view_set(group, "label", view_text(label));
	view_set(group, "options", label_choices(t->a, list, t->chosen));
	view_add(t->groups, view_object(group));
}

static void
add_agents(struct targets *t, const struct db_result *r)
{
	struct label *list = arena_alloc(t->a, (db_rows(r) + 1) * sizeof *list);

	for (size_t i = 0; i < db_rows(r); i++) {
		const char *n = db_value(r, i, AGENT_SESSIONS);
		const char *name = db_value(r, i, AGENT_NAME);

		list[i].word =
			arena_printf(t->a, "a.%s", db_value(r, i, AGENT_ID));
		list[i].says = strcmp(n, "1") == 0
				       ? name
				       : arena_printf(t->a, "%s (%s sessions)",
						      name, n);
	}
	add_group(t, "Agents at work", list);
}

/* One that has ended only when it is chosen. */
static void
add_sessions(struct targets *t, const struct db_result *r)
{
	struct label *list = arena_alloc(t->a, (db_rows(r) + 1) * sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < db_rows(r); i++) {
		const char *word =
			arena_printf(t->a, "s.%s", db_value(r, i, SESSION_ID));

		if (*db_value(r, i, SESSION_IS_AT_WORK) == 't' ||
		    strcmp(word, t->chosen) == 0)
			list[n++] = (struct label){
				word,
				session_name(db_value(r, i, SESSION_NAME))};
	}
	add_group(t, "Sessions", list);
}

static void
add_people(struct targets *t, const struct db_result *r, const char *me)
{
	struct label *list = arena_alloc(t->a, (db_rows(r) + 1) * sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < db_rows(r); i++) {
		const char *id = db_value(r, i, PERSON_ID);

		if (strcmp(id, me) != 0)
			list[n++] =
				(struct label){arena_printf(t->a, "p.%s", id),
					       db_value(r, i, PERSON_NAME)};
	}
	add_group(t, "People", list);
}

/* What the form asks to be chosen, besides its texts. */
struct choice {
	const char *to, *type, *priority;
};

struct found {
	const struct db_result *head, *agents, *sessions, *people;
};

static void
show_choices(struct page *p, const struct choice *c, const struct found *f)
{
	static const struct label everyone[] = {
		{"all", "Everyone on the project"},
		{NULL,  NULL                     },
	};
	struct arena *a = p->rq->arena;
	struct targets t = {
		.a = a, .groups = view_list_new(a), .chosen = c->to};

	add_group(&t, "Everyone", everyone);
	add_agents(&t, f->agents);
	add_sessions(&t, f->sessions);
	add_people(&t, f->people, db_named(f->head, 0, "user_id"));
	/* If none is, the form says so: the first would be everyone, and a
	 * letter never goes to everyone because nobody was chosen. */
	page_flag(p, "is_chosen", t.is_chosen);
	page_value(p, "targets", view_list(t.groups));
	page_value(p, "types", label_choices(a, labels_mail_type, c->type));
	page_value(p, "priorities",
		   label_choices(a, labels_mail_priority, c->priority));
	page_limits(p, &mail_entity);
}

/* What was chosen stays chosen in a form that is shown again. */
static void
keep_choice(struct req *rq, struct choice *c)
{
	const char *to = req_form(rq, "to");

	c->to = to ? to : "";
	c->type = req_form(rq, "type");
	c->priority = req_form(rq, "priority");
}

/* The id of the session that a choice names, or NULL. */
static const char *
session_chosen(const char *to)
{
	return strncmp(to, "s.", 2) == 0 ? to + 2 : NULL;
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	enum {
		HEAD,
		PEOPLE,
		AGENTS,
		SESSIONS,
		ALL
	};

	const char *project = req_param(rq, "id");
	const char *to = wrong ? NULL : req_query_text(rq, "to");
	struct choice c = {to ? to : "", "directive", "normal"};
	struct db_result r[ALL];
	struct page p;

	if (wrong)
		keep_choice(rq, &c);

	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(project, "member"),
		[PEOPLE] = q_page_people(project),
		[AGENTS] = q_page_mail_agents(project, latest),
		[SESSIONS] = q_page_mail_sessions(project, latest,
						  session_chosen(c.to), NULL),
	};

	if (!page_rows(rq, calls, ALL, r, &p, e))
		return false;
	page_tab(&p, "mail");
	show_choices(&p, &c,
		     &(struct found){&r[HEAD], &r[AGENTS], &r[SESSIONS],
				     &r[PEOPLE]});
	page_form(&p, names, wrong);
	return page_show(&p, "app/mail_new", e);
}

static bool
mail_new_get(struct req *rq, struct err *e)
{
	return show_new(rq, NULL, e);
}

/* "all", "a." an agent, "s." a session, "p." a person.  Anything else is a
 * mistake: a letter to one must never become one to everyone. */
static bool
add_target(struct req *rq, struct json_object *body, struct err *e)
{
	const char *to = req_form(rq, "to");
	const char *id;

	if (to && strcmp(to, "all") == 0)
		return true;
	if (!to || !*to || !strchr("asp", *to) || to[1] != '.')
		return err_field(e, "to", "Choose whom it goes to");
	id = to + 2;
	if (*to == 'p')
		id = arena_printf(rq->arena, "user_%s", id);
	json_object_object_add(body,
			       *to == 'a' ? "toTeamMemberId" : "toSessionId",
			       json_object_new_string(id));
	return true;
}

/* The wire wants the words under a name that goes with the type. */
static struct json_object *
body_of(const char *type, const char *text)
{
	static const char *const keys[][2] = {
		{"assignment",    "instructions"},
                {"query",         "question"    },
		{"response",      "answer"      },
                {"directive",     "details"     },
		{"notification",  "message"     },
                {"status_update", "message"     },
	};
	struct json_object *o = json_object_new_object();
	const char *key = "message";

	for (size_t i = 0; i < NELEM(keys); i++) {
		if (strcmp(type, keys[i][0]) == 0)
			key = keys[i][1];
	}
	json_object_object_add(o, key, json_object_new_string(text));
	return o;
}

/* A text of the form as member of body; false if it is blank or too long. */
static bool
add_words(struct req *rq, struct json_object *body, const char *name,
	  bool one_line, struct err *e)
{
	const char *text = req_form(rq, name);

	text = page_tidy(rq, text ? text : "", one_line);
	if (text[strspn(text, " \t\r\n")] == '\0')
		return err_field(e, name, "%s must be a text that is not blank",
				 name);
	if (utf8_count(text, strlen(text)) > TEXT_CHARS)
		return err_field(e, name, "%s must be at most %d characters",
				 name, TEXT_CHARS);
	json_object_object_add(body, name, json_object_new_string(text));
	return true;
}

/* sent: a row for each reader. */
static bool
send_mail(struct req *rq, const char *reply_to, struct db_result *sent,
	  struct err *e)
{
	static const char *const plain[] = {"type", "?priority", NULL};
	struct json_object *body = page_input(rq, plain);
	const char *type = json_text(body, "type");
	const char *in;

	json_object_object_add(body, "projectId",
			       json_object_new_string(req_param(rq, "id")));
	if (!add_words(rq, body, "subject", true, e) ||
	    !add_words(rq, body, "text", false, e) || !add_target(rq, body, e))
		return false;
	if (reply_to)
		json_object_object_add(body, "replyToMailId",
				       json_object_new_string(reply_to));
	json_object_object_add(
		body, "body",
		body_of(type ? type : "", json_text(body, "text")));
	json_object_object_del(body, "text");
	return page_entity(rq, &mail_entity, CREATE, body, &in, e) &&
	       req_db(rq, &q_mail_send(in), 1, sent, e);
}

/* Who is gone since the form was made is a mistake in it, not a page that is
 * not there; the form says whether that is. */
static bool
again(struct req *rq, page_form_fn *show, struct err *e)
{
	if (e->status == 404)
		e->status = 422;
	return page_again(rq, show, e);
}

static bool
go_to_sent(struct req *rq, const struct db_result *sent)
{
	bool one = db_rows(sent) == 1;

	return page_go(rq,
		       href(rq, one ? db_named(sent, 0, "thread_id") : NULL),
		       "mail_sent");
}

static bool
mail_post(struct req *rq, struct err *e)
{
	struct db_result sent;

	return send_mail(rq, NULL, &sent, e) ? go_to_sent(rq, &sent)
					     : again(rq, show_new, e);
}

/* --- a thread --- */

/* Who wrote last; to whom, if that was the reader. */
static const char *
reply_to(struct page *p, const struct db_result *mails, const char *me)
{
	size_t last = db_rows(mails) - 1;
	const char *from = db_value(mails, last, MAIL_FROM + PARTY_ID);
	const char *to = db_value(mails, last, MAIL_TO + PARTY_ID);
	const char *person = person_of(from);
	const char *other = person && strcmp(person, me) == 0 ? to : from;

	if (!other)
		return "all";
	person = person_of(other);
	return arena_printf(p->rq->arena, "%s%s", person ? "p." : "s.",
			    person ? person : other);
}

static const char *
reply_subject(struct page *p, const char *subject)
{
	size_t n = strlen(subject);

	if (strncasecmp(subject, "re:", 3) == 0)
		return subject;
	if (n > SUBJECT_BYTES)
		n = utf8_floor(subject, SUBJECT_BYTES);
	return arena_printf(p->rq->arena, "Re: %.*s", (int)n, subject);
}

static void
show_reply(struct page *p, const struct db_result *mails, const struct found *f,
	   const struct err *wrong)
{
	size_t last = db_rows(mails) - 1;
	struct choice c = {reply_to(p, mails, db_named(f->head, 0, "user_id")),
			   "response", "normal"};
	struct view *reply = view_open(p->view, "reply");

	if (wrong)
		keep_choice(p->rq, &c);
	view_set(reply, "mail", view_text(db_value(mails, last, MAIL_ID)));
	view_set(reply, "subject",
		 view_text(reply_subject(p,
					 db_value(mails, last, MAIL_SUBJECT))));
	show_choices(p, &c, f);
}

static void
show_letters(struct page *p, const struct db_result *thread,
	     const struct db_result *mails, const struct beside *b)
{
	int64_t n = strtoll(db_value(thread, 0, THREAD_MAILS), NULL, 10);
	struct view *v = view_open(p->view, "thread");

	view_set(v, "id", view_text(db_value(thread, 0, THREAD_ID)));
	view_set(v, "subject", view_text(db_value(thread, 0, THREAD_SUBJECT)));
	view_set(v, "earlier",
		 view_int(n > LETTERS_MOST ? n - LETTERS_MOST : 0));
	view_set(v, "has_others", view_flag(n > 1));
	view_set(v, "mails",
		 view_rows_all(view_rows_new(p->rq->arena, mails,
					     VIEW_MEMBERS(letter_members), b)));
}

static bool
show_thread(struct req *rq, const struct err *wrong, struct err *e)
{
	enum {
		HEAD,
		PEOPLE,
		AGENTS,
		SESSIONS,
		THREAD,
		LETTERS,
		FACTS,
		ALL
	};

	const char *project = req_param(rq, "id");
	const char *id = req_param(rq, "mail");
	const char *to = wrong ? req_form(rq, "to") : NULL;
	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(project, "viewer"),
		[PEOPLE] = q_page_people(project),
		[AGENTS] = q_page_mail_agents(project, latest),
		[SESSIONS] = q_page_mail_sessions(
			project, latest, to ? session_chosen(to) : NULL, id),
		[THREAD] = q_page_mail_thread(project, id),
		[LETTERS] = q_page_mail_letters(project, id, letters),
		[FACTS] = q_page_mail_facts(project, id, letters),
	};
	struct db_result r[ALL];
	struct beside *b;
	struct page p;

	if (!page_rows(rq, calls, ALL, r, &p, e))
		return false;
	page_tab(&p, "mail");
	b = beside_of(&p, &r[HEAD], &r[PEOPLE]);
	b->facts = view_rows_new(rq->arena, &r[FACTS],
				 VIEW_MEMBERS(fact_members), NULL);
	show_letters(&p, &r[THREAD], &r[LETTERS], b);
	page_form(&p, names, wrong);
	page_value(&p, "reply", view_nothing());
	if (page_may_write(&r[HEAD]))
		show_reply(&p, &r[LETTERS],
			   &(struct found){&r[HEAD], &r[AGENTS], &r[SESSIONS],
					   &r[PEOPLE]},
			   wrong);
	return page_show(&p, "app/mail_thread", e);
}

static bool
mail_thread_get(struct req *rq, struct err *e)
{
	return show_thread(rq, NULL, e);
}

static bool
mail_reply_post(struct req *rq, struct err *e)
{
	struct db_result sent;

	return send_mail(rq, req_param(rq, "mail"), &sent, e)
		       ? go_to_sent(rq, &sent)
		       : again(rq, show_thread, e);
}

static bool
mail_delete_post(struct req *rq, struct err *e)
{
	const char *thread = req_form(rq, "thread");
	struct db_result gone;

	return req_db_row(rq, q_mail_delete(req_param(rq, "mail")), &gone, e) &&
	       page_go(rq, href(rq, thread && *thread ? thread : NULL),
		       "mail_deleted");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/mail", mail_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/mail", mail_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_GET, "/app/projects/:id/mail/new", mail_new_get, R_USER, 0, 0},
	{M_GET, "/app/projects/:id/mail/:mail", mail_thread_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/mail/:mail", mail_reply_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/mail/:mail/delete", mail_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set mail_pages = {.rows = rows, .n = NELEM(rows)};
