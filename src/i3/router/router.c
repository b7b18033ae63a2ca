// SPDX-License-Identifier: MIT
// The router's life, its ways in, and what every packet must pass before it is looked at: shape,
// login, honest originator, flood limit, ttl.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "i3/router/irn.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	FLOOD_PATIENCE = 10,            // packets dropped before the sender is told
	FLOOD_TELL_MS = 60 * SECOND_MS, // and how often
};

// --- one at a time ---

struct waiting {
	struct link link;
	struct router_link *from;
	bool detach;
	struct arena arena;
	struct value packet;
};

static void wait_in_line(struct router_link *l, const struct value *packet)
{
	struct router *r = l->router;
	struct waiting *w = mem_zalloc(sizeof *w);
	w->from = l;
	w->detach = !packet;
	if (packet)
		w->packet = value_copy(&w->arena, packet);
	list_append(&r->waiting, &w->link);
	r->waiting_n++;
}

static void take_waiting(struct router *r, struct waiting *w)
{
	list_unlink(&w->link);
	r->waiting_n--;
	if (w->detach)
		router_link_gone(w->from);
	else
		router_take(w->from, &w->packet);
	arena_fini(&w->arena);
	free(w);
	arena_clear(&r->arena);
}

void router_begin(struct router *r)
{
	ensure(!r->busy);
	r->busy = true;
}

void router_end(struct router *r)
{
	arena_clear(&r->arena);
	while (!list_empty(&r->waiting))
		take_waiting(r, container_of(r->waiting.next, struct waiting, link));
	list_each(it, &r->gone) router_link_free(container_of(it, struct router_link, link));
	r->busy = false;
}

// --- life ---

static void on_tell(struct timer *t)
{
	struct router *r = container_of(t, struct router, tell_timer);
	router_begin(r);
	router_lists_tell(r);
	router_end(r);
}

static void on_age(struct timer *t)
{
	struct router *r = container_of(t, struct router, age_timer);
	router_begin(r);
	router_muds_age(r);
	router_channels_age(r);
	router_end(r);
}

static void forget(struct router *r)
{
	if (--r->timers == 0)
		free(r);
}

static void on_tell_closed(struct timer *t)
{
	forget(container_of(t, struct router, tell_timer));
}
static void on_age_closed(struct timer *t)
{
	forget(container_of(t, struct router, age_timer));
}

struct router *router_new(struct net *net, struct store *store, const struct router_config *config)
{
	struct router *r = mem_zalloc(sizeof *r);
	r->net = net;
	r->store = store;
	snprintf(r->name, sizeof r->name, "%s", config->name);
	list_init(&r->links);
	list_init(&r->gone);
	list_init(&r->waiting);
	timer_init(net_loop(net), &r->tell_timer, on_tell);
	timer_init(net_loop(net), &r->age_timer, on_age);
	r->timers = 2;
	r->age_ms = CLOCK_NEVER;
	r->irn = irn_new(r);
	limit_init(&r->mud_lists, ROUTER_MUD_LISTS_MAX, ROUTER_MUD_LISTS_MAX, clock_ms());
	limit_init(&r->channel_lists, ROUTER_CHANNEL_LISTS_PER_MINUTE, ROUTER_CHANNEL_LISTS_MAX,
		clock_ms());
	router_configure(r, config);
	router_at(r, "127.0.0.1", 0);
	router_muds_load(r);
	router_channels_load(r, config->channels);
	router_bans_load(r);
	irn_load(r->irn);
	router_muds_age(r);
	router_channels_age(r);
	arena_clear(&r->arena);
	return r;
}

void router_free(struct router *r)
{
	if (!r)
		return;
	router_begin(r);
	list_each(it, &r->links) router_link_cut(container_of(it, struct router_link, link),
		CLOSE_SHUTDOWN, "the router is stopping");
	irn_free(r->irn);
	router_end(r);
	router_channels_free(r);
	router_muds_free(r);
	router_offenders_free(r);
	router_bans_free(r);
	arena_fini(&r->arena);
	buf_fini(&r->text);
	buf_fini(&r->frame);
	timer_close(&r->tell_timer, on_tell_closed);
	timer_close(&r->age_timer, on_age_closed);
}

void router_configure(struct router *r, const struct router_config *config)
{
	r->flood_per_second = config->flood_per_second;
	r->flood_burst = config->flood_burst;
	router_begin(r);
	irn_configure(r->irn, config->peers);
	router_end(r);
}

void router_stop(struct router *r)
{
	router_begin(r);
	irn_stop(r->irn);
	router_end(r);
}

const char *router_name(const struct router *r)
{
	return r->name;
}

void router_at(struct router *r, const char *host, uint16_t port)
{
	snprintf(r->host, sizeof r->host, "%s", host);
	r->port = port;
}

// --- in process ---

struct router_link *router_attach(struct router *r, struct router_peer *peer)
{
	struct router_link *l = router_link_new(r);
	l->peer = peer;
	l->inside = true;
	return l;
}

