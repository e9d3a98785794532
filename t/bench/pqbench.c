/*
 * pqbench - how fast the statements of a request are without maestro: bare
 * libpq, one blocking connection per process, the same pipeline that core/db
 * sends (scope, prepared statement, sync).
 *
 *   pqbench CONNINFO CONNECTIONS SECONDS ROLE CLAIMS QUERY [ARG...]
 *
 * Prints {"rps": answers per second, "us": mean time of one}.  An ARG that is
 * - stands for null.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "domain/queries.h"

enum {
	MAX_ARGS = 16,
	MAX_CONNECTIONS = 256,
	FIRST_ARG = 7
};

/* As request_scope of sql/queries/scope.sql wants them. */
#define SCOPE_ARGS(b)                                                \
	{                                                            \
		(b)->role, (b)->claims, "{}", "GET", "/", "", "8000" \
	}

struct bench {
	const char *conninfo, *role, *claims;
	const struct db_statement *scope, *st;
	const char *args[MAX_ARGS];
	double seconds;
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

static const struct db_statement *
find(const char *name)
{
	for (size_t i = 0; i < QUERY_COUNT; i++) {
		if (strcmp(queries[i].name, name) == 0)
			return &queries[i];
	}
	die("no such query");
}

static void
prepare(PGconn *pg, const struct db_statement *st)
{
	PGresult *r = PQprepare(pg, st->name, st->sql, 0, NULL);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die(PQresultErrorMessage(r));
	PQclear(r);
}

/* Results up to and with the one that ends the pipeline. */
static void
read_answer(PGconn *pg)
{
	for (;;) {
		PGresult *r = PQgetResult(pg);
		ExecStatusType st = PQresultStatus(r);

		if (r && st != PGRES_TUPLES_OK && st != PGRES_PIPELINE_SYNC)
			die(PQresultErrorMessage(r));
		PQclear(r);
		if (st == PGRES_PIPELINE_SYNC)
			return;
	}
}

static void
ask(PGconn *pg, const struct bench *b)
{
	const char *scope[] = SCOPE_ARGS(b);

	if (!PQsendQueryPrepared(pg, b->scope->name, (int)b->scope->n_params,
				 scope, NULL, NULL, 0) ||
	    !PQsendQueryPrepared(pg, b->st->name, (int)b->st->n_params, b->args,
				 NULL, NULL, 0) ||
	    !PQpipelineSync(pg))
		die(PQerrorMessage(pg));
	read_answer(pg);
}

static void
run(PGconn *pg, const char *sql)
{
	PGresult *r = PQexec(pg, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die(PQresultErrorMessage(r));
	PQclear(r);
}

/* The login itself may not even parse the statement: the role may. */
static void
prepare_as_role(PGconn *pg, const struct bench *b)
{
	const char *scope[] = SCOPE_ARGS(b);

	prepare(pg, b->scope);
	run(pg, "begin");
	PQclear(PQexecPrepared(pg, b->scope->name, (int)b->scope->n_params,
			       scope, NULL, NULL, 0));
	prepare(pg, b->st);
	run(pg, "commit");
}

static unsigned long
drive(const struct bench *b)
{
	PGconn *pg = PQconnectdb(b->conninfo);
	unsigned long n = 0;
	double end;

	if (PQstatus(pg) != CONNECTION_OK)
		die(PQerrorMessage(pg));
	prepare_as_role(pg, b);
	PQenterPipelineMode(pg);
	for (end = now_s() + b->seconds; now_s() < end; n++)
		ask(pg, b);
	PQfinish(pg);
	return n;
}

int
main(int argc, char **argv)
{
	struct bench b = {0};
	unsigned long *counts, total = 0;
	int n, failed = 0;

	if (argc < FIRST_ARG || argc - FIRST_ARG > MAX_ARGS) {
		fputs("usage: pqbench CONNINFO CONNECTIONS SECONDS ROLE CLAIMS "
		      "QUERY [ARG...]\n",
		      stderr);
		return 2;
	}
	n = (int)strtol(argv[2], NULL, 10);
	if (n < 1 || n > MAX_CONNECTIONS)
		die("1 to 256 connections");
	b.conninfo = argv[1];
	b.seconds = strtod(argv[3], NULL);
	b.role = argv[4];
	b.claims = argv[5];
	b.scope = find("request_scope");
	b.st = find(argv[6]);
	for (int i = FIRST_ARG; i < argc; i++)
		b.args[i - FIRST_ARG] =
			strcmp(argv[i], "-") == 0 ? NULL : argv[i];
	counts = mmap(NULL, (size_t)n * sizeof *counts, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		die("no memory");
	for (int i = 0; i < n; i++) {
		if (fork() == 0) {
			counts[i] = drive(&b);
			_exit(0);
		}
	}
	for (int i = 0, status; i < n && wait(&status) > 0; i++)
		failed |= status;
	for (int i = 0; i < n; i++)
		total += counts[i];
	if (failed || total == 0)
		return 1;
	printf("{\"rps\": %.0f, \"us\": %.1f}\n", (double)total / b.seconds,
	       b.seconds * 1e6 * n / (double)total);
	return 0;
}
