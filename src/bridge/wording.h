// SPDX-License-Identifier: MIT
// Wording: how a message of the bridge reads on the network, and a line of the network on the
// bridge: cleaned, and in the form the link's templates give it.
#pragma once
#include "bridge/guard.h"
#include "bridge/message.h"
#include "hub/message.h"
#include "tables/config.h"

enum { BRIDGE_WORDING_NAME_MAX = 64 }; // bytes; what MUDs read of a name

// Towards the network; the text may still be several lines, or empty.
void bridge_wording_out(const struct config_link *, const struct bridge_words *, struct arena *,
	struct bridge_line *);
// What was heard as the guard knows it.  The event is a line or an emote on a channel.
void bridge_wording_line(const struct message *, struct bridge_line *);
// Towards the bridge, but for the side and the id.  False: nothing is left of it.
bool bridge_wording_in(const struct config_link *, const struct message *, struct arena *,
	struct bridge_words *) must_check;
