// SPDX-License-Identifier: MIT
#include "bridge/bridge.h"
#include "base/clock.h"
#include "bridge/peer.h"
#include "proto/ws.h"
#include <string.h>

enum { MIB = 1 << 20, FRAME_HEAD_MAX = 16, ENVELOPE_MAX = 4 << 10 };

// --- pings ---

static void on_ping_time(struct timer *t)
{
	struct bridge *b = container_of(t, struct bridge, pinger);
	buf_clear(&b->frame);
	ws_put_ping(&b->frame);
	list_each(it, &b->peers)
		bridge_peer_ping(container_of(it, struct bridge_peer, link), buf_bytes(&b->frame));
	bridge_route_expire(&b->route);
}

// --- links ---

static void on_heard(struct timer *t)
{
	bridge_links_run(&container_of(t, struct bridge, heard)->links);
}

static void wake(struct bridge_links *links)
{
	timer_start(&container_of(links, struct bridge, links)->heard, 0);
}

// --- what the configuration says ---

// What a peer may have unread: as much as it may be behind, then one message of the largest kind.
static void configure(struct bridge *b, const struct config *c)
{
	b->config = c;
	b->limits = (struct conn_limits){
		.out_max = (size_t)BRIDGE_BEHIND_MAX + (size_t)c->bridge.body_mb * MIB +
			   BRIDGE_TEXT_ADDS + ENVELOPE_MAX + FRAME_HEAD_MAX,
		.out_age_ms = BRIDGE_OUT_AGE_MS};
	if (c->bridge.enabled)
		timer_repeat(&b->pinger, (uint64_t)c->bridge.ping_interval_s * SECOND_MS);
	else
		timer_stop(&b->pinger);
	bridge_links_configure(&b->links, c);
}

static uint32_t queue_max_of(const struct config *c)
{
	return c->bridge.enabled ? (uint32_t)c->bridge.queue_max : 0;
}

void bridge_init(struct bridge *b, struct net *net, struct hub *hub, const struct config *c)
{
	*b = (struct bridge){.net = net};
	list_init(&b->peers);
	bridge_route_init(&b->route, queue_max_of(c));
	bridge_links_init(&b->links, hub, &b->route, wake);
	timer_init(net_loop(net), &b->pinger, on_ping_time);
	timer_init(net_loop(net), &b->heard, on_heard);
	configure(b, c);
}

static bool same_key(const struct config_digest *a, const struct config_digest *b)
{
	return a->given == b->given && !memcmp(a->sha256, b->sha256, sizeof a->sha256);
}

void bridge_reload(struct bridge *b, const struct config *c)
{
	bool same = same_key(&b->config->bridge.api_key, &c->bridge.api_key);
	configure(b, c);
	bridge_route_configure(&b->route, queue_max_of(c));
	list_each(it, &b->peers)
	{
		struct bridge_peer *p = container_of(it, struct bridge_peer, link);
		if (!c->bridge.enabled)
			bridge_peer_close(p, WS_CODE_GOING_AWAY, "The bridge is switched off.",
				CLOSE_REMOVED);
		else if (!same)
			bridge_peer_close(p, WS_CODE_NORMAL, "This API key is not good any more.",
				CLOSE_REFUSED);
		else
			bridge_peer_rearm(p);
	}
}

void bridge_goodbye(struct bridge *b)
{
	list_each(it, &b->peers) bridge_peer_close(container_of(it, struct bridge_peer, link),
		WS_CODE_GOING_AWAY, "Server shutting down.", CLOSE_SHUTDOWN);
}

void bridge_fini(struct bridge *b)
{
	ensure(list_empty(&b->peers));
	bridge_links_fini(&b->links);
	bridge_route_fini(&b->route);
	timer_close(&b->pinger, NULL);
	timer_close(&b->heard, NULL);
	arena_fini(&b->arena);
	buf_fini(&b->text);
	buf_fini(&b->frame);
}
