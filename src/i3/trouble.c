// SPDX-License-Identifier: MIT
#include "i3/trouble.h"
#include "base/clock.h"
#include "i3/i3_priv.h"

static unsigned long long seconds_left(const struct i3_link *l)
{
	uint64_t now = clock_ms();
	uint64_t ms = l->due_ms > now ? l->due_ms - now : 0;
	return (ms + SECOND_MS - 1) / SECOND_MS;
}

static void put_address(struct buf *out, const struct i3_link *l)
{
	struct route r = routers_route(l, l->routers.at);
	if (r.inside)
		buf_printf(out, "%s in this process", l->router);
	else
		buf_printf(out, "%s at %s port %u", l->router, r.host, r.port);
}

static void put_before(struct buf *out, const struct i3_link *l)
{
	if (l->trouble.n)
		buf_printf(out, "; before: %s", l->trouble.p);
}

static void put_backoff(struct buf *out, const struct i3_link *l)
{
	buf_str(out, l->trouble.p);
	if (l->attempts > 1)
		buf_printf(out, " (%u attempts have failed)", l->attempts);
	buf_printf(out, "; trying %s in %llu s", routers_route(l, l->routers.at).name,
		seconds_left(l));
}

static void put_words(struct buf *out, const struct i3_link *l)
{
	switch (l->state) {
	case LINK_IDLE: buf_str(out, l->trouble.p); break;
	case LINK_BACKOFF: put_backoff(out, l); break;
	case LINK_CONNECTING:
		buf_str(out, "connecting to ");
		put_address(out, l);
		buf_printf(out, ", for %llu s more at most", seconds_left(l));
		put_before(out, l);
		break;
	case LINK_STARTUP:
		if (l->misnamed) {
			buf_printf(out, "%s; logging in, with %llu s left", l->trouble.p,
				seconds_left(l));
			break;
		}
		buf_str(out, "connected to ");
		put_address(out, l);
		buf_printf(out, ", which has %llu s left to answer the login", seconds_left(l));
		put_before(out, l);
		break;
	case LINK_SAVING:
		buf_printf(out, "logged in to %s, whose password is being stored", l->router);
		break;
	case LINK_READY: break;
	}
}

const char *trouble_words(struct i3_link *l)
{
	if (l->state == LINK_READY)
		return NULL;
	buf_clear(&l->says);
	put_words(&l->says, l);
	buf_char(&l->says, '\0');
	return l->says.p;
}
