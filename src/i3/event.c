// SPDX-License-Identifier: MIT
#include "i3/service.h"

void event_text(struct i3_link *l, struct value_list *params, const char *key, struct span text)
{
	value_pair(params, key, value_span(heard_span(l, text)));
}

void event_name(struct i3_link *l, struct value_list *params, const char *key, struct span name)
{
	value_pair(params, key, value_span(heard_name(l, name)));
}

struct value_list event_new(struct i3_link *l, const struct packet *p)
{
	struct value_list params = {.arena = &l->arena};
	event_name(l, &params, "from_mud", p->originator_mud);
	event_name(l, &params, "from_user", p->originator_user);
	event_text(l, &params, "to_mud", our_name(l));
	event_name(l, &params, "to_user", p->target_user);
	return params;
}

void event_publish(struct i3_link *l, enum event event, const struct value_list *params)
{
	struct value map = value_list_map(params);
	identity_publish(l->identity, &(struct message){.event = event, .params = &map}, NULL);
}

void event_shutdown(struct i3_link *l, const struct packet *p)
{
	struct value_list params = {.arena = &l->arena};
	if (!from_router(l, p))
		return; // a MUD that leaves tells its router, not us
	event_text(l, &params, "router", span_str(l->router));
	value_pair(&params, "delay", value_int(heard_int(value_at(p->all, 6))));
	event_publish(l, EVENT_ROUTER_SHUTDOWN, &params);
}
