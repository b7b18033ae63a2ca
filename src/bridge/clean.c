// SPDX-License-Identifier: MIT
#include "bridge/clean.h"
#include "base/utf8.h"

enum { COLOUR_NAME_MAX = 24, COLOUR_NUMBER_MAX = 107, UTF8_CHARACTER_MAX = 4 };

static struct span rest_of(struct span s, size_t from)
{
	return span_of(s.p + from, s.n - from);
}

// --- terminal sequences (ECMA-48) ---

static bool is_final(char c)
{
	return c >= 0x40 && c <= 0x7e;
}

// ESC [ … final; ESC ] … BEL or ESC \; ESC and one more.  → its bytes, 0: there is none.
static size_t sequence(struct span s)
{
	size_t n = 2;
	if (s.n < 2 || s.p[0] != 0x1b)
		return 0;
	if (s.p[1] == '[') {
		while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x40)
			n++;
		return n < s.n && is_final(s.p[n]) ? n + 1 : n;
	}
	if (s.p[1] != ']')
		return (unsigned char)s.p[1] < 0x80 && (unsigned char)s.p[1] >= 0x20 ? 2 : 1;
	for (; n < s.n; n++)
		if (s.p[n] == '\a')
			return n + 1;
		else if (s.p[n] == 0x1b)
			return n + (n + 1 < s.n && s.p[n + 1] == '\\' ? 2 : 0);
	return n;
}

static bool is_colour_number(unsigned n)
{
	return n < 10 || (n >= 22 && n < 50) || (n >= 90 && n <= COLOUR_NUMBER_MAX);
}

// [1;31m: what is left of a colour when its ESC was taken out.  Not [10m, ten metres.
static size_t remains(struct span s)
{
	unsigned number = 0;
	bool digit = false;
	if (!s.n || s.p[0] != '[')
		return 0;
	for (size_t n = 1; n < s.n && number <= COLOUR_NUMBER_MAX; n++) {
		char c = s.p[n];
		if (c >= '0' && c <= '9') {
			number = number * 10 + (unsigned)(c - '0');
			digit = true;
			continue;
		}
		if (!digit || !is_colour_number(number))
			return 0;
		if (c == 'm')
			return n + 1;
		if (c != ';')
			return 0;
		number = 0;
		digit = false;
	}
	return 0;
}

// --- colours by name ---

static size_t colour_name(struct span s)
{
	size_t n = 0;
	while (n < s.n && n < COLOUR_NAME_MAX &&
		((s.p[n] >= 'A' && s.p[n] <= 'Z') || (s.p[n] >= '0' && s.p[n] <= '9') ||
			s.p[n] == '_' || s.p[n] == '+'))
		n++;
	return n;
}

static bool has_mark(struct span s, size_t at)
{
	return s.n >= at + 2 && s.p[at] == '%' && s.p[at + 1] == '^';
}

static size_t marked(struct span s)
{
	if (!has_mark(s, 0))
		return 0;
	size_t n = 2 + colour_name(rest_of(s, 2));
	return has_mark(s, n) ? n + 2 : 0;
}

// %^RED%^, and %^BOLD%^RED%^, where two share a mark; but of %^RED%^STOP%^RESET%^ STOP stays.
static size_t colours(struct span s)
{
	size_t n = marked(s);
	while (n) {
		struct span rest = rest_of(s, n);
		size_t name = colour_name(rest);
		if (!name || !has_mark(rest, name) || marked(rest_of(rest, name)))
			break;
		n += name + 2;
	}
	return n;
}

// --- the whole ---

static size_t colour(struct span s)
{
	switch (s.p[0]) {
	case 0x1b: return sequence(s);
	case '[': return remains(s);
	case '%': return colours(s);
	}
	return 0;
}

static struct span without_colours(struct arena *a, struct span s)
{
	char *out = arena_copy(a, s.p, s.n);
	size_t n = 0;
	while (s.n) {
		size_t skip = colour(s);
		if (!skip)
			out[n++] = s.p[0];
		span_take(&s, skip ? skip : 1);
	}
	return span_of(out, n);
}

struct span bridge_clean(struct arena *a, struct span s, bool lines)
{
	if (!s.n)
		return s;
	s = utf8_clean(a, without_colours(a, s));
	char *out = arena_copy(a, s.p, s.n);
	for (size_t i = 0; i < s.n; i++)
		if (out[i] == '\t' || (out[i] == '\n' && !lines))
			out[i] = ' ';
	return span_trim(span_of(out, s.n));
}

// --- mentions ---

static bool begins(struct span s, const char *word)
{
	size_t n = strlen(word);
	return s.n >= n && span_caseeq(span_of(s.p, n), span_str(word));
}

// s is what stands behind the @.
static bool is_mention(struct span s, bool bracket)
{
	if (begins(s, "everyone") || begins(s, "here"))
		return true;
	return bracket && s.n &&
	       (s.p[0] == '!' || s.p[0] == '&' || (s.p[0] >= '0' && s.p[0] <= '9'));
}

struct span bridge_defuse(struct arena *a, struct span s)
{
	struct buf out = {0};
	char before = 0;
	if (!s.n || !memchr(s.p, '@', s.n))
		return s;
	while (s.n) {
		char c = *span_take(&s, 1).p;
		buf_char(&out, c);
		if (c == '@' && is_mention(s, before == '<'))
			buf_lit(&out, "\u200b");
		before = c;
	}
	struct span safe = arena_span(a, buf_bytes(&out));
	buf_fini(&out);
	return safe;
}

// --- lines ---

static struct span cut(struct span line, size_t max)
{
	if (line.n <= max)
		return line;
	struct span head = utf8_cut(line, max);
	size_t n = head.n;
	while (n && line.p[n] != ' ')
		n--;
	if (n)
		head.n = n;
	else if (!head.n)
		head = utf8_cut(line, UTF8_CHARACTER_MAX); // not even one character fits
	return head;
}

struct span bridge_next_line(struct span *rest, size_t max)
{
	*rest = span_trim(*rest);
	struct span line = cut(span_until(*rest, '\n'), max);
	span_take(rest, line.n);
	return span_trim(line);
}
