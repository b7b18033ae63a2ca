// SPDX-License-Identifier: MIT
// Where a packet goes.  Only the six elements of the header are looked at; what follows is passed
// on as it came, unknown types and surplus elements too.  A row of the table says what is special
// about a type, by where it is addressed to.
#include "base/clock.h"
#include "base/metric.h"
#include "i3/router/irn.h"
#include <stdlib.h>

typedef void route_fn(struct router_link *, struct packet *);

struct route {
	const char *type;
	route_fn *everybody; // target 0;     NULL: unk-type
	route_fn *router;    // target is us; NULL: not-imp
	route_fn *mud;       // another MUD;  NULL: passed on
};

// --- passing on ---

// One hop fewer, and names as their owners write them.
struct value *router_readdress(struct router_link *l, const struct packet *p, struct span target)
{
	struct value *at = arena_copy(&l->router->arena, p->all->at, p->all->n * sizeof *at);
	int64_t ttl = p->ttl > ROUTER_TTL_MAX ? ROUTER_TTL_MAX : p->ttl;
	at[1] = value_int(ttl - 1);
	at[2] = value_span(router_link_name(l));
	at[4] = packet_name(target);
	return at;
}

static void too_large(struct router_link *l, const struct router_link *to, const struct packet *p)
{
	struct buf words = {0};
	buf_printf(&words, "too large for %s", to ? to->mud->name : "some of the MUDs");
	buf_char(&words, '\0');
	router_error(l, "bad-pkt", words.p, p);
	buf_fini(&words);
}

bool router_has_hops(struct router_link *l, const struct packet *p)
{
	if (p->ttl > 1)
		return true;
	router_drop(l, "ttl", p);
	return false;
}

static void pass_on(struct router_link *l, struct packet *p, struct router_link *to)
{
	if (!router_has_hops(l, p))
		return;
	struct value packet = value_array(router_readdress(l, p, router_link_name(to)), p->all->n);
	struct router_parcel parcel = {.router = l->router, .packet = &packet};
	if (router_parcel_to(&parcel, to))
		metric_add(METRIC_ROUTER_ROUTED, 1);
	else
		too_large(l, to, p);
	router_parcel_fini(&parcel);
}

bool router_serve(struct router *r, const struct router_link *but, const struct value *packet,
	const char *service)
{
	struct router_parcel parcel = {.router = r, .packet = packet};
	bool all = true;
	list_each(it, &r->links)
	{
		struct router_link *to = container_of(it, struct router_link, link);
		if (to != but && to->state == LINK_UP && router_mud_serves(to->mud, service))
			all &= router_parcel_to(&parcel, to);
	}
	router_parcel_fini(&parcel);
	metric_add(METRIC_ROUTER_ROUTED, 1);
	return all;
}

static void to_service(struct router_link *l, struct packet *p, const char *service)
{
	if (!router_has_hops(l, p))
		return;
	struct value packet = value_array(router_readdress(l, p, (struct span){0}), p->all->n);
	bool all = router_serve(l->router, l, &packet, service);
	all &= irn_broadcast(l->router->irn, &packet);
	if (!all)
		too_large(l, NULL, p);
}

static void locate_everywhere(struct router_link *l, struct packet *p)
{
	to_service(l, p, "locate");
}

static void tell_caches(struct router_link *l, struct packet *p)
{
	to_service(l, p, "ucache");
}

// The link of the MUD it is addressed to, or NULL and its sender has been told.
static struct router_link *target_of(struct router_link *l, const struct packet *p)
{
	struct router_mud *m = router_mud_find(l->router, p->target_mud);
	if (m && m->link && m->link->state == LINK_UP)
		return m->link;
	struct span name = m ? span_str(m->name) : p->target_mud;
	struct buf words = {0};
	name.n = min_size(name.n, ROUTER_NAME_MAX);
	buf_span(&words, name);
	buf_str(&words, m ? " is not connected" : " is not known here");
	buf_char(&words, '\0');
	router_error(l, "unk-dst", words.p, p);
	buf_fini(&words);
	return NULL;
}

static void to_mud(struct router_link *l, struct packet *p)
{
	if (irn_forward(l, p))
		return;
	struct router_link *to = target_of(l, p);
	if (to)
		pass_on(l, p, to);
}

// Protocols 1 and 2 know neither idle time nor status.
struct value router_fit_locate(
	struct router *r, const struct packet *p, const struct router_mud *to)
{
	enum { OLD = PACKET_HEADER + 2, NEW = OLD + 2 };
	size_t want = to->protocol < 3 ? OLD : NEW;
	if (!span_is(p->type, "locate-reply") || (p->all->n != OLD && p->all->n != NEW))
		return *p->all;
	struct value at[NEW] = {[OLD] = value_int(0), [OLD + 1] = value_int(0)};
	memcpy(at, p->all->at, min_size(want, p->all->n) * sizeof *at);
	return value_array(arena_copy(&r->arena, at, sizeof at), want);
}

static void answer_locate(struct router_link *l, struct packet *p)
{
	if (irn_forward(l, p))
		return;
	struct router_link *to = target_of(l, p);
	if (!to)
		return;
	struct value fitted = router_fit_locate(l->router, p, to->mud);
	p->all = &fitted;
	pass_on(l, p, to);
}

// --- refusing ---

static void forbid(struct router_link *l, struct packet *p)
{
	router_error(l, "not-allowed", "only routers send this type", p);
}

