// SPDX-License-Identifier: MIT
// router-shutdown: some routers say when they go down.  6: seconds until they are back, 0 for good.
#include "i3/service.h"

const struct service service_router_shutdown = {
	.type = "router-shutdown",
	.elements = 7,
	.hear = event_shutdown,
};
