#ifndef HANDLERS_PAGES_WORDS_H
#define HANDLERS_PAGES_WORDS_H

/*
 * words - what the pages call the words of the database, and how they write
 * times, days, sizes and names.  Choices that a single page offers stand with
 * that page; all other words people read stand in templates.
 */
#include "core/view.h"

struct label {
	const char *word, *says;
};

/* All lists of labels, each ended by a NULL word; the build finds them. */
#include "handlers/pages/label_lists.h"

/* What it is called; a word that is not in the list with a capital. */
const char *label_of(struct arena *a, const struct label *list,
		     const char *word);

/* Options of a <select>: {value, label, selected}; chosen may be NULL. */
struct tmpl_value label_choices(struct arena *a, const struct label *list,
				const char *chosen);

/* Boxes to tick: {value, label, checked}. */
struct tick {
	const char *word, *says;
	bool is_on;
};

struct tmpl_value tick_boxes(struct arena *a, const struct tick *ticks,
			     size_t n);

/* Times of PostgreSQL; NULL stays nothing.  "2026-01-02T03:04:05Z" for
 * machines, "2 Jan 2026, 03:04 UTC" for people. */
struct tmpl_value time_iso(struct arena *a, const char *t);
struct tmpl_value time_text(struct arena *a, const char *t);
/* A date: "2 Jan", with the year when it is another one. */
struct tmpl_value day_text(struct arena *a, const char *day);
/* Is a task of this status, which was due that day or never (NULL), late?
 * Days are those of UTC. */
bool day_is_late(const char *day, const char *status);
const char *size_text(struct arena *a, int64_t bytes);
/* "1 task", "2 tasks" */
const char *plural(struct arena *a, int64_t n, const char *one,
		   const char *many);
/* "1000+" when the query stopped counting there. */
const char *count_text(struct arena *a, const char *n);

enum {
	COUNT_MOST = 1000 /* where queries of pages stop counting */
};

/* The first letters of two words of a name or of an address; "?" if none. */
const char *initials_of(struct arena *a, const char *name);
/* One of the five colours of avatars, always the same for a name or an id. */
int tint_of(const char *id);

/* What stands in the circle of an agent: its avatar when that is a sign or two,
 * else the initials of its name. */
const char *avatar_sign(struct arena *a, const char *avatar, const char *name);

/* Has a session of this status not ended? */
bool status_is_live(const char *status);

/* The class of an entry of a timeline, and what it says. */
const char *event_class(const char *type);
const char *event_text(struct arena *a, const char *type, const char *message);

/* Members made of one column of a row, for tables of core/view.h. */
struct tmpl_value made_iso(const struct view_row *row, unsigned column);
struct tmpl_value made_time(const struct view_row *row, unsigned column);
struct tmpl_value made_day(const struct view_row *row, unsigned column);
struct tmpl_value made_initials(const struct view_row *row, unsigned column);
struct tmpl_value made_tint(const struct view_row *row, unsigned column);
struct tmpl_value made_size(const struct view_row *row, unsigned column);
struct tmpl_value made_count(const struct view_row *row, unsigned column);
/* column: the status of a task */
struct tmpl_value made_done(const struct view_row *row, unsigned column);
/* The name of a task, of a session, also of one without. */
struct tmpl_value made_title(const struct view_row *row, unsigned column);
const char *session_name(const char *name);
struct tmpl_value made_session(const struct view_row *row,
			       unsigned column); /* its status */
/* Nothing for an empty text too. */
struct tmpl_value made_filled(const struct view_row *row, unsigned column);

#endif
