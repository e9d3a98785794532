/* Redis and what counts in it, against a server of our own that comes and
 * goes. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/redis.h"
#include "domain/locks.h"
#include "domain/ratelimit.h"

#include "t/tap.h"

static struct arena *a;
static char dir[] = "/tmp/maestro-redis-XXXXXX";
static pid_t server = -1;

static const char *
sock(void)
{
	return arena_printf(a, "%s/redis.sock", dir);
}

static bool
can_connect(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool can;

	snprintf(at.sun_path, sizeof at.sun_path, "%s", sock());
	can = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
	close(fd);
	return can;
}

static void
start(void)
{
	int64_t until = clock_mono_ms() + 10000;

	server = fork();
	if (server == 0) {
		int fd = open("/dev/null", O_RDWR);

		dup2(fd, 1);
		dup2(fd, 2);
		execlp("redis-server", "redis-server", "--port", "0",
		       "--unixsocket", sock(), "--save", "", "--dir", dir,
		       "--requirepass", "s3 cret", (char *)NULL);
		_exit(127);
	}
	/* The socket is there a moment before it listens. */
	while (!can_connect() && clock_mono_ms() < until)
		usleep(2000);
}

static void
stop(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(sock());
}

static struct redis *
client(void)
{
	struct redis *r = NULL;
	struct err e;
	const char *url = arena_printf(a, "unix://:s3%%20cret@%s?db=2", sock());

	if (!redis_new(url, &r, &e))
		ok(false, e.message);
	return r;
}

static void
test_urls(void)
{
	static const char *const good[] = {
		"",
		"redis://localhost",
		"redis://:pw@localhost:6380/3",
		"redis://user:p%40w@[::1]:6380",
		"unix:///run/redis.sock",
		"unix:/run/redis.sock?db=1",
	};
	static const char *const bad[] = {
		"localhost:6379",     "redis://",       "rediss://localhost",
		"redis://h:99999",    "redis://h/x",    "unix://relative",
		"unix:///s?base=1",   "redis://:%zz@h", "redis://[::1]x6",
		"redis://h:6379/1/2",
	};
	struct redis *r;
	struct err e;

	for (size_t i = 0; i < NELEM(good); i++) {
		bool fine = redis_new(good[i], &r, &e);

		ok(fine, good[i]);
		if (fine)
			redis_free(r);
	}
	for (size_t i = 0; i < NELEM(bad); i++)
		ok(!redis_new(bad[i], &r, &e) &&
			   strcmp(e.code, "bad_redis_url") == 0,
		   bad[i]);
	if (redis_new("", &r, &e)) {
		ok(!redis_is_there(r), "no URL: always away");
		redis_free(r);
	}
}

static void
test_commands(struct redis *r)
{
	const char *set[] = {"SET", "k", "v w"}, *get[] = {"GET", "k"},
		   *missing[] = {"GET", "nothing"}, *incr[] = {"INCR", "n"},
		   *wrong[] = {"LPUSH", "k", "x"}, *args[] = {"key", "arg"};
	const struct redis_args both = {args, 1, 2};
	struct redis_script s = {.text = "return {KEYS[1], ARGV[1], 7}"};
	struct redis_reply reply;
	const char *text = "x";
	int64_t n = 0;
	struct err e;

	ok(redis_run(r, a, set, 3, &reply, &e) && span_is(reply.text, "OK"),
	   "SET, with password and database of the URL");
	ok(redis_text(r, a, get, 2, &text, &e), "GET");
	is(text, "v w", "gives it back");
	ok(redis_text(r, a, missing, 2, &text, &e) && !text, "nil is NULL");
	ok(redis_int(r, a, incr, 2, &n, &e) && n == 1, "INCR is a number");
	ok(!redis_run(r, a, wrong, 3, &reply, &e) &&
		   strcmp(e.code, "redis_refused") == 0,
	   "a refusal is told");
	ok(redis_text(r, a, get, 2, &text, &e), "and does not end the line");
	for (int i = 0; i < 2; i++)
		ok(redis_eval(r, a, &s, &both, &reply, &e) &&
			   reply.kind == REDIS_LIST && reply.n_items == 3 &&
			   span_is(reply.items[0].text, "key") &&
			   span_is(reply.items[1].text, "arg") &&
			   reply.items[2].num == 7,
		   "a script, first by text, then by its SHA");
}

static struct lock
take(struct redis *r, const char *id, int64_t life_ms)
{
	return lock_take(r, a, "t:", "task", id, life_ms);
}

static void
test_locks(struct redis *r)
{
	struct lock one = take(r, "1", 30000), two = take(r, "1", 30000),
		    other = take(r, "2", 30000);

	ok(one.state == LOCK_MINE && one.fence > 0, "a lock is taken");
	ok(two.state == LOCK_OTHERS && two.fence == 0, "once");
	ok(other.state == LOCK_MINE && other.fence > one.fence,
	   "another one too, and the fence grows");
	lock_release(r, a, &two);
	ok(take(r, "1", 30000).state == LOCK_OTHERS,
	   "who does not hold it does not release it");
	lock_release(r, a, &one);
	one = take(r, "1", 20);
	ok(one.state == LOCK_MINE && one.fence > other.fence,
	   "released it is free");
	usleep(40000);
	two = take(r, "1", 30000);
	ok(two.state == LOCK_MINE && two.fence > one.fence,
	   "so it is after its life");
	lock_release(r, a, &one);
	ok(take(r, "1", 30000).state == LOCK_OTHERS,
	   "who held it for too long does not take away the next one's");
	lock_release(r, a, &two);
}

