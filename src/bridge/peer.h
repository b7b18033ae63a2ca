// SPDX-License-Identifier: MIT
// Peer: one connection at /sync, from its upgrade to its end.
//
//	   101          handshake good, acknowledged
//	────────► NEW ──────────────────────────────► JOINED: a mod or the bot
//	           │    (bridge.handshake_timeout,       │    (bridge.read_timeout since it was last
//	           │     one message of 8 KiB)           │     heard or, waiting, answered;
//	           │                                     │     bridge.body_size_mb a message)
//	           └──────────────┬──────────────────────┘
//	                          ▼ closed, by whomever; or a newer one took its place
//	                         LEFT: no recipient any more; gone at the turn's end
//
// One of version 1 is a recipient of the route, one of version 2 a consumer of streams.
//
// Closing codes: 1000 whatever the handshake is refused for, deadlines, and the mod that is
// replaced; 1001 when the daemon or the bridge goes; 1009 a message over the limit.
#pragma once
#include "base/metric.h"
#include "bridge/bridge.h"
#include "bridge/consumer.h"
#include "proto/ws.h"

enum bridge_peer_state { BRIDGE_PEER_NEW, BRIDGE_PEER_JOINED, BRIDGE_PEER_LEFT };

struct bridge_peer {
	struct link link; // of the bridge
	struct bridge *bridge;
	struct conn *conn;
	enum bridge_peer_state state;
	struct bridge_greeting greeting; // once joined; ids are its own
	struct bridge_recipient recipient;
	struct bridge_consumer *consumer; // NULL: of version 1
	bool waits; // not read from until answered: of version 1, whose answers have no msg_id, one
		    // at a time; of version 2, when it has too much on its way
	uint64_t waited_ms;                    // when that began, or ended, or the last answer came
	size_t n_unanswered, unanswered_bytes; // of version 2
};

void bridge_peer_open(struct bridge *, struct conn *, const struct ws_upgrade *); // answers 101
void bridge_peer_ping(struct bridge_peer *, struct span frame);
void bridge_peer_close(struct bridge_peer *, enum ws_code, const char *says, enum conn_close why);
void bridge_peer_rearm(struct bridge_peer *); // the deadline the configuration has now

void bridge_peer_greet(struct bridge_peer *, struct span text); // its handshake
void bridge_peer_leave(struct bridge_peer *);                   // it hears nothing any more
void bridge_peer_refuse(struct bridge_peer *, const char *words, int code);
void bridge_peer_send(struct bridge_peer *); // bridge->text
void bridge_peer_wait(struct bridge_peer *, bool waits);
enum metric bridge_peer_gauge(const struct bridge_peer *); // of mods, or bots
