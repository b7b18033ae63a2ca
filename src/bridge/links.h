// SPDX-License-Identifier: MIT
// Links: all of the configuration, what they have heard, and how they are.
#pragma once
#include "bridge/link.h"

struct bridge_links_ops {                    // of who owns them
	void (*wake)(struct bridge_links *); // bridge_links_run() is to be called in another turn
	void (*pass)(struct bridge_links *,
		struct bridge_message *); // to all who hear it; takes it over
};

void bridge_links_init(struct bridge_links *, struct hub *, struct bridge_route *,
	const struct bridge_links_ops *);
void bridge_links_fini(struct bridge_links *);
// Opens what is new, closes what is gone; the others go on with what their entries say now.
void bridge_links_configure(struct bridge_links *, const struct config *);
void bridge_links_run(struct bridge_links *); // brings on what was heard; what comes of it waits
struct value bridge_links_value(const struct bridge_links *, struct arena *); // for /health
