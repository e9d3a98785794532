/*
 * maestro doctor: database, Redis, hosted project, the server itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/db.h"
#include "core/fetch.h"
#include "core/file.h"
#include "core/num.h"
#include "core/redis.h"
#include "doctor.h"
#include "domain/migrate.h"
#include "domain/queries.h"

enum {
	CONNECTIONS_WARN_PERCENT = 85,
	PG_LEAST = 150000,
	REDIS_LEAST = 6,
	CERT_WARN_DAYS = 21,
	CERT_FAIL_DAYS = 3,
	DAY_S = 24 * 3600,
	PROJECT_MS = 10000,
};

/* --- PostgreSQL ------------------------------------------------------------
 */

static bool
ask_database(struct doctor *d, struct json_object **out, struct err *e)
{
	const struct db_options o = {
		.url = d->set->database_url,
		.statements = queries,
		.n_statements = QUERY_COUNT,
		.scope_query = Q_REQUEST_SCOPE,
		.no_prepare = true,
	};
	struct db *db;
	struct span text;
	bool done;

	if (!*d->set->database_url)
		return err_set(e, 500, "configuration",
			       "database_url is not set");
	db = db_new(&o);
	if (!db)
		return err_set(e, 500, "no_memory", "out of memory");
	done = db_text(db, d->a, NULL, q_doctor_database(), &text, e) &&
	       json_parse(d->a, text.p, text.n, out, e);
	db_free(db);
	return done;
}

static int64_t
number(const struct json_object *o, const char *key)
{
	int64_t n;

	return json_int(o, key, &n) ? n : 0;
}

/* Who the web is for PostgreSQL: nobody whom policies do not hold. */
static void
check_login(struct doctor *d, const struct json_object *o)
{
	static const char remedy[] =
		"database_url: the login authenticator of sql/embedded/"
		"roles.sql, or of the hosted project";
	const char *login = json_text(o, "login");
	struct json_object *missing = json_get(o, "missing");

	if (getenv("DATABASE_URL") && strcmp(login, "maestro_owner") == 0) {
		/* ./quickstart env gives scripts the owner's. */
		doctor_tell(d, FINDING_WARN, "roles",
			    "unset DATABASE_URL to look at the web's own login",
			    "DATABASE_URL of the environment stands before "
			    "database_url");
		return;
	}
	if (missing && json_object_array_length(missing) > 0)
		doctor_tell(d, FINDING_FAIL, "roles",
			    "psql -f sql/embedded/roles.sql, as the superuser",
			    "roles are missing: %s", json_dump(missing));
	else if (json_flag(o, "super", false))
		doctor_tell(d, FINDING_FAIL, "roles", remedy,
			    "%s is a superuser: no policy holds it", login);
	else if (number(o, "becomes") < 3)
		doctor_tell(d, FINDING_FAIL, "roles", remedy,
			    "%s may not become anon, authenticated and "
			    "service_role",
			    login);
	else if (json_flag(o, "bypass", false) && !d->set->supabase_enabled)
		doctor_tell(d, FINDING_FAIL, "roles", remedy,
			    "%s passes by row-level security", login);
	else
		doctor_tell(d, FINDING_OK, "roles", NULL,
			    "%s becomes anon, authenticated, service_role",
			    login);
}

static void
check_load(struct doctor *d, const struct json_object *o)
{
	int64_t used = number(o, "connections"), most = number(o, "most");
	int64_t ours = d->set->web_workers + d->set->io_workers;
	bool full = most > 0 && used * 100 / most > CONNECTIONS_WARN_PERCENT;

	if (full || ours > most)
		doctor_tell(d, ours > most ? FINDING_FAIL : FINDING_WARN,
			    "connections",
			    "max_connections of PostgreSQL up, or web_workers "
			    "and io_workers down",
			    "%lld of %lld are used, maestro-web wants %lld",
			    (long long)used, (long long)most, (long long)ours);
	else
		doctor_tell(d, FINDING_OK, "connections", NULL,
			    "%lld of %lld are used, maestro-web wants %lld",
			    (long long)used, (long long)most, (long long)ours);
}

void
doctor_database(struct doctor *d)
{
	int64_t begun = clock_ms();
	struct json_object *o = NULL;
	struct err e;

	if (!ask_database(d, &o, &e)) {
		doctor_tell(d, FINDING_FAIL, "database",
			    "is PostgreSQL running, and database_url right?",
			    "%s", e.message);
		return;
	}
	if (number(o, "number") < PG_LEAST)
		doctor_tell(d, FINDING_FAIL, "database",
			    "upgrade to PostgreSQL 15 or newer",
			    "PostgreSQL %s is too old",
			    json_text(o, "version"));
	else if (json_flag(o, "readOnly", false))
		doctor_tell(d, FINDING_FAIL, "database",
			    "target_session_attrs=read-write in database_url",
			    "this is a standby, which takes no writes");
	else if (strcmp(json_text(o, "encoding"), "UTF8") != 0)
		doctor_tell(d, FINDING_FAIL, "database",
			    "make the database anew with encoding UTF8",
			    "its encoding is %s", json_text(o, "encoding"));
	else
		doctor_tell(d, FINDING_OK, "database", NULL,
			    "PostgreSQL %s, %lld MB", json_text(o, "version"),
			    (long long)(number(o, "bytes") / MiB));
	check_login(d, o);
	check_load(d, o);
	if (strcmp(json_text(o, "wal"), "logical") != 0)
		doctor_tell(d, FINDING_WARN, "events",
			    "wal_level = logical in postgresql.conf, and a "
			    "restart",
			    "wal_level is %s: no live events can be read",
			    json_text(o, "wal"));
	doctor_clock(d, "the database", number(o, "now"), begun, 0);
}

