// SPDX-License-Identifier: MIT
// Channel line: one line of a channel's history, and the bytes it is kept as:
//
//	version, then fields: tag (1 byte), length (4 bytes, big endian), that many bytes
//
// Tags: w time in microseconds (8 bytes, big endian), e an emote (empty), m from_mud, u from_user,
// v visname, t message.  A reader skips tags it does not know, so fields may be added.
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
