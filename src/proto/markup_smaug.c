// SPDX-License-Identifier: MIT
// SMAUG: & and a letter for the text, ^ for the background, } for blinking text.
#include "proto/markup_priv.h"

static int colour(char c)
{
	static const char letters[] = "xrgObpcwzRGYBPCW";
	const char *found = c ? strchr(letters, c) : NULL;
	return found ? (int)(found - letters) : -1;
}

static unsigned attribute(char c)
{
	switch (c) {
	case 'u': return STYLE_UNDERLINE;
	case 'i': return STYLE_ITALIC;
	case 'v': return STYLE_INVERSE;
	case 's': return STYLE_STRIKE;
	default: return 0;
	}
}

// → false: no code.
static bool apply(struct markup *m, char lead, char c, struct rich *out)
{
	int n = colour(c);
	if (c == lead) {
		markup_text(m, span_of(&lead, 1), out);
	} else if (lead == '&' && ascii_lower(c) == 'd') {
		markup_reset(m, out);
	} else if (lead == '&' && attribute(c)) {
		markup_attribute(m, attribute(c), out);
	} else if (n < 0) {
		return false;
	} else if (lead == '^') {
		markup_bg(m, (uint8_t)n, out);
	} else {
		m->style.attributes &= (uint8_t)~STYLE_BLINK;
		m->style.attributes |= lead == '}' ? STYLE_BLINK : 0;
		markup_fg(m, (uint8_t)n, out);
	}
	return true;
}

static size_t code(struct markup *m, struct span s, bool whole, struct rich *out)
{
	if (s.n < 2 && !whole)
		return 0;
	if (s.n >= 2 && apply(m, s.p[0], s.p[1], out))
		return 2;
	markup_text(m, span_of(s.p, 1), out);
	return 1;
}

static void escape(struct span clean, struct buf *out)
{
	markup_escape_doubling("&^}", clean, out);
}

const struct dialect_kind dialect_smaug = {
	.word = "smaug", .leads = "&^}", .escapes = true, .code = code, .escape = escape};
