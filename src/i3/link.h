// SPDX-License-Identifier: MIT
// One identity's way to its router: log in, stay in, come back.  Owned by struct i3; its uplink is
// what the hub sees.  What packets mean is in services/.
//
//	            start
//	    IDLE ──────────────────────────┐
//	     ▲                             ▼        connected           startup-reply
//	     │ attempts used up,  ┌──► CONNECTING ────────────► STARTUP ────────────► SAVING
//	     │ or told to stop    │        │                       │                     │ password
//	     │                    │ pause  │ no way there          │ refused, silent,    │ is stored
//	     └─────────────── BACKOFF ◄────┴───────────────────────┤ lost                ▼
//	                          ▲                                └─────────────────► READY
//	                          └──────────────── lost, silent, leaving ───────────────┘
//
// The router is the next of the list after a failed connection, a start-up without an answer, or
// three losses within ten minutes.  On a fallback home.h looks for the way back.  A router that is
// left on purpose is told so; one that failed is not.
#pragma once
#include "base/log.h"
#include "hub/hub.h"
#include "i3/alive.h"
#include "i3/asked.h"
#include "i3/carrier.h"
#include "i3/home.h"
#include "i3/inquiry.h"
#include "i3/listens.h"
#include "i3/pacing.h"
#include "i3/routers.h"
#include "i3/told.h"
#include "net/dial.h"
#include "net/loop.h"
#include "tables/config.h"

struct i3;

enum link_state {
	LINK_IDLE,
	LINK_BACKOFF,
	LINK_CONNECTING,
	LINK_STARTUP,
	LINK_SAVING,
	LINK_READY,
};

enum {
	LINK_CONNECTING_MS = 20000, // a look-up and the 15 s a connection may take
	LINK_SAVING_MS = 10000,     // a disk that needs longer is broken
	LINK_BACKOFF_CAP_MS = 300000,
	LINK_PARTING_MS = 1000, // for a router to see us go before anything else of ours comes
	LINK_BACK_S = 1,        // what it is told: we are back at once
	LINK_GARBLED_MAX = 20,  // unreadable packets in a row: then the stream itself is wrong
	LINK_NAME_BYTES = 65,   // router.*.name has at most 64
	LINK_ACCOUNT_BYTES = LINK_NAME_BYTES + LEARNED_HOST_BYTES + 8,
};

struct i3_link {
	struct link in_i3;
	struct i3 *i3;
	struct identity *identity;
	struct uplink uplink;

	enum link_state state;
	struct timer deadline;   // of the present state
	unsigned timers;         // not closed yet
	struct carrier *carrier; // NULL in IDLE and BACKOFF
	struct routers routers;
	char router[LINK_NAME_BYTES]; // the name of the one at hand
	// Whose passwords are its: that name, and the address of one that only lists tell of, or a
	// list could have another router's password sent anywhere.
	char account[LINK_ACCOUNT_BYTES];
	struct backoff backoff;
	unsigned attempts;  // failed ones in a row
	uint64_t due_ms;    // when the present state ends; CLOCK_NEVER
	struct buf trouble; // what went wrong last, in words with a NUL; empty: nothing did
	bool misnamed;      // the router answered the login under another name
	struct buf says;    // of trouble_words()

	int64_t password; // a new one from startup-reply, on its way to the disk
	uint64_t saving;  // the store's id for the one being kept; 0: none is
	int64_t saved;    // that one

	struct pacing pacing;
	struct timer pace;
	struct alive alive;
	struct home home;
	struct listens listens;
	struct asked asked;
	struct inquiries inquiries;
	struct told told;
	unsigned garbled;        // in a row
	uint64_t garbled_log_ms; // when the log may say it again
	struct log_pace said;    // of what routers and MUDs make it say

	uint64_t ready_ms;
	uint64_t list_ms;     // when the last packet of the first MUD list came
	bool list_known;      // from then on changes are news
	uint64_t chanlist_ms; // when the channel list was asked for last; 0: never

	struct arena arena; // scratch of the packet or intent at hand
	unsigned depth;     // the router in this process calls back while we call it
};

extern const struct uplink_ops uplink_link; // link_uplink.c

struct i3_link *link_new(struct i3 *, struct identity *);
void link_free(struct i3_link *);
void link_start(struct i3_link *);                 // from IDLE; else nothing
void link_stop(struct i3_link *, int64_t back_s);  // says shutdown, and when it is back; → IDLE
void link_fail(struct i3_link *, const char *why); // gives the carrier up; → BACKOFF
void link_relogin(struct i3_link *, const char *why); // leaves and logs in again; no loss
void link_move(struct i3_link *, unsigned router);    // the same, elsewhere

// From the carrier.
void link_connected(struct i3_link *);
void link_heard(struct i3_link *, const struct value *packet);
void link_garbled(struct i3_link *, const char *why); // what came was no packet
void link_lost(struct i3_link *, const char *why);    // the carrier is gone already
void link_unreached(struct i3_link *, const char *why);

// From services.
bool link_logged_in(const struct i3_link *); // SAVING or READY
enum sent link_send(struct i3_link *, const struct value *packet);
void link_trouble(struct i3_link *, const char *words); // NULL: all is well

// From the login.
void link_enter(struct i3_link *, enum link_state, uint64_t ms); // CLOCK_NEVER: no deadline
void link_arrive(struct i3_link *);                              // SAVING → READY

// Around everything that uses the arena.
void link_begin(struct i3_link *);
void link_end(struct i3_link *);

// A timer inside the link: the memory goes when all of them are closed.
void link_timer(struct i3_link *, struct timer *, void (*run)(struct timer *));
