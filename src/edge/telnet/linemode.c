// SPDX-License-Identifier: MIT
// LINEMODE (RFC 1184) is refused: clients that have it edit lines by themselves without it, too.
#include "edge/telnet_priv.h"

const struct telnet_option_kind telnet_LINEMODE = {0};
