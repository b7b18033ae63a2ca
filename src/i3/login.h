// SPDX-License-Identifier: MIT
// Login: the packets that begin and end our time at a router, and what it says to the first.
#pragma once
#include "base/span.h"

struct carrier;
struct i3_link;

void login_send(struct i3_link *);
// shutdown; seconds until we are back: 0, nobody knows
void login_goodbye(struct i3_link *, struct carrier *, int64_t back_s);

void login_refused(struct i3_link *, struct span code, struct span words); // an error in STARTUP
void login_stop_saving(struct i3_link *);                                  // the link goes down
void login_misnamed(struct i3_link *, struct span name); // startup-reply of another name
void login_welcomed(struct i3_link *, int64_t password); // startup-reply
