#include "presence.h"

#include <string.h>

#include "core/buf.h"
#include "core/num.h"
#include "core/redis.h"
#include "domain/queries.h"

enum {
	BATCH = 50, /* redis_eval takes 64 arguments */
	LEASE_MS = 30000,
	ARENA_BYTES = 8 * MiB,
};

/* All times are Redis' own: the clocks of the machines may differ. */
#define NOW                                     \
	"local t = redis.call('TIME') "         \
	"local now = t[1] * 1000 + math.floor(" \
	"t[2] / 1000) "

static const char beat_text[] =
	NOW "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) "
	    "redis.call('ZADD', KEYS[2], now + ARGV[3] + ARGV[4], ARGV[1]) "
	    "return 1";

/* Beats that are some ms old already; an earlier deadline moves. */
static const char handover_text[] =
	NOW "for i = 2, #ARGV, 2 do "
	    "local at = now + ARGV[1] - ARGV[i + 1] "
	    "local had = redis.call('ZSCORE', KEYS[1], ARGV[i]) "
	    "if not had or tonumber(had) < at then "
	    "redis.call('ZADD', KEYS[1], at, ARGV[i]) end end "
	    "return 1";

/* Overdue ids are leased, not taken out: a sweep that dies leaves them to the
 * next one. */
static const char claim_text[] =
	NOW "local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, "
	    "'LIMIT', 0, ARGV[1]) "
	    "local mine = {} "
	    "for _, id in ipairs(ids) do "
	    "local at = now + ARGV[2] "
	    "if redis.call('EXISTS', ARGV[3] .. id) == 0 then "
	    "mine[#mine + 1] = id "
	    "mine[#mine + 1] = string.format('%.0f', at) end "
	    "redis.call('ZADD', KEYS[1], at, id) end "
	    "return mine";

/* Unless a beat moved them in the meantime. */
static const char done_text[] =
	"for i = 1, #ARGV, 2 do "
	"local at = redis.call('ZSCORE', KEYS[1], ARGV[i]) "
	"if at and tonumber(at) == tonumber(ARGV[i + 1]) then "
	"redis.call('ZREM', KEYS[1], ARGV[i]) end end "
	"return 1";

static const char *
key_prefix(const struct ctx *c, struct arena *a)
{
	return arena_printf(a, "%spresence:", c->set->redis_prefix);
}

static const char *
beat_key(const struct ctx *c, struct arena *a, const char *session)
{
	return arena_printf(a, "%s%s", key_prefix(c, a), session);
}

/* The prefix of beats too, but no session is called ":deadline". */
static const char *
deadline_key(const struct ctx *c, struct arena *a)
{
	return arena_printf(a, "%s:deadline", key_prefix(c, a));
}

static const char *
text_of(struct arena *a, int64_t n)
{
	return arena_printf(a, "%lld", (long long)n);
}

static bool
eval(struct ctx *c, struct arena *a, const char *text,
     const struct redis_args *args, struct redis_reply *reply)
{
	struct redis_script script = {.text = text};
	struct err lost;

	/* Its absence is no failure here. */
	return redis_is_there(c->redis) &&
	       redis_eval(c->redis, a, &script, args, reply, &lost);
}

void
presence_beat(struct ctx *c, struct arena *a, const char *session,
	      const char *json, bool *stored)
{
	const char *const list[] = {
		beat_key(c, a, session),
		deadline_key(c, a),
		session,
		json,
		text_of(a, c->set->presence_ttl_ms),
		text_of(a, c->set->presence_grace_ms),
	};
	const struct redis_args args = {list, 2, NELEM(list)};
	struct redis_reply reply;

	*stored = eval(c, a, beat_text, &args, &reply);
}

void
presence_get(struct ctx *c, struct arena *a, const char *session, bool *alive,
	     const char **json)
{
	const char *const args[] = {"GET", beat_key(c, a, session)};
	struct err lost;

	*json = NULL;
	*alive = !redis_text(c->redis, a, args, NELEM(args), json, &lost) ||
		 *json;
}

void
presence_forget(struct ctx *c, struct arena *a, const char *session)
{
	static const char text[] = "redis.call('ZREM', KEYS[2], ARGV[1]) "
				   "return redis.call('DEL', KEYS[1])";
	const char *const list[] = {beat_key(c, a, session), deadline_key(c, a),
				    session};
	const struct redis_args args = {list, 2, NELEM(list)};
	struct redis_reply reply;

	/* When Redis is away the key is gone in a moment; the session that
	 * has ended is not failed by its old place in the set. */
	if (!eval(c, a, text, &args, &reply))
		return;
}

/* --- the sweep ----------------------------------------------------------- */

static int64_t
silence_ms(const struct ctx *c)
{
	return c->set->presence_ttl_ms + c->set->presence_grace_ms;
}

/* A Redis that is younger than the longest silence may hold an old set, and
 * beats that came meanwhile are not in it. */
