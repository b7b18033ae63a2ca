// SPDX-License-Identifier: MIT
// Login: the packets that begin and end our time at a router.
#pragma once
#include <stdint.h>

struct carrier;
struct i3_link;

void login_send(struct i3_link *);
// shutdown; seconds until we are back: 0, nobody knows
void login_goodbye(struct i3_link *, struct carrier *, int64_t back_s);
