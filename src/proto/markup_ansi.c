// SPDX-License-Identifier: MIT
// SGR (ECMA-48 8.3.117, ITU T.416 for 38 and 48): what a terminal shows, as a style.
#include "proto/markup_priv.h"

enum { PARAMETERS_MAX = 32, VALUE_MAX = 9999 };

struct parameter {
	uint16_t value;
	bool empty;
	bool sub; // stands behind a colon: belongs to the one before
};

static size_t read_parameters(struct span s, struct parameter *at)
{
	size_t n = 1;
	at[0] = (struct parameter){.empty = true};
	for (size_t i = 0; i < s.n; i++) {
		struct parameter *p = &at[n - 1];
		if (s.p[i] >= '0' && s.p[i] <= '9') {
			unsigned value = p->value * 10U + (unsigned)(s.p[i] - '0');
			p->value = value > VALUE_MAX ? VALUE_MAX : (uint16_t)value;
			p->empty = false;
		} else if ((s.p[i] == ';' || s.p[i] == ':') && n < PARAMETERS_MAX) {
			at[n++] = (struct parameter){.empty = true, .sub = s.p[i] == ':'};
		} else {
			return 0; // private, or more than anybody sends: not ours
		}
	}
	return n;
}

static bool rgb(const struct parameter *p, struct colour *out)
{
	if (p[0].value > 255 || p[1].value > 255 || p[2].value > 255)
		return false;
	*out = (struct colour){
		COLOUR_RGB, (uint8_t)p[0].value, (uint8_t)p[1].value, (uint8_t)p[2].value};
	return true;
}

static bool indexed(const struct parameter *p, struct colour *out)
{
	if (p->value > 255)
		return false;
	*out = (struct colour){COLOUR_INDEX, (uint8_t)p->value, 0, 0};
	return true;
}

// 38:5:n, 38:2:r:g:b and 38:2:space:r:g:b, where n counts all of it.
static void extended_colons(const struct parameter *p, size_t n, struct colour *out)
{
	if (n >= 3 && p[1].value == 5)
		(void)indexed(p + 2, out);
	else if (n >= 6 && p[1].value == 2)
		(void)rgb(p + 3, out);
	else if (n == 5 && p[1].value == 2)
		(void)rgb(p + 2, out);
}

// 38;5;n and 38;2;r;g;b.  → parameters it has taken; all that are left when it is neither.
static size_t extended(const struct parameter *p, size_t n, struct colour *out)
{
	if (n >= 3 && p[1].value == 5)
		return indexed(p + 2, out), 3;
	if (n >= 5 && p[1].value == 2)
		return rgb(p + 2, out), 5;
	return n;
}

static void attribute(struct style *s, unsigned v)
{
	static const uint8_t on[] = {0, STYLE_BOLD, STYLE_DIM, STYLE_ITALIC, STYLE_UNDERLINE,
		STYLE_BLINK, STYLE_BLINK, STYLE_INVERSE, STYLE_CONCEAL, STYLE_STRIKE};
	if (v == 0)
		*s = (struct style){0};
	else if (v <= 9)
		s->attributes |= on[v];
	else if (v == 21) // doubly
		s->attributes |= STYLE_UNDERLINE;
	else if (v == 22)
		s->attributes &= (uint8_t) ~(STYLE_BOLD | STYLE_DIM);
	else if (v >= 23 && v <= 29 && v != 26)
		s->attributes &= (uint8_t)~on[v - 20];
}

static void colour(struct style *s, unsigned v)
{
	struct colour *to = (v >= 40 && v < 50) || v >= 100 ? &s->bg : &s->fg;
	unsigned digit = v % 10;
	if (digit == 9)
		*to = (struct colour){0};
	else if (digit < 8)
		*to = (struct colour){COLOUR_INDEX, (uint8_t)(v >= 90 ? digit + 8 : digit), 0, 0};
}

static void plain(struct style *s, unsigned v)
{
	if (v < 30)
		attribute(s, v);
	else if (v < 50 || (v >= 90 && v < 98) || (v >= 100 && v < 108))
		colour(s, v);
}

// → parameters it has taken.
static size_t one(struct style *s, const struct parameter *p, size_t n)
{
	size_t subs = 1;
	unsigned v = p->value;
	struct colour ignored = {0};
	while (subs < n && p[subs].sub)
		subs++;
	bool is_extended = v == 38 || v == 48 || v == 58; // 58: of the underline
	struct colour *to = v == 38 ? &s->fg : v == 48 ? &s->bg : &ignored;
	if (is_extended && subs == 1)
		return extended(p, n, to);
	if (is_extended)
		extended_colons(p, subs, to);
	else if (v == 4 && subs > 1 && p[1].value == 0) // 4:0 is none, 4:3 a curly one
		s->attributes &= (uint8_t)~STYLE_UNDERLINE;
	else
		plain(s, v);
	return subs;
}

void markup_sgr(struct style *s, struct span parameters)
{
	struct parameter at[PARAMETERS_MAX];
	size_t n = read_parameters(parameters, at);
	for (size_t i = 0; i < n;)
		i += one(s, at + i, n - i);
}

static void escape(struct span clean, struct buf *out)
{
	buf_span(out, clean); // there is no ESC in it
}

const struct dialect_kind dialect_ansi = {.word = "ansi", .escapes = true, .escape = escape};
