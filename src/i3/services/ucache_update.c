// SPDX-License-Identifier: MIT
// ucache-update: news of a user for those who keep a cache of them.  We do not.
#include "i3/service.h"

const struct service service_ucache_update = {
	.type = "ucache-update",
	.elements = PACKET_HEADER,
};
