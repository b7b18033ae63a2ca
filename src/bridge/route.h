// SPDX-License-Identifier: MIT
// Route: who gets what.  A *lane* is what one side says in one channel; recipients join lanes, or
// all lanes of a side.  What no recipient takes waits in its lane.  Knows no socket: a peer is one
// kind of recipient.
//
//	bridge_route_send() ──► lane (side, channel) ──► every recipient of the lane and the side
//	                          │            └──────► those aside, at once and once only
//	                          │ nobody takes it         ▲
//	                          └──► queue ───────────────┘ a recipient joins, or is ready again
#pragma once
#include "base/map.h"
#include "bridge/message.h"

enum {
	// Channels that messages wait in, per side: whoever has the key may make channels up.
	BRIDGE_LANES_MAX = 10000,
	BRIDGE_WAITING_MAX = 64 << 20, // bytes that wait in all channels together
};
// A message that has waited so long is dropped: else the channels of games that are gone for good
// would stay until the bound above is reached.
#define BRIDGE_WAITING_MS (UINT64_C(7) * 24 * 3600 * 1000)

struct bridge_lane;

// Embedded in whoever gets messages, and in at most one lane or side at a time.
struct bridge_recipient {
	struct link link;
	struct bridge_lane *lane; // NULL: in no single one
	enum bridge_side side;    // whose words it gets
	// False: not now; bridge_route_ready() when it can again.  The message is a loan; what
	// takes its frame shares it with the others.  Must not join or leave from in here.
	bool (*take)(struct bridge_recipient *, struct bridge_message *);
	// It hears what is said while it is said and never what waits; and that it has taken a
	// message is no reason for others not to get it later.
	bool aside;
};

struct bridge_route {
	struct map lanes[BRIDGE_SIDES];        // by channel
	struct link everything[BRIDGE_SIDES];  // recipients of all lanes of a side
	struct link waiting[BRIDGE_SIDES];     // lanes with a queue, the first to wait first
	size_t n_waiting[BRIDGE_SIDES], bytes; // of all queues
	bool joined[BRIDGE_SIDES]; // somebody not aside who hears that side has ever been here
	uint32_t queue_max;
};

void bridge_route_init(struct bridge_route *, uint32_t queue_max);
void bridge_route_fini(struct bridge_route *); // recipients must have left; what waits is lost
void bridge_route_configure(struct bridge_route *, uint32_t queue_max);

void bridge_recipient_init(struct bridge_recipient *,
	bool (*take)(struct bridge_recipient *, struct bridge_message *));
// It gets what this side says from now on in the channel, or with an empty one in all; and first
// what waits.
void bridge_route_join(
	struct bridge_route *, struct bridge_recipient *, enum bridge_side, struct span channel);
void bridge_route_leave(struct bridge_route *, struct bridge_recipient *); // twice is harmless
void bridge_route_ready(struct bridge_route *, struct bridge_recipient *); // it takes again

// Takes the message over.  Completed: at least one took it, if only one aside.
enum bridge_status bridge_route_send(struct bridge_route *, struct bridge_message *);
// The same, only to those who can take it now, and then to those aside.  False: nobody who is not
// aside can, and it is the caller's still.
bool bridge_route_take(struct bridge_route *, struct bridge_message *) must_check;

// The same, only to those aside.  False: nobody took it.
bool bridge_route_tell_aside(struct bridge_route *, struct bridge_message *);

void bridge_route_expire(struct bridge_route *); // drops what has waited too long
