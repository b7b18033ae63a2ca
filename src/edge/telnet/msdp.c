// SPDX-License-Identifier: MIT
// MSDP: variables, which proto/msdp.c makes JSON of.  What a client says is passed as package "MSDP", an
// object for each variable, in order.  Each is an event for the game, so 16 KiB may not be 5,000 of them.
#include "proto/msdp.h"
#include "edge/telnet_priv.h"
#include "proto/json.h"

enum { VARIABLES_MAX = 64 }; // of one message; clients ask for several things as one array

static void on_sub(struct telnet *t, struct span says)
{
	struct arena *a = &t->all->arena;
	struct value all;
	arena_clear(a);
	if (!msdp_read(a, says, &all))
		return;
	if (all.n > VARIABLES_MAX)
		LOG_AT(log_paced(&t->all->pace, LOG_INFO), "msdp_cut",
			log_id("conn", conn_id(t->conn)), log_int("variables", all.n));
	for (uint32_t i = 0; i < min_size(all.n, VARIABLES_MAX) && conn_is_open(t->conn); i++) {
		struct buf json = {0};
		struct value one = value_map(all.at + 2 * i, 1);
		json_put(&json, &one);
		telnet_spend(t);
		t->terminal.events->oob(t->terminal.player, SPAN("MSDP"), buf_bytes(&json));
		buf_fini(&json);
	}
}

const struct telnet_option_kind telnet_MSDP = {.on_sub = on_sub};
