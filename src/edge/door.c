// SPDX-License-Identifier: MIT
#include "edge/door.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tables/config.h"
#include <stdlib.h>

enum { MINUTE_MS = 60 * SECOND_MS, MS_US = 1000, KEY_V6 = 8 }; // bytes of a /64

// An address at the door.
struct caller {
	uint32_t n; // connections
	// Each connection takes its share of a minute, and none may begin more than a minute from now.
	uint64_t spent_us;
};

const char *door_word(enum door_says says)
{
	switch (says) {
	case DOOR_IN: return "Welcome.";
	case DOOR_FULL: return "There is no room for more players. Please try again later.";
	case DOOR_ADDRESS_FULL: return "There are too many connections from your address.";
	case DOOR_BANNED: return "Your address is banned.";
	case DOOR_TOO_FAST: return "Your address connects too often. Please try again in a minute.";
	}
	bug("no such answer");
}

void door_init(struct door *d)
{
	*d = (struct door){0};
}

static void forget(struct door *d, struct span key)
{
	free(map_take(&d->addresses, key));
}

void door_fini(struct door *d)
{
	for (struct map_at at = map_first(&d->addresses); at.value; at = map_next(at))
		free(at.value);
	map_fini(&d->addresses);
	free(d->bans);
	free(d->trusted);
	*d = (struct door){0};
}

static struct cidr *networks_of(const struct config_texts *texts, size_t *n)
{
	struct cidr *all = mem_array(texts->n + 1, sizeof *all);
	*n = texts->n;
	for (size_t i = 0; i < texts->n; i++)
		ensure(cidr_read(span_str(texts->at[i]), &all[i]));
	return all;
}

void door_configure(struct door *d, const struct config *c)
{
	free(d->bans);
	free(d->trusted);
	d->bans = networks_of(&c->players.bans, &d->n_bans);
	d->trusted = networks_of(&c->players.trusted_proxies, &d->n_trusted);
	d->max = (uint32_t)c->players.max;
	d->per_address = (uint32_t)c->players.per_address;
	d->connects_per_minute = (uint32_t)c->players.connects_per_minute;
}

static bool is_among(const struct cidr *networks, size_t n, struct span text)
{
	uint8_t address[16];
	if (!cidr_address(text, address))
		return false;
	for (size_t i = 0; i < n; i++)
		if (cidr_has(&networks[i], address))
			return true;
	return false;
}

bool door_is_banned(const struct door *d, struct span address)
{
	return is_among(d->bans, d->n_bans, address);
}

bool door_trusts(const struct door *d, struct span address)
{
	return address.n == 0 || is_among(d->trusted, d->n_trusted, address);
}

// What an address is counted by; empty: it is not.
static struct span key_of(struct span text, uint8_t out[16])
{
	if (!cidr_address(text, out))
		return (struct span){0};
	return span_of(out, cidr_is_ipv4(out) ? 16 : KEY_V6);
}

static void forget_past(struct door *d, uint64_t before_us)
{
	for (struct map_at at = map_first(&d->addresses); at.value;) {
		const struct caller *caller = at.value;
		struct span key = at.key;
		at = map_next(at);
		if (caller->n || caller->spent_us > before_us)
			continue;
		d->past--;
		forget(d, key);
	}
}

void door_minute(struct door *d, uint64_t now_ms)
{
	forget_past(d, now_ms * MS_US);
}

static struct caller *caller_at(struct door *d, struct span key)
{
	struct caller *c = map_find(&d->addresses, key);
	if (c)
		return c;
	if (d->past >= DOOR_PAST_MAX)
		forget_past(d, UINT64_MAX);
	c = mem_zalloc(sizeof *c);
	map_put(&d->addresses, key, c);
	d->past++;
	return c;
}

static bool spend(const struct door *d, struct caller *c, uint64_t now_us)
{
	uint64_t minute_us = (uint64_t)MINUTE_MS * MS_US;
	uint64_t from = c->spent_us > now_us ? c->spent_us : now_us;
	uint64_t share = minute_us / d->connects_per_minute;
	if (from + share > now_us + minute_us)
		return false;
	c->spent_us = from + share;
	return true;
}

enum door_says door_enter(struct door *d, struct span address, uint64_t now_ms)
{
	uint8_t bytes[16];
	struct span key = key_of(address, bytes);
	struct caller *c = NULL;
	if (door_is_banned(d, address))
		return DOOR_BANNED;
	if (key.n) {
		c = caller_at(d, key);
		if (!spend(d, c, now_ms * MS_US))
			return DOOR_TOO_FAST;
		if (c->n >= d->per_address)
			return DOOR_ADDRESS_FULL;
	}
	if (d->n >= d->max)
		return DOOR_FULL;
	d->n++;
	if (c && !c->n++)
		d->past--;
	return DOOR_IN;
}

void door_leave(struct door *d, struct span address)
{
	uint8_t bytes[16];
	struct span key = key_of(address, bytes);
	ensure(d->n > 0);
	d->n--;
	if (!key.n)
		return;
	struct caller *c = map_find(&d->addresses, key);
	ensure(c && c->n);
	if (!--c->n)
		d->past++;
}
