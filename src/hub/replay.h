// SPDX-License-Identifier: MIT
// Replay: what a session that is BEHIND has on its tape goes to its outlet, as there is room.
#pragma once

struct session;

void replay(struct session *); // afterwards it is LIVE, or its outlet is full
