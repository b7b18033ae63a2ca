// SPDX-License-Identifier: MIT
// ECHO (RFC 857): asked for by us it hides a password.  A client that asks for it wants to be shown
// what it types: then it stays on, and hiding is a matter of not showing.
#include "edge/telnet_priv.h"

static void on_us(struct telnet *t, bool on)
{
	if (on && !t->hidden)
		t->echoes = true;
	else if (!on)
		t->echoes = false;
}

const struct telnet_option_kind telnet_ECHO = {.on_us = on_us};
