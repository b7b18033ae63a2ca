// SPDX-License-Identifier: MIT
// Person: what ucache-update and chan-user-reply tell of a player of the sender.
// 6 user, 7 visname, 8 gender: 0 male, 1 female, 2 neuter.
#pragma once
#include "base/value.h"

struct i3_link;
struct packet;

// Kept, and told to our sessions when it is new.  → from_mud, user, visname, gender, gender_name.
struct value_list person_heard(struct i3_link *, const struct packet *);
void person_facts(
	const struct value_list *heard, struct value_list *out); // without from_mud and user
