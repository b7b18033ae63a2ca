// SPDX-License-Identifier: MIT
// shutdown: a MUD tells its router that it leaves.  A router that says it to us means itself; from a
// MUD it is not for us.  6: seconds.
#include "i3/service.h"

const struct service service_shutdown = {
	.type = "shutdown",
	.elements = PACKET_HEADER,
	.hear = event_shutdown,
};
