// SPDX-License-Identifier: MIT
// TM, timing mark (RFC 860): what came before it has been looked at.  Asked anew each time.
#include "edge/telnet_priv.h"

static void on_us(struct telnet *t, bool on)
{
	if (on)
		telnet_q_forget(&t->q, TELNET_OPT_TM, TELNET_US);
}

const struct telnet_option_kind telnet_TM = {.on_us = on_us};
