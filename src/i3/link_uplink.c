// SPDX-License-Identifier: MIT
// A link as the hub sees it.
#include "i3/i3_priv.h"
#include "i3/service.h"

static struct i3_link *of(const struct uplink *u)
{
	return container_of(u, struct i3_link, uplink);
}

static enum sent submit(struct uplink *u, const struct intent *intent)
{
	struct i3_link *l = of(u);
	if (l->state != LINK_READY)
		return SENT_NOT_UP;
	link_begin(l);
	enum sent sent = services_submit(l, intent);
	link_end(l);
	return sent;
}

static void listen_to(struct uplink *u, struct span channel, bool on)
{
	listens_set(of(u), channel, on);
}

static void reconnect(struct uplink *u)
{
	link_relogin(of(u), "reconnecting, as a client asked");
}

static bool ready(const struct uplink *u)
{
	return of(u)->state == LINK_READY;
}

static const char *router(const struct uplink *u)
{
	return of(u)->router;
}

// What is wrong, and what is done about it and when.
static const char *trouble(const struct uplink *u)
{
	struct i3_link *l = of(u);
	const char *next = routers_route(l, l->routers.at).name;
	uint64_t now = clock_ms(), left = l->due_ms > now ? l->due_ms - now : 0;
	if (!l->trouble.n)
		return NULL;
	buf_clear(&l->says);
	buf_str(&l->says, l->trouble.p);
	if (l->state == LINK_BACKOFF)
		buf_printf(&l->says, "; trying %s in %u s", next,
			(unsigned)((left + SECOND_MS - 1) / SECOND_MS));
	else if (l->state == LINK_CONNECTING)
		buf_printf(&l->says, "; connecting to %s now", next);
	else if (l->state != LINK_IDLE)
		buf_printf(&l->says, "; logging in to %s now", next);
	buf_char(&l->says, '\0');
	return l->says.p;
}

static void free_link(struct uplink *u)
{
	link_free(of(u));
}

const struct uplink_ops uplink_link = {
	.submit = submit,
	.listen = listen_to,
	.reconnect = reconnect,
	.ready = ready,
	.router = router,
	.trouble = trouble,
	.free = free_link,
};
