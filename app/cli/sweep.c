/*
 * maestro sweep: bytes of the object store that nothing refers to, and tokens
 * and sessions that are long over; or sessions whose agents vanished, which
 * maestro-web looks for too.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "core/log.h"
#include "domain/ctx.h"
#include "domain/identity.h"
#include "domain/objects_sweep.h"
#include "domain/presence.h"
#include "domain/task_images.h"
#include "noun.h"

static int
sweep_agents(struct cli *c)
{
	struct ctx *ctx;
	size_t lost;
	struct err e;
	bool done;

	if (!ctx_open(&ctx, &c->set, NULL, NULL, &e))
		return cli_fail(&e);
	done = presence_sweep(ctx, &lost, &e);
	ctx_close(ctx);
	if (!done)
		return cli_fail(&e);
	if (lost > 0)
		printf("swept: %zu agents are lost\n", lost);
	return 0;
}

/* Before the rest: what this gives up is swept by the next run. */
static void
reap_images(struct ctx *ctx, struct arena *a)
{
	const struct db_scope scope = {.role = "service_role",
				       .claims = "{\"role\":\"service_role\"}",
				       .timeout_ms = 60000};
	const struct objects_who who = {.scope = &scope, .as_service = true};

	task_images_reap(ctx, a, &who);
}

static int
sweep(struct cli *c, int argc, char **argv)
{
	bool is_quick = argc == 2 && strcmp(argv[1], "--quick") == 0;
	struct sweep_report r;
	struct ctx *ctx;
	struct err e;
	bool done;

	if (argc == 2 && strcmp(argv[1], "--presence") == 0)
		return sweep_agents(c);
	if (argc > 1 && !is_quick)
		return cli_usage(argv[0]);
	log_open("sweep", LOG_LEVEL_INFO);
	if (!ctx_open(&ctx, &c->set, NULL, NULL, &e))
		return cli_fail(&e);
	reap_images(ctx, c->a);
	if (c->set.supabase_enabled) {
		ctx_close(ctx);
		return 0; /* a hosted project sweeps its own store */
	}
	done = objects_sweep(ctx, is_quick, &r, &e) &&
	       identity_local_clean_up(ctx, c->a, &e);
	ctx_close(ctx);
	if (!done)
		return cli_fail(&e);
	if (r.unlinked + r.orphans + r.left_overs + r.missing > 0)
		printf("swept: %zu given up, %zu orphans, %zu left-overs; "
		       "%zu rows without bytes\n",
		       r.unlinked, r.orphans, r.left_overs, r.missing);
	return r.missing ? 1 : 0;
}

/* clang-format off */
const struct noun sweep_noun = {
	.name = "sweep",
	.run = sweep,
	.needs_settings = true,
	.says = "Removes bytes no object refers to.",
	.usage = "  sweep [--quick|--presence]\n",
};
/* clang-format on */
