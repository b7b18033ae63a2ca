// SPDX-License-Identifier: MIT
// UTF-8: checking, repairing and cutting (RFC 3629: no overlongs, no surrogates, <= U+10FFFF).
#pragma once
#include "base/arena.h"
#include "base/buf.h"

// Checks text that arrives in pieces.  Zero-initialised is the start.
struct utf8 {
	uint8_t need;      // continuation bytes still to come; 0 between characters
	uint8_t low, high; // bounds of the next byte when need > 0
};

// Eats n bytes.  → n, or the index of the first byte that can never be right.
size_t utf8_feed(struct utf8 *, const char *, size_t n);
bool utf8_valid(struct span);
size_t utf8_ascii(const char *, size_t n); // how many bytes of ASCII it begins with
// The character at p: → its bytes, and its code point in *out; 0: n ends inside of it, or is 0;
// -1: none begins so.
int utf8_next(const char *p, size_t n, uint32_t *out);

// Longest prefix of at most max bytes that ends between characters.
struct span utf8_cut(struct span valid, size_t max);

// Copies s as valid UTF-8.  Text that is not is read as CP1252, byte by byte (Latin-1 where
// CP1252 has no character): what old MUDs really send.
void utf8_repair(struct buf *out, struct span s);
void utf8_put(struct buf *out, uint32_t code_point);
size_t utf8_count(struct span valid); // code points
// Without NUL, C0 but LF and TAB, DEL and C1.  A loan of the text or of the arena.
struct span utf8_clean(struct arena *, struct span valid);
