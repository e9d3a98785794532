#ifndef DOMAIN_LAYOUT_INT_H
#define DOMAIN_LAYOUT_INT_H

/*
 * layout_int - what the files of layout share: layout.c knows the quirks,
 * layout_fields.c the members of each object, layout_text.c the bytes.
 */
#include "domain/layout.h"

/* Objects inside objects have tables of fields too. */
enum {
	LAYOUT_ENTRY = LAYOUT_KINDS, /* of a timeline */
	LAYOUT_EVENT,
	LAYOUT_STAMPS, /* of what maestro alone has */
	LAYOUT_TABLES
};

/* U+FDD0 is no character: it stands for the NUL that PostgreSQL refuses until
 * the field it is in is known. */
#define LAYOUT_NUL_MARK   "\xef\xb7\x90"
#define LAYOUT_NUL_ESCAPE "\\ufdd0"

void layout_tell(struct layout_file *f, enum layout_word word,
		 const char *field, const char *text);
void layout_refuse(struct layout_file *f, const char *field, const char *text);
void layout_changed(struct layout_file *f, const char *field, const char *text);
/* Names of fields: "a.b", "a[3]". */
const char *layout_below(struct layout_file *f, const char *path,
			 const char *key);
const char *layout_item(struct layout_file *f, const char *path, size_t n);

/* Refuses what no field may hold, whatever it is called. */
void layout_walk(struct layout_file *f, struct json_object *o);
/* The members of o that the table (enum layout_kind or the above) knows. */
void layout_fields(struct layout_file *f, unsigned table, struct json_object *o,
		   const char *path);

bool layout_id_ok(const char *s);
/* words ends with NULL. */
bool layout_in_words(const char *s, const char *const *words);
/* Milliseconds, or a text of ISO 8601. */
bool layout_time_of(struct json_object *v, int64_t *ms);

static inline void
put(struct json_object *o, const char *key, struct json_object *v)
{
	json_object_object_add(o, key, v);
}

static inline void
put_text(struct json_object *o, const char *key, const char *text)
{
	put(o, key, json_object_new_string(text));
}

static inline void
drop(struct json_object *o, const char *key)
{
	json_object_object_del(o, key);
}

static inline bool
is_type(struct json_object *v, enum json_type type)
{
	return json_object_is_type(v, type);
}

#endif