static void forbid_target(struct router_link *l, struct packet *p)
{
	router_error(l, "bad-pkt", "packets about channels go to the router", p);
}

static void forbid_broadcast(struct router_link *l, struct packet *p)
{
	router_error(l, "bad-pkt", "this type needs a target", p);
}

static void unknown_everywhere(struct router_link *l, struct packet *p)
{
	router_error(l, "unk-type", "this type has no meaning without a target", p);
}

static void unknown_here(struct router_link *l, struct packet *p)
{
	router_error(l, "not-imp", "a router does not answer this type", p);
}

static void ignore(struct router_link *l, struct packet *p)
{
	router_drop(l, "ignored", p);
}

// --- for the router itself ---

static void answer_ping(struct router_link *l, struct packet *p)
{
	struct value token = value_int(0);
	(void)router_send_to(l, p->originator_user, "ping-reply", &token, 1);
}

static void answer_chanlist(struct router_link *l, struct packet *p)
{
	(void)p;
	router_list_channels(l);
}

// Who is back in five minutes at most is gone like one whose link broke, and nobody is told; but an
// identity of ours goes because somebody wants it to.  Else the seconds are kept as the state, so
// that others see when it means to be back.
static void goes_down(struct router_link *l, int64_t delay_s)
{
	enum { SOON_S = 300, FOR_GOOD_S = 604800 };
	struct router_mud *m = l->mud;
	if (delay_s < 0)
		delay_s = 0;
	if (delay_s > FOR_GOOD_S)
		router_mud_down(l->router, m, ROUTER_MUD_DELETED);
	else if (delay_s > SOON_S || router_link_is_in_process(l))
		router_mud_down(l->router, m, delay_s);
	else
		m->grace_ms = ROUTER_GRACE_MS + (uint64_t)delay_s * SECOND_MS;
}

static void take_shutdown(struct router_link *l, struct packet *p)
{
	const struct value *delay = value_at(p->all, PACKET_HEADER);
	if (p->all->n != PACKET_HEADER + 1 || !value_is_int(delay)) {
		router_error(l, "bad-pkt", "shutdown has 7 elements, the last an integer", p);
		return;
	}
	goes_down(l, delay->i);
	if (router_link_is_in_process(l)) { // its owner detaches it
		router_link_enter(l, LINK_FRESH);
		router_link_leave(l);
	} else {
		router_link_cut(l, CLOSE_DONE, "said it shuts down");
	}
}

// --- the table, by type; the busiest first ---

static const struct route routes[] = {
	{"channel-m", router_channel_say, forbid_target, forbid_target},
	{"channel-e", router_channel_say, forbid_target, forbid_target},
	{"channel-t", router_channel_say, forbid_target, forbid_target},
	// Some send these with target 0; they can be meant for nobody else.
	{"channel-listen", router_channel_listen, router_channel_listen, forbid_target},
	{"channel-add", router_channel_add, router_channel_add, forbid_target},
	{"channel-remove", router_channel_remove, router_channel_remove, forbid_target},
	{"channel-admin", router_channel_admin, router_channel_admin, forbid_target},
	{"chan-adminlist", router_channel_adminlist, router_channel_adminlist, forbid_target},
	{"chan-filter-reply", router_filter_reply, router_filter_reply, forbid_target},
	{"chanlist-req", answer_chanlist, answer_chanlist, NULL},
	{"chanlist-request", answer_chanlist, answer_chanlist, NULL},
	{"shutdown", take_shutdown, take_shutdown, NULL},
	{"locate-req", locate_everywhere, NULL, NULL},
	{"locate-reply", NULL, NULL, answer_locate},
	{"ucache-update", tell_caches, NULL, NULL},
	{"who-req", forbid_broadcast, NULL, NULL},
	{"ping-req", NULL, answer_ping, NULL},
	{"ping-reply", NULL, ignore, NULL},
	{"auth-mud-reply", NULL, ignore, NULL},
	{"error", ignore, ignore, NULL},
	{"chan-filter-req", forbid, forbid, forbid},
	{"startup-reply", forbid, forbid, forbid},
	{"mudlist", forbid, forbid, forbid},
	{"chanlist-reply", forbid, forbid, forbid},
	{"chan-ack", forbid, forbid, forbid},
	{"chan-adminlist-reply", forbid, forbid, forbid},
	{"router-shutdown", forbid, forbid, forbid},
};

static const struct route *route_of(struct span type)
{
	static const struct route plain, irn = {NULL, forbid, forbid, forbid};
	for (size_t i = 0; i < countof(routes); i++)
		if (span_is(type, routes[i].type))
			return &routes[i];
	return span_starts(type, SPAN("irn-")) ? &irn : &plain;
}

bool router_route_passes(struct span type)
{
	const struct route *route = route_of(type);
	return (!route->mud || route->mud == answer_locate) &&
	       !span_starts(type, SPAN("startup-req-")) && !span_is(type, "shutdown");
}

void router_dispatch(struct router_link *l, struct packet *p)
{
	const struct route *route = route_of(p->type);
	route_fn *go;
	if (p->target_mud.n == 0)
		go = route->everybody ? route->everybody : unknown_everywhere;
	else if (span_caseeq(p->target_mud, span_str(l->router->name)))
		go = route->router ? route->router : unknown_here;
	else
		go = route->mud ? route->mud : to_mud;
	go(l, p);
}
