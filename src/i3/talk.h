// SPDX-License-Identifier: MIT
// Talk: what tell and emoteto have in common, and channel-m, -e and -t.
#pragma once
#include "hub/message.h"
#include "hub/uplink.h"

struct i3_link;
struct packet;

void talk_hear(struct i3_link *, const struct packet *, enum event);
enum sent talk_submit(struct i3_link *, const struct intent *, const char *type, struct span text);
struct span talk_emote(
	struct i3_link *, struct span text); // with $N in it, at the front if need be

struct talk_line {
	enum event event;
	struct span visname, text;
	struct span target_mud, target_user, text_others; // channel-t only
	struct span from_mud, from_user; // the packet's, put in by talk_hear_channel()
};
void talk_hear_channel(struct i3_link *, const struct packet *, const struct talk_line *);
enum sent talk_submit_channel(
	struct i3_link *, const struct intent *, const char *type, struct span text);
