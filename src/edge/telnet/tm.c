// SPDX-License-Identifier: MIT
// TM, timing mark (RFC 860): what came before it has been looked at.  It is asked anew each time, by
// plain telnet at each interrupt, and nothing is shown until the answer: so there is always one, at
// the rate of lines.
#include "edge/telnet_priv.h"

static void on_us(struct telnet *t, bool on)
{
	if (!on)
		return;
	telnet_q_forget(&t->q, TELNET_OPT_TM, TELNET_US);
	telnet_spend(t);
}

const struct telnet_option_kind telnet_TM = {.on_us = on_us};
