// SPDX-License-Identifier: MIT
// Hub: the meaning.  Knows no socket and no wire: faces bring what they hear here and are handed
// what their sessions must be told.
//
//	identity (a MUD of ours) ── sessions ── memberships ── channels
//	                    ├────── roster, presence, people, answers, queries
//	                    └────── uplink (the network)
#pragma once
#include "hub/answers.h"
#include "hub/bridging.h"
#include "hub/channel.h"
#include "hub/exchange.h"
#include "hub/history.h"
#include "hub/moderation.h"
#include "hub/network.h"
#include "hub/people.h"
#include "hub/presence.h"
#include "hub/queries.h"
#include "hub/roster.h"
#include "hub/session.h"
#include "hub/uplink.h"

struct identity {
	struct link in_hub;
	struct hub *hub;
	char *name;
	struct link sessions;
	uint32_t n_sessions;
	struct map channels; // name → struct channel
	uint32_t n_idle;     // of them without members
	struct roster roster;
	struct presence presence;
	struct people people;
	struct answers answers;
	struct queries queries;
	struct uplink *uplink;     // set by the network's face; NULL: no network
	struct exchange *exchange; // likewise; NULL: neither mail, files nor news
	struct tick tick;
	bool wanted; // still in the configuration; else freed when its last session is
};

struct hub {
	struct link identities;
	struct link ticks; // struct tick, with blobs open
	wire_encode *encode;
	struct buf scratch, canon;
	uint64_t seq;            // of the last message, see hub_stamp()
	bool prune;              // there may be identities to free
	uint64_t said;           // numbers what sessions send, for its message_id
	uint32_t history_lines;  // in memory, per channel
	struct history *history; // lines that outlive us; NULL: there is no store
	struct moderation moderation;
	struct network *network;   // the router in this process; NULL: none
	struct bridging *bridging; // the bridge's queues; NULL: there is no bridge
};

void hub_init(struct hub *, wire_encode *, uint32_t history_lines);
void hub_fini(struct hub *);     // sessions must be closed
void hub_turn_end(struct hub *); // seals what this turn encoded

struct identity *hub_identity(struct hub *, struct span name); // any case; NULL when not ours
struct identity *hub_add_identity(struct hub *, const char *name);
void hub_prune(struct hub *); // at the turn's end: frees what is neither wanted nor used

// To every session of the identity that has the event's right, but not `except` (may be NULL).
void identity_publish(struct identity *, struct message *, const struct session *except);

// Does a session want queries of that kind, and may it hear them?
bool identity_wants(const struct identity *, enum query_kind);
// The query as its event, to those sessions.
void identity_ask(struct identity *, enum query_kind, const struct value *params);

// Above this a number is not exact in JavaScript.
#define HUB_SEQ_MAX (UINT64_C(1) << 53)

// For the faces and channel.c: number and date a message, and one delivery.  A message's number is
// the microsecond it was made in, or one more than the last when that is not more: so numbers grow
// over restarts without being kept, and a time can be looked up as a number.
void hub_stamp(struct hub *, struct message *);
void hub_deliver(struct hub *, struct tick *, struct slice made[WIRE_COUNT], struct session *,
	struct message *);
