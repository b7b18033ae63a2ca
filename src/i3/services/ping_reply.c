// SPDX-License-Identifier: MIT
// ping-reply: that it came is all it says.
#include "i3/service.h"

const struct service service_ping_reply = {
	.type = "ping-reply",
	.elements = PACKET_HEADER,
};