static bool
is_grown_up(struct ctx *c, struct arena *a)
{
	static const char name[] = "uptime_in_seconds:";
	const char *const args[] = {"INFO", "server"};
	const char *text, *at;
	int64_t up_s;
	struct err lost;

	if (!redis_text(c->redis, a, args, NELEM(args), &text, &lost) || !text)
		return false;
	at = strstr(text, name);
	if (!at)
		return false;
	at += sizeof name - 1;
	return num_i64((struct span){at, strspn(at, "0123456789")}, 0,
		       INT64_MAX / 1000, &up_s) &&
	       up_s * 1000 > silence_ms(c);
}

/* id, lease, id, lease, ... */
static bool
claim(struct ctx *c, struct arena *a, struct redis_reply *out)
{
	const char *const list[] = {deadline_key(c, a), text_of(a, BATCH / 2),
				    text_of(a, LEASE_MS), key_prefix(c, a)};
	const struct redis_args args = {list, 1, NELEM(list)};

	return eval(c, a, claim_text, &args, out) && out->kind == REDIS_LIST &&
	       out->n_items >= 2;
}

static const char *
ids_json(struct arena *a, const struct redis_reply *pairs)
{
	struct buf b = buf_on(a);

	for (size_t i = 0; i + 1 < pairs->n_items; i += 2) {
		buf_add(&b, i ? "," : "[");
		buf_add_json(&b, pairs->items[i].text.p);
	}
	buf_add(&b, "]");
	return buf_str(&b);
}

static bool
is_in(const struct db_result *r, const char *id)
{
	for (size_t i = 0; i < db_rows(r); i++) {
		if (strcmp(db_value(r, i, 0), id) == 0)
			return true;
	}
	return false;
}

/* Who beat into the database keeps its lease and is looked at again. */
static void
cross_off(struct ctx *c, struct arena *a, const struct redis_reply *pairs,
	  const struct db_result *alive)
{
	const char *list[BATCH + 1];
	struct redis_args args = {list, 1, 1};
	struct redis_reply reply;

	list[0] = deadline_key(c, a);
	for (size_t i = 0; i + 1 < pairs->n_items && args.n + 1 < NELEM(list);
	     i += 2) {
		if (is_in(alive, pairs->items[i].text.p))
			continue;
		list[args.n++] = pairs->items[i].text.p;
		list[args.n++] = pairs->items[i + 1].text.p;
	}
	/* Lost now, they are found failed already when the lease ends. */
	if (args.n > 1 && !eval(c, a, done_text, &args, &reply))
		return;
}

/* What the database kept while Redis was away.  Forgotten there only when
 * Redis has it; done twice it does no harm. */
static bool
hand_over(struct ctx *c, struct arena *a, size_t *n, struct err *e)
{
	const struct db_scope scope = {.role = "service_role"};
	const struct db_call call = q_presence_kept();
	const char *list[BATCH + 2];
	struct redis_args args = {list, 1, 2};
	struct buf taken = buf_on(a);
	struct redis_reply reply;
	struct db_result r;

	*n = 0;
	if (!db_run(c->db, a, &scope, &call, 1, &r, e))
		return false;
	list[0] = deadline_key(c, a);
	list[1] = text_of(a, silence_ms(c));
	for (size_t i = 0; i < db_rows(&r) && args.n + 1 < NELEM(list); i++) {
		list[args.n++] = db_value(&r, i, 0);
		list[args.n++] = db_value(&r, i, 1);
		buf_add(&taken, i ? ",{\"id\":" : "[{\"id\":");
		buf_add_json(&taken, db_value(&r, i, 0));
		buf_add(&taken, ",\"until\":");
		buf_add_json(&taken, db_value(&r, i, 2));
		buf_add(&taken, "}");
	}
	if (args.n == 2 || !eval(c, a, handover_text, &args, &reply))
		return true;
	buf_add(&taken, "]");

	*n = db_rows(&r);
	return db_exec(c->db, a, &scope, q_presence_drop(buf_str(&taken)), e);
}

static bool
sweep_batch(struct ctx *c, struct arena *a, const struct redis_reply *pairs,
	    size_t *lost, struct err *e)
{
	const struct db_scope scope = {.role = "service_role"};
	const char *const args[] = {
		ids_json(a, pairs),
		text_of(a, silence_ms(c)),
	};
	const struct db_call calls[] = {
		{Q_PRESENCE_FAIL,  args, NULL},
		{Q_PRESENCE_ALIVE, args, NULL},
	};
	struct db_result results[NELEM(calls)];
	int64_t n;

	if (!db_run(c->db, a, &scope, calls, NELEM(calls), results, e))
		return false;
	if (num_i64(db_span(&results[0], 0, 0), 0, BATCH, &n))
		*lost += (size_t)n;
	cross_off(c, a, pairs, &results[1]);
	return true;
}

bool
presence_sweep(struct ctx *c, size_t *lost, struct err *e)
{
	struct arena *a = arena_new(ARENA_BYTES);
	struct redis_reply pairs;
	bool done = true;
	size_t n = 1;

	*lost = 0;
	while (done && n > 0 && redis_is_there(c->redis)) {
		done = hand_over(c, a, &n, e);
		arena_reset(a);
	}
	while (done && redis_is_there(c->redis) && is_grown_up(c, a) &&
	       claim(c, a, &pairs)) {
		done = sweep_batch(c, a, &pairs, lost, e);
		arena_reset(a);
	}
	arena_free(a);
	return done;
}
