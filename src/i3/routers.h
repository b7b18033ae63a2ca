// SPDX-License-Identifier: MIT
// Routers: the ones a link may use, in order: the configured ones, then those that routers told of.
// Which one is at hand, which one we would rather use, and whither a router's list may send us.
#pragma once
#include "base/value.h"
#include "i3/learned.h"

struct i3_link;

enum {
	ROUTERS_CONFIGURED_MAX = 17, // a primary and 16 fallbacks
	ROUTERS_MAX = ROUTERS_CONFIGURED_MAX + LEARNED_MAX,
	ROUTERS_NONE = ROUTERS_MAX,
	ROUTERS_LOSSES = 3,         // so many within …
	ROUTERS_LOSSES_MS = 600000, // … this time, and the next router is tried
	ROUTERS_REST_MS = 5000,     // logins at one router are at least so far apart, or it refuses
	// Two routers that send us to each other, or one that makes up names, move us no more
	// often.
	ROUTERS_HOLD_MS = 3600000, // nor is one we went from, or to, gone to again in this time
	ROUTERS_SENT_MAX = 4,      // in the same time
	ROUTERS_SAY_MS = 60000,    // how often such a list is worth a line
};

struct routers {
	unsigned at;        // the one at hand
	unsigned preferred; // the first, or the one a router's list sent us to
	unsigned from;      // while we try a better one: the one to go back to; else ROUTERS_NONE
	unsigned goal;      // where a list sends us, soon; else ROUTERS_NONE
	bool sent;          // `at` is being tried because a list said so
	uint64_t lost_ms[ROUTERS_LOSSES];   // the last losses, newest first
	uint64_t dialled_ms[ROUTERS_MAX];   // when each was dialled last; 0: never
	uint64_t held_ms[ROUTERS_MAX];      // no list sends us there before
	uint64_t sent_ms[ROUTERS_SENT_MAX]; // the last times we were sent, newest first
	uint64_t say_ms;                    // when the log may say again what is wrong with a list
};

struct route { // loans
	const char *name, *host;
	uint16_t port;
	int password;
	bool inside; // the router in this process
};

void routers_init(struct i3_link *);
void routers_reset(struct i3_link *); // the configuration has changed: begin at the first
struct route routers_route(const struct i3_link *, unsigned which);
bool routers_is_learned(const struct i3_link *, unsigned which);

void routers_dial(struct i3_link *);               // l->router becomes the name of the one at hand
uint64_t routers_rest_ms(const struct i3_link *);  // before it may be dialled again
void routers_next(struct i3_link *);               // it is of no use
bool routers_lost(struct i3_link *) must_check;    // counts; true: one too many in too short a time
void routers_try(struct i3_link *, unsigned goal); // a better one is at hand now
bool routers_back(struct i3_link *) must_check;    // it was of no use; true: there was one to leave
void routers_ready(struct i3_link *);              // here we are

// Element 6 of a startup-reply: who is there, the first being the one to use.  Sets goal.
void routers_heard(struct i3_link *, const struct value *list);
