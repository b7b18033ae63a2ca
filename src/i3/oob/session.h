// SPDX-License-Identifier: MIT
// Session: one out-of-band link and whose turn it is on it.  Owned by struct oob.
//
//	dialled by us                                   accepted
//	ASKING ── key ──► DIALLING ── open ──┐          EXPECTING ── good oob-begin ──┐
//	                                     ▼                                       │
//	                                 GREETING ── oob-begin ──► OURS ── oob-end ──►▼
//	                                                            ▲              THEIRS
//	                                                            └── oob-end ──────┘
//	any of them ──► CLOSED: refused, silent, lost, or all is said
//
// In OURS we send what waits for that MUD, one thing at a time; in THEIRS it sends.  Who dialled
// closes, after an oob-end of the other side that finds nothing waiting.  What the other side asks
// is answered in either turn.
#pragma once
#include "i3/oob/wire.h"
#include "net/loop.h"

struct oob_item;
struct oob_office;
struct oob_peer;

enum oob_state {
	OOB_ASKING,
	OOB_DIALLING,
	OOB_GREETING,
	OOB_EXPECTING,
	OOB_OURS,
	OOB_THEIRS,
	OOB_CLOSED,
};

enum {
	OOB_ASKING_MS = 60000, // some routers and MUDs are slow
	OOB_DIALLING_MS = 20000,
	OOB_GREETING_MS = 30000,
	OOB_EXPECTING_MS = 10000, // a stranger
	OOB_ITEM_MS = 120000,     // for the answer to one thing we sent
	OOB_IDLE_MS = 600000,     // of the specification, in the turn of who dialled us
	OOB_THEIRS_MS = 120000,   // and of whom we dialled: what waits would have to wait on
	OOB_PATIENCE_MS = 5000,   // of those, when something of ours waits and nothing comes
	OOB_ROUNDS_MAX = 64,      // turns; two MUDs may not pass the word to each other for ever
};

struct oob_session {
	struct link in_oob;
	struct oob *oob;
	uint64_t id;
	enum oob_state state;
	struct timer deadline; // of the state
	struct oob_wire *wire;
	struct oob_office *office; // NULL while EXPECTING
	char *mud;                 // the other side; NULL while EXPECTING
	char address[64];          // of an accepted one, without its port
	struct oob_peer *peer;     // of a dialled one, which waits for it
	struct oob_item *item;     // sent, not answered
	int64_t key;
	bool keyed;
	bool crowded; // out: it has not begun, and others wait
	bool held;    // an answer of ours is being made: nothing is heard meanwhile
	unsigned rounds;
	uint64_t busy_ms; // clock_ms() when something last happened
};

// One of ours, to what waits in the peer; asks for a key first.
void oob_session_dial(struct oob_peer *);
struct oob_session *oob_session_accept(struct oob *, struct oob_wire *, struct span address);
struct oob_session *oob_session_find(struct oob *, uint64_t id); // NULL: gone
void oob_session_end(struct oob_session *, const char *why);     // why NULL: all is said
void oob_session_key(struct oob_session *, int64_t key);         // of an ASKING one

// From the wire.
void oob_session_opened(struct oob_session *);
void oob_session_heard(struct oob_session *, const struct value *packet);
void oob_session_garbled(struct oob_session *, const char *why);
void oob_session_lost(struct oob_session *, const char *why);

// For begin.c, which knows how links begin.
struct oob_session *oob_session_new(struct oob *, enum oob_state);
void oob_session_enter(struct oob_session *, enum oob_state, uint32_t deadline_ms);
void oob_session_turn(struct oob_session *);                           // ours
void oob_hear_first(struct oob_session *, const struct value *packet); // EXPECTING
void oob_hear_greeting(struct oob_session *, struct span packet_type); // GREETING

// For services.
void oob_session_send(struct oob_session *, const struct value *packet);
void oob_session_refuse(struct oob_session *, const char *code, const char *words); // oob-error
void oob_session_hold(struct oob_session *);
void oob_session_go_on(struct oob_session *);
