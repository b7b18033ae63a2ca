// SPDX-License-Identifier: MIT
// tbaMUD and CircleMUD: a tab, or the builders' @, and a letter; [F530], [B530] and [U9973/text];
// ( … ) around a command, <send href='…'> … </send>; !SOUND(…) and !MUSIC(…).
#include "base/utf8.h"
#include "proto/markup_priv.h"

enum { BRACKET_MAX = 48, TAG_MAX = MARKUP_PART_MAX };

// Colours of the 6-level cube: 100 red, 10 green, 1 blue.  The eight usual ones are in the palette.
static const struct {
	char letter;
	uint16_t cube;
} shades[] = {{'a', 14}, {'A', 25}, {'d', 0}, {'D', 111}, {'j', 31}, {'J', 52}, {'l', 140},
	{'L', 250}, {'o', 310}, {'O', 520}, {'p', 301}, {'P', 502}, {'t', 210}, {'T', 421},
	{'v', 104}, {'V', 205}};

static uint8_t shade(unsigned v)
{
	return markup_cube(v / 100, v / 10 % 10, v % 10);
}

static unsigned attribute(char c)
{
	switch (c) {
	case '_': return STYLE_UNDERLINE;
	case '+': return STYLE_BOLD;
	case '-': return STYLE_BLINK;
	case '=': return STYLE_INVERSE;
	default: return 0;
	}
}

static bool letter(struct markup *m, char c, struct rich *out)
{
	int n = markup_letter(c);
	if (c == 'n') {
		markup_reset(m, out);
		return true;
	}
	if (attribute(c)) {
		markup_attribute(m, attribute(c), out);
		return true;
	}
	if (n > 0 && ascii_lower(c) != 'k') {
		markup_fg(m, (uint8_t)(n + (c < 'a' ? 8 : 0)), out);
		return true;
	}
	for (size_t i = 0; i < countof(shades); i++)
		if (shades[i].letter == c) {
			markup_fg(m, shade(shades[i].cube), out);
			return true;
		}
	return false;
}

// U9973/text: a character of Unicode, and what stands for it elsewhere.
static void unicode(struct markup *m, struct span s, struct rich *out)
{
	uint64_t number;
	struct span digits = span_until(s, '/');
	bool is_character = span_uint(digits, 0x10ffff, &number) && number >= 0xa0 &&
			    (number < 0xd800 || number > 0xdfff);
	char bytes[4];
	struct buf text = {.p = bytes, .cap = sizeof bytes};
	if (is_character)
		utf8_put(&text, (uint32_t)number);
	markup_text(m, buf_bytes(&text), out);
}

static bool bracket(struct markup *m, struct span s, struct rich *out)
{
	if (s.n > 1 && ascii_lower(s.p[0]) == 'u') {
		unicode(m, span_of(s.p + 1, s.n - 1), out);
		return true;
	}
	for (size_t i = 1; i < 4; i++)
		if (s.n != 4 || s.p[i] < '0' || s.p[i] > '5')
			return false;
	uint8_t index = markup_cube(
		(unsigned)(s.p[1] - '0'), (unsigned)(s.p[2] - '0'), (unsigned)(s.p[3] - '0'));
	if (ascii_lower(s.p[0]) == 'f')
		markup_fg(m, index, out);
	else if (ascii_lower(s.p[0]) == 'b')
		markup_bg(m, index, out);
	else
		return false;
	return true;
}

static size_t literal(struct markup *m, struct span s, struct rich *out)
{
	markup_text(m, span_of(s.p, 1), out);
	return 1;
}

// Where `end` stands in the line; n: not there.
static size_t find(struct span s, size_t from, size_t n, char end)
{
	while (from < n && s.p[from] != end && s.p[from] != '\n')
		from++;
	return from < n && s.p[from] == end ? from : n;
}

