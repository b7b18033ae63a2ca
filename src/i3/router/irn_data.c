// SPDX-License-Identifier: MIT
// irn-data: one packet of a MUD of the peer, as if it had come from that MUD.  It goes to MUDs of
// ours and nowhere else, above all not to another peer.
#include "base/clock.h"
#include "base/metric.h"
#include "i3/router/irn.h"

enum { BODY_PACKET = PACKET_HEADER };

// --- back ---

static void answer_error(
	struct irn_link *l, const char *code, const char *words, const struct packet *about)
{
	struct router *r = l->peer->irn->router;
	irn_dropped(l, words, about->type);
	if (span_is(about->type, "error"))
		return;
	struct packet head = {.type = SPAN("error"),
		.originator_mud = span_str(r->name),
		.target_mud = about->originator_mud,
		.target_user = about->originator_user};
	struct value at[PACKET_HEADER + 3];
	packet_header(at, &head);
	at[PACKET_HEADER] = value_str(code);
	at[PACKET_HEADER + 1] = value_str(words);
	at[PACKET_HEADER + 2] = *about->all;
	struct value packet = value_array(at, countof(at));
	if (router_text_bytes(r, &packet) >= ROUTER_ERROR_BYTES)
		at[PACKET_HEADER + 2] = value_int(0);
	irn_send_data(l, &packet);
}

// --- on ---

static struct value hop(struct router *r, const struct packet *p, struct span target)
{
	struct value *at = arena_copy(&r->arena, p->all->at, p->all->n * sizeof *at);
	const struct router_mud *from = router_mud_find(r, p->originator_mud);
	at[1] = value_int((p->ttl > ROUTER_TTL_MAX ? ROUTER_TTL_MAX : p->ttl) - 1);
	at[2] = from ? value_str(from->name) : at[2]; // as its owner writes it
	at[4] = packet_name(target);
	return value_array(at, p->all->n);
}

static void to_mud(struct irn_link *l, const struct packet *p)
{
	struct router *r = l->peer->irn->router;
	const struct router_mud *m = router_mud_find(r, p->target_mud);
	struct router_link *to = m ? m->link : NULL;
	if (!to || to->state != LINK_UP) {
		struct buf words = {0};
		buf_span(&words,
			span_of(p->target_mud.p, min_size(p->target_mud.n, ROUTER_NAME_MAX)));
		buf_str(&words, m && !m->router[0] ? " is not connected" : " is not known here");
		buf_char(&words, '\0');
		answer_error(l, "unk-dst", words.p, p);
		buf_fini(&words);
		return;
	}
	struct value fitted = router_fit_locate(r, p, m);
	struct packet fit = *p;
	fit.all = &fitted;
	struct value packet = hop(r, &fit, span_str(m->name));
	struct router_parcel parcel = {.router = r, .packet = &packet};
	if (router_parcel_to(&parcel, to))
		metric_add(METRIC_ROUTER_ROUTED, 1);
	else
		answer_error(l, "bad-pkt", "too large for the target", p);
	router_parcel_fini(&parcel);
}

// The law of a channel is with its router: what comes from there may be heard, and what is on a
// filtered one has been by its owner.
static struct router_refusal say(struct irn_link *l, struct router_channel *c,
	const struct packet *p, const struct value *line)
{
	struct router *r = l->peer->irn->router;
	bool lawful = irn_channel_is_of(c, l->peer) || router_channel_admits(c, p->originator_mud);
	bool filtered = c->type == ROUTER_CHANNEL_FILTERED && !irn_channel_is_of(c, l->peer) &&
			!router_channel_owns(c, p->originator_mud);
	if (!lawful)
		return (struct router_refusal){
			"not-allowed", "your MUD may not speak on this channel"};
	if (filtered && c->router[0])
		return (struct router_refusal){
			"not-allowed", "this channel is filtered at another router"};
	if (filtered)
		return router_filter_ask(r, c, line);
	if (!router_channel_deliver(r, c, line))
		return (struct router_refusal){"bad-pkt", "too large for some of the listeners"};
	return (struct router_refusal){0};
}

static void to_listeners(struct irn_link *l, const struct packet *p)
{
	struct router *r = l->peer->irn->router;
	size_t visname;
	const char *why = router_line_fault(p, &visname);
	struct router_channel *c =
		why ? NULL : router_channel_find(r, packet_text(p, PACKET_HEADER));
	if (!c) {
		irn_dropped(l, why ? why : "no such channel", p->type);
		return;
	}
	struct value line = hop(r, p, (struct span){0});
	struct router_refusal no = say(l, c, p, &line);
	if (no.code)
		answer_error(l, no.code, no.words, p);
}

static void to_service(struct irn_link *l, const struct packet *p, const char *service)
{
	struct router *r = l->peer->irn->router;
	struct value packet = hop(r, p, (struct span){0});
	if (!router_serve(r, NULL, &packet, service))
		answer_error(l, "bad-pkt", "too large for some of the MUDs", p);
}

static void to_all(struct irn_link *l, const struct packet *p)
{
	if (router_is_line(p->type))
		to_listeners(l, p);
	else if (span_is(p->type, "locate-req"))
		to_service(l, p, "locate");
	else if (span_is(p->type, "ucache-update"))
		to_service(l, p, "ucache");
	else
		irn_dropped(l, "this type has no meaning without a target", p->type);
}

// --- in ---

// What the owner there let pass may be anybody's, one of ours too.
static bool is_filtered(struct irn_link *l, const struct packet *p)
{
	const struct router *r = l->peer->irn->router;
	const struct router_channel *c = router_channel_find(r, packet_text(p, PACKET_HEADER));
	return router_is_line(p->type) && c && c->type == ROUTER_CHANNEL_FILTERED &&
	       irn_channel_is_of(c, l->peer) && router_mud_find(r, p->originator_mud);
}

// Its own MUDs, and itself where it could not deliver something of ours.
static bool is_its_own(struct irn_link *l, const struct packet *p)
{
	const struct router_mud *m = router_mud_find(l->peer->irn->router, p->originator_mud);
	if (m && !m->link && irn_mud_is_of(m, l->peer))
		return true;
	if (is_filtered(l, p))
		return true;
	return span_caseeq(p->originator_mud, span_str(l->peer->name)) && p->target_mud.n &&
	       span_is(p->type, "error");
}

static const char *why_not(struct irn_link *l, const struct packet *p)
{
	if (p->ttl <= 1)
		return "ttl";
	if (!router_route_passes(p->type) && p->target_mud.n)
		return "no type for a MUD";
	if (span_caseeq(p->target_mud, span_str(l->peer->irn->router->name)))
		return "the router itself is not to be asked from elsewhere";
	return NULL;
}

void irn_data_take(struct irn_link *l, const struct packet *outer)
{
	struct packet p;
	const char *why;
	if (!packet_read(value_at(outer->all, BODY_PACKET), &p, &why)) {
		irn_dropped(l, why, outer->type);
		return;
	}
	if (!is_its_own(l, &p)) {
		irn_dropped(l, "not from a MUD of this peer", p.type);
		irn_peer_ask_muds(l->peer);
		return;
	}
	why = why_not(l, &p);
	if (why)
		irn_dropped(l, why, p.type);
	else if (p.target_mud.n)
		to_mud(l, &p);
	else
		to_all(l, &p);
}
