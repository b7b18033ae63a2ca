// SPDX-License-Identifier: MIT
// Request: something the router or a MUD is asked for, answered once, or refused.  Who waits for it
// in the API is given a map: {status, …}, or {status: "refused", error_code, error_message}.
#pragma once
#include "hub/answers.h"
#include "hub/uplink.h"

struct i3_link;
struct outgoing;
struct packet;

enum sent request_send(struct i3_link *, const struct answer_key *, const struct outgoing *);
// To the router, about a channel, whose name is put in as the first element of the body.
enum sent request_channel(
	struct i3_link *, enum answer_kind, const struct intent *, struct outgoing *);
// True once for what was asked within the last minute; *ms: how long ago.
bool request_done(struct i3_link *, const struct answer_key *, uint64_t *ms) must_check;
void request_answer(struct i3_link *, const struct answer_key *, const struct value_list *);
struct value_list request_refusal(struct i3_link *, struct span code, struct span words);
// An error that came: the request it refuses is answered.  False: it is about something else.
bool request_refused(struct i3_link *, const struct packet *error);
