// SPDX-License-Identifier: MIT
// Operate: what the methods about the router and the bridge in this process have in common.
#pragma once
#include "api/method.h"
#include "hub/bridging.h"

struct network *call_network(struct call *);        // NULL: there is none, and the call has failed
bool call_operated(struct call *, const char *why); // NULL: done; else failed
bool call_read_ban(struct call *, struct network_ban *) must_check; // mud_name or address
struct bridging *call_bridging(struct call *); // NULL: it is off, and the call has failed
