// SPDX-License-Identifier: MIT
// Message: one event on its way to sessions, and the wires it can leave by.
// A message is encoded at most once per wire, when the first receiver of that wire is met.
#pragma once
#include "base/blob.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/value.h"

enum event {
#define EVENT(id, name, right, help) EVENT_##id,
#include "tables/events.tbl"
	EVENT_COUNT
};

struct event_row {
	const char *name;
	unsigned right;
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
	uint64_t seq;               // the hub's number: the same for every receiver, always growing
	uint64_t wall_us;
	struct buf *canon; // the text all wires share; empty until the first encoder fills it
};

// Appends the message in the form of one wire.  Given to the hub by the face that speaks them.
typedef void wire_encode(enum wire, struct message *, struct buf *out);

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
