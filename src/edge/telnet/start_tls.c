// SPDX-License-Identifier: MIT
// START_TLS is not agreed to: a listener of its own (telnets) has no plain text before it that could be
// tampered with.
#include "edge/telnet_priv.h"

static bool offers(const struct telnet *t)
{
	(void)t;
	return false;
}

const struct telnet_option_kind telnet_START_TLS = {.offers = offers};
