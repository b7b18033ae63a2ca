// SPDX-License-Identifier: MIT
// BINARY (RFC 856): agreed to, and nothing changes: bytes above 127 pass in any case, and newlines are
// read as leniently with it as without.
#include "edge/telnet_priv.h"

const struct telnet_option_kind telnet_BINARY = {0};
