// SPDX-License-Identifier: MIT
// MSSP: what crawlers are told of the game, as VAR name VAL value, a further value as a VAL of its own.
#include "edge/telnet_priv.h"

enum { VAR = 1, VAL = 2 };

static void put(struct buf *b, uint8_t mark, struct span text)
{
	buf_char(b, (char)mark);
	for (size_t i = 0; i < text.n; i++)
		if ((uint8_t)text.p[i] > VAL)
			buf_char(b, text.p[i]);
}

static struct span next(struct span *pairs)
{
	struct span text = span_until(*pairs, '\0');
	span_take(pairs, min_size(text.n + 1, pairs->n));
	return text;
}

static void on_us(struct telnet *t, bool on)
{
	struct buf pairs = {0}, says = {0};
	struct span last = {0};
	if (!on)
		return;
	t->terminal.events->mssp(t->terminal.player, &pairs);
	for (struct span all = buf_bytes(&pairs); all.n;) {
		struct span name = next(&all), value = next(&all);
		if (!span_eq(name, last))
			put(&says, VAR, name);
		put(&says, VAL, value);
		last = name;
	}
	telnet_sub(t, TELNET_OPT_MSSP, buf_bytes(&says));
	buf_fini(&pairs);
	buf_fini(&says);
}

const struct telnet_option_kind telnet_MSSP = {.on_us = on_us};
