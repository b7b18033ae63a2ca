// SPDX-License-Identifier: MIT
// A hub without faces: an encoder that counts, sessions that keep what they are told, and an uplink
// that writes down what it is asked.
#pragma once
#include "check.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "hub/hub.h"
#include <stdio.h>
#include <stdlib.h>

enum { RIG_EARS = 4, RIG_NOW_MS = 1000000 };
#define RIG_WALL_US UINT64_C(1767323045000000)

struct ear { // what one session was told
	struct session *session;
	struct buf told;
	const struct blob *blob; // of the last message
	uint32_t from, to;
	int n;
};

struct fake_uplink {
	struct uplink uplink;
	struct buf asked; // "+chat -chat ", in order
};

struct rig {
	struct hub hub;
	struct identity *mud;
	struct ear ears[RIG_EARS];
	struct fake_uplink net;
	int encoded[WIRE_COUNT];
};

static struct rig *the_rig; // the encoder is given no context

static inline void rig_encode(enum wire wire, struct message *m, struct buf *out)
{
	the_rig->encoded[wire]++;
	if (!m->canon->n)
		buf_printf(m->canon, "%s %llu", event_rows[m->event].name,
			(unsigned long long)(m->seq + 1 - RIG_WALL_US)); // from 1, as time stands
	buf_printf(out, "%d:", (int)wire);
	buf_span(out, buf_bytes(m->canon));
	buf_char(out, ';');
}

static inline void ear_share(void *to, struct blob *b, uint32_t from, uint32_t to_byte)
{
	struct ear *e = to;
	buf_put(&e->told, b->p + from, to_byte - from);
	e->blob = b;
	e->from = from;
	e->to = to_byte;
	e->n++;
}

static const struct outlet ear_outlet = {ear_share};

static inline void net_listen(struct uplink *u, struct span channel, bool on)
{
	struct fake_uplink *f = container_of(u, struct fake_uplink, uplink);
	buf_printf(&f->asked, "%c%.*s ", on ? '+' : '-', (int)channel.n, channel.p);
}

static const struct uplink_ops net_ops = {.listen = net_listen};

static inline struct session *rig_open(
	struct rig *r, struct identity *i, int ear, enum wire wire, unsigned rights)
{
	struct ear *e = &r->ears[ear];
	struct session_spec spec = {.rights = rights,
		.per_minute = 60,
		.burst = 2,
		.wire = wire,
		.outlet = &ear_outlet,
		.outlet_to = e};
	return e->session = session_open(i, &spec);
}

static inline void rig_close(struct rig *r, int ear)
{
	session_close(r->ears[ear].session);
	r->ears[ear].session = NULL;
}

static inline int rig_setup(void **state)
{
	struct rig *r = *state = the_rig = mem_zalloc(sizeof *r);
	clock_set(RIG_NOW_MS, RIG_WALL_US);
	hub_init(&r->hub, rig_encode, 3);
	r->mud = hub_add_identity(&r->hub, "AlphaMUD");
	r->net.uplink.ops = &net_ops;
	r->mud->uplink = &r->net.uplink;
	return 0;
}

static inline int rig_teardown(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < RIG_EARS; i++) {
		if (r->ears[i].session)
			session_close(r->ears[i].session);
		buf_fini(&r->ears[i].told);
	}
	hub_fini(&r->hub);
	buf_fini(&r->net.asked);
	free(r);
	return 0;
}

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

static inline void rig_publish_to(struct identity *i, enum event event, const struct session *but)
{
	struct value params = value_map(NULL, 0);
	struct message m = {.event = event, .params = &params};
	identity_publish(i, &m, but);
}

static inline void rig_say(struct channel *c, enum event event)
{
	struct value params = value_map(NULL, 0);
	struct message m = {.event = event, .params = &params};
	channel_publish(c, &m);
}