static bool is_undecided(struct span s, size_t max, bool whole)
{
	return s.n < max && !whole && !memchr(s.p, '\n', s.n);
}

static size_t brackets(struct markup *m, struct span s, bool whole, struct rich *out)
{
	size_t n = min_size(s.n, BRACKET_MAX), end = find(s, 2, n, ']');
	if (end == n)
		return is_undecided(s, BRACKET_MAX, whole) ? 0 : literal(m, s, out);
	return bracket(m, span_of(s.p + 2, end - 2), out) ? end + 1 : literal(m, s, out);
}

// ( north ): what stands between is the command.
static size_t parenthesis(struct markup *m, struct span s, bool whole, struct rich *out)
{
	size_t n = min_size(s.n, TAG_MAX), end = find(s, 2, n, s.p[0]);
	if (end + 1 >= n && is_undecided(s, TAG_MAX, whole))
		return 0;
	if (end + 1 < n && s.p[end + 1] == ')')
		markup_link(m, RICH_COMMAND, span_of(s.p + 2, end - 2), out);
	return 2;
}

// <send href='…'> and </send> are links; other tags of MXP are left out.
static size_t tag(struct markup *m, struct span s, bool whole, struct rich *out)
{
	size_t n = min_size(s.n, TAG_MAX), end = find(s, 2, n, '>');
	if (end == n)
		return is_undecided(s, TAG_MAX, whole) ? 0 : literal(m, s, out);
	struct span body = span_of(s.p + 2, end - 2);
	struct span head = span_of(body.p, min_size(body.n, 11));
	if (span_caseeq(body, SPAN("/send"))) {
		markup_link_end(m, out);
	} else if (span_caseeq(head, SPAN("send href='")) ||
		   span_caseeq(head, SPAN("send href=\""))) {
		struct span command = span_of(body.p + 11, body.n - 11);
		markup_link(m, RICH_COMMAND, span_until(command, body.p[10]), out);
	}
	return end + 1;
}

static bool is_sound(struct span s)
{
	return span_starts(s, SPAN("SOUND(")) || span_starts(s, SPAN("MUSIC("));
}

// Nothing to see, for those who do not hear it either.
static size_t sound(struct markup *m, struct span s, bool whole, struct rich *out)
{
	size_t n = min_size(s.n, TAG_MAX), end = find(s, 2, n, ')');
	if (end == n)
		return is_undecided(s, TAG_MAX, whole) ? 0 : literal(m, s, out);
	if (!is_sound(span_of(s.p + 2, end - 2)) || span_has_controls(span_of(s.p + 2, end - 2)))
		return literal(m, s, out);
	struct buf trigger = {0};
	buf_lit(&trigger, "!!");
	text_clean(span_of(s.p + 2, end - 1), &trigger);
	if (m->sounds) {
		rich_mark(out, RICH_SOUND, buf_bytes(&trigger), SPAN(""));
		m->heard = !m->midline;
	}
	buf_fini(&trigger);
	return end + 1;
}

static size_t code(struct markup *m, struct span s, bool whole, struct rich *out)
{
	if (s.n < 2)
		return whole ? literal(m, s, out) : 0;
	char c = s.p[1];
	if (c == s.p[0] || c == '*') { // * is @
		markup_text(m, c == '*' ? SPAN("@") : span_of(&c, 1), out);
		return 2;
	}
	switch (c) {
	case '[': return brackets(m, s, whole, out);
	case '(': return parenthesis(m, s, whole, out);
	case ')': markup_link_end(m, out); return 2;
	case '!': return sound(m, s, whole, out);
	case '<': return tag(m, s, whole, out);
	default: return letter(m, c, out) ? 2 : literal(m, s, out);
	}
}

static void escape(struct span clean, struct buf *out)
{
	markup_escape_doubling("@\t", clean, out);
}

const struct dialect_kind dialect_circle = {
	.word = "circle", .leads = "@\t", .escapes = true, .code = code, .escape = escape};
