// SPDX-License-Identifier: MIT
// A hub whose sessions write what they are told into a text, a store in memory, and the I3 face.
// Packets and events are written and compared as LPC text.
#pragma once
#include "check.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "i3/i3.h"
#include "i3/i3_priv.h"
#include "i3/router/router.h"
#include "i3/service.h"
#include "proto/lpc.h"
#include <stdio.h>
#include <stdlib.h>

enum { BED_IDENTITIES = 2, BED_WAIT_MS = 10000 };

struct ear { // what one identity's session was told, a line each
	struct buf told;
	struct session *session;
};

struct bed {
	struct loop loop;
	struct net *net;
	struct store *store;
	struct hub hub;
	struct config config;
	struct config_identity identities[BED_IDENTITIES];
	struct config_router_address fallback[2];
	struct i3 *i3;
	struct ear ears[BED_IDENTITIES];
	struct turn_end sealing;
	struct timer watchdog;
	struct timer later;
};

static inline void bed_text(const struct message *m, struct buf *out)
{
	buf_printf(out, "%s ", event_rows[m->event].name);
	lpc_put(out, m->params);
	buf_char(out, '\n');
}

static inline void bed_frame(enum wire wire, struct span text, struct buf *out)
{
	(void)wire;
	buf_span(out, text);
}

static const struct wires bed_wires = {bed_text, bed_frame};

static inline bool bed_is_full(void *to)
{
	(void)to;
	return false;
}

static inline void bed_share(void *to, struct blob *b, uint32_t from, uint32_t to_byte)
{
	struct ear *e = to;
	buf_put(&e->told, b->p + from, to_byte - from);
}

static inline const char *ear_text(struct ear *e)
{
	buf_char(&e->told, '\0');
	e->told.n--;
	return e->told.p;
}

static inline void bed_seal(struct turn_end *t)
{
	hub_turn_end(&container_of(t, struct bed, sealing)->hub);
}

static inline void bed_give_up(struct timer *t)
{
	(void)t;
	fail_msg("nothing happened for %d ms", BED_WAIT_MS);
}

static inline struct config_identity bed_identity(const char *name)
{
	return (struct config_identity){.name = name,
		.port = 4000,
		.admin_email = "a@b.c",
		.mudlib = "ExLib 1.0",
		.base_mudlib = "ExLib",
		.driver = "FluffOS v2019",
		.mud_type = "LP",
		.open_status = "open for public",
		.services = {true, true, true, true, true, true, true}};
}

static inline struct i3_link *bed_link(struct bed *b, const char *name)
{
	struct identity *i = hub_identity(&b->hub, span_str(name));
	return container_of(i->uplink, struct i3_link, uplink);
}

static inline void bed_nothing(struct timer *t)
{
	(void)t;
}

static inline struct bed *bed_open(void)
{
	static const struct outlet outlet = {.share = bed_share, .is_full = bed_is_full};
	struct bed *b = mem_zalloc(sizeof *b);
	struct buf why = {0};
	loop_init(&b->loop);
	b->store = store_open(&b->loop, &(struct store_config){.path = NULL}, &why);
	assert_non_null(b->store);
	hub_init(&b->hub, &bed_wires, 10);
	b->sealing.run = bed_seal;
	loop_at_turn_end(&b->loop, &b->sealing);
	b->net = net_new(&b->loop);
	b->identities[0] = bed_identity("Example");
	b->identities[1] = bed_identity("Other");
	b->config.identities = (struct config_identities){b->identities, 1};
	b->config.router.primary = (struct config_router_address){"*i4", "127.0.0.1", 1, {0}};
	b->config.router.fallback.at = b->fallback;
	b->config.router.connection.timeout_s = 30;
	b->config.router.connection.keepalive_interval_s = 60;
	b->config.router.connection.reconnect_delay_s = 5;
	for (int i = 0; i < BED_IDENTITIES; i++) {
		struct identity *own = hub_add_identity(&b->hub, b->identities[i].name);
		b->ears[i].session = session_open(own, &(struct session_spec){.rights = RIGHT_ALL,
							       .per_minute = 1000,
							       .burst = 1000,
							       .wire = WIRE_LINE,
							       .outlet = &outlet,
							       .outlet_to = &b->ears[i]});
	}
	timer_init(&b->loop, &b->watchdog, bed_give_up);
	timer_init(&b->loop, &b->later, bed_nothing);
	return b;
}

// Turns of the loop until it is so.
static inline void bed_until(struct bed *b, bool (*so)(void *), void *of)
{
	timer_start(&b->watchdog, BED_WAIT_MS);
	while (!so(of))
		uv_run(&b->loop.uv, UV_RUN_ONCE);
	timer_stop(&b->watchdog);
}

static inline void bed_close(struct bed *b)
{
	for (int i = 0; i < BED_IDENTITIES; i++)
		session_close(b->ears[i].session);
	i3_free(b->i3);
	timer_close(&b->watchdog, NULL);
	timer_close(&b->later, NULL);
	net_close_all(b->net, CLOSE_SHUTDOWN);
	while (!net_done(b->net)) // a name may still be looked up
		uv_run(&b->loop.uv, UV_RUN_ONCE);
	net_free(b->net);
	store_close(b->store);
	loop_fini(&b->loop);
	hub_fini(&b->hub);
	for (int i = 0; i < BED_IDENTITIES; i++)
		buf_fini(&b->ears[i].told);
	free(b);
}
