// SPDX-License-Identifier: MIT
#include "edge/word.h"

static void run(struct player *p, struct span rest)
{
	(void)rest;
	player_end(p, CLOSE_DONE, "Goodbye.");
}

const struct word word_quit = {"quit", "", "leaves, whatever the game does", run};
