// SPDX-License-Identifier: MIT
// EOR (RFC 885): IAC 239 behind each prompt; see telnet_out.c.
#include "edge/telnet_priv.h"

const struct telnet_option_kind telnet_EOR = {0};
