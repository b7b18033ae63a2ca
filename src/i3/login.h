// SPDX-License-Identifier: MIT
// Login: the packets that begin and end our time at a router.
#pragma once
struct i3_link;

void login_send(struct i3_link *);
void login_goodbye(struct i3_link *); // shutdown, before the carrier is closed
