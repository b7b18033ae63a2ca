// SPDX-License-Identifier: MIT
// START_TLS is refused: on a listener of its own (telnets) nothing plain comes before TLS, which
// somebody between could have changed; and the clients of Debian that know TLS do not know this option.
#include "edge/telnet_priv.h"

const struct telnet_option_kind telnet_START_TLS = {0};
