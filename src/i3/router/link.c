// SPDX-License-Identifier: MIT
// A MUD's connection, from the first byte to the last; and its way in over a socket: MudMode frames
// of LPC text, several values in a frame allowed.  The way out is in parcel.c.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "i3/router/router_priv.h"
#include "proto/codecs.h"
#include "proto/lpc.h"
#include <stdlib.h>

// A full mudlist of the largest network is 1 MiB; a MUD that reads at all takes it in a minute.
static const struct conn_limits limits = {.out_max = 4 << 20, .out_age_ms = 60000};

// --- life ---

struct router_link *router_link_new(struct router *r)
{
	struct router_link *l = mem_zalloc(sizeof *l);
	l->router = r;
	l->send_max = ROUTER_SEND_OLD_MAX;
	l->tokens = (uint64_t)r->flood_burst * 1000;
	l->tokens_ms = clock_ms();
	list_init(&l->listens);
	list_append(&r->links, &l->link);
	return l;
}

void router_link_free(struct router_link *l)
{
	ensure(l->state == LINK_GONE);
	list_unlink(&l->link);
	arena_fini(&l->held);
	free(l);
}

static bool may_enter(enum router_link_state from, enum router_link_state to)
{
	switch (to) {
	case LINK_FRESH: return from != LINK_GONE; // logged out, in process only
	case LINK_PROBING: return from == LINK_FRESH;
	case LINK_SAVING: return from != LINK_GONE;
	case LINK_UP: return from == LINK_SAVING;
	case LINK_GONE: return from != LINK_GONE;
	}
	return false;
}

static void set_deadline(struct router_link *l)
{
	switch (l->state) {
	case LINK_FRESH: conn_deadline(l->conn, ROUTER_LOGIN_MS, CLOSE_NO_AUTH); break;
	case LINK_PROBING: conn_deadline(l->conn, ROUTER_PROBE_MS, CLOSE_NO_AUTH); break;
	case LINK_SAVING: conn_deadline(l->conn, ROUTER_SAVING_MS, CLOSE_NO_AUTH); break;
	case LINK_UP: conn_deadline(l->conn, 0, CLOSE_NO_AUTH); break;
	case LINK_GONE: break;
	}
}

void router_link_enter(struct router_link *l, enum router_link_state to)
{
	ensure(may_enter(l->state, to));
	metric_add(METRIC_ROUTER_LINKS, (to == LINK_UP) - (l->state == LINK_UP));
	l->state = to;
	if (l->conn)
		set_deadline(l);
}

bool router_link_is_in_process(const struct router_link *l)
{
	return l->inside;
}

struct span router_link_name(const struct router_link *l)
{
	return span_str(l->mud ? l->mud->name : NULL);
}

void router_link_leave(struct router_link *l)
{
	struct router_mud *m = l->mud;
	store_forget(l->router->store, l);
	router_channels_leave(l);
	l->mud = NULL;
	if (!m)
		return;
	m->link = NULL;
	if (m->state == ROUTER_MUD_UP) {
		m->grace_until_ms = clock_ms() + (m->grace_ms ? m->grace_ms : ROUTER_GRACE_MS);
		m->grace_ms = 0;
		router_muds_arm(l->router, m->grace_until_ms);
	}
	if (m->suitor)
		router_login_again(m->suitor);
}

static void stop_waiting(struct router_link *l)
{
	for (struct map_at at = map_first(&l->router->muds); at.value; at = map_next(at)) {
		struct router_mud *m = at.value;
		if (m->suitor == l)
			m->suitor = NULL;
	}
}

void router_link_gone(struct router_link *l)
{
	if (l->state == LINK_GONE)
		return;
	if (l->mud)
		log_info("router_leave", log_span("mud", router_link_name(l)));
	if (l->state == LINK_PROBING)
		stop_waiting(l);
	l->conn = NULL;
	l->peer = NULL;
	router_link_enter(l, LINK_GONE);
	list_unlink(&l->link);
	list_append(&l->router->gone, &l->link);
	router_link_leave(l);
}

