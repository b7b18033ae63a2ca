// SPDX-License-Identifier: MIT
#include "api/method.h"

// Who is away may never come back.
static int64_t members_of(const struct call *c, const char *name)
{
	const struct channel *ch = channel_find(c->identity, span_str(name));
	int64_t n = 0;
	if (!ch)
		return 0;
	list_each(it, &ch->members) n +=
		container_of(it, struct member, in_channel)->session->state != SESSION_AWAY;
	return n;
}

static bool wanted(const struct call *c, const struct roster_channel *ch, int64_t members)
{
	const struct value *filter = call_value(c, "filter");
	const struct value *type = filter ? value_get(filter, "type") : NULL;
	const struct value *owner = filter ? value_get(filter, "owner") : NULL;
	const struct value *least = filter ? value_get(filter, "min_members") : NULL;
	if (type && type->type == VALUE_INT && type->i != ch->type)
		return false;
	if (owner && owner->type == VALUE_STRING &&
		!span_eq(value_text(owner), span_str(ch->owner)))
		return false;
	return !(least && least->type == VALUE_INT && members < least->i);
}

static struct value row_of(const struct call *c, const struct roster_channel *ch, int64_t members)
{
	struct value_list row = {.arena = c->arena};
	if (call_bool(c, "names_only"))
		return value_str(ch->name);
	value_pair(&row, "name", value_str(ch->name));
	value_pair(&row, "owner", value_str(ch->owner));
	value_pair(&row, "type", value_int(ch->type));
	value_pair(&row, "member_count", value_int(members));
	return value_list_map(&row);
}

// What is known now is listed: without a router that is an answer, too.
static void ask_again(struct call *c)
{
	struct uplink *up = c->identity->uplink;
	if (up && call_bool(c, "refresh"))
		(void)up->ops->submit(up, &(struct intent){.kind = INTENT_CHANNEL_LIST});
}

static bool run(struct call *c)
{
	struct value_list rows = {.arena = c->arena}, joined = {.arena = c->arena};
	const struct map *all = &c->identity->roster.channels;
	ask_again(c);
	for (struct map_at at = map_first(all); at.value; at = map_next(at)) {
		const struct roster_channel *ch = at.value;
		int64_t members = members_of(c, ch->name);
		if (wanted(c, ch, members))
			value_push(&rows, row_of(c, ch, members));
	}
	list_each(it, &c->session->memberships) value_push(
		&joined, value_str(container_of(it, struct member, in_session)->channel->name));
	call_put_text(c, "status", "success");
	call_put(c, "channels", value_list_array(&rows));
	call_put(c, "count", value_int((int64_t)rows.n));
	call_put(c, "subscribed_channels", value_list_array(&joined));
	return true;
}

const struct method method_channel_list = {
	.name = "channel_list",
	.says = "The channels of the network, and those this session joined.",
	.args = (const struct arg[]){{"filter", NULL, ARG_OBJECT, false, 0, 0,
					     "{type, owner, min_members}: exact, exact, at least"},
		{"names_only", NULL, ARG_BOOL, false, 0, 0, "names instead of objects"},
		{"refresh", NULL, ARG_BOOL, false, 0, 0,
			"asks the router for its list again; changes come at once without that, "
			"and what "
			"comes is in later answers"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"channels", "array",
			"{name, owner, type: as in channel_create, member_count: sessions of "
			"this MUD that joined}"},
		{"count", "integer", "how many"}, {"subscribed_channels", "array", "names"}, {0}},
	.run = run,
};
