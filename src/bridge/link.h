// SPDX-License-Identifier: MIT
// Link: a channel of the bridge and one of the network that are one conversation.  Towards the
// bridge it is a member of both sides, towards the network a session of an identity.
//
//	mods, bots ──► recipients ─ trail, wording, moderation ─► uplink ──► channel
//	             ◄── route ◄─── bridge_links_run() ◄─── hear ◄── session ◄──┘
//
// What is heard waits for a turn of its own: the hub and the router in this process call from
// inside their work, and what a link says may be heard by another before it has been said.
#pragma once
#include "bridge/guard.h"
#include "bridge/route.h"
#include "hub/hub.h"
#include "tables/config.h"

enum {
	// Lines one message becomes: more would be a flood, by which routers lose patience.
	BRIDGE_LINK_LINES_MAX = 4,
	BRIDGE_LINK_LINE_MAX = 4000, // bytes; what MUDs read of a line
	// Lines heard in one turn that wait to be brought on; each is two messages.
	BRIDGE_LINKS_HEARD_MAX = 2000,
};

struct bridge_links {
	struct hub *hub;
	struct bridge_route *route;
	const struct config *config; // a loan; replaced on reload
	struct link links;           // struct bridge_link, in the configuration's order
	struct link heard;           // struct bridge_message
	size_t n_heard;
	struct bridge_guard guard;
	uint64_t number;                       // of the last link
	uint64_t slots[BRIDGE_LINKS_MAX / 64]; // a bit for each that is taken
	const struct bridge_links_ops *ops;
};

struct bridge_link {
	struct link link;
	struct bridge_links *all;
	const struct config_link *config; // of all->config
	uint64_t number;                  // in trails; never used twice
	unsigned slot;                    // for the guard
	struct session *session;
	struct bridge_recipient recipients[BRIDGE_SIDES];
};

struct bridge_link *bridge_link_open(struct bridge_links *, const struct config_link *);
void bridge_link_close(struct bridge_link *); // frees it
// "up", or what keeps it from the network.
const char *bridge_link_state(const struct bridge_link *, struct arena *);
