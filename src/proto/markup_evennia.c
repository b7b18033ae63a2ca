// SPDX-License-Identifier: MIT
// Evennia: | and a letter, three digits of 0 to 5, =a to =z (greys), #rrggbb; |[ for the background;
// |lc command |lt text |le.  Small letters are the bright ones.
#include "proto/markup_priv.h"

static uint8_t grey(char letter)
{
	return letter == 'a' ? 16 : letter == 'z' ? 231 : (uint8_t)(232 + letter - 'b');
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_level(char c)
{
	return c >= '0' && c <= '5';
}

// How long a colour is that begins with this; 0: none does.
static size_t colour_length(char c)
{
	if (is_level(c))
		return 3;
	if (c == '=')
		return 2;
	if (c == '#')
		return 7;
	return markup_letter(c) >= 0 && ascii_lower(c) != 'k';
}

static bool read_colour(struct span s, struct colour *out)
{
	const char *p = s.p;
	*out = (struct colour){.kind = COLOUR_INDEX};
	if (s.n == 1) {
		out->r = (uint8_t)(markup_letter(p[0]) + (p[0] >= 'a' ? 8 : 0));
	} else if (s.n == 2) {
		if (p[1] < 'a' || p[1] > 'z')
			return false;
		out->r = grey(p[1]);
	} else if (s.n == 3) {
		if (!is_level(p[1]) || !is_level(p[2]))
			return false;
		out->r = markup_cube(
			(unsigned)(p[0] - '0'), (unsigned)(p[1] - '0'), (unsigned)(p[2] - '0'));
	} else {
		int d[6];
		for (int i = 0; i < 6; i++)
			if ((d[i] = hex(p[i + 1])) < 0)
				return false;
		*out = (struct colour){COLOUR_RGB, (uint8_t)(16 * d[0] + d[1]),
			(uint8_t)(16 * d[2] + d[3]), (uint8_t)(16 * d[4] + d[5])};
	}
	return true;
}

static size_t literal(struct markup *m, struct span s, struct rich *out)
{
	markup_text(m, span_of(s.p, 1), out);
	return 1;
}

// A colour behind `head` bytes.
static size_t coloured(struct markup *m, struct span s, size_t head, bool whole, struct rich *out)
{
	size_t n = s.n > head ? colour_length(s.p[head]) : 0;
	struct colour c;
	if (s.n == head && !whole)
		return 0;
	if (!n)
		return literal(m, s, out);
	if (s.n < head + n)
		return whole ? literal(m, s, out) : 0;
	if (!read_colour(span_of(s.p + head, n), &c))
		return literal(m, s, out);
	*(head == 1 ? &m->style.fg : &m->style.bg) = c;
	rich_style(out, &m->style);
	return head + n;
}

// |lc … |lt and |lu … |lt begin a link, |le ends it; |lt alone is nothing.
static size_t link(struct markup *m, struct span s, bool whole, struct rich *out)
{
	size_t n = min_size(s.n, MARKUP_PART_MAX), i = 3;
	if (s.n < 3)
		return whole ? literal(m, s, out) : 0;
	char kind = s.p[2];
	if (kind == 'e')
		markup_link_end(m, out);
	if (kind == 'e' || kind == 't')
		return 3;
	if (kind != 'c' && kind != 'u')
		return literal(m, s, out);
	while (i + 3 <= n && s.p[i] != '\n' && memcmp(s.p + i, "|lt", 3) != 0)
		i++;
	if (i + 3 > n)
		return memchr(s.p, '\n', n) || n == MARKUP_PART_MAX || whole ? literal(m, s, out)
									     : 0;
	if (s.p[i] == '\n')
		return literal(m, s, out);
	markup_link(m, kind == 'c' ? RICH_COMMAND : RICH_URL, span_of(s.p + 3, i - 3), out);
	return i + 3;
}

static const struct {
	char letter, text[5];
	uint8_t on, off;
} simple[] = {
	{'|', "|", 0, 0},
	{'/', "\n", 0, 0},
	{'-', "\t", 0, 0},
	{'_', " ", 0, 0},
	{'>', "    ", 0, 0},
	{'u', "", STYLE_UNDERLINE, 0},
	{'U', "", 0, STYLE_UNDERLINE},
	{'i', "", STYLE_ITALIC, 0},
	{'I', "", 0, STYLE_ITALIC},
	{'s', "", STYLE_STRIKE, 0},
	{'S', "", 0, STYLE_STRIKE},
	{'h', "", STYLE_BOLD, 0},
	{'H', "", 0, STYLE_BOLD},
	{'*', "", STYLE_INVERSE, 0},
	{'^', "", STYLE_BLINK, 0},
};

static size_t code(struct markup *m, struct span s, bool whole, struct rich *out)
{
	if (s.n < 2)
		return whole ? literal(m, s, out) : 0;
	char c = s.p[1];
	for (size_t i = 0; i < countof(simple); i++)
		if (simple[i].letter == c) {
			markup_text(m, span_str(simple[i].text), out);
			m->style.attributes |= simple[i].on;
			m->style.attributes &= (uint8_t)~simple[i].off;
			rich_style(out, &m->style);
			return 2;
		}
	if (c == 'n') {
		markup_reset(m, out);
		return 2;
	}
	if (c == 'l')
		return link(m, s, whole, out);
	return coloured(m, s, c == '[' ? 2 : 1, whole, out);
}

static void escape(struct span clean, struct buf *out)
{
	markup_escape_doubling("|", clean, out);
}

const struct dialect_kind dialect_evennia = {
	.word = "evennia", .leads = "|", .escapes = true, .code = code, .escape = escape};
