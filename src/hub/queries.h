// SPDX-License-Identifier: MIT
// Queries: what the network asked a MUD of ours and waits to hear from the MUD itself; the API
// calls them requests.  A session says which kinds it wants (session.wants); those that nobody
// wants never come here.  Who asked, and in which words the answer goes out, only the network's
// face knows.
//
//	          query_open()         a session answers
//	(nothing) ───────────► OPEN ─────────────────────► gone: sent
//	                        │ time is up, or nobody wants its kind any more
//	                        └─────────────────────────► gone: answered without the MUD
#pragma once
#include "hub/message.h"
#include "hub/uplink.h"

struct identity;

enum query_kind {
#define QUERY(id, name, event, ms) QUERY_##id,
#include "tables/queries.tbl"
	QUERY_COUNT
};

struct query_row {
	const char *name;
	enum event event;
	uint32_t ms;
};
extern const struct query_row query_rows[QUERY_COUNT];

enum {
	// Open at a time, per identity and kind: what comes then is not for the MUD.  Each kind has
	// its own, so that whoever asks who is on keeps no line from a filter.
	QUERIES_MAX = 64,
	QUERY_ID_BYTES = 40,
};

struct query { // embedded in what the network's face keeps of it
	struct link link;
	enum query_kind kind;
	uint64_t due_ms;
	char id[QUERY_ID_BYTES]; // "finger-17"
	// Ends it: unlinked and freed, but one that an answer could not be sent for is open again.
	// A NULL answer is none at all, and always ends it.
	enum sent (*run)(struct query *, const struct value *answer);
};

struct queries {
	struct link open; // in the order they came
	unsigned n[QUERY_COUNT];
	uint64_t last; // number of the last one
};

void queries_init(struct queries *);
bool queries_full(const struct queries *, enum query_kind);
void query_open(struct queries *, struct query *, uint64_t now_ms); // kind and run are set
void query_close(struct queries *, struct query *);                 // run() begins with it
void query_reopen(struct queries *, struct query *);                // with its id and time
struct query *queries_find(const struct queries *, enum query_kind, struct span id);
uint64_t queries_due(const struct queries *); // CLOCK_NEVER: none is open

// Runs without an answer: those whose time is up, and those whose kind no session wants now.
void queries_expire(struct queries *, uint64_t now_ms);
void queries_unwanted(struct identity *);
