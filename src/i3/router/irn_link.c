// SPDX-License-Identifier: MIT
// One connection to a peer: its states and deadlines, and packets as frames of LPC text.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "i3/router/irn.h"
#include "proto/codecs.h"
#include "proto/lpc.h"
#include <stdio.h>
#include <stdlib.h>

// The lists of the largest network are 1 MiB; a peer that reads at all takes them in a minute.
static const struct conn_limits limits = {.out_max = 4 << 20, .out_age_ms = 60000};

// --- states ---

static uint64_t deadline_of(enum irn_link_state s)
{
	switch (s) {
	case IRN_DIALLING: return CLOCK_NEVER; // the dial has its own
	case IRN_GREETING: return clock_ms() + IRN_GREET_MS;
	case IRN_UP: return clock_ms() + IRN_SILENCE_MS;
	case IRN_RETIRING: return clock_ms() + IRN_RETIRE_MS;
	}
	return CLOCK_NEVER;
}

void irn_link_enter(struct irn_link *l, enum irn_link_state to)
{
	ensure(to >= l->state);
	l->state = to;
	l->deadline_ms = deadline_of(to);
}

static struct irn_link *link_new(struct irn_peer *p, enum irn_link_state state)
{
	struct irn_link *l = mem_zalloc(sizeof *l);
	l->peer = p;
	l->send_max = ROUTER_SEND_OLD_MAX;
	list_append(&p->links, &l->in_peer);
	irn_link_enter(l, state);
	return l;
}

// What is known about the peer comes first: it may answer at once.
void irn_link_up(struct irn_link *l)
{
	struct irn_peer *p = l->peer;
	l->number = ++p->irn->links;
	l->ping_ms = clock_ms() + IRN_PING_MS;
	irn_link_enter(l, IRN_UP);
	irn_peer_enter(p, IRN_PEER_UP);
	l->owes_muds = l->owes_channels = true;
	irn_link_tick(l);
	irn_peer_settle(p);
}

void irn_link_drop(struct irn_link *l, enum conn_close reason, const char *why)
{
	struct irn_peer *p = l->peer;
	struct conn *c = l->conn;
	struct dial *dial = l->dial;
	if (!p)
		return;
	log_debug("irn_drop", log_str("peer", p->name), log_str("why", why));
	list_unlink(&l->in_peer);
	l->peer = NULL;
	l->conn = NULL;
	if (dial) {
		dial_cancel(dial);
		free(l);
	} else if (c) {
		conn_close(c, reason);
	}
	irn_peer_lost(p, why);
}

static const char *why_late(const struct irn_link *l)
{
	switch (l->state) {
	case IRN_DIALLING: return "cannot be reached in time";
	case IRN_GREETING: return "connected, but does not answer: are the passwords right?";
	case IRN_UP: return "was silent too long";
	case IRN_RETIRING: return "another link is used";
	}
	return "";
}

// A list that was asked for again and again is sent once in a while.
static void pay(struct irn_link *l)
{
	uint64_t now = clock_ms();
	if (l->owes_muds && (!l->muds_sent_ms || now - l->muds_sent_ms >= IRN_ANSWER_MS)) {
		l->owes_muds = false;
		l->muds_sent_ms = now;
		irn_muds_send(l, false);
	}
	if (l->owes_channels &&
		(!l->channels_sent_ms || now - l->channels_sent_ms >= IRN_ANSWER_MS)) {
		l->owes_channels = false;
		l->channels_sent_ms = now;
		irn_channels_send(l);
	}
}

static void ping(struct irn_link *l)
{
	struct value now = value_int((int64_t)(clock_wall_us() / 1000000));
	struct value body[] = {now, now};
	l->ping_ms = clock_ms() + IRN_PING_MS;
	irn_send(l, "irn-ping", body, countof(body));
}

void irn_link_tick(struct irn_link *l)
{
	if (l->deadline_ms <= clock_ms()) {
		irn_link_drop(
			l, l->state == IRN_RETIRING ? CLOSE_REPLACED : CLOSE_IDLE, why_late(l));
		return;
	}
	if (l->state != IRN_UP)
		return;
	if (l->ping_ms <= clock_ms())
		ping(l);
	pay(l);
}

// --- out ---

static bool write_packet(struct irn_link *l, const struct value *packet)
{
	struct router *r = l->peer->irn->router;
	size_t bytes = router_text_bytes(r, packet);
	if (bytes >= l->send_max) // with its NUL; SIZE_MAX: cannot be written at all
		return false;
	buf_clear(&r->frame);
	codec_mudmode.put(NULL, &r->frame, (struct codec_msg){.body = buf_bytes(&r->text)});
	conn_write(l->conn, buf_bytes(&r->frame));
	metric_add(METRIC_ROUTER_PEER_SENT, 1);
	return true;
}

