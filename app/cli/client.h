#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

/*
 * client - the one HTTP client of the commands for people.
 *
 * Where: --server, MAESTRO_SERVER_URL, MAESTRO_API_URL, the file
 * $DATA_DIR/server-url, the server of the last sign-in, https://localhost:8443.
 * A path in it is kept; https://host/k/TOKEN needs no sign-in.
 * Who: the bearer of credentials.h, refreshed when less than five minutes are
 * left; only ever to the server it belongs to.  x-session-id when
 * MAESTRO_SESSION_ID is set.
 * How long: 30 s a try; on 5xx, timeout and network failure it tries
 * MAESTRO_RETRIES (3) times more, after MAESTRO_RETRY_DELAY (1000) ms and
 * twice as long each time, within 120 s in all.
 * TLS is always verified, against the system's authorities or the file of
 * --cacert, MAESTRO_CACERT, MAESTRO_CA_FILE, or the one of the sign-in.
 *
 * Failure: the server's status, code and sentence; or 503 unreachable (no
 * connection), timeout, tls, network; 401 not_signed_in.
 */
#include "cli.h"
#include "core/err.h"
#include "core/fetch.h"
#include "core/json.h"

struct client;
struct credentials;

struct client_request {
	const char *method; /* NULL: GET */
	const char *path;   /* from the base on, or a whole URL */
	const char *body;   /* JSON; NULL: none */
	const char *bearer; /* NULL: the signed-in one; "": none */
	const char *apikey; /* NULL: none */
	const char *etag;   /* If-None-Match; NULL: none */
	bool once;          /* a repetition would do harm */
	int timeout_ms;     /* 0: 30 s */
};

bool client_open(struct cli *c, struct client **out, struct err *e) MUST_CHECK;
void client_close(struct client *c); /* NULL is allowed */

/* Any 2xx (and 304) is done; answers live in a. */
bool client_run(struct client *c, struct arena *a,
		const struct client_request *rq, struct fetch_reply *out,
		struct err *e) MUST_CHECK;
/* The answer parsed. */
bool client_json(struct client *c, struct arena *a,
		 const struct client_request *rq, struct json_object **out,
		 struct err *e) MUST_CHECK;
bool client_get(struct client *c, struct arena *a, const char *path,
		struct json_object **out, struct err *e) MUST_CHECK;

/* The same, of a list: an array of objects. */
bool client_list(struct client *c, struct arena *a, const char *path,
		 struct json_object **out, struct err *e) MUST_CHECK;

/* For completion: one try, that long, and no refresh. */
void client_hurry(struct client *c, int timeout_ms);
const char *client_base(const struct client *c);
/* Is that address at the same scheme, host and port as the base? */
bool client_is_there(const struct client *c, const char *url);
/* Does the base carry a token itself? */
bool client_has_key(const struct client *c);
/* What is on file, refreshed when it is time; 401 not_signed_in. */
bool client_credentials(struct client *c, struct credentials *out,
			struct err *e) MUST_CHECK;

/* Where accounts are: MAESTRO_SUPABASE_URL or SUPABASE_URL with their key, or
 * what the server tells. */
struct client_auth {
	const char *url;      /* ".../auth/v1" */
	const char *anon_key; /* NULL: none is needed */
};

bool client_find_auth(struct client *c, struct client_auth *out,
		      struct err *e) MUST_CHECK;
/* The certificate file in use; NULL: the system's. */
const char *client_ca_file(const struct client *c);

void client_pause(int64_t ms);

/* "/api/tasks/" + escaped id + tail */
const char *client_path(struct arena *a, const char *head, const char *id,
			const char *tail);
/* Adds ?name=value or &name=value; nothing for NULL. */
const char *client_query(struct arena *a, const char *path, const char *name,
			 const char *value);

#endif
