// SPDX-License-Identifier: MIT
// Pattern: a regular expression that strangers' texts are looked through with.  It walks a text
// once, in steps that are at most its own length a character, and needs no memory that grows:
// whatever is written in an expression or a text, neither can hold up the loop.
#pragma once
#include "base/buf.h"

enum {
	PATTERN_STEPS_MAX = 512, // 16 KiB of text take 8 million, some 20 ms, when all are alive
};

struct pattern;

// POSIX extended, with \b \B \< \> \w \W \s \S; a character is a code point, of ASCII letters the
// case is ignored, and ^ and $ are the ends of the text.  What would match the empty text is
// refused.  NULL and a sentence.
struct pattern *pattern_new(struct span valid_utf8, const char **why);
void pattern_free(struct pattern *);

// Whether there is a match.  Appends to found, which may be NULL, as struct span from left to
// right, all that belongs to one: matches that overlap are one piece.
bool pattern_find(struct pattern *, struct span valid_utf8, struct buf *found);