bool irn_send(struct irn_link *l, const char *type, const struct value *body, size_t n)
{
	struct router *r = l->peer->irn->router;
	struct packet head = {.type = span_str(type),
		.originator_mud = span_str(r->name),
		.target_mud = span_str(l->peer->name)};
	struct value *at = arena_alloc(&r->arena, (PACKET_HEADER + n) * sizeof *at);
	packet_header(at, &head);
	if (n)
		memcpy(at + PACKET_HEADER, body, n * sizeof *at);
	struct value packet = value_array(at, PACKET_HEADER + n);
	if (write_packet(l, &packet))
		return true;
	enum log_level level = log_paced(&l->peer->pace, LOG_WARNING);
	LOG_AT(level, "irn_large", log_str("peer", l->peer->name), log_str("type", type));
	return false;
}

bool irn_send_data(struct irn_link *l, const struct value *packet)
{
	return irn_send(l, "irn-data", packet, 1);
}

void irn_dropped(struct irn_link *l, const char *why, struct span type)
{
	metric_add(METRIC_ROUTER_PEER_DROPPED, 1);
	log_debug("irn_dropped", log_str("peer", l->peer->name), log_span("type", type),
		log_str("why", why));
}

// --- in ---

static void take_text(struct irn_link *l, struct span text)
{
	struct router *r = l->peer->irn->router;
	struct lpc_error error;
	struct value packet;
	for (size_t n = 0; text.n && n < IRN_FRAME_PACKETS && l->peer; n++) {
		if (lpc_read(&r->arena, &text, &packet, &error)) {
			irn_take(l, &packet);
			continue;
		}
		if (n) // rubbish after a packet
			return;
		irn_dropped(l, error.why, (struct span){0});
		if (++l->unreadable >= IRN_UNREADABLE_MAX)
			irn_link_drop(l, CLOSE_BAD, "sends what cannot be read");
		return;
	}
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct irn_link *l = conn_owner(c);
	if (!l->peer)
		return;
	struct router *r = l->peer->irn->router;
	router_begin(r);
	take_text(l, msg->body);
	router_end(r);
}

static void on_bad(struct conn *c, struct codec_msg *msg)
{
	struct irn_link *l = conn_owner(c);
	enum log_level level = l->peer ? log_paced(&l->peer->pace, LOG_WARNING) : LOG_DEBUG;
	if (l->peer)
		LOG_AT(level, "irn_frame", log_str("peer", l->peer->name),
			log_str("why", msg->why));
}

static void use(struct irn_link *l, struct conn *c)
{
	l->conn = c;
	conn_use(c, &codec_mudmode, IRN_FRAME);
	conn_limit(c, &limits);
	conn_deadline(c, 0, CLOSE_NO_AUTH);
}

static void on_open(struct conn *c)
{
	struct irn_link *l = conn_owner(c);
	if (!l->peer) {
		conn_close(c, CLOSE_DONE);
		return;
	}
	struct router *r = l->peer->irn->router;
	router_begin(r);
	use(l, c);
	irn_link_enter(l, IRN_GREETING);
	irn_greet(l);
	router_end(r);
}

static void lost(struct irn_link *l, const char *why)
{
	struct router *r = l->peer->irn->router;
	router_begin(r);
	l->conn = NULL; // closed already
	irn_link_drop(l, CLOSE_EOF, why);
	router_end(r);
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct irn_link *l = conn_owner(c);
	if (l->peer)
		lost(l, close_says(why));
	free(l);
}

static void on_failed(void *owner, const char *why)
{
	struct irn_link *l = owner;
	if (l->peer)
		lost(l, why);
	free(l);
}

static const struct face face_irn = {
	.name = "irn",
	.on_open = on_open,
	.on_msg = on_msg,
	.on_bad = on_bad,
	.on_close = on_close,
};

void irn_link_dial(struct irn_peer *p)
{
	struct irn_link *l = link_new(p, IRN_DIALLING);
	l->dialled = true;
	log_debug("irn_dial", log_str("peer", p->name), log_str("host", p->host),
		log_int("port", p->port));
	dial_watch(dial_open(p->irn->router->net, &(struct dial_to){.host = p->host,
							  .port = p->port,
							  .attempt = p->backoff.failures,
							  .timeout_ms = IRN_DIAL_MS,
							  .conn = {.face = &face_irn, .owner = l},
							  .on_failed = on_failed}),
		&l->dial);
}

struct irn_link *irn_link_take(struct irn_peer *p, struct router_link *from)
{
	struct conn *c = from->conn;
	from->conn = NULL;
	router_link_gone(from);
	struct irn_link *l = link_new(p, IRN_GREETING);
	conn_own(c, l);
	conn_face(c, &face_irn);
	use(l, c);
	return l;
}

const char *irn_link_address(const struct irn_link *l, char out[ROUTER_ADDRESS_MAX])
{
	char peer[64];
	router_address(conn_peer(l->conn, peer), out);
	return out;
}
