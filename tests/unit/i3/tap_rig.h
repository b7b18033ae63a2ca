// SPDX-License-Identifier: MIT
// A link that is logged in, with a text for a carrier: packets in as text, events and packets out as
// text.
#pragma once
#include "i3_rig.h"

struct tap {
	struct bed *bed;
	struct i3_link *link;
	struct carrier carrier;
	struct buf sent; // packets, a line each
	bool closed;
};

static inline enum sent tap_send(struct carrier *c, const struct value *packet, unsigned cost)
{
	struct tap *w = container_of(c, struct tap, carrier);
	(void)cost;
	lpc_put(&w->sent, packet);
	buf_char(&w->sent, '\n');
	return SENT;
}

static inline const char *sent_text(struct tap *w)
{
	buf_char(&w->sent, '\0');
	w->sent.n--;
	return w->sent.p;
}

static inline void tap_bid(struct carrier *c, const struct value *packet)
{
	tap_send(c, packet, 1);
}

static inline void tap_quiet(struct carrier *c)
{
	(void)c;
}

static inline void tap_close(struct carrier *c)
{
	container_of(c, struct tap, carrier)->closed = true;
}

static const struct carrier_ops tap_ops = {
	true, tap_send, tap_bid, tap_quiet, tap_quiet, tap_close};

static inline void hear(struct tap *w, const char *text)
{
	struct arena arena = {0};
	struct span in = span_str(text);
	struct value v;
	struct lpc_error e;
	while (in.n) {
		if (!lpc_read(&arena, &in, &v, &e))
			fail_msg("%s: %s", text, e.why);
		link_heard(w->link, &v);
	}
	arena_fini(&arena);
}

#define ROUTER(type) "({\"" type "\",5,\"*i4\",0,\"Example\",0,"
#define RECORD(state)                                                                              \
	"({" state ",\"192.0.2.9\",5555,0,0,\"TMI-2\",\"TMI\",\"MudOS\",\"LP\",\"open\",\"\",(["   \
	"\"tell\":1,]),0,})"

static inline void clear(struct tap *w)
{
	buf_clear(&w->sent);
	buf_clear(&w->bed->ears[0].told);
}

static inline int set_up(void **state)
{
	struct tap *w = mem_zalloc(sizeof *w);
	clock_set(1000000, 1700000000000000);
	w->bed = bed_open();
	w->bed->i3 = i3_new(w->bed->net, &w->bed->hub, w->bed->store, &w->bed->config, NULL);
	w->link = bed_link(w->bed, "Example");
	w->carrier = (struct carrier){&tap_ops, w->link};
	w->link->carrier = &w->carrier;
	strcpy(w->link->router, "*i4");
	w->link->state = LINK_READY;
	w->link->ready_ms = clock_ms();
	channel_join(w->bed->ears[0].session, SPAN("dchat"));
	hear(w, ROUTER("mudlist") "1,([\"TMIMUD\":" RECORD("-1") ",]),})");
	clear(w);
	*state = w;
	return 0;
}

static inline int tear_down(void **state)
{
	struct tap *w = *state;
	bed_close(w->bed);
	buf_fini(&w->sent);
	clock_set(0, 0);
	free(w);
	return 0;
}

struct heard {
	const char *packet, *told, *sent;
};

static inline void check_heard(struct tap *w, const struct heard *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		clear(w);
		hear(w, rows[i].packet);
		check_text(buf_bytes(&w->bed->ears[0].told), rows[i].told);
		check_text(buf_bytes(&w->sent), rows[i].sent);
	}
}

static inline enum sent submit(struct tap *w, struct intent intent)
{
	return w->link->uplink.ops->submit(&w->link->uplink, &intent);
}

static inline const struct value *answer(
	struct tap *w, enum answer_kind kind, const char *mud, const char *user)
{
	return answers_find(&w->link->identity->answers,
		&(struct answer_key){kind, span_str(mud), span_str(user)}, clock_ms());
}
