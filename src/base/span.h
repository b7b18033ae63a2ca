// SPDX-License-Identifier: MIT
// Span: a view of bytes somebody else owns.  Valid only until the call it was given to returns;
// whoever wants to keep the bytes copies them.
#pragma once
#include "base/base.h"
#include <string.h>

struct span {
	const char *p; // not terminated; may be NULL when n is 0
	size_t n;      // bytes
};

#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})

static inline struct span span_of(const void *p, size_t n)
{
	return (struct span){p, n};
}
static inline struct span span_str(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

static inline struct span span_take(struct span *s, size_t n) // cut n bytes off the front
{
	ensure(n <= s->n);
	struct span head = {s->p, n};
	s->p += n;
	s->n -= n;
	return head;
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
	// Most of what is looked up in a table differs in its first byte.
	return a.n ? a.p[0] == text[0] && span_eq(a, span_str(text)) : !*text;
}

char ascii_lower(char c);
bool span_caseeq(struct span a, struct span b); // ASCII letters only
bool span_starts(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);
int span_cmp(struct span a, struct span b);    // bytes, as memcmp
struct span span_trim(struct span s);          // without SP, TAB, CR, LF at both ends
struct span span_until(struct span s, char c); // up to the first c, or all of s

bool span_has_controls(struct span s); // C0 or DEL

// FNV-1a: tells texts of our own apart; whoever chooses them can make two alike.
uint64_t span_digest(struct span s);

// A whole decimal number, 1 to 19 digits, nothing else.  False when it is not, or is over max.
bool span_uint(struct span s, uint64_t max, uint64_t *out) must_check;
char *span_dup(struct span s) must_check; // terminated copy, for free()
// Copies s to *at, where there must be room, and moves *at behind it.  → the copy.
struct span span_put(char **at, struct span s);
