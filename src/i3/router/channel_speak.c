// SPDX-License-Identifier: MIT
// Lines on channels: channel-m and channel-e with a visible name and a message, channel-t with a
// target and two messages.  Here it is decided what becomes of a line a MUD of ours says.
#include "base/metric.h"
#include "i3/router/irn.h"

enum { // elements after the channel
	SAY_VISNAME = CHANNEL_NAME + 1,
	SAY_MESSAGE,
	SAY_SIZE,
	TARGET_VISNAME = 11, // the originator's, of channel-t
	TARGET_SIZE = 13,
};

static bool is_text_or_0(const struct value *v)
{
	return value_is_str(v) || (value_is_int(v) && v->i == 0);
}

bool router_is_line(struct span type)
{
	return span_is(type, "channel-m") || span_is(type, "channel-e") ||
	       span_is(type, "channel-t");
}

const char *router_line_fault(const struct packet *p, size_t *visname)
{
	bool targeted = span_is(p->type, "channel-t");
	size_t size = targeted ? TARGET_SIZE : SAY_SIZE;
	*visname = targeted ? TARGET_VISNAME : SAY_VISNAME;
	bool good = p->all->n == size && p->originator_user.n && !p->target_user.n;
	for (size_t i = CHANNEL_NAME; good && i < size; i++) {
		const struct value *v = value_at(p->all, i);
		good = i == *visname ? is_text_or_0(v) : value_is_str(v);
	}
	if (good)
		return NULL;
	return targeted ? "channel-t is a user's, with seven strings"
			: "a channel message is a user's: channel, visible name, message";
}

bool router_channel_deliver(struct router *r, struct router_channel *c, const struct value *line)
{
	struct router_parcel parcel = {.router = r, .packet = line};
	bool all = true;
	list_each(it, &c->listens) all &=
		router_parcel_to(&parcel, container_of(it, struct router_listen, of_channel)->who);
	router_parcel_fini(&parcel);
	router_channel_used(c);
	metric_add(METRIC_ROUTER_ROUTED, 1);
	return all;
}

bool router_channel_utter(struct router *r, struct router_channel *c, const struct value *line)
{
	bool all = router_channel_deliver(r, c, line);
	return irn_broadcast(r->irn, line) && all;
}

// Who speaks on an open channel hears the answers; on others this has to be asked for.
static bool may_speak(struct router_link *l, struct router_channel *c, const struct packet *p)
{
	struct span name = router_link_name(l);
	if (!router_channel_admits(c, name)) {
		router_channel_refuse(l, c, p);
		return false;
	}
	if (router_channel_hears(l, c))
		return true;
	if (c->type != ROUTER_CHANNEL_OPEN && !router_channel_owns(c, name)) {
		router_error(l, "not-allowed", "listen to this channel before speaking on it", p);
		return false;
	}
	if (!router_channel_join(l, c, p))
		return false;
	router_error(l, "warning", "you were not listening to this channel; now you are", p);
	return true;
}

// The visible name is the user's when there is none.
static struct value line_of(struct router_link *l, const struct packet *p, size_t visname)
{
	struct value *at = router_readdress(l, p, (struct span){0});
	if (!value_text(&at[visname]).n)
		at[visname] = value_span(p->originator_user);
	return value_array(at, p->all->n);
}

void router_channel_say(struct router_link *l, struct packet *p)
{
	size_t visname;
	const char *why = router_line_fault(p, &visname);
	if (why) {
		router_error(l, "bad-pkt", why, p);
		return;
	}
	struct router_channel *c = router_channel_of(l, p);
	if (!c || !router_has_hops(l, p) || !may_speak(l, c, p))
		return;
	struct value line = line_of(l, p, visname);
	struct router_refusal no = {0};
	if (c->type == ROUTER_CHANNEL_FILTERED && !router_channel_owns(c, router_link_name(l)))
		no = c->router[0] ? irn_filter_ask(l->router->irn, c, &line)
				  : router_filter_ask(l->router, c, &line);
	else if (!router_channel_utter(l->router, c, &line))
		no = (struct router_refusal){"bad-pkt", "too large for some of the listeners"};
	if (no.code)
		router_error(l, no.code, no.words, p);
}
