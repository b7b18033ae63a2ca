// SPDX-License-Identifier: MIT
#include "edge/word.h"

static void run(struct player *p, struct span rest)
{
	bool on = span_caseeq(rest, SPAN("on")), off = span_caseeq(rest, SPAN("off"));
	if (on || off)
		word_prefer(p, &(struct look){.reader = on}, LOOK_READER);
	player_notice(p, on    ? "Text is made for a screen reader from now on."
			 : off ? "Text is made for the eye from now on."
			       : "Say on or off.");
}

const struct word word_reader = {
	"reader", "on|off", "text for a screen reader: no colors, no rules of dashes", run};
