// SPDX-License-Identifier: MIT
// The router in this process.  It calls back from inside its own work, maybe while it walks over
// its links, so coming and going wait for a turn of their own.
#include "base/mem.h"
#include "i3/i3_priv.h"
#include "i3/router/router.h"
#include <stdlib.h>

struct inner {
	struct carrier carrier;
	struct router *router;
	struct router_peer peer;
	struct router_link *at; // NULL: not attached yet, or cut
	struct timer later;     // to attach, or once given up to detach
};

static struct inner *of(struct carrier *c)
{
	return container_of(c, struct inner, carrier);
}

static void on_packet(struct router_peer *p, const struct value *packet)
{
	struct inner *n = container_of(p, struct inner, peer);
	if (n->carrier.link)
		link_heard(n->carrier.link, packet);
}

static void on_closed(struct timer *t)
{
	free(container_of(t, struct inner, later));
}

static void on_cut(struct router_peer *p, const char *why)
{
	struct inner *n = container_of(p, struct inner, peer);
	struct i3_link *l = n->carrier.link;
	n->at = NULL;
	if (!l)
		return; // being given up: `later` has its end
	n->carrier.link = NULL;
	timer_close(&n->later, on_closed);
	link_lost(l, why);
}

static void on_later(struct timer *t)
{
	struct inner *n = container_of(t, struct inner, later);
	struct i3_link *l = n->carrier.link;
	if (l) {
		n->at = router_attach(n->router, &n->peer);
		link_connected(l);
		return;
	}
	if (n->at)
		router_detach(n->at);
	timer_close(&n->later, on_closed);
}

static enum sent inner_send(struct carrier *c, const struct value *packet, unsigned cost)
{
	struct inner *n = of(c);
	(void)cost;
	if (!n->at)
		return SENT_NOT_UP;
	router_input(n->at, packet);
	return SENT;
}

static void inner_bid(struct carrier *c, const struct value *packet)
{
	inner_send(c, packet, 1);
}

static void inner_pump(struct carrier *c)
{
	(void)c;
}

static void inner_trust(struct carrier *c)
{
	(void)c;
}

static void inner_close(struct carrier *c)
{
	c->link = NULL;
	timer_start(&of(c)->later, 0);
}

static const struct carrier_ops inner_ops = {
	.send = inner_send,
	.bid = inner_bid,
	.pump = inner_pump,
	.trust = inner_trust,
	.close = inner_close,
};

struct carrier *carrier_inner_open(struct i3_link *l, struct router *router)
{
	struct inner *n = mem_zalloc(sizeof *n);
	n->carrier = (struct carrier){&inner_ops, l};
	n->router = router;
	n->peer = (struct router_peer){on_packet, on_cut};
	timer_init(net_loop(l->i3->net), &n->later, on_later);
	timer_start(&n->later, 0);
	return &n->carrier;
}
