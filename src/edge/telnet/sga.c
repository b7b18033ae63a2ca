// SPDX-License-Identifier: MIT
// SGA (RFC 858): no GA behind prompts.  Clients that ask for it may send single characters, which
// telnet_edit.c then makes lines of.  It is not offered: with ECHO it would bring plain telnet to that.
#include "edge/telnet_priv.h"

const struct telnet_option_kind telnet_SGA = {0};
