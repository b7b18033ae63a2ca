// SPDX-License-Identifier: MIT
// Word: what moderation looks for in a text.  A plain one is found as a whole word, whatever the
// case of its ASCII letters; a regular expression (POSIX extended) anywhere.  Texts are valid UTF-8.
#pragma once
#include "base/arena.h"
#include "base/buf.h"

enum {
	WORD_PATTERN_MAX = 256, // bytes
	// Length times repetitions: {} copies what is in front of it, and nests.
	WORD_EXPANDED_MAX = 4096,
	WORD_TEXT_MAX = 4000, // bytes an expression is given at a time: its work may grow squared
	// The library keeps every state its automaton has been in.  After so much text it gets a new
	// one, or strangers could make an unlucky expression fill our memory.
	WORD_RENEW_BYTES = 16 << 10,
};

struct word;

struct word *word_new(struct span pattern, bool regex, struct buf *why); // NULL and a sentence
void word_free(struct word *);
bool word_is_in(struct word *, struct span text);
// With every occurrence replaced by an asterisk a character; the text itself when there is none.
struct span word_mask(struct word *, struct span text, struct arena *);
