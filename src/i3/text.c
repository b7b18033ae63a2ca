// SPDX-License-Identifier: MIT
#include "i3/text.h"

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

struct span text_clean(struct arena *a, struct span s)
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

struct span text_clean_name(struct arena *a, struct span s)
{
	s = text_clean(a, s);
	if (!s.n || (!memchr(s.p, '\n', s.n) && !memchr(s.p, '\t', s.n)))
		return s;
	char *out = arena_copy(a, s.p, s.n);
	for (size_t i = 0; i < s.n; i++)
		if (out[i] == '\n' || out[i] == '\t')
			out[i] = ' ';
	return span_of(out, s.n);
}

struct span text_lower(struct arena *a, struct span s)
{
	char *out = arena_copy(a, s.p, s.n);
	for (size_t i = 0; i < s.n; i++)
		out[i] = ascii_lower(out[i]);
	return span_of(out, s.n);
}

static size_t find(struct span s, struct span part)
{
	if (!s.n)
		return 0;
	const char *at = memmem(s.p, s.n, part.p, part.n);
	return at ? (size_t)(at - s.p) : s.n;
}

bool text_has(struct span s, struct span part)
{
	return find(s, part) < s.n;
}

static bool is_inside_word(char c)
{
	return c == '_' || c == '-' || (c >= '0' && c <= '9') ||
	       (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

bool text_has_word(struct span s, struct span word)
{
	char before = ' ';
	for (size_t at; word.n && (at = find(s, word)) < s.n; before = s.p[-1]) {
		char left = at ? s.p[at - 1] : before;
		span_take(&s, at + word.n);
		if (!is_inside_word(left) && (!s.n || !is_inside_word(s.p[0])))
			return true;
	}
	return false;
}

struct span text_join(struct arena *a, struct span x, struct span y)
{
	char *out = arena_alloc(a, x.n + y.n);
	if (x.n)
		memcpy(out, x.p, x.n);
	if (y.n)
		memcpy(out + x.n, y.p, y.n);
	return span_of(out, x.n + y.n);
}
