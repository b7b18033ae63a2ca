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
	uint32_t full_after; // messages it takes; 0: any number
	bool replaced;
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
	int texts;
};

static struct rig *the_rig; // the encoder is given no context

// Numbers are times: from 1, as time stands.
static inline unsigned long long rig_seq(uint64_t seq)
{
	return seq + 1 - RIG_WALL_US;
}

static inline void rig_text(const struct message *m, struct buf *out)
{
	the_rig->texts++;
	buf_str(out, event_rows[m->event].name);
	if (m->seq)
		buf_printf(out, " %llu", rig_seq(m->seq));
	else if (m->event == EVENT_GAP && !value_get(m->params, "lost")->i)
		buf_lit(out, " or more");
	else if (m->event == EVENT_GAP)
		buf_printf(out, " %lld of %llu..%llu%s", (long long)value_get(m->params, "lost")->i,
			rig_seq((uint64_t)value_get(m->params, "from_seq")->i),
			rig_seq((uint64_t)value_get(m->params, "to_seq")->i),
			value_get(m->params, "unknown")->b ? " or more" : "");
}

static inline void rig_frame(enum wire wire, struct span text, struct buf *out)
{
	the_rig->encoded[wire]++;
	buf_printf(out, "%d:", (int)wire);
	buf_span(out, text);
	buf_char(out, ';');
}

static const struct wires rig_wires = {rig_text, rig_frame};

static inline void ear_share(void *to, struct blob *b, uint32_t from, uint32_t to_byte)
{
	struct ear *e = to;
	buf_put(&e->told, b->p + from, to_byte - from);
	e->blob = b;
	e->from = from;
	e->to = to_byte;
	e->n++;
}

static inline void ear_write(void *to, struct span framed)
{
	struct ear *e = to;
	buf_span(&e->told, framed);
	e->n++;
}

static inline bool ear_is_full(void *to)
{
	struct ear *e = to;
	return e->full_after && (uint32_t)e->n >= e->full_after;
}

static inline void ear_replaced(void *to)
{
	struct ear *e = to;
	e->replaced = true;
}

static const struct outlet ear_outlet = {
	.share = ear_share, .write = ear_write, .is_full = ear_is_full, .replaced = ear_replaced};

static inline void net_listen(struct uplink *u, struct span channel, bool on)
{
	struct fake_uplink *f = container_of(u, struct fake_uplink, uplink);
	buf_printf(&f->asked, "%c%.*s ", on ? '+' : '-', (int)channel.n, channel.p);
}

static const struct uplink_ops net_ops = {.listen = net_listen};

static inline struct session_spec rig_spec(struct rig *r, int ear, enum wire wire, unsigned rights)
{
	return (struct session_spec){.rights = rights,
		.per_minute = 60,
		.burst = 2,
		.wire = wire,
		.outlet = &ear_outlet,
		.outlet_to = &r->ears[ear]};
}

static inline struct session *rig_open(
	struct rig *r, struct identity *i, int ear, enum wire wire, unsigned rights)
{
	struct session_spec spec = rig_spec(r, ear, wire, rights);
	r->ears[ear].session = session_open(i, &spec);
	return r->ears[ear].session;
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
	hub_init(&r->hub, &rig_wires, 3);
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