void router_input(struct router_link *l, const struct value *packet)
{
	struct router *r = l->router;
	if (!r->busy) {
		router_begin(r);
		router_take(l, packet);
		router_end(r);
	} else if (r->waiting_n < ROUTER_WAITING_MAX) {
		wait_in_line(l, packet);
	} else {
		metric_add(METRIC_ROUTER_DROPPED, 1);
		log_warning("router_drop", log_span("mud", router_link_name(l)),
			log_str("why", "too many packets in line"));
	}
}

// What it sent before still counts, a shutdown above all.
void router_detach(struct router_link *l)
{
	struct router *r = l->router;
	l->peer = NULL;
	if (r->busy) {
		wait_in_line(l, NULL);
		return;
	}
	router_begin(r);
	router_link_gone(l);
	router_end(r);
}

// --- the input pipeline ---

static void strike(struct router_link *l, const struct packet *p, const char *words)
{
	router_error(l, "unk-src", words, p);
	if (!router_link_is_in_process(l) && ++l->strikes >= ROUTER_STRIKES_MAX)
		router_link_cut(l, CLOSE_REFUSED, "spoke under no name of its own");
}

// What can be said about a packet that is none: enough to answer it.
static void salvage(const struct value *v, struct packet *p)
{
	*p = (struct packet){.all = v,
		.type = value_text(value_at(v, 0)),
		.originator_mud = value_text(value_at(v, 2)),
		.originator_user = value_text(value_at(v, 3))};
}

static bool is_startup(const struct packet *p)
{
	return span_starts(p->type, SPAN("startup-req-"));
}

// The bucket holds thousandths of a packet, so that slow rates fill it evenly.
static bool may_send(struct router_link *l)
{
	const struct router *r = l->router;
	uint64_t full = (uint64_t)r->flood_burst * 1000, now = clock_ms();
	l->tokens += (now - l->tokens_ms) * r->flood_per_second;
	l->tokens_ms = now;
	if (l->tokens > full)
		l->tokens = full;
	if (l->tokens < 1000)
		return false;
	l->tokens -= 1000;
	return true;
}

// Keepalives a MUD sends to itself, and joining channels after a login, are no flood.
static bool is_free(const struct router_link *l, const struct packet *p)
{
	return router_link_is_in_process(l) || router_mud_is(l->mud, p->target_mud) ||
	       span_is(p->type, "channel-listen");
}

static void take_flood(struct router_link *l, const struct packet *p)
{
	metric_add(METRIC_ROUTER_DROPPED, 1);
	l->flooded++;
	if (++l->dropped < FLOOD_PATIENCE)
		return;
	if (l->flood_told_ms && clock_ms() - l->flood_told_ms < FLOOD_TELL_MS)
		return;
	l->flood_told_ms = clock_ms();
	l->dropped = 0;
	log_warning("router_flood", log_span("mud", router_link_name(l)));
	router_error(l, "not-allowed", "too many packets; some were dropped", p);
}

// Errors cost us as much as packets do, so they come from the same bucket.
static void take_misshapen(struct router_link *l, const struct packet *p, const char *why)
{
	if (l->state == LINK_UP && !router_link_is_in_process(l) && !may_send(l)) {
		take_flood(l, p);
		return;
	}
	if (l->state == LINK_UP || is_startup(p))
		router_error(l, "bad-pkt", why, p);
	if (l->state == LINK_UP)
		return;
	if (is_startup(p))
		router_link_cut(l, CLOSE_REFUSED, why);
	else
		strike(l, p, "log in first");
}

static void take_named(struct router_link *l, struct packet *p)
{
	if (!router_mud_is(l->mud, p->originator_mud)) {
		strike(l, p, "originator_mud is not the name this link logged in with");
		return;
	}
	l->strikes = 0;
	if (!is_free(l, p) && !may_send(l)) {
		take_flood(l, p);
		return;
	}
	if (p->ttl <= 0) {
		router_drop(l, "ttl", p);
		return;
	}
	router_dispatch(l, p);
}

// A MUD may log in again on its link, but each time its record goes to the disk and to all others.
static void take_startup(struct router_link *l, const struct packet *p)
{
	if (l->state == LINK_UP && !router_link_is_in_process(l) && !may_send(l))
		take_flood(l, p);
	else
		router_login(l, p);
}

void router_take(struct router_link *l, const struct value *v)
{
	struct packet p;
	const char *why;
	if (l->state == LINK_GONE)
		return;
	l->silent = false;
	if (l->mud && l->mud->link == l && l->mud->suitor)
		router_login_again(l->mud->suitor);
	if (!packet_read(v, &p, &why)) {
		salvage(v, &p);
		take_misshapen(l, &p, why);
	} else if (is_startup(&p)) {
		take_startup(l, &p);
	} else if (l->state == LINK_FRESH && l->conn && span_is(p.type, "irn-startup-req")) {
		irn_accept(l, &p);
	} else if (l->state != LINK_UP) {
		strike(l, &p, "log in first");
	} else {
		take_named(l, &p);
	}
}
