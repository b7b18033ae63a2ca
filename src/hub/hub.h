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
#include "hub/gaming.h"
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
	// Sessions AWAY, in order of leaving: first those whose clients have never come back or
	// acknowledged anything, then the others.
	struct link away[2];
	uint32_t n_sessions, n_away;
	struct map channels; // name → struct channel
	uint32_t n_idle;     // of them without members
	uint32_t n_plays;    // sessions that are the game, see session->plays
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
	const struct wires *wires;
	struct buf text, framed; // scratch of the message at hand
	uint64_t seq;            // of the last message, see hub_next()
	uint64_t session_number; // of the last session, likewise
	struct map session_ids;  // digest of an id → struct session
	struct session_limits session_limits;
	struct tape_room room;         // of all tapes
	struct link behind;            // struct session, with something to replay
	bool prune;                    // there may be identities to free
	uint64_t said;                 // numbers what sessions send, for its message_id
	uint32_t history_lines;        // in memory, per channel
	struct session_keeper *keeper; // NULL: sessions end with us
	struct history *history;       // lines that outlive us; NULL: there is no store
	struct moderation moderation;
	struct network *network;   // the router in this process; NULL: none
	struct bridging *bridging; // the bridge's queues; NULL: there is no bridge
	struct gaming *gaming;     // the players at the gate; NULL: there are none
};

void hub_init(struct hub *, const struct wires *, uint32_t history_lines);
void hub_fini(struct hub *); // no session may have a connection
// Seals what this turn encoded, and lets those catch up that are behind.  → true: another turn is
// needed for that.
bool hub_turn_end(struct hub *);

struct identity *hub_identity(struct hub *, struct span name); // any case; NULL when not ours
struct identity *hub_add_identity(struct hub *, const char *name);
// What keeps it from the network, in words; NULL: nothing does.
const char *identity_trouble(const struct identity *);
void hub_prune(struct hub *); // at the turn's end: frees what is neither wanted nor used

// To every session of the identity that has the event's right, but not `except` (may be NULL).
void identity_publish(struct identity *, struct message *, const struct session *except);

// Does a session want queries of that kind, and may it hear them?
bool identity_wants(const struct identity *, enum query_kind);
// The query as its event, to those sessions.
void identity_ask(struct identity *, enum query_kind, const struct value *params);

// Above this a number is not exact in JavaScript.
#define HUB_SEQ_MAX (UINT64_C(1) << 53)

// The next number: the microsecond it is made in, or one more than the last when that is not more.
// So numbers grow over restarts without being kept, and a time can be looked up as a number.
uint64_t hub_next(uint64_t *last);
void hub_stamp(struct hub *, struct message *); // numbers and dates it
