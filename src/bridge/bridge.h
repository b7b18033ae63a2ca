// SPDX-License-Identifier: MIT
// Bridge: the face towards game-server mods and chat bots, WebSocket /sync, JSON texts
// (bridge/message.h).  Every connection is a *peer*.  Those of version 1 get what bridge/route.h
// says; those of version 2 are consumers (bridge/consumer.h) of streams (bridge/streams.h).
#pragma once
#include "bridge/links.h"
#include "bridge/route.h"
#include "bridge/streams.h"
#include "net/conn.h"
#include "proto/http.h"
#include "tables/config.h"

enum {
	BRIDGE_GREETING_MAX = 8 << 10, // bytes of a handshake: two ids and what they stand in
	BRIDGE_PEERS_MAX = 1000,       // game servers of one community; each may keep us busy
	// Bytes a peer may be behind with reading; then what is for it waits in the queues.  One
	// turn's burst of a hundred mods fits.
	BRIDGE_BEHIND_MAX = 4 << 20,
	BRIDGE_OUT_AGE_MS = 5000, // the protocol's time for a write
};

struct bridge_peer;

struct bridge {
	struct net *net;
	const struct config *config; // a loan; replaced on reload
	struct bridge_route route;
	struct bridge_links links;
	struct timer heard; // by links: brought on in a turn of its own
	struct streams *streams;
	struct link submissions;      // struct bridge_submission
	uint64_t started_us, unnamed; // make ids for messages of version 1
	struct link peers;            // struct bridge_peer
	size_t n_peers;
	struct bridge_peer *bot;   // the one of version 1 there may be, or NULL
	struct conn_limits limits; // of peers that have said who they are
	struct timer pinger;       // pings, and what has waited too long
	struct timer pacer;        // of consumers that take only so many messages in a time
	uint64_t pace_ms;          // when it is due; 0: it is not set
	struct log_pace wrong_keys, malformed, not_kept;
	struct arena arena;     // of the message at hand
	struct arena lines;     // of those that are joined
	struct buf text, frame; // scratch of the message at hand
};

// Links open at once, so the identities of the configuration must be there.  Blocks: start-up only.
struct bridge_parts {
	struct net *net;
	struct hub *hub;
	struct store *store;
};
void bridge_init(struct bridge *, const struct bridge_parts *, const struct config *);
void bridge_fini(struct bridge *);               // peers must be gone
void bridge_end(struct bridge *);                // instead, when peers would not go in time
void bridge_minute(struct bridge *);             // its owner calls it once a minute
struct bridging *bridge_queues(struct bridge *); // NULL: the bridge is off
// A bridge switched off, or a key that is gone, ends connections.
void bridge_reload(struct bridge *, const struct config *);
void bridge_goodbye(struct bridge *); // closes every peer with 1001

// A request for /sync: answers it with 101 or refuses it (400, 401, 403, 404, 426, 503), in which
// case the connection is closed.  The conn has spoken HTTP until now.
void bridge_upgrade(struct bridge *, struct conn *, const struct http_request *);

void bridge_pace(struct bridge *, uint64_t due_ms); // some consumer is to be given more then
