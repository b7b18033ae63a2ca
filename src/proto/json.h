// SPDX-License-Identifier: MIT
// JSON (RFC 8259), read in place: strings are unescaped where they stand, so the text is changed
// and the tree points into it.  UTF-8 is checked; \u0000 is allowed, lone surrogates are not.
// Integers within int64 are exact (-0 is the integer 0); any other number is the nearest double,
// and one that no double reaches is refused.  Equal keys are all kept in order, and value_find()
// sees the last, as browsers do.
//
// A float is written so that it reads back as the same float: 3.0 stays 3.0; what JSON cannot say
// (NaN, infinity) becomes null.  Keys that are no strings (LPC has them) are written as the text of
// their value in quotes.
#pragma once
#include "base/buf.h"
#include "base/value.h"

enum {
	JSON_DEPTH_MAX = 64,     // arrays and objects in each other; deeper is an attack
	JSON_NODES_MAX = 100000, // values and keys in one text: 1.6 MB of tree
	JSON_NUMBER_MAX = 400, // bytes of one number, and its largest exponent: doubles end at 308
};

struct json_error {
	size_t at;       // byte offset
	const char *why; // static words
	bool limit;      // a limit of ours, not the grammar
};

// The whole text is one value, with white space around it.  False: *error says why, and the text is
// spoilt.  NUL at the end is neither needed nor looked for.
bool json_read(struct arena *, char *text, size_t n, struct value *out,
	struct json_error *error) must_check;

// The same of a copy in the arena, for texts that are to stay as they are.
bool json_read_copy(struct arena *, struct span text, struct value *out) must_check;

void json_put(struct buf *, const struct value *); // canonical: no white space, UTF-8 as it is
void json_put_text(struct buf *, struct span valid_utf8); // quoted and escaped
