// SPDX-License-Identifier: MIT
// What one address may have, however many MUDs claim to be there: connections logged in and not yet
// logged in, names, and wrong passwords.
#include "base/clock.h"
#include "base/mem.h"
#include "i3/router/router_priv.h"
#include <stdlib.h>

enum {
	TRIES_MAX = 5,
	LOCK_MS = 600000,
	OFFENDERS_MAX = 1024, // addresses remembered; the oldest is let go
};

// --- guessing passwords ---

struct offender {
	unsigned tries;
	uint64_t until_ms; // locked out, or when the tries are forgotten
};

static struct offender *offender_of(struct router_link *l)
{
	struct offender *o = map_find(&l->router->offenders, span_str(l->address));
	if (o && o->until_ms <= clock_ms()) {
		free(map_take(&l->router->offenders, span_str(l->address)));
		return NULL;
	}
	return o;
}

bool router_address_is_locked(struct router_link *l)
{
	const struct offender *o = offender_of(l);
	return o && o->tries >= TRIES_MAX;
}

void router_address_guessed(struct router_link *l)
{
	struct map *all = &l->router->offenders;
	struct offender *o = offender_of(l);
	if (!o) {
		if (map_count(all) >= OFFENDERS_MAX)
			free(map_take(all, map_first(all).key));
		o = mem_zalloc(sizeof *o);
		map_put(all, span_str(l->address), o);
	}
	o->tries++;
	o->until_ms = clock_ms() + LOCK_MS;
}

void router_offenders_free(struct router *r)
{
	for (struct map_at at = map_first(&r->offenders); at.value; at = map_next(at))
		free(at.value);
	map_fini(&r->offenders);
}

// --- room ---

static unsigned others_here(const struct router_link *l, bool logged_in)
{
	unsigned n = 0;
	list_each(it, &l->router->links)
	{
		const struct router_link *other = container_of(it, struct router_link, link);
		n += other != l && other->conn && (other->mud != NULL) == logged_in &&
		     span_is(span_str(other->address), l->address);
	}
	return n;
}

bool router_address_is_crowded(const struct router_link *l)
{
	return l->conn && others_here(l, true) >= ROUTER_LINKS_PER_ADDRESS;
}

// A stranger may not hold all places of the listener until its time to log in is over.
bool router_address_is_waiting(const struct router_link *l)
{
	return l->conn && others_here(l, false) >= ROUTER_FRESH_PER_ADDRESS;
}

bool router_address_has_names(const struct router_link *l)
{
	unsigned n = 0;
	for (struct map_at at = map_first(&l->router->muds); at.value; at = map_next(at)) {
		const struct router_mud *m = at.value;
		n += !m->router[0] && span_is(span_str(m->address), l->address);
	}
	return l->conn && n >= ROUTER_NAMES_PER_ADDRESS;
}
