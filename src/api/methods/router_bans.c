// SPDX-License-Identifier: MIT
#include "api/operate.h"

enum { BANS_DEFAULT = 100, BANS_MAX = 500 }; // of up to 600 bytes each

struct rows {
	struct value_list list;
	struct span last; // its place
};

static void on_ban(void *to, const struct network_ban *b)
{
	struct rows *rows = to;
	struct value_list row = {.arena = rows->list.arena};
	if (b->mud.n)
		value_pair(&row, "mud_name", value_span(b->mud));
	else
		value_pair(&row, "address", value_span(b->address));
	value_pair(&row, "reason", value_span(b->reason));
	value_pair(&row, "until", value_int((int64_t)b->until_s));
	value_pair(&row, "by", value_span(b->by));
	value_pair(&row, "created", value_int((int64_t)b->created_s));
	value_push(&rows->list, value_list_map(&row));
	rows->last = b->place;
}

static bool run(struct call *c)
{
	struct network *n = call_network(c);
	struct rows rows = {.list = {.arena = c->arena}};
	struct network_page page = {
		call_text(c, "after"), (size_t)call_int_or(c, "limit", BANS_DEFAULT)};
	if (!n)
		return false;
	bool more = n->ops->bans(n, &page, on_ban, &rows);
	call_put_text(c, "status", "success");
	call_put(c, "bans", value_list_array(&rows.list));
	call_put(c, "count", value_int((int64_t)rows.list.n));
	if (more)
		call_put(c, "next", value_span(rows.last));
	return true;
}

const struct method method_router_bans = {
	.name = "router_bans",
	.says = "Who is banned from the embedded router: addresses, then MUDs, each in order.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"after", NULL, ARG_TEXT, false, 0, NETWORK_PLACE_MAX,
					     "only those behind this one: next of the page before"},
		{"limit", NULL, ARG_INT, false, 1, BANS_MAX, "at most so many; 100 by default"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"bans", "array", "{mud_name | address, reason, until, by, created}"},
		{"count", "integer", "how many are here"},
		{"next", "string", "when there are more: after of the next page"}, {0}},
	.run = run,
};
