/*
 * maestro auth: who this command is for the server.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "core/buf.h"
#include "core/file.h"
#include "credentials.h"
#include "noun.h"
#include "out.h"
#include "pkce.h"
#include "tty.h"

static const char api_token_head[] = "mst_";

/* --- signing in ------------------------------------------------------------
 */

static bool
is_loopback(const char *url)
{
	const char *at = url + strcspn(url, ":") + 3;
	struct span host = {at, strcspn(at, *at == '[' ? "]/" : ":/")};

	/* 127.0.0.1.example.org is somebody else's. */
	return span_is(host, "localhost") || span_is(host, "[::1") ||
	       (span_starts(host, "127.") &&
		strspn(host.p, "0123456789.") >= host.n);
}

/* A password goes to whoever keeps the accounts: that is said when it is
 * somebody else than the server. */
static void
say_where(struct work *w, const struct client_auth *auth)
{
	if (client_is_there(w->client, auth->url))
		return;
	fputs("Accounts are at ", stderr);
	out_text(stderr, auth->url);
	fputc('\n', stderr);
}

static void
warn_plain(const char *url)
{
	if (strncmp(url, "http://", 7) == 0 && !is_loopback(url))
		fprintf(stderr, "maestro: warning: %s is not encrypted\n", url);
}

/* Whom it is told to is said before it is typed: a folder's .env may have
 * named the server. */
static bool
take_password(struct work *w, const struct client_auth *auth, const char *email,
	      const char **password, struct err *e)
{
	const char *file = work_flag(w, "password-file");
	const char *prompt =
		arena_printf(w->a, "Password of %s at %s", email, auth->url);
	struct span text;
	size_t width;

	if (!file)
		return tty_secret(w->a, out_clean(w->a, prompt, &width),
				  password, e);
	if (!file_secret(w->a, file, &text, e))
		return false;
	*password = text.p;
	return true;
}

static bool
ask_token(struct work *w, const struct client_auth *auth, const char *grant,
	  const char *body, struct credentials *who, struct err *e)
{
	const struct client_request rq = {
		.method = "POST",
		.path = arena_printf(w->a, "%s/token?grant_type=%s", auth->url,
				     grant),
		.body = body,
		.bearer = "",
		.apikey = auth->anon_key,
		/* A code is good once; a password is not to be tried again. */
		.once = true,
	};
	struct fetch_reply r;

	if (client_run(w->client, w->a, &rq, &r, e))
		return credentials_take(w->a, r.body.p, r.body.n, who, e);
	/* 401 would suggest to sign in, which is what is being tried. */
	if (e->status == 401)
		e->status = 400;
	return false;
}

static bool
by_password(struct work *w, const struct client_auth *auth,
	    struct credentials *who, struct err *e)
{
	const char *email = work_flag(w, "email"), *password;
	struct buf b = buf_on(w->a);
	bool done;

	if (!email && !tty_line(w->a, "E-mail", &email, e))
		return work_refuse(e, "who?  --email ADDRESS");
	say_where(w, auth);
	warn_plain(auth->url);
	if (!take_password(w, auth, email, &password, e))
		return false;
	buf_add(&b, "{\"email\":");
	buf_add_json(&b, email);
	buf_add(&b, ",\"password\":");
	buf_add_json(&b, password);
	buf_add(&b, "}");
	done = ask_token(w, auth, "password", buf_str(&b), who, e);
	explicit_bzero(b.p, b.n);
	return done;
}

static bool
has_provider(struct work *w, const struct client_auth *auth,
	     const char *provider, struct err *e)
{
	const struct client_request rq = {
		.path = arena_printf(w->a, "%s/settings", auth->url),
		.bearer = "",
		.apikey = auth->anon_key,
	};
	struct json_object *o;

	if (!client_json(w->client, w->a, &rq, &o, e))
		return false;
	if (json_flag(json_get(o, "external"), provider, false))
		return true;
	return err_set(e, 400, "provider_disabled",
		       "%s does not offer signing in with %s; use --email, "
		       "or --token",
		       client_base(w->client), provider);
}

static bool
by_browser(struct work *w, const struct client_auth *auth, const char *provider,
	   struct credentials *who, struct err *e)
{
	struct buf b = buf_on(w->a);
	struct pkce_code got;

	if (!has_provider(w, auth, provider, e) ||
	    !pkce_ask(w->a, auth, provider, &got, e))
		return false;
	buf_add(&b, "{\"auth_code\":");
	buf_add_json(&b, got.code);
	buf_add(&b, ",\"code_verifier\":");
	buf_add_json(&b, got.verifier);
	buf_add(&b, "}");
	return ask_token(w, auth, "pkce", buf_str(&b), who, e);
}

/* Whose token is it?  The server knows, and so whether it is good at all. */
static bool
ask_profile(struct work *w, const char *token, struct credentials *who,
	    struct err *e)
{
	const struct client_request rq = {.path = "/api/profile",
					  .bearer = token};
	struct json_object *o;

	if (!client_json(w->client, w->a, &rq, &o, e)) {
		if (e->status == 401)
			err_set(e, 400, "bad_token",
				"%s does not know this token",
				client_base(w->client));
		return false;
	}
	who->email = json_text(o, "email");
	who->user_id = json_text(o, "id");
	return true;
}

static bool
by_token(struct work *w, struct credentials *who, struct err *e)
{
	const char *base = client_base(w->client);
	const char *token;

	warn_plain(base);
	if (!tty_secret(w->a, arena_printf(w->a, "Token for %s", base), &token,
			e) ||
	    !ask_profile(w, token, who, e))
		return false;
	who->access = token;
	if (strncmp(token, api_token_head, strlen(api_token_head)) != 0)
		credentials_read_jwt(w->a, who);
	return true;
}

