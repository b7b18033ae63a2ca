// SPDX-License-Identifier: MIT
// Requests: what the network asked a MUD of ours and waits to hear from the MUD itself.  A session
// says which kinds it wants (session.wants); those that nobody wants never come here.  Who asked,
// and in which words the answer goes out, only the network's face knows.
//
//	        request_open()         a session answers
//	(nothing) ───────────► OPEN ─────────────────────► gone: sent
//	                        │ time is up, or nobody wants its kind any more
//	                        └─────────────────────────► gone: answered without the MUD
#pragma once
#include "hub/message.h"
#include "hub/uplink.h"

struct identity;

enum request_kind {
#define REQUEST(id, name, event, ms) REQUEST_##id,
#include "tables/requests.tbl"
	REQUEST_COUNT
};

struct request_row {
	const char *name;
	enum event event;
	uint32_t ms;
};
extern const struct request_row request_rows[REQUEST_COUNT];

enum {
	REQUESTS_MAX = 64, // open at a time, per identity: what comes then is not for the MUD
	REQUEST_ID_BYTES = 40,
};

struct request { // embedded in what the network's face keeps of it
	struct link link;
	enum request_kind kind;
	uint64_t due_ms;
	char id[REQUEST_ID_BYTES]; // "finger-17"
	// Ends it: unlinked and freed, but one that an answer could not be sent for is open again.
	// A NULL answer is none at all, and always ends it.
	enum sent (*run)(struct request *, const struct value *answer);
};

struct requests {
	struct link open; // in the order they came
	unsigned n;
	uint64_t last; // number of the last one
};

void requests_init(struct requests *);
bool requests_full(const struct requests *);
void request_open(struct requests *, struct request *, uint64_t now_ms); // kind and run are set
void request_close(struct requests *, struct request *);                 // run() begins with it
void request_reopen(struct requests *, struct request *);                // with its id and time
struct request *requests_find(const struct requests *, enum request_kind, struct span id);
uint64_t requests_due(const struct requests *); // CLOCK_NEVER: none is open

// Runs without an answer: those whose time is up, and those whose kind no session wants now.
void requests_expire(struct requests *, uint64_t now_ms);
void requests_unwanted(struct identity *);
