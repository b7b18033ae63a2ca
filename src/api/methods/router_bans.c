// SPDX-License-Identifier: MIT
#include "api/operate.h"

enum { BANS_MAX = 800 }; // in one answer, of up to 830 bytes each with all letters escaped

struct rows {
	struct value_list list;
	int64_t skip;
	bool more;
};

static void on_ban(void *to, const struct network_ban *b)
{
	struct rows *rows = to;
	struct value_list row = {.arena = rows->list.arena};
	if (rows->skip-- > 0)
		return;
	rows->more = rows->list.n >= BANS_MAX;
	if (rows->more)
		return;
	if (b->mud.n)
		value_pair(&row, "mud_name", value_span(b->mud));
	else
		value_pair(&row, "address", value_span(b->address));
	value_pair(&row, "reason", value_span(b->reason));
	value_pair(&row, "until", value_int((int64_t)b->until_s));
	value_pair(&row, "by", value_span(b->by));
	value_pair(&row, "created", value_int((int64_t)b->created_s));
	value_push(&rows->list, value_list_map(&row));
}

static bool run(struct call *c)
{
	struct network *n = call_network(c);
	struct rows rows = {.list = {.arena = c->arena}, .skip = call_int_or(c, "skip", 0)};
	if (!n)
		return false;
	n->ops->bans(n, on_ban, &rows);
	call_put_text(c, "status", "success");
	call_put(c, "bans", value_list_array(&rows.list));
	call_put(c, "count", value_int((int64_t)rows.list.n));
	call_put(c, "more", value_bool(rows.more));
	return true;
}

const struct method method_router_bans = {
	.name = "router_bans",
	.says = "Who is banned from the embedded router, the oldest ban first.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"skip", NULL, ARG_INT, false, 0, NETWORK_BANS_MAX,
					     "leave out so many of the oldest"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"bans", "array", "{mud_name | address, reason, until, by, created}"},
		{"count", "integer", "how many are here"}, {"more", "boolean", "there are more"},
		{0}},
	.run = run,
};
