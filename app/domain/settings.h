#ifndef DOMAIN_SETTINGS_H
#define DOMAIN_SETTINGS_H

/*
 * settings - every setting of maestro; the table in settings.c says name,
 * default, unit and one sentence for each.  Texts are borrowed from the arena
 * given to settings_load; an unset text is "".
 */
#include "core/conf.h"

struct settings {
	/* where we are */
	const char *site_url;
	const char *allowed_origins;
	const char *log_level;
	const char *ca_file;
	/* programs */
	const char *run_dir;
	const char *user, *group;
	const char *socket_group;
	int64_t web_workers, io_workers, mail_waiters;
	int64_t max_requests;
	int64_t request_timeout_ms, io_timeout_ms;
	int64_t statement_timeout_ms;
	int64_t arena_limit_bytes;
	const char *metrics_token_file;
	const char *templates_dir, *static_dir;
	bool templates_strict;
	/* database and Redis */
	const char *database_url;
	const char *migrate_database_url;
	const char *sql_dir;
	bool database_prepare;
	const char *redis_url;
	const char *redis_prefix;
	/* hosted project */
	bool supabase_enabled;
	const char *supabase_url;
	const char *supabase_anon_key_file;
	const char *supabase_service_role_key_file;
	const char *supabase_jwt_secret_file;
	int64_t supabase_timeout_ms;
	/* identity */
	const char *jwt_keys_file;
	const char *jwt_secret_file;
	int64_t jwt_exp_s;
	bool disable_signup;
	bool mailer_autoconfirm;
	bool secure_email_change;
	int64_t otp_exp_s, otp_length;
	int64_t mail_max_frequency_s;
	int64_t password_min_length;
	int64_t refresh_token_reuse_interval_s;
	const char *uri_allow_list;
	int64_t rate_signup, rate_token, rate_recover, rate_verify;
	int64_t lockout_failures, lockout_s;
	/* mail */
	const char *smtp_url;
	const char *smtp_user;
	const char *smtp_password_file;
	const char *mail_from;
	const char *mail_dir;
	/* object store */
	const char *store_dir;
	int64_t upload_limit_bytes;
	int64_t signed_upload_exp_s;
	bool store_fsync;
	int64_t sweep_grace_s;
	/* agents */
	int64_t presence_ttl_ms, presence_grace_ms, presence_sweep_ms;
};

bool settings_load(struct arena *a, const char *path, struct settings *s,
		   const struct conf **c, struct err *e) MUST_CHECK;

#endif
