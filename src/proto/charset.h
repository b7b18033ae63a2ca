// SPDX-License-Identifier: MIT
// Charset: text of clients that do not speak UTF-8.  Inside the gate all text is UTF-8.
#pragma once
#include "base/buf.h"

enum charset {
#define CHARSET(id, name) CHARSET_##id,
#include "tables/charsets.tbl"
	CHARSET_COUNT
};

const char *charset_name(enum charset);
// Any case, and the usual other names (utf8, latin1, cp1252, ascii); false: one we do not know.
bool charset_find(struct span name, enum charset *out) must_check;

// Reading: a stream that may be cut inside a character.  The bytes of an incomplete one wait in
// here.  What is no UTF-8 in a stream said to be UTF-8 is read as `otherwise`, character by character;
// so are bytes above 127 in one said to be ASCII.  What no set has is U+FFFD.
struct charset_in {
	uint8_t is, otherwise; // enum charset
	uint8_t n, part[4];
};
void charset_read(struct charset_in *, struct span in, struct buf *utf8);

// Writing: what the set does not have is written in its nearest ASCII letters (’ is ', é is e, — is -),
// and as ? when there are none.  The input is valid UTF-8; ASCII, controls too, stays as it is.
void charset_write(enum charset, struct span utf8, struct buf *out);
// The same, still as UTF-8: what of it the set has, and for the rest what charset_write() writes.
// Whoever escapes text for a protocol does it behind this: ‹ becomes <.
void charset_fit(enum charset, struct span utf8, struct buf *out);
// The bytes of what charset_fit() has made, with any ASCII put between.  Not of UTF-8.
void charset_put(enum charset, struct span fitted, struct buf *out);
