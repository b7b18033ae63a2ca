// SPDX-License-Identifier: MIT
// Emote: a text in which $N stands for who does it and, when it is aimed at somebody, $O for whom.
#pragma once
#include "base/arena.h"

enum {
	EMOTE_FILLED_MAX = 16 << 10
}; // bytes: what is heard of a text; one of tokens only would grow

struct emote_names {
	struct span by, to;
	bool aimed;
};

// With the names in place, which lose their dollar signs: else there were tokens again.  The text
// itself when it has none.
struct span emote_fill(struct arena *, struct span valid_utf8, const struct emote_names *);
