/*
 * maestro doctor
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "core/clock.h"
#include "core/fetch.h"
#include "env.h"
#include "out.h"

static const char *const levels[] = {"ok", "warn", "fail"};

enum {
	CLOCK_WARN_MS = 2000,
	CLOCK_FAIL_MS = 30000, /* tokens allow this much, see core/jwt.h */
};

static void
add(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key,
			       value ? json_object_new_string(value) : NULL);
}

void
doctor_tell(struct doctor *d, enum finding level, const char *name,
	    const char *remedy, const char *fmt, ...)
{
	struct json_object *o = json_object_new_object();
	const char *message;
	va_list ap;

	va_start(ap, fmt);
	message = arena_vprintf(d->a, fmt, ap);
	va_end(ap);
	d->counts[level]++;
	add(o, "level", levels[level]);
	add(o, "name", name);
	add(o, "message", message);
	add(o, "remedy", remedy);
	json_object_array_add(d->list, o);
	if (d->c->g.json)
		return;
	printf("%-5s %-14s ", levels[level], name);
	out_text(stdout, message);
	if (remedy && level != FINDING_OK) {
		printf("\n%21s", "-> ");
		out_text(stdout, remedy);
	}
	putchar('\n');
	fflush(stdout); /* the next one may take its time */
}

void
doctor_clock(struct doctor *d, const char *whose, int64_t theirs_ms,
	     int64_t begun_ms, int64_t exact_ms)
{
	int64_t now = clock_ms(), off = 0;

	if (theirs_ms + exact_ms < begun_ms)
		off = begun_ms - theirs_ms - exact_ms;
	else if (theirs_ms > now)
		off = theirs_ms - now;
	doctor_tell(d,
		    off > CLOCK_FAIL_MS   ? FINDING_FAIL
		    : off > CLOCK_WARN_MS ? FINDING_WARN
					  : FINDING_OK,
		    "clock", "let chrony or systemd-timesyncd set the clocks",
		    "%s and this machine are %lld.%lld s apart", whose,
		    (long long)(off / 1000), (long long)(off % 1000 / 100));
}

/* --- where the installation is ---------------------------------------------
 */

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* -c and MAESTRO_CONF, the place of an installed one, or the var/ that
 * ./quickstart fills. */
static const char *
find_conf(struct doctor *d)
{
	const struct cli *c = d->c;

	if (c->conf_given || is_there(c->conf_path))
		return c->conf_path;
	return is_there("var/maestro.conf") ? "var/maestro.conf" : NULL;
}

static const char *
folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(a, path, (size_t)(slash - path)) : ".";
}

static bool
read_conf(struct doctor *d)
{
	const char *path = find_conf(d), *dir;
	const struct conf *conf;
	struct err e;

	if (!path) {
		doctor_tell(d, FINDING_WARN, "configuration",
			    "name the settings of an installation with -c",
			    "no installation here (%s); looking at the server "
			    "alone",
			    d->c->conf_path);
		return true;
	}
	d->conf_path = path;
	if (!settings_load(d->a, path, &d->c->set, &conf, &e)) {
		doctor_tell(d, FINDING_FAIL, "configuration",
			    "correct it; maestro.conf(5) explains every "
			    "setting",
			    "%s", e.message);
		return false;
	}
	d->set = &d->c->set;
	dir = folder_of(d->a, path);
	if (is_there(arena_printf(d->a, "%s/secrets/db-maestro_owner", dir)))
		d->quick_dir = dir;
	doctor_tell(d, FINDING_OK, "configuration", NULL, "%s, %s", path,
		    d->set->supabase_enabled ? "on a hosted project"
					     : "with accounts of its own");
	return true;
}

/* --- whom to trust ---------------------------------------------------------
 */

static const char *
ca_file(struct doctor *d)
{
	const struct globals *g = &d->c->g;
	const char *file = g->ca_file;

	if (!file)
		file = env_get(d->c->env, "MAESTRO_CACERT");
	if (!file)
		file = env_get(d->c->env, "MAESTRO_CA_FILE");
	if (!file && d->quick_dir)
		file = arena_printf(d->a, "%s/tls/cert.pem", d->quick_dir);
	if (!file && d->set && *d->set->ca_file)
		file = d->set->ca_file;
	return file && is_there(file) ? file : NULL;
}

/* The server the installation is, or the one commands would talk to. */
static const char *
server_url(struct work *w)
{
	struct client *c;
	struct err e;

	if (w->c->g.server)
		return w->c->g.server;
	if (w->c->set.site_url)
		return w->c->set.site_url;
	return work_client(w, &c, &e) ? client_base(c) : NULL;
}

/* --- all of it -------------------------------------------------------------
 */

static void
examine(struct doctor *d, struct work *w)
{
	const struct fetch_options o = {.ca_file = ca_file(d)};
	const char *url = server_url(w);
	struct err e;

	if (!fetch_new(&o, &d->fetch, &e)) {
		doctor_tell(d, FINDING_FAIL, "network", "give it memory", "%s",
			    e.message);
		return;
	}
	if (d->set) {
		doctor_files(d);
		doctor_database(d);
		doctor_migrations(d);
		doctor_redis(d);
		if (d->set->supabase_enabled)
			doctor_project(d);
		else
			doctor_store(d);
		doctor_space(d);
	}
	if (url)
		doctor_server(d, url);
	doctor_sign_in(d);
	doctor_versions(d);
	fetch_free(d->fetch);
}

static bool
doctor(struct work *w, struct err *e)
{
	struct doctor d = {.c = w->c, .a = w->a};
	struct json_object *o = json_object_new_object();

	(void)e;
	d.list = json_object_new_array();
	json_object_object_add(o, "checks", d.list);
	if (read_conf(&d))
		examine(&d, w);
	for (size_t i = 0; i < NELEM(levels); i++)
		json_object_object_add(o, levels[i],
				       json_object_new_int(d.counts[i]));
	if (w->c->g.json)
		out_json_object(o);
	else
		printf("%d ok, %d to look at, %d wrong\n", d.counts[FINDING_OK],
		       d.counts[FINDING_WARN], d.counts[FINDING_FAIL]);
	json_object_put(o);
	w->status = d.counts[FINDING_FAIL] ? EXIT_GENERAL : EXIT_DONE;
	return true;
}

static const struct verb verbs[] = {
	{NULL, "", 0, 0,
	 "Checks configuration, database, Redis, store, certificate, clock, "
	 "space and versions; status 1 when something is wrong.", NULL, 0, doctor},
};

const struct noun doctor_noun = {
	.name = "doctor",
	.says = "Checks an installation.",
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
};
