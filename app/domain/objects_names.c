/*
 * objects_names - which bucket and key names the storage surface takes, and
 * the words its errors go by.
 */
#include <string.h>

#include "domain/objects.h"

enum {
	KEY_MAX_BYTES = 1024,
	BUCKET_MAX_BYTES = 100
};

static const char name_marks[] = "_!.*'()&$@=;:+,?- ";

static bool
name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr(name_marks, c));
}

/* Keys are paths for people but never for the disk; dot segments are refused
 * all the same, because browsers resolve them away. */
bool
objects_key_ok(const char *key)
{
	size_t n = strlen(key);
	struct span rest = {key, n};

	if (n < 1 || n > KEY_MAX_BYTES)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!name_char(key[i]) && key[i] != '/')
			return false;
	while (rest.n > 0) {
		struct span part = span_cut(&rest, '/');

		if (span_is(part, ".") || span_is(part, ".."))
			return false;
	}
	return true;
}

bool
objects_bucket_ok(const char *id)
{
	size_t n = strlen(id);

	if (n < 1 || n > BUCKET_MAX_BYTES)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!name_char(id[i]))
			return false;
	return true;
}

bool
objects_check_key(const char *key, struct err *e)
{
	if (!objects_key_ok(key))
		return err_set(e, 400, "invalid_key", "Invalid key: %.200s",
			       key);
	return true;
}

bool
objects_check_bucket(const char *id, struct err *e)
{
	if (!objects_bucket_ok(id))
		return err_set(e, 400, "invalid_bucket_name",
			       "Bucket name invalid");
	return true;
}

/* clang-format off */
const struct objects_code objects_codes[] = {
	{"no_such_bucket",         "NoSuchBucket",         404, "Bucket not found"},
	{"no_such_key",            "NoSuchKey",            404, "not_found"},
	{"no_such_upload",         "NoSuchUpload",         404, "NoSuchUpload"},
	{"access_denied",          "AccessDenied",         403, "Unauthorized"},
	{"invalid_jwt",            "InvalidJWT",           400, "InvalidJWT"},
	{"invalid_signature",      "InvalidSignature",     400, "InvalidSignature"},
	{"expired_token",          "ExpiredToken",         400, "ExpiredToken"},
	{"invalid_request",        "InvalidRequest",       400, "Error"},
	{"no_content",             "InvalidRequest",       400, "InvalidRequest"},
	{"invalid_x_robots_tag",   "InvalidRequest",       400, "invalid_x_robots_tag"},
	{"related_not_found",      "InvalidRequest",       404, "InvalidRequest"},
	{"too_many_objects",       "InvalidRequest",       409, "InvalidRequest"},
	{"invalid_bucket_name",    "InvalidBucketName",    400, "Invalid Input"},
	{"invalid_key",            "InvalidKey",           400, "InvalidKey"},
	{"invalid_parameter",      "InvalidParameter",     400, "InvalidParameter"},
	{"missing_parameter",      "MissingParameter",     400, "MissingParameter"},
	{"key_already_exists",     "KeyAlreadyExists",     409, "Duplicate"},
	{"bucket_already_exists",  "BucketAlreadyExists",  409, "Duplicate"},
	{"resource_already_exists", "ResourceAlreadyExists", 409, "Duplicate"},
	{"resource_not_empty",     "ResourceNotEmpty",     409, "ResourceNotEmpty"},
	{"resource_referenced",    "ResourceReferenced",   409, "ResourceReferenced"},
	{"entity_too_large",       "EntityTooLarge",       413, "Payload too large"},
	{"invalid_mime_type",      "InvalidMimeType",      415, "invalid_mime_type"},
	{"invalid_range",          "InvalidRange",         416, "invalid_range"},
	{"resource_locked",        "ResourceLocked",       423, "ResourceLocked"},
	{"lock_timeout",           "LockTimeout",          503, "acquiring_lock_timeout"},
	{"slow_down",              "SlowDown",             429, "too_many_connections"},
	{"database_timeout",       "DatabaseTimeout",      544, "DatabaseTimeout"},
	{"database_read_only",     "DatabaseReadOnly",     503, "DatabaseReadOnly"},
	{"database_invalid_object_definition", "DatabaseInvalidObjectDefinition", 503,
	 "DatabaseInvalidObjectDefinition"},
	{"database_schema_mismatch", "DatabaseSchemaMismatch", 503, "DatabaseSchemaMismatch"},
	{"database_error",         "DatabaseError",        500, "DatabaseError"},
	{"feature_not_enabled",    "FeatureNotEnabled",    409, "FeatureNotEnabled"},
	{"not_supported",          "NotSupported",         409, "NotSupported"},
	{"client_gone",            "Aborted",              499, "Aborted"},
	{"internal",               "InternalError",        500, "Internal"},
	{"storage_io",             "InternalError",        500, "Internal"},
	{"storage_full",           "InternalError",        500, "Internal"},
	{"bytes_missing",          "NoSuchKey",            404, "Not found"},
	{NULL, NULL, 0, NULL},
};

/* clang-format on */

const struct objects_code *
objects_code_of(const char *code)
{
	for (const struct objects_code *c = objects_codes; c->code; c++)
		if (strcmp(c->code, code) == 0)
			return c;
	return NULL;
}

const struct objects_code *
objects_code_named(const char *name)
{
	for (const struct objects_code *c = objects_codes; c->code; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
