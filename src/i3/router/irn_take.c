// SPDX-License-Identifier: MIT
// What a peer says, by type.  Anything that bears its name keeps a link alive; what the users of the
// header are does not matter, Dead Souls writes "foo" and "bar" there.
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "i3/router/irn.h"

typedef void take_fn(struct irn_link *, const struct packet *);

// The peer answers our irn-startup-req with its own: a router that does as we do.
static void take_startup(struct irn_link *l, const struct packet *p)
{
	irn_greet_learn(l, p);
	if (!l->dialled)
		return;
	l->peer->same = true;
	irn_peer_settle(l->peer);
}

static void take_ping(struct irn_link *l, const struct packet *p)
{
	(void)l;
	(void)p;
}

static void owe_muds(struct irn_link *l, const struct packet *p)
{
	(void)p;
	l->owes_muds = true;
	irn_link_tick(l);
}

static void owe_channels(struct irn_link *l, const struct packet *p)
{
	(void)p;
	l->owes_channels = true;
	irn_link_tick(l);
}

static void take_shutdown(struct irn_link *l, const struct packet *p)
{
	struct irn_peer *peer = l->peer;
	enum log_level level = log_paced(&peer->pace, LOG_INFO);
	(void)p;
	LOG_AT(level, "irn_shutdown", log_str("peer", peer->name));
	list_each(it, &peer->links) irn_link_drop(
		container_of(it, struct irn_link, in_peer), CLOSE_DONE, "it is shutting down");
	peer->dial_ms = clock_ms() + IRN_AWAY_MS;
	irn_muds_down(peer);
}

static const struct {
	const char *type;
	take_fn *take;
} types[] = {
	{"irn-data", irn_data_take},
	{"irn-ping", take_ping},
	{"irn-mudlist-delta", irn_muds_take},
	{"irn-mudlist-altered", irn_muds_take},
	{"irn-chanlist-delta", irn_channels_take},
	{"irn-chanlist-altered", irn_channels_take},
	{"irn-mudlist-req", owe_muds},
	{"irn-chanlist-req", owe_channels},
	{"irn-startup-req", take_startup},
	{"irn-shutdown", take_shutdown},
};

static take_fn *taker_of(struct span type)
{
	for (size_t i = 0; i < countof(types); i++)
		if (span_is(type, types[i].type))
			return types[i].take;
	return NULL;
}

static void take_senseless(struct irn_link *l, const char *why, struct span type)
{
	irn_dropped(l, why, type);
	if (++l->unreadable >= IRN_UNREADABLE_MAX)
		irn_link_drop(l, CLOSE_BAD, "sends packets without sense");
}

// The other end has its reasons; they are the administrators' to compare.
static void take_error(struct irn_link *l, const struct packet *p)
{
	enum log_level level = log_paced(&l->peer->pace, LOG_WARNING);
	LOG_AT(level, "irn_error", log_str("peer", l->peer->name),
		log_span("code", packet_text(p, PACKET_HEADER)),
		log_span("words", packet_text(p, PACKET_HEADER + 1)));
	if (l->state == IRN_GREETING)
		irn_link_drop(l, CLOSE_REFUSED, "it refused us");
}

static void hear(struct irn_link *l, const struct packet *p, take_fn *take)
{
	l->unreadable = 0;
	metric_add(METRIC_ROUTER_PEER_RECEIVED, 1);
	if (l->state == IRN_GREETING)
		irn_link_up(l);
	else if (l->state == IRN_UP)
		irn_link_enter(l, IRN_UP); // its silence is over
	if (l->peer)
		take(l, p);
}

static bool is_between_us(const struct irn_link *l, const struct packet *p)
{
	return span_caseeq(p->originator_mud, span_str(l->peer->name)) &&
	       (!p->target_mud.n ||
		       span_caseeq(p->target_mud, span_str(l->peer->irn->router->name)));
}

void irn_take(struct irn_link *l, const struct value *v)
{
	struct packet p;
	const char *why;
	if (!packet_read(v, &p, &why))
		take_senseless(l, why, value_text(value_at(v, 0)));
	else if (!is_between_us(l, &p) && l->state == IRN_GREETING)
		irn_link_drop(l, CLOSE_REFUSED, "it has another name than the configuration says");
	else if (!is_between_us(l, &p))
		take_senseless(l, "not from this peer to us", p.type);
	else if (span_is(p.type, "error"))
		take_error(l, &p);
	else if (!taker_of(p.type))
		take_senseless(l, "unknown type", p.type);
	else if (span_is(p.type, "irn-startup-req") && !irn_greet_is_good(l->peer, &p))
		irn_link_drop(l, CLOSE_REFUSED, "its passwords are wrong");
	else
		hear(l, &p, taker_of(p.type));
}
