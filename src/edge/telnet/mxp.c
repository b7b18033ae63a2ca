// SPDX-License-Identifier: MIT
// MXP: tags in text.  It begins with IAC SB 91 IAC SE, and at once with the mode that what we write is
// made for (MXP_OPEN): in it no text can hold a tag, because & < > are sent as entities.
#include "edge/telnet_priv.h"

static void on_agreed(struct telnet *t, bool on)
{
	bool both = telnet_us(t, TELNET_OPT_MXP) && telnet_him(t, TELNET_OPT_MXP);
	if (on && !both) {
		telnet_sub(t, TELNET_OPT_MXP, (struct span){0});
		telnet_write(t, SPAN(MXP_OPEN));
	}
	telnet_look(t);
}

const struct telnet_option_kind telnet_MXP = {.on_us = on_agreed, .on_him = on_agreed};
