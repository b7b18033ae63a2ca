// SPDX-License-Identifier: MIT
// Learned: the routers that startup-replies told each identity of, kept in the store.
#pragma once
#include "base/map.h"
#include "base/value.h"
#include "store/store.h"

enum {
	LEARNED_MAX = 16, // of an identity: real lists have a handful
	LEARNED_NAME_BYTES = 65,
	LEARNED_HOST_BYTES = 46, // INET6_ADDRSTRLEN
};

struct learned_router {
	char name[LEARNED_NAME_BYTES];
	char host
		[LEARNED_HOST_BYTES]; // an address in digits: a list must not make us look names up
	uint16_t port;
	uint64_t listed; // by the how manieth list, the last time
};

// In the order they were first heard of; one that is new takes the place of the one that was listed
// longest ago when there is no room.
struct learned_list {
	struct learned_router at[LEARNED_MAX];
	unsigned n;
	uint64_t lists;
};

struct learned {
	struct store *store;
	struct map map; // identity → struct learned_list
	void (*loaded)(struct learned *);
};

void learned_init(struct learned *, struct store *);
void learned_fini(struct learned *);
// Later; what could not be read is not known, and is learned again.
void learned_load(struct learned *, void (*loaded)(struct learned *));

const struct learned_list *learned_find(const struct learned *, const char *identity); // NULL: none
// Element 6 of a startup-reply.  Entries that are none are left out, one by one.
void learned_put(struct learned *, const char *identity, const struct value *list);
// ({name, "address port"}).  False: it is something else.
bool learned_read(const struct value *entry, struct learned_router *) must_check;
