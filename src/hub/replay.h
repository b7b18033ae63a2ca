// SPDX-License-Identifier: MIT
// Replay: what a session that is BEHIND has on its tape goes to its outlet, as there is room.
#pragma once
#include <stddef.h>

struct hub;

// The sessions that are BEHIND, one after the other, up to so many bytes of text: each is LIVE
// afterwards, its outlet is full, or it is still on the hub's list.
void replay(struct hub *, size_t bytes);
