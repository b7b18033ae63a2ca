// SPDX-License-Identifier: MIT
// LPC text, the notation of Intermud-3: strings, integers, floats, arrays ({…}), mappings ([…]).
// Reads what every known driver writes, and repairs text that is not UTF-8 string by string;
// writes the canonical form only.  There is no null: 0 means absent, and null is written as 0.
#pragma once
#include "base/buf.h"
#include "base/value.h"

enum {
	LPC_DEPTH_MAX = 64,         // arrays and mappings inside each other: also bounds recursion
	LPC_NODES_MAX = 200000,     // a mudlist of 5000 records has about 180,000
	LPC_STRING_MAX = 512 << 10, // bytes, after the repair; drivers send frames of 262,144
};

struct lpc_error {
	size_t at; // bytes from where *text began
	const char *why;
	bool limit; // one of the maxima above, not the grammar
};

// Reads one value off the front of *text.  Blanks around it go too.  A frame may hold several.
// A NUL is the end of the text.  Strings are loans from the arena or from *text.
// Integers and floats too large for their type become its largest or smallest.
// A mapping keeps its pairs as they came, duplicates too; its keys are never containers.
// False: *error says why and *text is where it was.
bool lpc_read(
	struct arena *, struct span *text, struct value *out, struct lpc_error *error) must_check;
void lpc_put(struct buf *, const struct value *);
