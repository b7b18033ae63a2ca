// SPDX-License-Identifier: MIT
#include "i3/text.h"
#include "base/utf8.h"

struct span text_clean_name(struct arena *a, struct span s)
{
	s = utf8_clean(a, s);
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