static bool
keep(struct work *w, struct credentials *who, const struct client_auth *auth,
     struct err *e)
{
	const char *ca = client_ca_file(w->client);
	char whole[PATH_MAX];
	bool done;
	int lock;

	who->server = client_base(w->client);
	who->auth_url = auth->url;
	who->anon_key = auth->anon_key;
	/* Later commands may be given from other folders. */
	who->ca_file = ca ? realpath(ca, whole) : NULL;
	if (!credentials_lock(w->a, &lock, e))
		return false;
	done = credentials_save(w->a, who, e);
	credentials_unlock(lock);
	return done;
}

static void
tell(struct work *w, const struct credentials *who)
{
	struct json_object *o;

	if (!w->c->g.json) {
		out_text(stdout, who->email ? who->email : "somebody");
		fputs(" at ", stdout);
		out_text(stdout, client_base(w->client));
		putchar('\n');
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "email",
			       who->email ? json_object_new_string(who->email)
					  : NULL);
	json_object_object_add(
		o, "userId",
		who->user_id ? json_object_new_string(who->user_id) : NULL);
	json_object_object_add(o, "server",
			       json_object_new_string(client_base(w->client)));
	json_object_object_add(o, "expiresAt",
			       who->expires_ms > 0
				       ? json_object_new_int64(who->expires_ms)
				       : NULL);
	out_json_object(o);
	json_object_put(o);
}

static bool
login(struct work *w, struct err *e)
{
	const char *provider = work_has(w, "google")   ? "google"
			       : work_has(w, "github") ? "github"
						       : NULL;
	struct client_auth auth = {.url = NULL};
	struct credentials who = {.access = NULL};
	struct client *c;
	bool done;

	if (!work_client(w, &c, e))
		return false;
	if (work_has(w, "token")) {
		done = by_token(w, &who, e);
	} else {
		if (!client_find_auth(c, &auth, e))
			return false;
		done = provider ? by_browser(w, &auth, provider, &who, e)
				: by_password(w, &auth, &who, e);
	}
	if (!done || !keep(w, &who, &auth, e))
		return false;
	if (!w->c->g.json)
		fputs("Signed in: ", stdout);
	tell(w, &who);
	return true;
}

/* --- signing out -----------------------------------------------------------
 */

/* An API token was made elsewhere and lives on; a session ends here.  The
 * server may be away: then the token ends by itself. */
static void
revoke(struct work *w, const struct credentials *who)
{
	struct client_auth auth = {who->auth_url, who->anon_key};
	struct client_request rq = {
		.method = "POST", .bearer = who->access, .timeout_ms = 5000};
	struct fetch_reply r;
	struct err e;

	if (strncmp(who->access, api_token_head, strlen(api_token_head)) == 0) {
		fputs("The API token itself stays good: maestro token revoke "
		      "ends it.\n",
		      stderr);
		return;
	}
	client_hurry(w->client, 5000);
	if (!auth.url && !client_find_auth(w->client, &auth, &e))
		auth.url = NULL;
	rq.path = arena_printf(w->a, "%s/logout?scope=local", auth.url);
	rq.apikey = auth.anon_key;
	if (auth.url && client_run(w->client, w->a, &rq, &r, &e))
		return;
	/* 401, 403: it was over already. */
	if (e.status != 401 && e.status != 403 && e.status != 404)
		fputs("maestro: warning: the server could not be told; the "
		      "session there ends by itself\n",
		      stderr);
}

static bool
logout(struct work *w, struct err *e)
{
	struct credentials who;
	struct client *c;
	bool done;
	int lock;

	if (!work_client(w, &c, e) || !credentials_lock(w->a, &lock, e))
		return false;
	done = credentials_load(w->a, &who, e);
	if (done && who.access)
		revoke(w, &who);
	done = done && credentials_forget(w->a, e);
	credentials_unlock(lock);
	if (!done)
		return false;
	if (w->c->g.json)
		out_json(span_of("{\"signedOut\":true}"));
	else
		puts(who.access ? "Signed out." : "Nobody was signed in.");
	return true;
}

/* --- who -------------------------------------------------------------------
 */

static bool
whoami(struct work *w, struct err *e)
{
	struct credentials who = {.access = NULL};
	struct client *c;

	if (!work_client(w, &c, e))
		return false;
	if (client_has_key(c)) {
		if (!ask_profile(w, NULL, &who, e))
			return false;
	} else if (!client_credentials(c, &who, e)) {
		return false;
	}
	tell(w, &who);
	if (w->c->g.json)
		return true;
	fputs("user id  ", stdout);
	out_text(stdout, who.user_id ? who.user_id : "-");
	putchar('\n');
	if (who.expires_ms > 0 && !who.refresh)
		printf("until    %s\n", out_time(w->a, who.expires_ms));
	return true;
}

static const struct flag login_flags[] = {
	{"email",         "ADDRESS", "the account",                    NULL},
	{"password-file", "FILE",    "else asked, or read from stdin", NULL},
	{"google",        NULL,      "with Google, in a browser",      NULL},
	{"github",        NULL,      "with GitHub, in a browser",      NULL},
	{"token",         NULL,
	 "with an API token or access token from "
	 "the terminal or stdin",				      NULL},
};

static const struct verb verbs[] = {
	{"login",  "", 0, 0, "Signs in and keeps the token in ~/.maestro.",
	 login_flags,								NELEM(login_flags), login },
	{"logout", "", 0, 0, "Ends the session at the server and forgets it.",
	 NULL,								       0,		  logout},
	{"whoami", "", 0, 0, "Says who is signed in, and where.",              NULL, 0,
	 whoami												},
};

const struct noun auth_noun = {
	.name = "auth",
	.says = "Signing in and out at a server.",
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
};
