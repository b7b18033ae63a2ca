// SPDX-License-Identifier: MIT
// Routers: which of the configured ones a link uses, and when it is time for the next.
#pragma once
#include "tables/config.h"

struct i3_link;

enum {
	ROUTERS_LOSSES = 3,         // so many within …
	ROUTERS_LOSSES_MS = 600000, // … this time, and the next router is tried
};

struct routers {
	unsigned at;                      // of the list
	uint64_t lost_ms[ROUTERS_LOSSES]; // the last losses, newest first
};

const struct config_router_address *routers_at(const struct i3_link *);
void routers_name(struct i3_link *); // l->router becomes the name of the one at hand
void routers_next(struct i3_link *);
// Counts a loss.  True when this was one too many in too short a time.
bool routers_lost(struct i3_link *) must_check;
