// SPDX-License-Identifier: MIT
#include "edge/word.h"

static const struct {
	const char *name;
	enum look_colours colours;
	const char *says;
} sorts[] = {
	{"off", LOOK_NONE, "No colors from now on."},
	{"16", LOOK_16, "16 colors from now on."},
	{"256", LOOK_256, "256 colors from now on."},
	{"true", LOOK_TRUE, "16 million colors from now on."},
};

static void run(struct player *p, struct span rest)
{
	for (size_t i = 0; i < countof(sorts); i++) {
		struct look look = {.colours = (uint8_t)sorts[i].colours};
		if (!span_caseeq(rest, span_str(sorts[i].name)))
			continue;
		word_prefer(p, &look, LOOK_COLOURS);
		player_notice(p, sorts[i].says);
		return;
	}
	player_notice(p, "Say off, 16, 256 or true.");
}

const struct word word_colors = {"colors", "off|16|256|true", "as many as your client shows", run};
