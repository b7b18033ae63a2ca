// SPDX-License-Identifier: MIT
// Words: what the gate itself understands when a player types it behind players.prefix: //help.  One
// word one file in edge/words/, and a row in tables/words.tbl.
#pragma once
#include "edge/player.h"

struct word {
	const char *name;
	const char *takes; // what may follow, for people; "": nothing
	const char *says;
	void (*run)(struct player *, struct span rest);
};

#define WORD(name) extern const struct word word_##name;
#include "tables/words.tbl"
extern const struct word *const words[]; // NULL-terminated

bool word_run(struct player *, struct span line); // false: it is none of these
// What it wants to see, from now on; which: bits of enum look_which.
void word_prefer(struct player *, const struct look *, unsigned which);
