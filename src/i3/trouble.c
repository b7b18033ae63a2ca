// SPDX-License-Identifier: MIT
#include "i3/trouble.h"
#include "base/clock.h"
#include "i3/i3_priv.h"

static unsigned long long seconds_left(const struct i3_link *l)
{
	uint64_t now = clock_ms();
	uint64_t ms = l->until_ms > now ? l->until_ms - now : 0;
	return (ms + SECOND_MS - 1) / SECOND_MS;
}

static const char *next_router(const struct i3_link *l)
{
	const struct config_router_address *r = i3_router(l->i3, l->at);
	return r->name[0] ? r->name : r->host;
}

static void put_address(struct buf *out, const struct i3_link *l)
{
	const struct config_router_address *r = i3_router(l->i3, l->at);
	if (strcmp(r->host, CONFIG_HOST_EMBEDDED) == 0)
		buf_printf(out, "%s in this process", l->router);
	else
		buf_printf(out, "%s at %s port %d", l->router, r->host, r->port);
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
	buf_printf(out, "; trying %s in %llu s", next_router(l), seconds_left(l));
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
	buf_clear(&l->words);
	put_words(&l->words, l);
	buf_char(&l->words, '\0');
	return l->words.p;
}
