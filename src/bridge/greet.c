// SPDX-License-Identifier: MIT
// Greet: from a peer's handshake to its place among the others, in version 1 or 2.
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/peer.h"

enum metric bridge_peer_gauge(const struct bridge_peer *p)
{
	return p->greeting.side == BRIDGE_BOT ? METRIC_BRIDGE_BOTS : METRIC_BRIDGE_MODS;
}

// A bot of version 1 is not replaced: it is told that there is one.
static bool is_same(const struct bridge_peer *a, const struct bridge_peer *b, bool consumers)
{
	bool bots = a->greeting.side == BRIDGE_BOT;
	return a->greeting.side == b->greeting.side && span_eq(a->greeting.id, b->greeting.id) &&
	       span_eq(a->greeting.channel, b->greeting.channel) &&
	       (!bots || (consumers && a->consumer));
}

// One that comes back before we know that it was gone: its newer connection counts.
static void replace_older(struct bridge_peer *p, bool consumer)
{
	list_each(it, &p->bridge->peers)
	{
		struct bridge_peer *other = container_of(it, struct bridge_peer, link);
		if (other->state != BRIDGE_PEER_JOINED || !is_same(other, p, consumer))
			continue;
		bridge_peer_close(other, WS_CODE_NORMAL,
			p->greeting.side == BRIDGE_MOD
				? "A newer connection of this server took over."
				: "A newer connection of this bot took over.",
			CLOSE_REPLACED);
		bridge_peer_leave(other);
	}
}

static void keep(struct bridge_peer *p, const struct bridge_greeting *g)
{
	char *at = mem_alloc(g->id.n + g->channel.n);
	p->greeting = (struct bridge_greeting){.side = g->side};
	p->greeting.id = span_put(&at, g->id);
	p->greeting.channel = span_put(&at, g->channel);
}

static void log_joined(const struct bridge_peer *p)
{
	char peer[64];
	log_info("bridge_joined", log_id("conn", conn_id(p->conn)),
		log_str("type", bridge_side_word(p->greeting.side)), log_span("id", p->greeting.id),
		log_span("channel", p->greeting.channel), log_int("version", p->consumer ? 2 : 1),
		log_str("peer", conn_peer(p->conn, peer)));
}

static void enter(struct bridge_peer *p)
{
	struct bridge *b = p->bridge;
	p->state = BRIDGE_PEER_JOINED;
	metric_add(bridge_peer_gauge(p), 1);
	ws_set_max(conn_codec_state(p->conn), (size_t)b->config->bridge.body_mb << 20);
	conn_limit(p->conn, &b->limits);
	bridge_peer_rearm(p);
	log_joined(p);
	buf_clear(&b->text);
}

// A mod hears what bots say in its channel, a bot what mods say in any.
static void join(struct bridge_peer *p)
{
	struct bridge *b = p->bridge;
	bool mod = p->greeting.side == BRIDGE_MOD;
	replace_older(p, false);
	if (!mod)
		b->bot = p;
	enter(p);
	bridge_put_connected(&b->text, p->greeting.side);
	bridge_peer_send(p);
	bridge_route_join(
		&b->route, &p->recipient, mod ? BRIDGE_BOT : BRIDGE_MOD, p->greeting.channel);
}

static void join_as_consumer(struct bridge_peer *p, const struct bridge_wish *w)
{
	replace_older(p, true);
	p->consumer = bridge_consumer_open(p, w);
	enter(p);
	bridge_consumer_welcome(p->consumer, &p->bridge->text);
	bridge_peer_send(p);
	bridge_consumer_pump(p->consumer);
}

static void greet_old(struct bridge_peer *p, const struct bridge_greeting *g)
{
	struct bridge_peer *bot = g->side == BRIDGE_BOT ? p->bridge->bot : NULL;
	if (bot && conn_is_open(bot->conn)) {
		bridge_peer_refuse(p, "Bot already connected.", 409);
		return;
	}
	keep(p, g);
	join(p);
}

// Whoever is refused has not cost an older connection its place.
static void greet_consumer(
	struct bridge_peer *p, const struct bridge_greeting *g, const struct bridge_wish *w)
{
	const char *full = bridge_consumer_finds_full(p->bridge->streams, g, w);
	if (full) {
		bridge_peer_refuse(p, full, 503);
		return;
	}
	keep(p, g);
	join_as_consumer(p, w);
}

void bridge_peer_greet(struct bridge_peer *p, struct span text)
{
	struct bridge_greeting g;
	struct bridge_wish w;
	const char *wrong = bridge_read_hello(&p->bridge->arena, text, &g, &w);
	if (wrong)
		bridge_peer_refuse(p, wrong, 400);
	else if (w.version == 1)
		greet_old(p, &g);
	else
		greet_consumer(p, &g, &w);
}
