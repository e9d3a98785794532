#include "settings.h"

#include <string.h>

#include "core/base.h"

#define AT(field) offsetof(struct settings, field)

enum {
	HOUR_S = 3600,
	DAY_S = 24 * HOUR_S
};

#define GiB ((int64_t)1024 * MiB)

/* clang-format off */
static const struct conf_row rows[] = {
	/* name, type, at, default, unit, min, max, reloadable, secret, env, sentence */
	{"site_url", CONF_TEXT, AT(site_url), "https://localhost:8443", "", 0, 0, true, false, NULL,
	 "Public URL of this installation, without a slash at the end."},
	{"allowed_origins", CONF_TEXT, AT(allowed_origins), "", "", 0, 0, true, false, "MAESTRO_ALLOWED_ORIGINS",
	 "Comma list of other sites whose pages may call /api with the visitor's cookies."},
	{"log_level", CONF_TEXT, AT(log_level), "info", "", 0, 0, true, false, NULL,
	 "Least important line to log: error, warn, info or debug."},
	{"ca_file", CONF_PATH, AT(ca_file), "", "", 0, 0, true, false, NULL,
	 "PEM file of the authorities to trust when calling other servers; empty trusts the system's."},

	{"run_dir", CONF_PATH, AT(run_dir), "/run/maestro", "", 0, 0, false, false, NULL,
	 "Folder of the sockets web.sock and io.sock and of maestro-web.pid."},
	{"user", CONF_TEXT, AT(user), "", "", 0, 0, false, false, NULL,
	 "System user the workers become when started as root."},
	{"group", CONF_TEXT, AT(group), "", "", 0, 0, false, false, NULL,
	 "System group the workers become when started as root; empty means the user's own."},
	{"socket_group", CONF_TEXT, AT(socket_group), "", "", 0, 0, false, false, NULL,
	 "Group that may connect to the sockets (nginx's); empty leaves the group as it is."},
	{"web_workers", CONF_INT, AT(web_workers), "12", "processes", 1, 512, true, false, NULL,
	 "Workers for pages and API calls."},
	{"io_workers", CONF_INT, AT(io_workers), "4", "processes", 1, 512, true, false, NULL,
	 "Workers for uploads, proxied transfers and requests that wait for mail."},
	{"mail_waiters", CONF_INT, AT(mail_waiters), "2", "requests", 0, 511, true, false, NULL,
	 "Requests that may wait for mail at a time, each in an io worker; one io worker is always left free of them."},
	{"max_requests", CONF_INT, AT(max_requests), "20000", "requests", 1, INT32_MAX, true, false, NULL,
	 "A worker is replaced after this many requests."},
	{"request_timeout_ms", CONF_INT, AT(request_timeout_ms), "30000", "ms", 100, 3600000, true, false, NULL,
	 "The master kills a web worker that spends longer on one request."},
	{"io_timeout_ms", CONF_INT, AT(io_timeout_ms), "1800000", "ms", 100, 86400000, true, false, NULL,
	 "The master kills an io worker that spends longer on one request."},
	{"statement_timeout_ms", CONF_INT, AT(statement_timeout_ms), "8000", "ms", 0, 3600000, true, false, NULL,
	 "PostgreSQL gives up on a statement after this long; 0 leaves it to the role."},
	{"arena_limit_bytes", CONF_SIZE, AT(arena_limit_bytes), "192M", "bytes", MiB, 4 * GiB, true, false, NULL,
	 "Memory one request may use before its worker is ended."},
	{"metrics_token_file", CONF_PATH, AT(metrics_token_file), "", "", 0, 0, true, false, NULL,
	 "File with the bearer token that may read /metrics from elsewhere than loopback."},
	{"templates_dir", CONF_PATH, AT(templates_dir), MAESTRO_DATADIR "/templates", "", 0, 0, true, false, NULL,
	 "Folder of the Mustache templates."},
	{"templates_strict", CONF_BOOL, AT(templates_strict), "false", "", 0, 0, true, false, NULL,
	 "A name a page does not know is an error instead of empty; for tests."},
	{"static_dir", CONF_PATH, AT(static_dir), MAESTRO_DATADIR "/static", "", 0, 0, true, false, NULL,
	 "Folder of the static files nginx serves under /static."},

	{"database_url", CONF_TEXT, AT(database_url), "", "", 0, 0, true, true, "DATABASE_URL",
	 "PostgreSQL connection string of the login role authenticator."},
	{"migrate_database_url", CONF_TEXT, AT(migrate_database_url), "", "", 0, 0, true, true, NULL,
	 "Connection string of maestro_owner, for maestro migrate; empty takes database_url."},
	{"sql_dir", CONF_PATH, AT(sql_dir), MAESTRO_DATADIR "/sql", "", 0, 0, true, false, NULL,
	 "Folder that holds migrations/, functions/, install/, embedded/, for maestro migrate."},
	{"database_prepare", CONF_BOOL, AT(database_prepare), "true", "", 0, 0, true, false, NULL,
	 "Keep prepared statements; off behind a transaction pooler that cannot."},
	{"redis_url", CONF_TEXT, AT(redis_url), "", "", 0, 0, true, true, "REDIS_URL",
	 "redis://[:password@]host:port[/db] or unix:///path; empty does without Redis."},
	{"redis_prefix", CONF_TEXT, AT(redis_prefix), "maestro:", "", 0, 0, true, false, "REDIS_KEY_PREFIX",
	 "First part of every Redis key."},

	{"supabase_enabled", CONF_BOOL, AT(supabase_enabled), "false", "", 0, 0, false, false, "SUPABASE_ENABLED",
	 "Accounts and objects live in a hosted Supabase project."},
	{"supabase_url", CONF_TEXT, AT(supabase_url), "", "", 0, 0, false, false, "SUPABASE_URL",
	 "URL of the hosted project."},
	{"supabase_anon_key_file", CONF_PATH, AT(supabase_anon_key_file), "", "", 0, 0, false, false, NULL,
	 "File with the project's anon key."},
	{"supabase_service_role_key_file", CONF_PATH, AT(supabase_service_role_key_file), "", "", 0, 0, false, false, NULL,
	 "File with the project's service_role key."},
	{"supabase_jwt_secret_file", CONF_PATH, AT(supabase_jwt_secret_file), "", "", 0, 0, false, false, NULL,
	 "File with the project's legacy JWT secret; empty when it signs with asymmetric keys only."},
	{"supabase_timeout_ms", CONF_INT, AT(supabase_timeout_ms), "12000", "ms", 100, 3600000, true, false, NULL,
	 "How long to wait for an answer of the project; transfers may take longer while bytes flow."},

	{"jwt_keys_file", CONF_PATH, AT(jwt_keys_file), "", "", 0, 0, true, false, NULL,
	 "File with the signing keys: a JSON array of private JWKs, mode 0600."},
	{"jwt_secret_file", CONF_PATH, AT(jwt_secret_file), "", "", 0, 0, true, false, NULL,
	 "File with the HS256 secret that signs the anon and service_role keys."},
	{"jwt_exp_s", CONF_INT, AT(jwt_exp_s), "3600", "s", 60, (int64_t)7 * DAY_S, true, false, NULL,
	 "Life of an access token."},
	{"disable_signup", CONF_BOOL, AT(disable_signup), "false", "", 0, 0, true, false, NULL,
	 "Only admins make accounts."},
	{"mailer_autoconfirm", CONF_BOOL, AT(mailer_autoconfirm), "false", "", 0, 0, true, false, NULL,
	 "Accept new addresses without a confirmation mail."},
	{"secure_email_change", CONF_BOOL, AT(secure_email_change), "true", "", 0, 0, true, false, NULL,
	 "A new address is confirmed from the old one too."},
	{"otp_exp_s", CONF_INT, AT(otp_exp_s), "3600", "s", 60, DAY_S, true, false, NULL,
	 "Life of a mailed code or link."},
	{"otp_length", CONF_INT, AT(otp_length), "6", "digits", 6, 10, true, false, NULL,
	 "Length of a mailed code."},
	{"mail_max_frequency_s", CONF_INT, AT(mail_max_frequency_s), "60", "s", 0, DAY_S, true, false, NULL,
	 "Least time between two mails of a kind to one account."},
	{"password_min_length", CONF_INT, AT(password_min_length), "8", "bytes", 6, 72, true, false, NULL,
	 "Shortest password accepted."},
	{"refresh_token_reuse_interval_s", CONF_INT, AT(refresh_token_reuse_interval_s), "10", "s", 0, 600, true, false, NULL,
	 "A used refresh token still works for this long, for tabs that refresh at once."},
	{"uri_allow_list", CONF_TEXT, AT(uri_allow_list), "", "", 0, 0, true, false, NULL,
	 "Comma list of URL patterns that sign-in links may lead to, besides site_url."},
	{"rate_signup", CONF_INT, AT(rate_signup), "30", "per 5 min", 1, 1000000, true, false, NULL,
	 "Sign-ups from one address."},
	{"rate_token", CONF_INT, AT(rate_token), "150", "per 5 min", 1, 1000000, true, false, NULL,
	 "Sign-ins and refreshes from one address."},
	{"rate_recover", CONF_INT, AT(rate_recover), "30", "per 5 min", 1, 1000000, true, false, NULL,
	 "Recovery mails asked for from one address."},
	{"rate_verify", CONF_INT, AT(rate_verify), "30", "per 5 min", 1, 1000000, true, false, NULL,
	 "Codes and links tried from one address."},
	{"lockout_failures", CONF_INT, AT(lockout_failures), "10", "failures", 1, 1000, true, false, NULL,
	 "Wrong passwords or codes for one account before it is locked out."},
	{"lockout_s", CONF_INT, AT(lockout_s), "300", "s", 1, DAY_S, true, false, NULL,
	 "How long an account stays locked out."},

	{"smtp_url", CONF_TEXT, AT(smtp_url), "", "", 0, 0, true, false, NULL,
	 "Mail server: smtp://host:port or smtps://host:port; empty writes mail to mail_dir."},
	{"smtp_user", CONF_TEXT, AT(smtp_user), "", "", 0, 0, true, false, NULL,
	 "Account at the mail server."},
	{"smtp_password_file", CONF_PATH, AT(smtp_password_file), "", "", 0, 0, true, false, NULL,
	 "File with the password for the mail server."},
	{"mail_from", CONF_TEXT, AT(mail_from), "maestro@localhost", "", 0, 0, true, false, NULL,
	 "Sender of all mail."},
	{"mail_dir", CONF_PATH, AT(mail_dir), MAESTRO_LOCALSTATEDIR "/lib/maestro/mail", "", 0, 0, true, false, NULL,
	 "Folder mail is written to when smtp_url is empty; admins read it under /app/admin."},

	{"store_dir", CONF_PATH, AT(store_dir), MAESTRO_LOCALSTATEDIR "/lib/maestro/store", "", 0, 0, false, false, NULL,
	 "Folder of the object store; blob, part, tmp and trash must be one file system."},
	{"upload_limit_bytes", CONF_SIZE, AT(upload_limit_bytes), "5G", "bytes", 1, INT64_MAX, true, false, "UPLOAD_FILE_SIZE_LIMIT",
	 "Largest object."},
	{"signed_upload_exp_s", CONF_INT, AT(signed_upload_exp_s), "7200", "s", 1, DAY_S, true, false, NULL,
	 "Life of a signed upload URL."},
	{"store_fsync", CONF_BOOL, AT(store_fsync), "true", "", 0, 0, true, false, NULL,
	 "Force bytes to disk before an upload is acknowledged."},
	{"sweep_grace_s", CONF_INT, AT(sweep_grace_s), "86400", "s", 1, (int64_t)365 * DAY_S, true, false, NULL,
	 "Age at which the sweeper removes bytes no row refers to."},

	{"presence_ttl_ms", CONF_INT, AT(presence_ttl_ms), "15000", "ms", 1000, 3600000, true, false, NULL,
	 "A heartbeat says for this long that its agent lives."},
	{"presence_grace_ms", CONF_INT, AT(presence_grace_ms), "30000", "ms", 0, 3600000, true, false, NULL,
	 "The session of a silent agent fails this much later."},
	{"presence_sweep_ms", CONF_INT, AT(presence_sweep_ms), "5000", "ms", 100, 3600000, true, false, NULL,
	 "Time between two looks for silent agents."},
};
/* clang-format on */

static const struct conf_table table = {rows, NELEM(rows),
					sizeof(struct settings)};

bool
settings_load(struct arena *a, const char *path, struct settings *s,
	      const struct conf **c, struct err *e)
{
	return conf_load(a, &table, path, s, c, e);
}
