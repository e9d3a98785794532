/*
 * objects_shapes - how rows of storage.buckets and storage.objects look on the
 * storage surface.
 */
#include "domain/objects_shapes.h"

/* clang-format off */
static const struct field bucket_fields[] = {
	{"id", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"name", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"owner", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"public", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"file_size_limit", F_INT, OUT, 0, 0, NULL, NULL},
	{"allowed_mime_types", F_TEXTS, OUT, 0, 0, NULL, NULL},
	{"created_at", F_ISO, OUT, 0, 0, NULL, NULL},
	{"updated_at", F_ISO, OUT, 0, 0, NULL, NULL},
	{"type", F_TEXT, OUT, 0, 0, NULL, NULL}, /* last: see below */
};

static const struct field object_fields[] = {
	{"Id", F_UUID, OUT, 0, 0, NULL, "id"},
	{"Key", F_TEXT, OUT, 0, 0, NULL, "key"},
	{"id", F_UUID, OUT, 0, 0, NULL, NULL},
	{"name", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"bucket_id", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"owner", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"owner_id", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"version", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"created_at", F_ISO, OUT, 0, 0, NULL, NULL},
	{"updated_at", F_ISO, OUT, 0, 0, NULL, NULL},
	{"last_accessed_at", F_ISO, OUT, 0, 0, NULL, NULL},
	{"metadata", F_OBJECT, OUT, 0, 0, NULL, NULL},
	{"user_metadata", F_OBJECT, OUT, 0, 0, NULL, NULL},
};

static const struct field entry_fields[] = {
	{"key", F_TEXT, OUT, 0, 0, NULL, NULL}, /* lists with folders */
	{"id", F_UUID, OUT, 0, 0, NULL, NULL},
	{"name", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"metadata", F_OBJECT, OUT, 0, 0, NULL, NULL},
	{"updated_at", F_ISO, OUT, 0, 0, NULL, NULL},
	{"created_at", F_ISO, OUT, 0, 0, NULL, NULL},
	{"last_accessed_at", F_ISO, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity storage_bucket = {"Bucket", bucket_fields,
				      NELEM(bucket_fields), NULL};
const struct entity storage_bucket_old = {"Bucket", bucket_fields,
					  NELEM(bucket_fields) - 1, NULL};
const struct entity storage_copied = {"Object", object_fields,
				      NELEM(object_fields), NULL};
const struct entity storage_object = {"Object", object_fields + 2,
				      NELEM(object_fields) - 2, NULL};
const struct entity storage_entry = {"Object", entry_fields,
				     NELEM(entry_fields), NULL};

struct span
storage_row(struct arena *a, const struct entity *t, const struct db_result *r)
{
	struct jsonw w = jsonw_on(a);
	struct entity_rows rows;

	entity_rows(&rows, t, r, 1);
	entity_write(&w, &rows, 0);
	return jsonw_span(&w);
}

struct span
storage_rows(struct arena *a, const struct entity *t, const struct db_result *r)
{
	struct jsonw w = jsonw_on(a);
	struct entity_rows rows;

	entity_rows(&rows, t, r, 1);
	entity_write_all(&w, &rows);
	return jsonw_span(&w);
}
