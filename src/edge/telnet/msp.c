// SPDX-License-Identifier: MIT
// MSP: the client takes !!SOUND(…) and !!MUSIC(…) out of text; those of players' making never get there.
#include "edge/telnet_priv.h"

static void on_us(struct telnet *t, bool on)
{
	(void)on;
	telnet_look(t);
}

const struct telnet_option_kind telnet_MSP = {.on_us = on_us};
