// SPDX-License-Identifier: MIT
// Outgoing: what somebody of ours wants of the network, as a packet: names as their owners write
// them, texts cleaned, nothing longer than other MUDs take.
#pragma once
#include "hub/answers.h"
#include "hub/uplink.h"

struct i3_link;
struct packet;

struct outgoing {
	const char *type;
	struct span from_user;
	struct span mud; // as people write it; empty: everybody
	struct span user;
	struct value body[7];
	size_t n;
	struct span message_id; // of a tell, whose text is body[1]: kept for when it is refused
};
enum sent outgoing_send(struct i3_link *, const struct outgoing *);
enum sent outgoing_packet(
	struct i3_link *, const struct packet *head, const struct value *body, size_t n);
struct span outgoing_mud(struct i3_link *, struct span);  // as its owner writes it
struct span outgoing_name(struct i3_link *, struct span); // cleaned and cut: for display
// Cleans; false when nothing is left or it is longer than max.
bool outgoing_fits(struct i3_link *, struct span *text, size_t max) must_check;

struct outgoing_question {
	enum answer_kind kind;
	const char *type;
};
enum sent outgoing_ask(struct i3_link *, const struct intent *, const struct outgoing_question *);