static void
test_away(struct redis *r)
{
	const char *ping[] = {"PING"};
	struct redis_reply reply;
	int64_t t0, until;
	struct err e = {0};
	bool quiet = true;

	stop();
	ok(!redis_run(r, a, ping, 1, &reply, &e) && e.status == 503,
	   "a dead server is 503");
	ok(!redis_is_there(r), "and is left alone");
	ok(take(r, "1", 30000).state == LOCK_ABSENT, "without it no lock");
	t0 = clock_mono_ms();
	for (int i = 0; i < 1000; i++)
		quiet = !redis_run(r, a, ping, 1, &reply, &e) && quiet;
	ok(quiet && clock_mono_ms() - t0 < 100, "at no cost");
	start();
	until = clock_mono_ms() + 10000;
	while (!redis_run(r, a, ping, 1, &reply, &e) && clock_mono_ms() < until)
		usleep(10000);
	ok(span_is(reply.text, "PONG"), "back again after the pause");
}

static struct settings
limits(void)
{
	return (struct settings){
		.run_dir = dir,
		.redis_prefix = "t:",
		.rate_signup = 30,
		.rate_token = 150,
		.rate_recover = 30,
		.rate_verify = 1000000,
		.lockout_failures = 5,
		.lockout_s = 300,
	};
}

/* Requests that pass until the first that does not. */
static int
passing(struct ratelimit *l, enum limit which, const char *ip,
	const char *account, struct err *e)
{
	int n = 0;

	while (n < 1000 && ratelimit_request(l, a, which, ip, account, e))
		n++;
	return n;
}

static int
guesses(struct ratelimit *l, const char *account)
{
	struct err e;
	int n = 0;

	while (n < 100 && ratelimit_guess(l, a, account, &e))
		n++;
	return n;
}

/* The same whether Redis counts or we do. */
static void
test_limits(struct ratelimit *l, const char *where)
{
	struct err e = {0};

	printf("# %s\n", where);
	is_int(passing(l, LIMIT_SIGN_UP, "192.0.2.1", NULL, &e), 30,
	       "an address has its burst");
	is_int(e.status, 429, "then 429");
	ok(e.retry_after_s >= 9 && e.retry_after_s <= 10,
	   "with the time until the next token");
	is(e.code, "over_request_rate_limit", "under GoTrue's code");
	is_int(passing(l, LIMIT_SIGN_UP, "::ffff:192.0.2.1", NULL, &e), 0,
	       "the same address written as IPv6");
	is_int(passing(l, LIMIT_SIGN_UP, "2001:db8::1", NULL, &e), 30,
	       "another address has its own");
	is_int(passing(l, LIMIT_SIGN_UP, "2001:db8::ffff:2", NULL, &e), 0,
	       "but not one of the same /64");
	is_int(passing(l, LIMIT_RECOVER, "192.0.2.1", NULL, &e), 30,
	       "another door has its own");
	is_int(passing(l, LIMIT_RECOVER, NULL, "ann@example.com", &e), 10,
	       "an account has less than an address");
	is_int(passing(l, LIMIT_RECOVER, "192.0.2.9", "ann@example.com", &e), 0,
	       "from anywhere");
	is_int(passing(l, LIMIT_RECOVER, "192.0.2.9", NULL, &e), 30,
	       "and a refusal takes nothing from the other bucket");
	ok(ratelimit_request(l, a, LIMIT_VERIFY, NULL, NULL, &e),
	   "who is nobody is not counted");

	is_int(guesses(l, "bob@example.com"), 5, "five guesses");
	ok(!ratelimit_guess(l, a, "bob@example.com", &e) && e.status == 429 &&
		   e.retry_after_s > 290 && e.retry_after_s <= 300,
	   "then none for lockout_s");
	ratelimit_forgive(l, a, "bob@example.com");
	is_int(guesses(l, "bob@example.com"), 5, "a right one clears them");
	is_int(guesses(l, "cem@example.com"), 5, "others are not touched");
}

static void
test_many_accounts(struct ratelimit *l)
{
	int first = 0;

	/* More than fit in the probes of one slot: none may be forgotten. */
	for (int i = 0; i < 20000; i++) {
		const char *who = arena_printf(a, "u%d@example.com", i);

		if (guesses(l, who) == 5)
			first++;
		if (i % 500 == 0)
			arena_reset(a);
	}
	ok(first >= 19990,
	   "20000 accounts fit side by side in the local table");
}

int
main(void)
{
	struct settings set = limits();
	struct ratelimit *one, *two;
	struct redis *r;
	struct err e;

	signal(SIGPIPE, SIG_IGN);
	a = arena_new(512 * MiB);
	test_urls();

	if (!mkdtemp(dir))
		return 1;
	one = ratelimit_new(&set, NULL);
	two = ratelimit_new(&set, NULL);
	test_limits(one, "without Redis");
	is_int(guesses(two, "cem@example.com"), 0,
	       "workers of one machine count together");
	ratelimit_free(one);
	test_many_accounts(two);
	ratelimit_free(two);
	ratelimit_free(NULL);
	unlink(arena_printf(a, "%s/limits", dir));

	start();
	if (!can_connect()) {
		ok(true, "# SKIP redis-server does not start here");
		rmdir(dir);
		return done_testing();
	}
	r = client();
	test_commands(r);
	one = ratelimit_new(&set, r);
	test_limits(one, "with Redis");
	test_locks(r);
	test_away(r);
	ok(ratelimit_guess(one, a, "bob@example.com", &e),
	   "limits go on after Redis was away");
	ratelimit_free(one);
	redis_free(r);
	stop();
	unlink(arena_printf(a, "%s/limits", dir));
	rmdir(dir);
	arena_free(a);
	return done_testing();
}