/* --- migrations ------------------------------------------------------------
 */

/* Of ./quickstart the owner's password is in a file. */
static const char *
owner_url(struct doctor *d)
{
	struct span password;
	struct err e;

	if (*d->set->migrate_database_url)
		return d->set->migrate_database_url;
	if (!d->quick_dir || d->set->supabase_enabled ||
	    !file_secret(d->a,
			 arena_printf(d->a, "%s/secrets/db-maestro_owner",
				      d->quick_dir),
			 &password, &e))
		return d->set->database_url;
	return arena_printf(d->a,
			    "postgresql://maestro_owner:%s@/maestro?host=%s/pg",
			    password.p, d->set->run_dir);
}

static void
tell_migrations(struct doctor *d, const struct migrations *all)
{
	size_t n[MIGRATION_MISSING + 1] = {0};
	const struct migration *bad = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct migration *m = &all->list[i];

		n[m->state]++;
		if (!bad && m->state >= MIGRATION_CHANGED)
			bad = m;
	}
	if (bad && bad->state == MIGRATION_CHANGED)
		doctor_tell(d, FINDING_FAIL, "migrations",
			    "bring the file back as it was; changes go into a "
			    "new one",
			    "%s/%s_%s.sql was changed after it was applied",
			    bad->folder, bad->version, bad->name);
	else if (bad)
		doctor_tell(d, FINDING_FAIL, "migrations",
			    "install the maestro this database belongs to",
			    "the database has %s/%s, of which there is no file",
			    bad->folder, bad->version);
	else if (n[MIGRATION_PENDING] || n[MIGRATION_STALE])
		doctor_tell(d, FINDING_FAIL, "migrations",
			    "maestro migrate up, then restart maestro-web",
			    "%zu of %zu are not applied yet",
			    n[MIGRATION_PENDING] + n[MIGRATION_STALE], all->n);
	else
		doctor_tell(d, FINDING_OK, "migrations", NULL,
			    "all %zu are applied, unchanged", all->n);
}

void
doctor_migrations(struct doctor *d)
{
	const struct migrate_options o = {
		.url = owner_url(d),
		.sql_dir = d->set->sql_dir,
		.hosted = d->set->supabase_enabled,
	};
	struct migrations all;
	struct err e;

	if (!*o.url)
		return; /* told already */
	if (migrate_status(d->a, &o, &all, &e))
		tell_migrations(d, &all);
	else if (strstr(e.message, "42501"))
		doctor_tell(d, FINDING_WARN, "migrations",
			    "MAESTRO_MIGRATE_DATABASE_URL=... maestro doctor",
			    "this login may not see which are applied");
	else
		doctor_tell(d, FINDING_FAIL, "migrations",
			    "is migrate_database_url right, and sql_dir?", "%s",
			    e.message);
}

/* --- Redis -----------------------------------------------------------------
 */

static bool
is_old_redis(const char *version)
{
	struct span rest = span_of(version);
	int64_t major;

	return num_i64(span_cut(&rest, '.'), 0, 1000, &major) &&
	       major < REDIS_LEAST;
}

static const char *
redis_version(struct doctor *d, struct redis *r)
{
	static const char label[] = "redis_version:";
	const char *const info[] = {"INFO", "server"};
	const char *text, *at;
	struct err e;

	if (!redis_text(r, d->a, info, 2, &text, &e) || !text)
		return NULL;
	at = strstr(text, label);
	if (!at)
		return NULL;
	at += sizeof label - 1;
	return arena_strndup(d->a, at, strcspn(at, "\r\n"));
}

void
doctor_redis(struct doctor *d)
{
	const char *const ping[] = {"PING"};
	const char *pong, *version;
	struct redis *r;
	struct err e;

	if (!*d->set->redis_url) {
		doctor_tell(d, FINDING_WARN, "redis",
			    "redis_url, for rate limits and presence",
			    "none is configured");
		return;
	}
	if (!redis_new(d->set->redis_url, &r, &e)) {
		doctor_tell(d, FINDING_FAIL, "redis",
			    "redis_url is like unix:///path or "
			    "redis://host:port",
			    "%s", e.message);
		return;
	}
	if (!redis_text(r, d->a, ping, 1, &pong, &e)) {
		doctor_tell(d, FINDING_FAIL, "redis",
			    "is it running, and redis_url right?  May this "
			    "user open its socket?",
			    "%s", e.message);
	} else {
		version = redis_version(d, r);
		doctor_tell(d,
			    is_old_redis(version) ? FINDING_WARN : FINDING_OK,
			    "redis", "upgrade to Redis 6 or newer",
			    "Redis %s answers", version ? version : "");
	}
	redis_free(r);
}

