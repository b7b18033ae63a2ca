// SPDX-License-Identifier: MIT
#include "base/buf.h"
#include "base/mem.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BYTES = 128 };

void buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

bool buf_reserve(struct buf *b, size_t room)
{
	size_t max = b->max ? b->max : BUF_MAX_DEFAULT;
	if (b->failed || room > max - b->n) {
		b->failed = true;
		return false;
	}
	if (room <= b->cap - b->n)
		return true;
	size_t cap = max_size(b->cap * 2, FIRST_BYTES);
	cap = max_size(cap, b->n + room);
	b->cap = min_size(cap, max);
	b->p = mem_grow(b->p, b->cap, 1);
	return true;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !buf_reserve(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	ensure(n >= 0);
	if (buf_reserve(b, (size_t)n + 1)) { // vsnprintf writes a NUL we do not count
		vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void buf_drop(struct buf *b, size_t n)
{
	ensure(n <= b->n);
	b->n -= n;
	if (n && b->n)
		memmove(b->p, b->p + n, b->n);
}

void buf_int(struct buf *b, int64_t value)
{
	char digits[24], *at = digits + sizeof digits;
	uint64_t n = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do {
		*--at = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	if (value < 0)
		*--at = '-';
	buf_put(b, at, (size_t)(digits + sizeof digits - at));
}

void buf_lower(struct buf *b, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_char(b, ascii_lower(s.p[i]));
}
