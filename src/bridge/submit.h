// SPDX-License-Identifier: MIT
// Submit: what is said in the bridge, on its way to those who hear it: peers of version 1 over the
// route, consumers of version 2 over streams.  Both are told, whoever said it.
//
//	said by      to peers of version 1        to a stream           its sender is answered
//	version 1    at once                      if there is one       at once when a peer took it,
//	                                                                else when the stream has it
//	version 2    when the stream has it       always, but for what  when the stream has it
//	                                          a peer of version 1
//	                                          took while there was none
//
// A sender of version 1 may use an id twice and means two messages by it; of version 2, one.
#pragma once
#include "bridge/message.h"

enum {
	// Of one sender of version 2 on their way to the disk; then it is not read from.  Several
	// senders fit into what streams take (bridge/stream.h), and none is refused for its haste.
	BRIDGE_UNANSWERED_MAX = 256,
	BRIDGE_UNANSWERED_BYTES_MAX = 1 << 20,
};

struct bridge;
struct bridge_peer;

struct bridge_submission; // one that waits for its stream

void bridge_submit(struct bridge_peer *, const struct bridge_words *);
// Of somebody who is no peer: takes the message over, as bridge_route_send() does.
enum bridge_status bridge_pass(struct bridge *, struct bridge_message *);

void bridge_submit_leave(struct bridge_peer *); // what it said goes on, its answers do not
void bridge_submit_fini(struct bridge *);       // streams are gone
