// SPDX-License-Identifier: MIT
// The peers as a whole: who they are by the configuration, and what goes to all of them.
#include "i3/router/irn.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include <stdio.h>
#include <stdlib.h>

// --- life ---

static void on_tick(struct timer *t)
{
	struct irn *irn = container_of(t, struct irn, tick);
	router_begin(irn->router);
	irn_tick(irn);
	router_end(irn->router);
}

struct irn *irn_new(struct router *r)
{
	struct irn *irn = mem_zalloc(sizeof *irn);
	irn->router = r;
	list_init(&irn->peers);
	timer_init(net_loop(r->net), &irn->tick, on_tick);
	return irn;
}

static void free_peer(struct irn_peer *p)
{
	list_unlink(&p->in_irn);
	free(p->host);
	free(p);
}

void irn_tick(struct irn *irn)
{
	list_each(it, &irn->peers) irn_peer_tick(container_of(it, struct irn_peer, in_irn));
	if (irn->rivals)
		irn_muds_tick(irn);
}

void irn_stop(struct irn *irn)
{
	if (irn->stopping)
		return;
	irn->stopping = true;
	timer_stop(&irn->tick);
	list_each(it, &irn->peers)
	{
		struct irn_peer *p = container_of(it, struct irn_peer, in_irn);
		struct irn_link *way = irn_peer_way(p);
		if (way)
			irn_send(way, "irn-shutdown", NULL, 0);
		list_each(at, &p->links) irn_link_drop(
			container_of(at, struct irn_link, in_peer), CLOSE_SHUTDOWN, "we stop");
	}
}

static void on_tick_closed(struct timer *t)
{
	free(container_of(t, struct irn, tick));
}

void irn_free(struct irn *irn)
{
	irn_stop(irn);
	list_each(it, &irn->peers) free_peer(container_of(it, struct irn_peer, in_irn));
	irn_channels_free(irn);
	timer_close(&irn->tick, on_tick_closed);
}

// --- the configuration ---

static struct irn_peer *add_peer(struct irn *irn, const char *name)
{
	struct irn_peer *p = mem_zalloc(sizeof *p);
	p->irn = irn;
	snprintf(p->name, sizeof p->name, "%s", name);
	p->backoff = (struct backoff){.base_ms = IRN_PAUSE_MS, .cap_ms = IRN_PAUSE_MAX_MS};
	p->dial_ms = clock_ms();
	snprintf(p->why, sizeof p->why, "not tried yet");
	list_init(&p->links);
	list_append(&irn->peers, &p->in_irn);
	return p;
}

static bool is_as(const struct irn_peer *p, const struct config_router_peer *c)
{
	return p->host && strcmp(p->host, c->host) == 0 && p->port == c->port &&
	       p->ours.number == c->password.number && p->theirs.number == c->their_password.number;
}

static void take_config(struct irn_peer *p, const struct config_router_peer *c)
{
	p->wanted = true;
	if (p->trusted != c->trusted)
		list_each(it, &p->links) container_of(it, struct irn_link, in_peer)->owes_muds =
			true;
	p->trusted = c->trusted;
	if (is_as(p, c))
		return;
	free(p->host);
	p->host = mem_str(c->host);
	p->port = (uint16_t)c->port;
	p->ours = c->password;
	p->theirs = c->their_password;
	list_each(it, &p->links) irn_link_drop(container_of(it, struct irn_link, in_peer),
		CLOSE_REMOVED, "its configuration has changed");
	p->backoff.failures = 0;
	p->dial_ms = clock_ms();
}

static void remove_peer(struct irn_peer *p)
{
	log_info("irn_remove", log_str("peer", p->name));
	list_each(it, &p->links) irn_link_drop(
		container_of(it, struct irn_link, in_peer), CLOSE_REMOVED, "no peer any more");
	irn_muds_forget(p);
	irn_channels_forget(p, CLOCK_NEVER);
	free_peer(p);
}

void irn_configure(struct irn *irn, const struct config_router_peers *peers)
{
	list_each(it, &irn->peers) container_of(it, struct irn_peer, in_irn)->wanted = false;
	for (size_t i = 0; peers && i < peers->n; i++) {
		struct irn_peer *p = irn_peer_find(irn, span_str(peers->at[i].name));
		take_config(p ? p : add_peer(irn, peers->at[i].name), &peers->at[i]);
	}
	list_each(it, &irn->peers)
	{
		struct irn_peer *p = container_of(it, struct irn_peer, in_irn);
		if (!p->wanted)
			remove_peer(p);
	}
	if (list_empty(&irn->peers))
		timer_stop(&irn->tick);
	else if (!uv_is_active((uv_handle_t *)&irn->tick.uv))
		timer_repeat(&irn->tick, IRN_TICK_MS);
}

