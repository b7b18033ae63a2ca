// SPDX-License-Identifier: MIT
// Talk: what tell, emoteto and beep have in common, and channel-m, -e and -t.
#pragma once
#include "hub/message.h"
#include "hub/uplink.h"

struct i3_link;
struct packet;

void talk_hear(struct i3_link *, const struct packet *, enum event);
enum sent talk_submit(struct i3_link *, const struct intent *, const char *type, struct span text);
// A beep is a tell without a text.
void talk_hear_beep(struct i3_link *, const struct packet *);
enum sent talk_submit_beep(struct i3_link *, const struct intent *);
// An error has come: if it is about a tell of ours, who told it is told so.
void talk_refused(struct i3_link *, const struct packet *error);
void talk_unsent(struct i3_link *); // the queue is about to be thrown away
struct span talk_emote(
	struct i3_link *, struct span text); // with $N in it, at the front if need be

struct span talk_without_name(struct span emote); // the other way round: as clients show it

struct talk_line {
	enum event event;
	struct span visname, text;
	struct span target_mud, target_user, text_others; // channel-t only
	struct span from_mud, from_user; // the packet's, put in by talk_hear_channel()
};
void talk_hear_channel(struct i3_link *, const struct packet *, const struct talk_line *);
enum sent talk_submit_channel(
	struct i3_link *, const struct intent *, const char *type, struct span text);
