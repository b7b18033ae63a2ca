// SPDX-License-Identifier: MIT
// A bed with out-of-band services, and links made of nothing: what is sent on them is a text.
#pragma once
#include "i3/i3_rig.h"

#include "i3/oob/oob_priv.h"

struct rig {
	struct bed *bed;
	struct oob *oob;
	struct identity *us;
};

struct fake_wire {
	struct oob_wire wire;
	struct buf sent; // LPC text, a line each
	bool trusted, held, closed, bad;
};

static inline void fake_send(struct oob_wire *w, const struct value *packet)
{
	struct fake_wire *f = container_of(w, struct fake_wire, wire);
	lpc_put(&f->sent, packet);
	buf_char(&f->sent, '\n');
}
static inline void fake_trust(struct oob_wire *w)
{
	container_of(w, struct fake_wire, wire)->trusted = true;
}
static inline void fake_hold(struct oob_wire *w, bool hold)
{
	container_of(w, struct fake_wire, wire)->held = hold;
}
static inline void fake_close(struct oob_wire *w, enum conn_close why)
{
	struct fake_wire *f = container_of(w, struct fake_wire, wire);
	f->closed = true;
	f->bad = why == CLOSE_REFUSED;
	w->session = NULL;
}

static const struct oob_wire_ops fake_ops = {
	.send = fake_send, .trust = fake_trust, .hold = fake_hold, .close = fake_close};

static inline int rig_open(void **state)
{
	struct rig *r = mem_zalloc(sizeof *r);
	struct arena arena = {0};
	struct value_list facts = {.arena = &arena};
	r->bed = bed_open();
	r->bed->config.oob.enabled = r->bed->config.oob.check_address = true;
	r->bed->config.oob.files = "";
	r->bed->identities[0].services.mail = true;
	r->bed->identities[0].services.file = true;
	r->bed->identities[0].services.news = true;
	r->us = hub_identity(&r->bed->hub, SPAN("Example"));
	r->us->wanted = hub_identity(&r->bed->hub, SPAN("Other"))->wanted = true;
	r->bed->i3 = i3_new(r->bed->net, &r->bed->hub, r->bed->store, &r->bed->config, NULL);
	r->oob = i3_oob(r->bed->i3);
	i3_oob_at(r->bed->i3, "0.0.0.0:9001");
	value_pair(&facts, "host", value_str("192.0.2.7"));
	struct value map = value_list_map(&facts);
	roster_put_mud(&r->us->roster, SPAN("Foreign"), MUD_UP, &map);
	arena_fini(&arena);
	*state = r;
	return 0;
}

static inline int rig_close(void **state)
{
	struct rig *r = *state;
	bed_close(r->bed);
	free(r);
	return 0;
}

// An accepted link; it has said nothing yet.
static inline struct fake_wire *rig_accept(struct rig *r, const char *address)
{
	struct fake_wire *f = mem_zalloc(sizeof *f);
	f->wire.ops = &fake_ops;
	f->wire.session = oob_session_accept(r->oob, &f->wire, span_str(address));
	assert_non_null(f->wire.session);
	return f;
}

static inline void rig_hear(struct rig *r, struct fake_wire *f, const char *text)
{
	struct span rest = span_str(text);
	struct lpc_error error;
	struct value v;
	oob_begin(r->oob);
	assert_true(lpc_read(&r->oob->arena, &rest, &v, &error));
	if (f->wire.session)
		oob_session_heard(f->wire.session, &v);
	oob_end(r->oob);
}

// What was sent since the last look.
static inline const char *rig_sent(struct fake_wire *f)
{
	static char text[4096];
	snprintf(text, sizeof text, "%.*s", (int)f->sent.n, f->sent.p ? f->sent.p : "");
	buf_clear(&f->sent);
	return text;
}

// An accepted link whose key was good.
static inline struct fake_wire *rig_begin(struct rig *r)
{
	struct fake_wire *f = rig_accept(r, "192.0.2.7");
	char text[128];
	int64_t key = oob_keys_give(&r->oob->keys, r->us, SPAN("Foreign"), clock_ms());
	snprintf(text, sizeof text, "({\"oob-begin\",\"Foreign\",1,%lld,})", (long long)key);
	rig_hear(r, f, text);
	assert_string_equal(rig_sent(f), "({\"oob-begin\",\"Example\",0,0,})\n");
	return f;
}

static inline void rig_free(struct fake_wire *f)
{
	if (f->wire.session)
		oob_session_lost(f->wire.session, "the test is over");
	buf_fini(&f->sent);
	free(f);
}
