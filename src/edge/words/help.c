// SPDX-License-Identifier: MIT
#include "edge/edge.h"
#include "edge/word.h"

static void run(struct player *p, struct span rest)
{
	const char *prefix = p->edge->config->players.prefix;
	struct buf b = {0};
	(void)rest;
	buf_lit(&b, "What the gate understands:\n");
	for (size_t i = 0; words[i]; i++)
		buf_printf(&b, "  %s%s %s - %s\n", prefix, words[i]->name, words[i]->takes,
			words[i]->says);
	buf_lit(&b, "  idle - keeps your connection, and is not given to the game");
	buf_char(&b, '\0');
	player_notice(p, b.p);
	buf_fini(&b);
}

const struct word word_help = {"help", "", "this list", run};
