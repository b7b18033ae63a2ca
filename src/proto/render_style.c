// SPDX-License-Identifier: MIT
// Styles as SGR: which colours a look has, and what is nearest to those it has not.
#include "proto/render_priv.h"

static const struct rgb palette[16] = {{0, 0, 0}, {205, 0, 0}, {0, 205, 0}, {205, 205, 0},
	{0, 0, 238}, {205, 0, 205}, {0, 205, 205}, {229, 229, 229}, {127, 127, 127}, {255, 0, 0},
	{0, 255, 0}, {255, 255, 0}, {92, 92, 255}, {255, 0, 255}, {0, 255, 255}, {255, 255, 255}};
static const uint8_t steps[6] = {0, 95, 135, 175, 215, 255};

static struct rgb indexed(uint8_t n)
{
	if (n < 16)
		return palette[n];
	if (n >= 232) {
		uint8_t grey = (uint8_t)(8 + 10 * (n - 232));
		return (struct rgb){grey, grey, grey};
	}
	n = (uint8_t)(n - 16);
	return (struct rgb){steps[n / 36], steps[n / 6 % 6], steps[n % 6]};
}

struct rgb colour_rgb(const struct colour *c)
{
	return c->kind == COLOUR_RGB ? (struct rgb){c->r, c->g, c->b} : indexed(c->r);
}

static int distance(struct rgb a, struct rgb b)
{
	int r = a.r - b.r, g = a.g - b.g, blue = a.b - b.b;
	return r * r + g * g + blue * blue;
}

static uint8_t nearest_step(uint8_t v)
{
	return v < 48 ? 0 : v < 115 ? 1 : (uint8_t)((v - 35U) / 40);
}

uint8_t colour_to_256(const struct colour *c)
{
	if (c->kind == COLOUR_INDEX)
		return c->r;
	struct rgb want = colour_rgb(c);
	uint8_t cube = (uint8_t)(16 + 36 * nearest_step(want.r) + 6 * nearest_step(want.g) +
				 nearest_step(want.b));
	int mean = (want.r + want.g + want.b) / 3;
	int level = mean < 8 ? 0 : (mean - 3) / 10;
	uint8_t grey = (uint8_t)(232 + (level > 23 ? 23 : level));
	return distance(indexed(grey), want) < distance(indexed(cube), want) ? grey : cube;
}

uint8_t colour_to_16(const struct colour *c)
{
	if (c->kind == COLOUR_INDEX && c->r < 16)
		return c->r;
	struct rgb want = colour_rgb(c);
	uint8_t best = 0;
	for (uint8_t i = 1; i < 16; i++)
		if (distance(palette[i], want) < distance(palette[best], want))
			best = i;
	return best;
}

static struct colour colour_for(const struct look *look, const struct colour *c)
{
	if (c->kind == COLOUR_DEFAULT || look->colours == LOOK_TRUE)
		return *c;
	uint8_t n = look->colours == LOOK_256 ? colour_to_256(c) : colour_to_16(c);
	return (struct colour){COLOUR_INDEX, n, 0, 0};
}

struct style style_for(const struct look *look, const struct style *s)
{
	if (look->colours == LOOK_NONE || look->reader)
		return (struct style){0};
	struct style out = {colour_for(look, &s->fg), colour_for(look, &s->bg), s->attributes};
	if (look->colours != LOOK_16 || look->bright)
		return out;
	if (out.fg.kind == COLOUR_INDEX && out.fg.r >= 8) {
		out.fg.r = (uint8_t)(out.fg.r - 8);
		out.attributes |= STYLE_BOLD;
	}
	if (out.bg.kind == COLOUR_INDEX && out.bg.r >= 8)
		out.bg.r = (uint8_t)(out.bg.r - 8);
	return out;
}

static char *put_number(char *at, unsigned v)
{
	if (v >= 100)
		*at++ = (char)('0' + v / 100);
	if (v >= 10)
		*at++ = (char)('0' + v / 10 % 10);
	*at++ = (char)('0' + v % 10);
	return at;
}

static char *put_parameter(char *at, unsigned v)
{
	if (at[-1] != '[')
		*at++ = ';';
	return put_number(at, v);
}

// first: 30 or 40.
static char *put_colour(char *at, const struct look *look, const struct colour *c, unsigned first)
{
	if (c->kind == COLOUR_INDEX && c->r < 8)
		return put_parameter(at, first + c->r);
	if (c->kind == COLOUR_INDEX && c->r < 16 && look->bright)
		return put_parameter(at, first + 52U + c->r);
	at = put_parameter(at, first + 8);
	if (c->kind == COLOUR_INDEX)
		return put_parameter(put_parameter(at, 5), c->r);
	at = put_parameter(put_parameter(at, 2), c->r);
	return put_parameter(put_parameter(at, c->g), c->b);
}

static bool colour_eq(const struct colour *a, const struct colour *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

// To switch something off all is reset, because old clients do not know 22 to 29, 39 and 49.
static bool must_reset(const struct style *from, const struct style *to)
{
	return (from->attributes & ~to->attributes) ||
	       (from->fg.kind != COLOUR_DEFAULT && to->fg.kind == COLOUR_DEFAULT) ||
	       (from->bg.kind != COLOUR_DEFAULT && to->bg.kind == COLOUR_DEFAULT);
}

void style_put(
	const struct look *look, const struct style *from, const struct style *to, struct buf *out)
{
	static const uint8_t codes[8] = {1, 2, 3, 4, 5, 7, 8, 9}; // by STYLE_ bit
	char text[80] = "\x1b[", *at = text + 2; // ESC [ 0, 8 attributes, 2 colours of 17, m
	struct style have = *from;
	if (style_eq(from, to))
		return;
	if (must_reset(&have, to)) {
		at = put_parameter(at, 0);
		have = (struct style){0};
	}
	unsigned more = to->attributes & ~(unsigned)have.attributes;
	for (unsigned bit = 0; more >> bit; bit++)
		if (more >> bit & 1)
			at = put_parameter(at, codes[bit]);
	if (!colour_eq(&to->fg, &have.fg))
		at = put_colour(at, look, &to->fg, 30);
	if (!colour_eq(&to->bg, &have.bg))
		at = put_colour(at, look, &to->bg, 40);
	*at++ = 'm';
	buf_put(out, text, (size_t)(at - text));
}
