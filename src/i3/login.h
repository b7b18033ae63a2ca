// SPDX-License-Identifier: MIT
// Login: the start-up packet, and what to make of the answer.
#pragma once
#include "base/value.h"

struct i3_link;
struct packet;

void login_send(struct i3_link *);
void login_goodbye(struct i3_link *); // shutdown, before the carrier is closed
