// SPDX-License-Identifier: MIT
#include "edge/word.h"

enum { WIDTH_MIN = 20, WIDTH_MAX = 1000 };

static void run(struct player *p, struct span rest)
{
	uint64_t n = 0;
	bool off = span_caseeq(rest, SPAN("off"));
	if (!off && (!span_uint(rest, WIDTH_MAX, &n) || n < WIDTH_MIN)) {
		player_notice(p, "Say a number from 20 to 1000, or off.");
		return;
	}
	word_prefer(p, &(struct look){.width = (uint16_t)n}, LOOK_WIDTH);
	player_notice(
		p, off ? "Lines are not wrapped from now on." : "Lines are wrapped from now on.");
}

const struct word word_width = {"width", "N|off", "where the gate wraps lines for you", run};