/* --- hosted project --------------------------------------------------------
 */

static const char *
key_of(struct doctor *d, const char *path)
{
	struct span text;
	struct err e;

	return *path && file_secret(d->a, path, &text, &e) ? text.p : "";
}

static void
ask_project(struct doctor *d, const char *path, const char *key,
	    const char *what, const char *setting)
{
	const struct fetch_header h[] = {
		{"apikey",     key },
		{ "Authorization", arena_printf(d->a, "Bearer %s", key)},
	};
	const struct fetch_request rq = {
		.url = arena_printf(d->a, "%s%s", d->set->supabase_url, path),
		.headers = h,
		.n_headers = NELEM(h),
		.timeout_ms = PROJECT_MS,
	};
	struct fetch_reply r;
	struct err e;

	if (!fetch_run(d->fetch, d->a, &rq, &r, &e))
		doctor_tell(d, FINDING_FAIL, "project",
			    "is supabase_url right, and the project awake?",
			    "%s: %s", what, e.message);
	else if (r.status >= 300)
		doctor_tell(
			d, FINDING_FAIL, "project",
			arena_printf(d->a, "is %s of this project?", setting),
			"%s: the project answers %d", what, r.status);
	else
		doctor_tell(d, FINDING_OK, "project", NULL, "%s answers", what);
}

void
doctor_project(struct doctor *d)
{
	const struct settings *s = d->set;

	ask_project(d, "/auth/v1/settings",
		    key_of(d, s->supabase_anon_key_file), "accounts",
		    "supabase_anon_key_file");
	ask_project(d, "/storage/v1/bucket",
		    key_of(d, s->supabase_service_role_key_file), "objects",
		    "supabase_service_role_key_file");
}

/* --- the server ------------------------------------------------------------
 */

static void
check_certificate(struct doctor *d, const struct fetch_peer *p)
{
	int64_t days = (p->expires_s - clock_s()) / DAY_S;

	if (p->expires_s == 0)
		return;
	if (p->expires_s < clock_s())
		doctor_tell(d, FINDING_FAIL, "certificate", "renew it",
			    "it has expired");
	else
		doctor_tell(d,
			    days < CERT_FAIL_DAYS   ? FINDING_FAIL
			    : days < CERT_WARN_DAYS ? FINDING_WARN
						    : FINDING_OK,
			    "certificate",
			    "renew it; does certbot.timer run, and nginx "
			    "reload after it?",
			    "good for %lld days", (long long)days);
}

/* {"ready":bool,"checks":{"database":"ok",...}} */
static void
tell_ready(struct doctor *d, const struct fetch_reply *r)
{
	struct json_object *o, *checks;
	struct err e;

	if (!json_parse(d->a, r->body.p, r->body.n, &o, &e) ||
	    !(checks = json_get(o, "checks")))
		doctor_tell(d, FINDING_FAIL, "server",
			    "does the address lead to maestro's nginx?",
			    "what answers (%d) is no maestro", r->status);
	else if (!json_flag(o, "ready", false))
		doctor_tell(d, FINDING_FAIL, "server",
			    "journalctl -u maestro-web tells more",
			    "it is not ready: %s", json_dump(checks));
	else
		doctor_tell(d, FINDING_OK, "server", NULL, "it is ready");
}

void
doctor_server(struct doctor *d, const char *url)
{
	const struct fetch_request rq = {
		.url = arena_printf(d->a, "%s/ready", url)};
	struct fetch_peer peer = {0, 0};
	int64_t begun = clock_ms();
	struct fetch_reply r;
	struct err e;

	if (!fetch_peer(d->fetch, d->a, arena_printf(d->a, "%s/health", url),
			&peer, &e)) {
		doctor_tell(d, FINDING_FAIL, "server",
			    "are nginx and maestro-web running, and site_url "
			    "right?",
			    "%s: %s", url, e.message);
		return;
	}
	check_certificate(d, &peer);
	if (peer.date_s > 0)
		doctor_clock(d, "the server", peer.date_s * 1000, begun, 1000);
	if (fetch_run(d->fetch, d->a, &rq, &r, &e))
		tell_ready(d, &r);
	else if (fetch_trouble(d->fetch) == FETCH_TLS)
		doctor_tell(d, FINDING_WARN, "certificate",
			    "a certificate of a known authority; or "
			    "--cacert FILE for its own",
			    "it proves nothing to others: %s", e.message);
	else
		doctor_tell(d, FINDING_FAIL, "server",
			    "journalctl -u maestro-web tells more", "%s",
			    e.message);
}
