// SPDX-License-Identifier: MIT
// What the reader of an expression and its walker share: steps, each at a place in an array.
#pragma once
#include "hub/pattern.h"

enum step_op {
	STEP_SET,   // takes an ASCII character of the set, or any other when `beyond`
	STEP_CHAR,  // takes this character, which is not ASCII
	STEP_SPLIT, // goes on at the next place and at the one `to` away
	STEP_JUMP,
	STEP_IS, // goes on when the place in the text is such
	STEP_MATCH,
};

enum place { PLACE_START, PLACE_END, PLACE_EDGE, PLACE_NO_EDGE, PLACE_WORD_START, PLACE_WORD_END };

struct step {
	enum step_op op;
	enum place place;
	int32_t to; // places from here
	uint32_t c;
	uint64_t set[2];
	bool beyond;
};

struct steps {
	struct step at[PATTERN_STEPS_MAX];
	size_t n;
};

// NULL: it is read; else why not.
const char *pattern_read(struct steps *, struct span);
bool pattern_is_word(uint32_t c);               // in which \b finds no edge
uint32_t pattern_take(struct span *valid_utf8); // its first character
