// SPDX-License-Identifier: MIT
// Buf: bytes we own and grow, up to a stated maximum.
// Failure is sticky: write straight on, ask buf->failed once at the end.
//
//	0 ........ n ........ cap ....... max
//	[written ][ room     ][ may grow  ]
#pragma once
#include "base/span.h"

struct buf {
	char *p;
	size_t n;    // bytes written
	size_t cap;  // bytes allocated
	size_t max;  // bytes it may ever hold; 0 means BUF_MAX_DEFAULT
	bool failed; // a write did not fit; what is there is incomplete
};

enum { BUF_MAX_DEFAULT = 16 << 20 };

void buf_fini(struct buf *);  // frees; the struct is usable again, with the same max
void buf_clear(struct buf *); // forgets the bytes, keeps the memory, unsets failed

void buf_put(struct buf *, const void *, size_t);
void buf_printf(struct buf *, const char *format, ...) printf_like(2, 3);
bool buf_reserve(struct buf *, size_t room); // false (and failed) when max forbids it
void buf_drop(struct buf *, size_t n);       // n bytes off the front, the rest moves down

static inline void buf_span(struct buf *b, struct span s)
{
	buf_put(b, s.p, s.n);
}
void buf_lower(struct buf *, struct span); // ASCII letters in lower case: names are the same in any
static inline void buf_str(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}
static inline struct span buf_bytes(const struct buf *b)
{
	return span_of(b->p, b->n);
}

static inline void buf_char(struct buf *b, char c)
{
	if (__builtin_expect(b->n < b->cap && !b->failed, 1))
		b->p[b->n++] = c;
	else
		buf_put(b, &c, 1);
}
#define buf_lit(b, literal) buf_put((b), "" literal, sizeof(literal) - 1)
void buf_int(struct buf *, int64_t); // decimal
