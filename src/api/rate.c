// SPDX-License-Identifier: MIT
// How often a session may call: one bucket for everything, and one for each method that has a rate
// of its own in api.rate_limits.by_method.  Those are made when they are first needed.
#include "api/api.h"
#include "base/clock.h"
#include "base/mem.h"
#include <stdlib.h>

static uint32_t per_minute_of(const struct api *a, const struct method *m)
{
	const struct config_counts *all = &a->config->api.rate_limits.by_method;
	if (!m || !a->config->api.rate_limits.enforce_by_method)
		return 0;
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->at[i].name, m->name))
			return (uint32_t)all->at[i].n;
	return 0;
}

// A minute's worth may come at once, then it refills evenly.
static uint32_t take_of_method(struct client *c, const struct method *m, uint32_t per_minute)
{
	struct limit *l = map_find(&c->rates, span_str(m->name));
	if (!l) {
		l = mem_zalloc(sizeof *l);
		map_put(&c->rates, span_str(m->name), l);
	}
	if (l->per_minute != per_minute) // new, or the configuration has changed
		limit_init(l, per_minute, per_minute, clock_ms());
	return limit_take(l, clock_ms());
}

uint32_t rate_take(struct client *c, const struct method *m)
{
	uint32_t wait_ms = limit_take(&c->session->limit, clock_ms());
	uint32_t per_minute = wait_ms ? 0 : per_minute_of(c->api, m);
	return per_minute ? take_of_method(c, m, per_minute) : wait_ms;
}

void rate_fini(struct client *c)
{
	for (struct map_at at = map_first(&c->rates); at.value; at = map_next(at))
		free(at.value);
	map_fini(&c->rates);
}
