// SPDX-License-Identifier: MIT
// AMP link: the gate dials the game, a Twisted AMP server in the manner of dott, and keeps one
// connection for all players.  What edge/link/amp*.c share and nobody else may see.
//
//	          connected              HelloCmd is answered
//	PAUSE ─► DIALING ─────────► HELLO ──────────────────► UP
//	  ▲          │ not reached     │ silent, refused       │ lost, silent
//	  └──────────┴─────────────────┴───────────────────────┘
//
// A game that answers HelloCmd with UNHANDLED is a plain one: it hears of objects only, by the
// commands dott has, and nothing else.  One that answers it hears of players.
#pragma once
#include "base/log.h"
#include "edge/edge.h"
#include "edge/link/amp_calls.h"
#include "edge/link/amp_gone.h"
#include "edge/link/amp_index.h"
#include "net/dial.h"
#include "proto/amp.h"

enum amp_state { AMP_PAUSE, AMP_DIALING, AMP_HELLO, AMP_UP };

enum {
	AMP_RETRY_MS = 1000,
	AMP_DIAL_MS = 15000,
	AMP_HELLO_MS = 10000,
	AMP_TICK_MS = 1000,
	AMP_PING_MS = 15000,  // between pings
	AMP_PONG_MS = 10000,  // for the answer; a game that thinks for longer is as good as away
	AMP_AGAIN_MS = 10000, // between tries of players whom the game did not let in again
	AMP_VERSION = 1,      // of the commands that say players
};

struct amp_socket;

struct amp_link {
	struct game *game;
	enum amp_state state;
	struct timer deadline;
	struct amp_socket *socket; // NULL in PAUSE
	struct backoff backoff;
	bool extended;    // it answered HelloCmd
	bool pinged;      // and has not answered
	uint64_t ping_ms; // when the next is sent, or this one's answer is late
	struct amp_calls calls;
	struct amp_gone gone;
	struct amp_index index;
	uint64_t again_ms;  // when those who were not let in again try it
	struct arena arena; // of the box at hand
	struct buf text;    // likewise
	bool said_away;     // that it cannot be reached is in the log
	struct log_pace said;
};

// The link's own of a player, player->link.
struct amp_player {
	bool in;         // the game has been told of it
	bool asking;     // for its object
	bool unheard;    // has read that its last words may be lost
	unsigned faults; // lines in a row at which the game failed
};

static inline struct amp_player *amp_own(const struct player *p)
{
	return p->link;
}

// From the socket.
void amp_link_connected(struct amp_link *);
void amp_link_heard(struct amp_link *, struct span box);
void amp_link_lost(struct amp_link *, const char *why); // it is gone already

static inline bool amp_link_is_up(const struct amp_link *l)
{
	return l->state == AMP_UP;
}

// --- amp_socket.c: one connection ---

struct amp_socket *amp_socket_open(struct amp_link *, unsigned attempt);
void amp_socket_send(struct amp_socket *, struct span box);
void amp_socket_break(struct amp_socket *, enum conn_close why); // amp_link_lost() follows
void amp_socket_close(struct amp_socket *);                      // nothing follows

// --- amp_join.c: the way in ---

void amp_join(struct game *, struct player *, bool again);

// --- amp_player.c: what is said of players ---

void amp_through_object(struct amp_link *, const struct player *, struct span line); // to be sent
void amp_input(struct game *, struct player *, struct span utf8);
void amp_resize(struct game *, struct player *);
void amp_oob(struct game *, struct player *, struct span package, struct span json);
void amp_leave(struct game *, struct player *, const char *why);
void amp_put_facts(struct buf *, const struct value *facts); // a map, as arguments
bool amp_is_controlled(const struct game *, int64_t object, const struct player *but);

// --- amp_serve.c: what the game asks ---

void amp_serve(struct amp_link *, struct span box);
