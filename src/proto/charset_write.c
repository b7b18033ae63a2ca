// SPDX-License-Identifier: MIT
// What a character set cannot say, in letters it has: the decompositions of Unicode, and a table for
// what has none there (punctuation, ligatures, drawing, Cyrillic).
#include "base/mem.h"
#include "base/utf8.h"
#include "proto/charset_priv.h"
#include <stdlib.h>
#include <utf8proc.h>

// Sorted by the character.
static const struct {
	uint32_t from;
	char to[6];
} spellings[] = {
#define SPELLING(from, to) {from, to},
#include "tables/spellings.tbl"
};

uint8_t charset_byte(enum charset set, uint32_t code)
{
	if (code < 128)
		return (uint8_t)code;
	if (set == CHARSET_UTF8 || set == CHARSET_ASCII || code > 0xffff)
		return 0;
	const uint16_t *upper = charset_upper[set];
	const uint8_t *sorted = charset_sorted[set];
	size_t at = 0; // of the 128 sorted ones, the last that is not above it
	for (size_t step = 64; step; step /= 2)
		at += upper[sorted[at + step]] <= code ? step : 0; // no jump to be guessed wrong
	return upper[sorted[at]] == code ? (uint8_t)(sorted[at] + 128) : 0;
}

static const char *spelling(uint32_t code)
{
	size_t low = 0, high = countof(spellings);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (spellings[middle].from < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < countof(spellings) && spellings[low].from == code ? spellings[low].to : NULL;
}

// Not seen by itself: marks over letters, joiners, variation selectors.
static bool is_silent(uint32_t code)
{
	utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)code);
	return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_ME ||
	       c == UTF8PROC_CATEGORY_CF || (code >= 0x1f3fb && code <= 0x1f3ff);
}

static void put_box(uint32_t code, struct buf *out)
{
	static const char lines[] = "--||--||--||"; // U+2500..250B; from 250C on corners
	buf_char(out, code <= 0x250b ? lines[code - 0x2500] : '+');
}

// One character of a decomposition.  → false: it has no letter here either.
static bool put_simple(enum charset set, uint32_t code, struct buf *out)
{
	const char *known = spelling(code);
	if (code < 128)
		buf_char(out, code >= ' ' && code < 127 ? (char)code : ' ');
	else if (charset_byte(set, code))
		utf8_put(out, code);
	else if (known)
		buf_str(out, known);
	else if (code >= 0x2500 && code <= 0x254b)
		put_box(code, out);
	else if (code >= 0x2580 && code <= 0x259f)
		buf_char(out, '#');
	else
		return is_silent(code);
	return true;
}

static void put_spelt(enum charset set, uint32_t code, struct buf *out)
{
	enum { PARTS_MAX = 18 }; // U+FDFA is the longest
	utf8proc_int32_t parts[PARTS_MAX];
	int boundary = 0;
	size_t before = out->n;
	if (put_simple(set, code, out))
		return;
	utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)code, parts, PARTS_MAX,
		UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &boundary);
	bool all = n > 0 && n <= PARTS_MAX && (n > 1 || (uint32_t)parts[0] != code);
	for (utf8proc_ssize_t i = 0; all && i < n; i++)
		all = put_simple(set, (uint32_t)parts[i], out);
	if (!all) {
		out->n = before;
		buf_char(out, '?');
	}
}

// Marks of their own after a letter: the set may have the two as one.
static bool has_marks(struct span s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if ((uint8_t)s.p[i] == 0xcc || (uint8_t)s.p[i] == 0xcd)
			return true;
	return false;
}

static void fit(enum charset set, struct span s, struct buf *out)
{
	size_t i = 0;
	while (i < s.n) {
		size_t from = i;
		uint32_t code = 0;
		int bytes = 0;
		i += utf8_ascii(s.p + i, s.n - i);
		while (i < s.n) {
			bytes = utf8_next(s.p + i, s.n - i, &code);
			ensure(bytes > 0);
			if (code && !charset_byte(set, code)) // NUL is in every set
				break;
			i += (size_t)bytes;
		}
		buf_put(out, s.p + from, i - from);
		if (i == s.n)
			break;
		put_spelt(set, code, out);
		i += (size_t)bytes;
	}
}

void charset_fit(enum charset set, struct span s, struct buf *out)
{
	utf8proc_uint8_t *composed = NULL;
	if (set == CHARSET_UTF8) {
		buf_span(out, s);
		return;
	}
	if (has_marks(s)) {
		utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p,
			(utf8proc_ssize_t)s.n, &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
		ensure(n >= 0); // it is valid, and memory that runs out aborts
		s = span_of(composed, (size_t)n);
	}
	fit(set, s, out);
	free(composed);
}

void charset_put(enum charset set, struct span s, struct buf *out)
{
	while (s.n) {
		size_t plain = utf8_ascii(s.p, s.n);
		buf_span(out, span_take(&s, plain));
		while (s.n && (uint8_t)*s.p >= 128) {
			uint32_t code;
			int bytes = utf8_next(s.p, s.n, &code);
			ensure(bytes > 0);
			buf_char(out, (char)charset_byte(set, code));
			span_take(&s, (size_t)bytes);
		}
	}
}

void charset_write(enum charset set, struct span s, struct buf *out)
{
	struct buf fitted = {0};
	if (set == CHARSET_UTF8 || utf8_ascii(s.p, s.n) == s.n) {
		buf_span(out, s);
		return;
	}
	charset_fit(set, s, &fitted);
	charset_put(set, buf_bytes(&fitted), out);
	buf_fini(&fitted);
}
