// SPDX-License-Identifier: MIT
// Door: who may come in.  Bounds on connections in all and of one address, addresses that are banned,
// and the proxies whose word about an address counts.
//
// A proxy of players.trusted_proxies says where the client is by PROXY protocol, version 1 or 2, when
// the listener's URI has ?proxy=v1, v2 or any.  From anybody else such a listener takes nobody.
#pragma once
#include "base/map.h"
#include "edge/cidr.h"

struct config;
struct config_texts;

enum door_says { DOOR_IN, DOOR_FULL, DOOR_ADDRESS_FULL, DOOR_BANNED, DOOR_TOO_FAST };
const char *door_word(enum door_says); // a sentence for the one who is not let in

struct door {
	struct cidr *bans, *trusted;
	size_t n_bans, n_trusted;
	struct map addresses; // address → connections and when they came
	uint32_t n, max, per_address, connects_per_minute;
};
void door_init(struct door *);
void door_fini(struct door *);
void door_configure(struct door *, const struct config *); // texts were checked before
bool door_is_banned(const struct door *, struct span address);
bool door_trusts(const struct door *, struct span address);
enum door_says door_enter(struct door *, struct span address, uint64_t now_ms);
void door_leave(struct door *, struct span address);
void door_minute(struct door *, uint64_t now_ms);
