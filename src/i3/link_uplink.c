// SPDX-License-Identifier: MIT
// A link as the hub sees it.
#include "i3/i3_priv.h"
#include "i3/service.h"
#include "i3/trouble.h"

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

static const char *trouble(const struct uplink *u)
{
	return trouble_words(of(u));
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
