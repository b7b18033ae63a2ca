// SPDX-License-Identifier: MIT
#include "i3/routers.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "i3/i3_priv.h"
#include "i3/router/router.h"

static size_t count(const struct i3_link *l)
{
	return 1 + l->i3->config->router.fallback.n;
}

const struct config_router_address *routers_at(const struct i3_link *l)
{
	const struct config_router *r = &l->i3->config->router;
	size_t n = l->routers.at % count(l); // a reload may have shortened the list
	return n == 0 ? &r->primary : &r->fallback.at[n - 1];
}

void routers_name(struct i3_link *l)
{
	const struct config_router_address *r = routers_at(l);
	bool embedded = l->i3->embedded && strcmp(r->host, CONFIG_HOST_EMBEDDED) == 0;
	const char *name = embedded ? router_name(l->i3->embedded) : r->name;
	if (strcmp(name, l->router) == 0)
		return;
	struct span cut = utf8_cut(span_str(name), sizeof l->router - 1);
	memcpy(l->router, cut.p, cut.n);
	l->router[cut.n] = '\0';
	l->alive.loops = false; // not known of this one
}

void routers_next(struct i3_link *l)
{
	l->routers.at = (unsigned)((l->routers.at + 1) % count(l));
	memset(l->routers.lost_ms, 0, sizeof l->routers.lost_ms);
}

bool routers_lost(struct i3_link *l)
{
	uint64_t *lost = l->routers.lost_ms, now = clock_ms(), oldest = lost[ROUTERS_LOSSES - 2];
	memmove(lost + 1, lost, sizeof l->routers.lost_ms - sizeof lost[0]);
	lost[0] = now;
	return oldest && now - oldest < ROUTERS_LOSSES_MS;
}
