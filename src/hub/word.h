// SPDX-License-Identifier: MIT
// Word: what moderation looks for in a text.  A plain one is found as a whole word, whatever the
// case of its ASCII letters; a regular expression (see pattern.h) anywhere.  Texts are valid UTF-8.
#pragma once
#include "base/arena.h"
#include "base/buf.h"

enum { WORD_PATTERN_MAX = 256 }; // bytes

struct word;

struct word *word_new(struct span pattern, bool regex, struct buf *why); // NULL and a sentence
void word_free(struct word *);
bool word_is_in(struct word *, struct span text);
// With every occurrence replaced by an asterisk a character; the text itself when there is none.
struct span word_mask(struct word *, struct span text, struct arena *);
