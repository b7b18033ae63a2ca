// SPDX-License-Identifier: MIT
// NAWS (RFC 1073): the size of the client's window, two numbers of two bytes; 0 is unknown.
#include "edge/telnet_priv.h"

enum { LEAST = 20, MOST = 1000 }; // columns or rows that anybody has

static uint16_t size(struct span two)
{
	unsigned n = (unsigned)((uint8_t)two.p[0] << 8 | (uint8_t)two.p[1]);
	return (uint16_t)(n == 0 ? 0 : n < LEAST ? LEAST : n > MOST ? MOST : n);
}

static void on_sub(struct telnet *t, struct span says)
{
	telnet_wait(t, TELNET_OPT_NAWS, false);
	if (says.n != 4)
		return;
	uint16_t width = size(span_take(&says, 2)), height = size(says);
	if (width != t->width || height != t->height)
		t->changed |= TERMINAL_SIZE;
	t->width = width;
	t->height = height;
}

static void on_him(struct telnet *t, bool on)
{
	telnet_wait(t, TELNET_OPT_NAWS, on);
}

const struct telnet_option_kind telnet_NAWS = {.on_him = on_him, .on_sub = on_sub};
