/*
 * pqbench - how fast the rows of a request are without maestro: bare libpq, one
 * blocking connection per process, the same pipeline that core/db sends (scope,
 * prepared statements, sync).  The statements come in as words, so that this
 * knows neither our tables nor our queries.
 *
 *   pqbench CONNINFO CONNECTIONS SECONDS {-- SQL [ARG...]}...
 *
 * The first statement is the scope: it runs first in every pipeline, and before
 * the others are prepared, for the login itself may not even parse them.
 * Prints {"rps": pipelines per second, "us": mean time of one, "rows": that one
 * delivers}.  An ARG that is # stands for a number from 1 to 200, the next each
 * time.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base.h"

enum {
	MAX_ARGS = 16,
	MAX_STATEMENTS = 8,
	MAX_CONNECTIONS = 256,
	ROUND = 200,
	FIRST_STATEMENT = 4
};

struct statement {
	const char *name, *sql;
	const char *args[MAX_ARGS];
	int n_args;
};

struct count {
	unsigned long asked, rows;
};

struct bench {
	const char *conninfo;
	double seconds;
	struct statement st[MAX_STATEMENTS];
	size_t n;
};

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void NEVER_RETURNS
die(const char *what)
{
	fprintf(stderr, "pqbench: %s\n", what);
	_exit(1);
}

/* The words from argv on; false when they are no statements. */
static bool
read_statements(struct bench *b, char **argv)
{
	static const char *const names[MAX_STATEMENTS] = {
		"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};

	while (*argv) {
		struct statement *st = &b->st[b->n];

		if (b->n == MAX_STATEMENTS || strcmp(*argv, "--") != 0 ||
		    !argv[1])
			return false;
		st->name = names[b->n++];
		st->sql = argv[1];
		for (argv += 2; *argv && strcmp(*argv, "--") != 0; argv++) {
			if (st->n_args == MAX_ARGS)
				return false;
			st->args[st->n_args++] = *argv;
		}
	}
	return b->n >= 2;
}

static void
prepare(PGconn *pg, const struct statement *st)
{
	PGresult *r = PQprepare(pg, st->name, st->sql, 0, NULL);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die(PQresultErrorMessage(r));
	PQclear(r);
}

/* Results up to and with the one that ends the pipeline: how many rows. */
static unsigned long
read_answer(PGconn *pg)
{
	unsigned long rows = 0;

	for (;;) {
		PGresult *r = PQgetResult(pg);
		ExecStatusType st = PQresultStatus(r);

		if (r && st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK &&
		    st != PGRES_PIPELINE_SYNC)
			die(PQresultErrorMessage(r));
		if (st == PGRES_TUPLES_OK)
			rows += (unsigned long)PQntuples(r);
		PQclear(r);
		if (st == PGRES_PIPELINE_SYNC)
			return rows;
	}
}

static void
send_statement(PGconn *pg, const struct statement *st, unsigned turn)
{
	const char *args[MAX_ARGS];
	char number[16];

	snprintf(number, sizeof number, "%u", turn % ROUND + 1);
	for (int i = 0; i < st->n_args; i++)
		args[i] = strcmp(st->args[i], "#") == 0 ? number : st->args[i];
	if (!PQsendQueryPrepared(pg, st->name, st->n_args, args, NULL, NULL, 0))
		die(PQerrorMessage(pg));
}

/* Rows, but for the scope's own. */
static unsigned long
ask(PGconn *pg, const struct bench *b, unsigned turn)
{
	for (size_t i = 0; i < b->n; i++)
		send_statement(pg, &b->st[i], turn);
	if (!PQpipelineSync(pg))
		die(PQerrorMessage(pg));
	return read_answer(pg) - 1;
}

static void
run(PGconn *pg, const char *sql)
{
	PGresult *r = PQexec(pg, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die(PQresultErrorMessage(r));
	PQclear(r);
}

static void
prepare_all(PGconn *pg, const struct bench *b)
{
	const struct statement *scope = &b->st[0];
	PGresult *r;

	prepare(pg, scope);
	run(pg, "begin");
	r = PQexecPrepared(pg, scope->name, scope->n_args, scope->args, NULL,
			   NULL, 0);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		die(PQresultErrorMessage(r));
	PQclear(r);
	for (size_t i = 1; i < b->n; i++)
		prepare(pg, &b->st[i]);
	run(pg, "commit");
}

static struct count
drive(const struct bench *b, unsigned first)
{
	PGconn *pg = PQconnectdb(b->conninfo);
	struct count c = {0};
	double end;

	if (PQstatus(pg) != CONNECTION_OK)
		die(PQerrorMessage(pg));
	prepare_all(pg, b);
	PQenterPipelineMode(pg);
	for (end = now_s() + b->seconds; now_s() < end; c.asked++)
		c.rows += ask(pg, b, first + (unsigned)c.asked);
	PQfinish(pg);
	return c;
}

int
main(int argc, char **argv)
{
	struct bench b = {0};
	struct count *counts, total = {0};
	int n, failed = 0;

	if (argc <= FIRST_STATEMENT ||
	    !read_statements(&b, argv + FIRST_STATEMENT)) {
		fputs("usage: pqbench CONNINFO CONNECTIONS SECONDS "
		      "{-- SQL [ARG...]}...\n",
		      stderr);
		return 2;
	}
	n = (int)strtol(argv[2], NULL, 10);
	if (n < 1 || n > MAX_CONNECTIONS)
		die("1 to 256 connections");
	b.conninfo = argv[1];
	b.seconds = strtod(argv[3], NULL);
	counts = mmap(NULL, (size_t)n * sizeof *counts, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		die("no memory");
	for (int i = 0; i < n; i++) {
		if (fork() == 0) {
			/* Apart, so that they do not write the same row. */
			counts[i] = drive(&b, (unsigned)(i * ROUND / n));
			_exit(0);
		}
	}
	for (int i = 0, status; i < n && wait(&status) > 0; i++)
		failed |= status;
	for (int i = 0; i < n; i++) {
		total.asked += counts[i].asked;
		total.rows += counts[i].rows;
	}
	if (failed || total.asked == 0)
		return 1;
	printf("{\"rps\": %.0f, \"us\": %.1f, \"rows\": %.1f}\n",
	       (double)total.asked / b.seconds,
	       b.seconds * 1e6 * n / (double)total.asked,
	       (double)total.rows / (double)total.asked);
	return 0;
}
