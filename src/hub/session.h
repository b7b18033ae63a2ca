// SPDX-License-Identifier: MIT
// Session: somebody identified, with rights, a rate and channels joined.  Owned by its identity's
// list in the hub; the face that opened it closes it.
#pragma once
#include "base/ids.h"
#include "hub/limit.h"
#include "hub/message.h"
#include "hub/rights.h"

struct identity;

// Where a session's messages go: its connection, as the hub sees it.
struct outlet {
	void (*share)(void *to, struct blob *, uint32_t from, uint32_t to_byte);
};

enum { SESSION_CHANNELS_MAX = 256 }; // joined at a time: a join may create a channel

struct session {
	struct link in_identity;
	struct identity *identity;
	char id[IDS_UUID_BYTES];
	unsigned rights;
	unsigned wants; // 1 << enum query_kind: answered by it when the network asks
	struct limit limit;
	struct link memberships; // struct member, by in_session
	uint32_t n_channels;
	enum wire wire;
	const struct outlet *outlet;
	void *outlet_to;
	uint64_t opened_ms;
};

struct session_spec {
	unsigned rights;
	uint32_t per_minute, burst;
	enum wire wire;
	const struct outlet *outlet;
	void *outlet_to;
};

struct session *session_open(struct identity *, const struct session_spec *);
void session_close(struct session *); // leaves its channels
