// SPDX-License-Identifier: MIT
#include "base/utf8.h"

// Bounds of the byte after a lead byte: RFC 3629 §4.
static bool lead(struct utf8 *u, uint8_t c)
{
	u->low = 0x80;
	u->high = 0xbf;
	if (c >= 0xc2 && c <= 0xdf) {
		u->need = 1;
	} else if (c >= 0xe0 && c <= 0xef) {
		u->need = 2;
		if (c == 0xe0)
			u->low = 0xa0; // overlong
		else if (c == 0xed)
			u->high = 0x9f; // surrogates
	} else if (c >= 0xf0 && c <= 0xf4) {
		u->need = 3;
		if (c == 0xf0)
			u->low = 0x90; // overlong
		else if (c == 0xf4)
			u->high = 0x8f; // over U+10FFFF
	} else {
		return false;
	}
	return true;
}

size_t utf8_ascii(const char *p, size_t n)
{
	size_t i = 0;
	for (uint64_t word; i + 8 <= n; i += 8) {
		memcpy(&word, p + i, 8);
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < n && (uint8_t)p[i] < 0x80)
		i++;
	return i;
}

size_t utf8_feed(struct utf8 *u, const char *p, size_t n)
{
	size_t i = 0;
	while (i < n) {
		if (!u->need) {
			i += utf8_ascii(p + i, n - i);
			if (i == n)
				break;
			if (!lead(u, (uint8_t)p[i]))
				return i;
		} else {
			uint8_t c = (uint8_t)p[i];
			if (c < u->low || c > u->high)
				return i;
			u->need--;
			u->low = 0x80;
			u->high = 0xbf;
		}
		i++;
	}
	return n;
}

int utf8_next(const char *p, size_t n, uint32_t *out)
{
	struct utf8 u = {0};
	if (!n)
		return 0;
	uint8_t c = (uint8_t)p[0];
	if (c < 0x80) {
		*out = c;
		return 1;
	}
	if (!lead(&u, c))
		return -1;
	int bytes = u.need + 1;
	uint32_t code = c & (0xffU >> (u.need + 2));
	for (size_t i = 1; i < (size_t)bytes; i++) {
		if (i == n)
			return 0;
		c = (uint8_t)p[i];
		if (c < u.low || c > u.high)
			return -1;
		u.low = 0x80;
		u.high = 0xbf;
		code = code << 6 | (c & 0x3f);
	}
	*out = code;
	return bytes;
}

bool utf8_valid(struct span s)
{
	struct utf8 u = {0};
	return utf8_feed(&u, s.p, s.n) == s.n && !u.need;
}

struct span utf8_cut(struct span s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max && ((uint8_t)s.p[max] & 0xc0) == 0x80)
		max--;
	return span_of(s.p, max);
}

void utf8_put(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_char(out, (char)c);
	} else if (c < 0x800) {
		buf_char(out, (char)(0xc0 | c >> 6));
		buf_char(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_char(out, (char)(0xe0 | c >> 12));
		buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_char(out, (char)(0xf0 | c >> 18));
		buf_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

void utf8_repair(struct buf *out, struct span s)
{
	// CP1252 0x80..0x9f; 0 where it has none.
	static const uint16_t high[32] = {0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c,
		0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
		0x0178};
	if (utf8_valid(s)) {
		buf_span(out, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		bool cp1252 = c >= 0x80 && c < 0xa0 && high[c - 0x80];
		utf8_put(out, cp1252 ? high[c - 0x80] : c);
	}
}

size_t utf8_count(struct span s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((uint8_t)s.p[i] & 0xc0) != 0x80;
	return n;
}

// Bytes of the control character that begins at p, 0 when there is none.
static size_t control(const char *p, size_t n)
{
	unsigned char c = (unsigned char)p[0];
	if (c == '\n' || c == '\t')
		return 0;
	if (c < ' ' || c == 0x7f)
		return 1;
	return c == 0xc2 && n > 1 && (unsigned char)p[1] < 0xa0 ? 2 : 0; // U+0080 to U+009F
}

struct span utf8_clean(struct arena *a, struct span s)
{
	size_t from = 0;
	while (from < s.n && !control(s.p + from, s.n - from))
		from++;
	if (from == s.n)
		return s;
	char *out = arena_copy(a, s.p, s.n);
	size_t n = from;
	while (from < s.n) {
		size_t skip = control(s.p + from, s.n - from);
		if (skip)
			from += skip;
		else
			out[n++] = s.p[from++];
	}
	return span_of(out, n);
}
