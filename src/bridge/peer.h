// SPDX-License-Identifier: MIT
// Peer: one connection at /sync, from its upgrade to its end.
//
//	   101          handshake good, acknowledged
//	────────► NEW ──────────────────────────────► JOINED: a mod or the bot
//	           │    (bridge.handshake_timeout,       │    (bridge.read_timeout since it was last
//	           │     one message of 8 KiB)           │     heard, bridge.body_size_mb a message)
//	           └──────────────┬──────────────────────┘
//	                          ▼ closed, by whomever; or a newer one took its place
//	                         LEFT: no recipient any more; gone at the turn's end
//
// Closing codes: 1000 whatever the handshake is refused for, deadlines, and the mod that is replaced;
// 1001 when the daemon or the bridge goes; 1009 a message over the limit.
#pragma once
#include "bridge/bridge.h"
#include "proto/ws.h"

enum bridge_peer_state { BRIDGE_PEER_NEW, BRIDGE_PEER_JOINED, BRIDGE_PEER_LEFT };

struct bridge_peer {
	struct link link; // of the bridge
	struct bridge *bridge;
	struct conn *conn;
	enum bridge_peer_state state;
	struct bridge_greeting greeting; // once joined; ids are its own
	struct bridge_recipient recipient;
};

void bridge_peer_open(struct bridge *, struct conn *, const struct ws_upgrade *); // answers 101
void bridge_peer_ping(struct bridge_peer *, struct span frame);
void bridge_peer_close(struct bridge_peer *, enum ws_code, const char *says, enum conn_close why);
void bridge_peer_rearm(struct bridge_peer *); // the deadline the configuration has now
