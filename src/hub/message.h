// SPDX-License-Identifier: MIT
// Message: one event on its way to sessions, and the wires it can leave by.
// A message is encoded at most once per wire, when the first receiver of that wire is met.
#pragma once
#include "base/blob.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/value.h"
#include "hub/tape.h"

enum event {
#define EVENT(id, name, right, rank, help) EVENT_##id,
#include "tables/events.tbl"
	EVENT_COUNT
};

struct event_row {
	const char *name;
	unsigned right;
	enum tape_rank rank;
	const char *help;
};
extern const struct event_row event_rows[EVENT_COUNT];

enum wire {
#define WIRE(id) WIRE_##id,
#include "tables/wires.tbl"
	WIRE_COUNT
};

struct message {
	enum event event;
	const struct value *params; // a map; seq and timestamp are added by the encoder
	// The hub's number: the same for every receiver, always growing.  0: not for the tape.
	uint64_t seq;
	uint64_t wall_us;
};

// How messages leave: given to the hub by the face that speaks the wires.
struct wires {
	void (*text)(const struct message *, struct buf *out);       // what all wires share
	void (*frame)(enum wire, struct span text, struct buf *out); // in the form of one wire
};

// Tick: the bytes one turn of the loop sends to one audience, per wire.  Every receiver refers to
// the same bytes; the turn's end seals them.
struct tick {
	struct blob *blob[WIRE_COUNT];
	struct link open; // on the hub's list while any blob is
};

struct slice {             // where a message stands
	struct blob *blob; // NULL: not encoded for this wire yet
	uint32_t from, to;
};
