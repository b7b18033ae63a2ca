// SPDX-License-Identifier: MIT
// Passwords: the number a router gave each identity of ours, by (identity, router name), kept in
// the store.  Losing one means losing the name at that router.
#pragma once
#include "base/map.h"
#include "store/store.h"

struct passwords {
	struct store *store;
	struct map map; // "identity\nrouter" → struct password
	void (*loaded)(struct passwords *, bool ok);
};

void passwords_init(struct passwords *, struct store *);
void passwords_fini(struct passwords *);
void passwords_load(struct passwords *, void (*loaded)(struct passwords *, bool ok)); // later

struct password_of {
	const char *identity, *router;
};
int64_t passwords_find(const struct passwords *, const struct password_of *); // 0: none
// In memory at once; done() says whether it is in the store, passwords_keep() then notes it.
uint64_t passwords_put(struct passwords *, const struct password_of *, int64_t number,
	store_done *done, void *owner);
void passwords_keep(struct passwords *, const struct password_of *, int64_t number);
bool passwords_kept(const struct passwords *, const struct password_of *, int64_t number);
