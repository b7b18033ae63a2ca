// SPDX-License-Identifier: MIT
// Trail: where one message has been, bridge channels and channels of the network, and which link
// brought it there.  A message goes to no stop twice, so however links are laid there are no loops:
//
//	mod ──► lobby ──1──► chat                lobby, arena: channels of the bridge
//	          ✗            │                 chat, trade: of the network
//	          4            2
//	          │            ▼                 1 to 4: links; 4 is too late, lobby was first
//	        trade ◄──3── arena
//
// Only the link that was first may bring more: a long message is several lines of the network.
#pragma once
#include "base/span.h"

struct bridge_trail;

enum bridge_stop_kind { BRIDGE_STOP_CHANNEL, BRIDGE_STOP_NETWORK };

// What a stop is known by: names are the configuration's, nobody else makes two of them alike.
uint64_t bridge_stop(enum bridge_stop_kind, struct span name);

enum bridge_entry { BRIDGE_ENTRY_FIRST, BRIDGE_ENTRY_MORE, BRIDGE_ENTRY_NOT };

struct bridge_trail *bridge_trail_new(void) must_check;
struct bridge_trail *bridge_trail_ref(struct bridge_trail *);
void bridge_trail_unref(struct bridge_trail *); // NULL is harmless
// `by` is a link's number, 0: none, the message was said there.
enum bridge_entry bridge_trail_enter(struct bridge_trail *, uint64_t stop, uint64_t by);
bool bridge_trail_open(const struct bridge_trail *, uint64_t stop, uint64_t by); // may it enter?
void bridge_trail_retract(struct bridge_trail *, uint64_t stop); // it could not go there
