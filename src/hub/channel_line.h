// SPDX-License-Identifier: MIT
// Channel line: one line of a channel's history, and the fields (base/fields.h) it is kept as:
// w time in microseconds, e an emote (empty), m from_mud, u from_user, v visname, t message.
#pragma once
#include "base/buf.h"

struct channel_line {
	uint64_t seq, wall_us;
	bool emote;
	char *text; // owns the bytes of the spans; NULL: they are loans
	struct span from_mud, from_user, visname, message;
};

void channel_line_put(struct buf *, const struct channel_line *); // all but seq and text
// The spans are loans from the bytes.  False: not such a line, or no UTF-8.
bool channel_line_read(struct span bytes, struct channel_line *) must_check;
