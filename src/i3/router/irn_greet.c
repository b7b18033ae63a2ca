// SPDX-License-Identifier: MIT
// irn-startup-req: a mapping of two passwords, the sender's and the receiver's.  Both must be
// right, whoever says it, and wrong ones count like those of MUDs.
#include "base/clock.h"
#include "base/log.h"
#include "i3/router/irn.h"

enum { BODY_PASSWORDS = PACKET_HEADER };

void irn_greet(struct irn_link *l)
{
	const struct irn_peer *p = l->peer;
	struct value pairs[] = {value_str("client_password"), value_int(p->ours.number),
		value_str("server_password"), value_int(p->theirs.number)};
	struct value body = value_map(pairs, countof(pairs) / 2);
	irn_send(l, "irn-startup-req", &body, 1);
}

static int64_t number_of(const struct value *map, const char *key)
{
	const struct value *v = map->type == VALUE_MAP ? value_get(map, key) : NULL;
	return v && value_is_int(v) ? v->i : 0;
}

// In the same time whatever is wrong with them, even without a peer of that name.
bool irn_greet_is_good(const struct irn_peer *peer, const struct packet *p)
{
	static const struct irn_peer nobody;
	const struct value *map = value_at(p->all, BODY_PASSWORDS);
	const struct irn_peer *against = peer ? peer : &nobody;
	int64_t theirs = number_of(map, "client_password") ^ against->theirs.number;
	int64_t ours = number_of(map, "server_password") ^ against->ours.number;
	bool right = (theirs | ours) == 0;
	return right & (peer != NULL);
}

// Dead Souls routers are old drivers, which close the socket at a packet too large.
void irn_greet_learn(struct irn_link *l, const struct packet *p)
{
	l->modern = !p->originator_user.n && !p->target_user.n;
	l->send_max = l->modern ? ROUTER_SEND_MAX : ROUTER_SEND_OLD_MAX;
}

static void refuse(
	struct router_link *l, const struct packet *p, const char *code, const char *words)
{
	struct value secret = value_int(0); // what was sent holds passwords
	struct packet about = {
		.all = &secret, .type = p->type, .originator_mud = p->originator_mud};
	log_warning("irn_refuse", log_span("peer", p->originator_mud),
		log_str("address", l->address), log_str("why", words));
	router_error(l, code, words, &about);
	router_link_cut(l, CLOSE_REFUSED, words);
}

void irn_accept(struct router_link *l, const struct packet *p)
{
	struct router *r = l->router;
	struct irn_peer *peer = irn_peer_find(r->irn, p->originator_mud);
	bool good = irn_greet_is_good(peer, p);
	if (router_address_is_locked(l)) {
		refuse(l, p, "not-allowed", "too many wrong passwords; try again later");
	} else if (!good) {
		router_address_guessed(l);
		refuse(l, p, "not-allowed", "no peer of this name has these passwords");
	} else if (!span_caseeq(p->target_mud, span_str(r->name))) {
		refuse(l, p, "unk-dst", "this is another router");
	} else if (r->irn->stopping) {
		refuse(l, p, "not-allowed", "this router is stopping");
	} else {
		struct irn_link *link = irn_link_take(peer, l);
		irn_greet_learn(link, p);
		irn_greet(link);
		irn_link_up(link);
	}
}
