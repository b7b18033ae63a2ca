// SPDX-License-Identifier: MIT
// Hub: the meaning.  Knows no socket and no wire: faces bring what they hear here and are handed
// what their sessions must be told.
//
//	identity (a MUD of ours) ── sessions ── memberships ── channels
//	                    ├────── roster, presence, answers
//	                    └────── uplink (the network)
#pragma once
#include "hub/answers.h"
#include "hub/channel.h"
#include "hub/presence.h"
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
	struct answers answers;
	struct uplink *uplink; // set by the network's face; NULL: no network
	struct tick tick;
	bool wanted; // still in the configuration; else freed when its last session is
};

struct hub {
	struct link identities;
	struct link ticks; // struct tick, with blobs open
	wire_encode *encode;
	struct buf scratch, canon;
	uint64_t seq;
	bool prune;             // there may be identities to free
	uint32_t history_lines; // per channel
};

void hub_init(struct hub *, wire_encode *, uint32_t history_lines);
void hub_fini(struct hub *);     // sessions must be closed
void hub_turn_end(struct hub *); // seals what this turn encoded

struct identity *hub_identity(struct hub *, struct span name); // any case; NULL when not ours
struct identity *hub_add_identity(struct hub *, const char *name);
void hub_prune(struct hub *); // at the turn's end: frees what is neither wanted nor used

// To every session of the identity that has the event's right, but not `except` (may be NULL).
void identity_publish(struct identity *, struct message *, const struct session *except);

// For the faces and channel.c: number and date a message, and one delivery.
void hub_stamp(struct hub *, struct message *);
void hub_deliver(struct hub *, struct tick *, struct slice made[WIRE_COUNT], struct session *,
	struct message *);