// Of what was kept, only what peers of today can speak for.
void irn_load(struct irn *irn)
{
	struct router *r = irn->router;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		struct router_mud *m = at.value;
		if (!m->router[0] || m->state == ROUTER_MUD_DELETED)
			continue;
		m->grace_until_ms = clock_ms() + IRN_GRACE_MS;
		if (!irn_peer_find(irn, span_str(m->router)))
			router_mud_down(r, m, ROUTER_MUD_DELETED);
	}
	irn_channels_load(irn);
}

// --- where else a MUD may go ---

static struct value router_at_value(struct router *r, const char *name, const char *host, int port)
{
	struct buf text = {0};
	buf_printf(&text, "%s %d", host, port);
	char *at = arena_copy(&r->arena, text.p, text.n);
	struct value pair[] = {value_str(name), value_span(span_of(at, text.n))};
	buf_fini(&text);
	return value_array(arena_copy(&r->arena, pair, sizeof pair), countof(pair));
}

size_t irn_routers(struct irn *irn, struct value *list, size_t most)
{
	struct router *r = irn->router;
	size_t n = 0;
	list[n++] = router_at_value(r, r->name, r->host, r->port);
	list_each(it, &irn->peers)
	{
		const struct irn_peer *p = container_of(it, struct irn_peer, in_irn);
		if (p->trusted && n < most)
			list[n++] = router_at_value(r, p->name, p->host, p->port);
	}
	return n;
}

// --- out ---

// A MUD that logged in a moment ago must be known there before it speaks.
static void tell_first(struct irn *irn)
{
	const struct router *r = irn->router;
	if (r->mudlist_told_id != r->mudlist_id && !list_empty(&irn->peers))
		router_lists_tell(irn->router);
}

bool irn_broadcast(struct irn *irn, const struct value *packet)
{
	bool all = true;
	tell_first(irn);
	list_each(it, &irn->peers)
	{
		struct irn_link *way = irn_peer_way(container_of(it, struct irn_peer, in_irn));
		all &= !way || irn_send_data(way, packet);
	}
	return all;
}

bool irn_forward(struct router_link *l, const struct packet *p)
{
	struct router *r = l->router;
	const struct router_mud *m = router_mud_find(r, p->target_mud);
	const struct irn_peer *peer =
		m && m->router[0] ? irn_peer_find(r->irn, span_str(m->router)) : NULL;
	struct irn_link *way = peer && m->state == ROUTER_MUD_UP ? irn_peer_way(peer) : NULL;
	if (!way)
		return false;
	if (!router_has_hops(l, p))
		return true;
	tell_first(r->irn);
	struct value packet = value_array(router_readdress(l, p, span_str(m->name)), p->all->n);
	if (irn_send_data(way, &packet))
		metric_add(METRIC_ROUTER_ROUTED, 1);
	else
		router_error(l, "bad-pkt", "too large for the router of the target", p);
	return true;
}

// To the owner, by way of its router: that one knows what waits, and tells all of us.
struct router_refusal irn_filter_ask(
	struct irn *irn, const struct router_channel *c, const struct value *line)
{
	const struct irn_peer *peer = irn_peer_find(irn, span_str(c->router));
	struct irn_link *way = peer ? irn_peer_way(peer) : NULL;
	if (!way)
		return (struct router_refusal){"unk-dst",
			"the owner of this channel filters it and its router is not connected"};
	tell_first(irn);
	if (!irn_send_data(way, line))
		return (struct router_refusal){
			"bad-pkt", "too large for the router of this channel"};
	return (struct router_refusal){0};
}

void irn_channels_later(struct irn *irn)
{
	irn->channels_late = true;
	router_lists_later(irn->router);
}

// Before the lists of the MUDs: those forget what has changed.
void irn_tell(struct irn *irn)
{
	struct router *r = irn->router;
	if (r->mudlist_told_id != r->mudlist_id)
		list_each(it, &irn->peers)
		{
			struct irn_link *way =
				irn_peer_way(container_of(it, struct irn_peer, in_irn));
			if (way)
				irn_muds_send(way, true);
		}
	if (r->channels_told_late || irn->channels_late)
		irn_channels_tell(irn);
}
