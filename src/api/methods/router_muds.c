// SPDX-License-Identifier: MIT
#include "api/operate.h"

enum { MUDS_DEFAULT = 100, MUDS_MAX = 500 }; // of 300 bytes each

static void on_mud(void *to, const struct network_mud *m)
{
	struct value_list *rows = to, row = {.arena = rows->arena};
	value_pair(&row, "name", value_span(m->name));
	value_pair(&row, "address", value_span(m->address));
	value_pair(&row, "link",
		value_str(!m->connected   ? "none"
			  : m->in_process ? "in_process"
					  : "socket"));
	value_pair(&row, "status", value_str(roster_state(m->state)));
	value_pair(&row, "state", value_int(m->state));
	value_pair(&row, "since", value_int((int64_t)m->since_s));
	value_pair(&row, "protocol", value_int(m->protocol));
	value_pair(&row, "driver", value_span(arena_span(rows->arena, m->driver)));
	value_pair(&row, "listening", value_int(m->listening));
	value_pair(&row, "dropped", value_int(m->dropped));
	value_push(rows, value_list_map(&row));
}

static bool run(struct call *c)
{
	struct network *n = call_network(c);
	struct value_list rows = {.arena = c->arena};
	struct network_page page = {
		call_text(c, "after"), (size_t)call_int_or(c, "limit", MUDS_DEFAULT)};
	if (!n)
		return false;
	bool more = n->ops->muds(n, &page, on_mud, &rows);
	const struct value *last = rows.n ? value_get(&rows.at[rows.n - 1], "name") : NULL;
	call_put_text(c, "status", "success");
	call_put(c, "muds", value_list_array(&rows));
	call_put(c, "count", value_int((int64_t)rows.n));
	if (more && last)
		call_put(c, "next", *last);
	return true;
}

const struct method method_router_muds = {
	.name = "router_muds",
	.says = "The MUDs the embedded router knows, in order of name.",
	.right = RIGHT_ADMIN,
	.args =
		(const struct arg[]){
			{"after", NULL, ARG_TEXT, false, 0, 64,
				"only those behind this name: next of the page before"},
			{"limit", NULL, ARG_INT, false, 1, MUDS_MAX,
				"at most so many; 100 by default"},
			{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"muds", "array",
			"{name, address, link: none|socket|in_process, status: up|down|reboot, "
			"state, since, protocol, driver, listening: channels, dropped: packets "
			"over "
			"the flood limit}"},
		{"count", "integer", "how many are here"},
		{"next", "string", "when there are more: after of the next page"}, {0}},
	.run = run,
};
