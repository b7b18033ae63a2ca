// SPDX-License-Identifier: MIT
// Door: who may come in.  Bounds on connections in all and of one address, addresses that are banned,
// and the proxies whose word about an address counts.
//
// An address is IPv4, or the /64 that IPv6 gives to one customer.  Who has none came by a Unix socket,
// which only our own user may open: trusted, and under no bound but that of all.
#pragma once
#include "base/map.h"
#include "edge/cidr.h"

struct config;

enum {
	// Addresses without a connection that are remembered for their minute; with more, all of them
	// are forgotten: 8 MiB, and a flood from so many addresses is no matter of one of them.
	DOOR_PAST_MAX = 1 << 16,
};

enum door_says { DOOR_IN, DOOR_FULL, DOOR_ADDRESS_FULL, DOOR_BANNED, DOOR_TOO_FAST };
const char *door_word(enum door_says); // a sentence for the one who is not let in

struct door {
	struct cidr *bans, *trusted;
	size_t n_bans, n_trusted;
	struct map addresses; // → struct caller
	uint32_t n, past;     // connections; addresses without one
	uint32_t max, per_address, connects_per_minute;
};
void door_init(struct door *);
void door_fini(struct door *);
void door_configure(struct door *, const struct config *); // texts were checked before
bool door_is_banned(const struct door *, struct span address);
bool door_trusts(const struct door *, struct span address);
// DOOR_IN: door_leave() must follow, with the same address.
enum door_says door_enter(struct door *, struct span address, uint64_t now_ms);
void door_leave(struct door *, struct span address);
void door_minute(struct door *, uint64_t now_ms); // forgets addresses whose minute is over
