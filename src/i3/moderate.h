// SPDX-License-Identifier: MIT
// Moderate: what the hub's moderation lets in of the packets for us.
#pragma once
#include "base/base.h"

struct i3_link;
struct packet;

// False: it goes no further, and its sender has been told when somebody may be waiting.  What
// people would read of it may have been masked.
bool moderate_lets_in(struct i3_link *, struct packet *);