void router_link_cut(struct router_link *l, enum conn_close reason, const char *why)
{
	struct conn *c = l->conn;
	struct router_peer *peer = l->peer;
	if (l->state == LINK_GONE)
		return;
	log_info("router_cut", log_span("mud", router_link_name(l)), log_str("why", why));
	router_link_gone(l);
	if (c) {
		conn_own(c, NULL);
		conn_close(c, reason);
	}
	if (peer && peer->on_cut)
		peer->on_cut(peer, why);
}

void router_link_dismiss(struct router_link *l, const char *words)
{
	struct value nothing = value_int(0);
	struct packet p = {.all = &nothing};
	router_error(l, "not-allowed", words, &p);
	router_link_cut(l, CLOSE_REFUSED, words);
}

// --- in, over a socket ---

void router_address(const char *peer, char out[ROUTER_ADDRESS_MAX])
{
	struct span at = conn_address(peer);
	if (!at.n)
		at = span_str(peer); // a Unix socket
	at.n = min_size(at.n, ROUTER_ADDRESS_MAX - 1);
	memcpy(out, at.p, at.n);
	out[at.n] = '\0';
}

static void turn_away(struct router_link *l)
{
	struct router *r = l->router;
	struct value nothing = value_int(0);
	metric_add(METRIC_REFUSED, 1);
	router_begin(r);
	router_error(l, "not-allowed", "too many connections from this address",
		&(struct packet){.all = &nothing});
	router_link_cut(l, CLOSE_FULL, "too many connections from its address");
	router_end(r);
}

static void on_open(struct conn *c)
{
	char peer[64];
	struct router *r = conn_owner(c);
	conn_own(c, NULL);
	if (strcmp(conn_peer(c, peer), "gone") ==
		0) { // without an address no password can be judged
		conn_close(c, CLOSE_RESET);
		return;
	}
	struct router_link *l = router_link_new(r);
	l->conn = c;
	router_address(peer, l->address);
	conn_own(c, l);
	conn_use(c, &codec_mudmode, ROUTER_LOGIN_FRAME);
	conn_limit(c, &limits);
	set_deadline(l);
	if (router_address_is_waiting(l))
		turn_away(l);
	else
		router_ban_greet(l);
}

static void take_unreadable(struct router_link *l, const struct lpc_error *error)
{
	struct value nothing = value_int(0);
	struct packet p = {.all = &nothing};
	if (l->state == LINK_UP)
		router_error(l, "bad-pkt", error->why, &p);
	else
		router_drop(l, error->why, &p);
	unsigned most = l->state == LINK_UP ? ROUTER_UNREADABLE_MAX : ROUTER_STRIKES_MAX;
	if (++l->unreadable >= most)
		router_link_cut(l, CLOSE_BAD, "sent too much that cannot be read");
}

// Some senders put several packets in one frame; some put rubbish after one.
static void take_text(struct router_link *l, struct span text)
{
	struct lpc_error error;
	struct value packet;
	for (size_t n = 0; text.n && n < ROUTER_FRAME_PACKETS && l->state != LINK_GONE; n++) {
		if (!lpc_read(&l->router->arena, &text, &packet, &error)) {
			if (n == 0)
				take_unreadable(l, &error);
			return;
		}
		l->unreadable = 0;
		router_take(l, &packet);
	}
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct router_link *l = conn_owner(c);
	struct router *r = l->router;
	router_begin(r);
	take_text(l, msg->body);
	router_end(r);
}

static void on_deadline(struct conn *c)
{
	struct router_link *l = conn_owner(c);
	struct router *r = l->router;
	router_begin(r);
	if (l->state == LINK_PROBING)
		router_login_again(l);
	else
		router_link_cut(l, CLOSE_NO_AUTH, "did not log in in time");
	router_end(r);
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct router_link *l = conn_owner(c);
	(void)why;
	if (!l)
		return;
	struct router *r = l->router;
	router_begin(r);
	router_link_gone(l);
	router_end(r);
}

const struct face face_router = {
	.name = "router",
	.on_open = on_open,
	.on_msg = on_msg,
	.on_deadline = on_deadline,
	.on_close = on_close,
};
