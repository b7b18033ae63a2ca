// SPDX-License-Identifier: MIT
// One peer: when it is dialled, which of its links is used, and what its going away means.
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "i3/router/irn.h"
#include <stdio.h>
#include <strings.h>

struct irn_peer *irn_peer_find(const struct irn *irn, struct span name)
{
	list_each(it, &irn->peers)
	{
		struct irn_peer *p = container_of(it, struct irn_peer, in_irn);
		if (span_caseeq(span_str(p->name), name))
			return p;
	}
	return NULL;
}

static void come_up(struct irn_peer *p)
{
	enum log_level level = log_paced(&p->pace, LOG_INFO);
	p->up_ms = clock_ms();
	p->sweep_ms = p->up_ms + IRN_RELEARN_MS;
	p->why[0] = '\0';
	irn_muds_grace(p, IRN_RELEARN_MS);
	LOG_AT(level, "irn_up", log_str("peer", p->name));
}

static void go_down(struct irn_peer *p, bool was_up)
{
	if (was_up && clock_ms() - p->up_ms >= IRN_STEADY_MS)
		p->backoff.failures = 0;
	uint32_t pause_ms = backoff_next(&p->backoff);
	p->same = false;
	p->dial_ms = clock_ms() + pause_ms;
	if (was_up)
		irn_muds_grace(p, IRN_GRACE_MS);
	bool is_news = was_up || p->backoff.failures == 1;
	enum log_level level = is_news ? log_paced(&p->pace, LOG_WARNING) : LOG_DEBUG;
	LOG_AT(level, "irn_down", log_str("peer", p->name), log_str("why", p->why),
		log_int("again_ms", pause_ms));
}

void irn_peer_enter(struct irn_peer *p, enum irn_peer_state to)
{
	bool was_up = p->state == IRN_PEER_UP;
	if (p->state == to)
		return;
	ensure(to != IRN_PEER_TRYING || !was_up);
	metric_add(METRIC_ROUTER_PEERS, (to == IRN_PEER_UP) - was_up);
	p->state = to;
	switch (to) {
	case IRN_PEER_DOWN: go_down(p, was_up); return;
	case IRN_PEER_TRYING: return;
	case IRN_PEER_UP: come_up(p); return;
	}
}

// The later one, but between two of our kind the one that the lesser name dialled.
static bool is_better(const struct irn_peer *p, const struct irn_link *a, const struct irn_link *b)
{
	bool we_keep = strcasecmp(p->irn->router->name, p->name) < 0;
	if (p->same && a->dialled != b->dialled)
		return a->dialled == we_keep;
	return a->number > b->number;
}

struct irn_link *irn_peer_way(const struct irn_peer *p)
{
	struct irn_link *best = NULL;
	list_each(it, &p->links)
	{
		struct irn_link *l = container_of(it, struct irn_link, in_peer);
		if (l->state == IRN_UP && (!best || is_better(p, l, best)))
			best = l;
	}
	return best;
}

static struct irn_link *newest_accepted(const struct irn_peer *p)
{
	struct irn_link *newest = NULL;
	list_each(it, &p->links)
	{
		struct irn_link *l = container_of(it, struct irn_link, in_peer);
		if (l->state == IRN_UP && !l->dialled && (!newest || l->number > newest->number))
			newest = l;
	}
	return newest;
}

// The one who dialled a link retires it, so that both ends never give up one each; and nobody
// dials a peer twice, so that of all accepted ones the newest alone is not dead.
void irn_peer_settle(struct irn_peer *p)
{
	struct irn_link *way = irn_peer_way(p), *accepted = newest_accepted(p);
	list_each(it, &p->links)
	{
		struct irn_link *l = container_of(it, struct irn_link, in_peer);
		if (l == way || l->state != IRN_UP)
			continue;
		if (!l->dialled && l != accepted)
			irn_link_drop(l, CLOSE_REPLACED, "dialled again");
		else if (l->dialled && p->same)
			irn_link_enter(l, IRN_RETIRING);
	}
}

static bool is_trying(const struct irn_peer *p)
{
	list_each(it, &p->links)
	{
		const struct irn_link *l = container_of(it, struct irn_link, in_peer);
		if (l->state == IRN_DIALLING || l->state == IRN_GREETING)
			return true;
	}
	return false;
}

void irn_peer_lost(struct irn_peer *p, const char *why)
{
	bool down = p->state == IRN_PEER_UP ? !irn_peer_way(p) : !is_trying(p);
	if (!down)
		return;
	snprintf(p->why, sizeof p->why, "%s", why);
	irn_peer_enter(p, IRN_PEER_DOWN);
}

// Version 1 has no way to say that a list is complete, and Dead Souls tells of its channels once a
// day; others do at once, and what they do not tell of was removed while we were apart.
static void sweep(struct irn_peer *p)
{
	p->sweep_ms = 0;
	if (irn_peer_way(p)->modern)
		irn_channels_forget(p, p->up_ms);
}

void irn_peer_tick(struct irn_peer *p)
{
	list_each(it, &p->links) irn_link_tick(container_of(it, struct irn_link, in_peer));
	if (p->state == IRN_PEER_UP && p->sweep_ms && p->sweep_ms <= clock_ms())
		sweep(p);
	if (p->state != IRN_PEER_DOWN || p->dial_ms > clock_ms() || is_trying(p))
		return;
	irn_peer_enter(p, IRN_PEER_TRYING);
	irn_link_dial(p);
}

void irn_peer_ask_muds(struct irn_peer *p)
{
	struct irn_link *way = irn_peer_way(p);
	if (!way || (p->asked_ms && clock_ms() - p->asked_ms < IRN_ASK_MS))
		return;
	p->asked_ms = clock_ms();
	irn_send(way, "irn-mudlist-req", NULL, 0);
}
