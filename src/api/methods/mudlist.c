// SPDX-License-Identifier: MIT
// The MUDs of the network; all of them, or in pages by name.
#include "api/method.h"
#include <stdlib.h>

enum { PAGE_BYTES = 320 << 10 }; // of a page's trees: as text it is less than half an answer

static bool text_is(const struct value *filter, const char *key, struct span has)
{
	const struct value *v = value_get(filter, key);
	return !v || v->type != VALUE_STRING || v->n == 0 || span_eq(value_text(v), has);
}

static bool wanted(const struct value *filter, const struct roster_mud *m)
{
	const struct value *driver = value_get(&m->facts, "driver");
	const struct value *services = value_get(&m->facts, "services");
	const struct value *service = filter ? value_get(filter, "has_service") : NULL;
	if (!filter)
		return true;
	if (service && service->type == VALUE_STRING && service->n &&
		!(services && value_find(services, value_text(service))))
		return false;
	return text_is(filter, "status", span_str(roster_state(m->state))) &&
	       text_is(filter, "driver", driver ? value_text(driver) : (struct span){0});
}

static void put_rows(struct call *c, const struct value_list *rows)
{
	call_put_text(c, "status", "success");
	call_put(c, "muds", value_list_array(rows));
	call_put(c, "count", value_int((int64_t)rows->n));
}

static bool list_all(struct call *c)
{
	struct value_list rows = {.arena = c->arena};
	const struct map *muds = &c->identity->roster.muds;
	for (struct map_at at = map_first(muds); at.value; at = map_next(at)) {
		const struct roster_mud *m = at.value;
		if (wanted(call_value(c, "filter"), m))
			value_push(&rows, m->facts);
	}
	put_rows(c, &rows);
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct roster_mud *const *x = a, *const *y = b;
	return span_cmp(span_str((*x)->name), span_str((*y)->name));
}

// Those behind the cursor, in order; a list that changes between two pages tears no hole.
static const struct roster_mud **behind(const struct call *c, size_t *n)
{
	const struct map *muds = &c->identity->roster.muds;
	const struct roster_mud **all =
		arena_alloc(c->arena, (map_count(muds) + 1) * sizeof(void *));
	struct span after = call_text(c, "after");
	*n = 0;
	for (struct map_at at = map_first(muds); at.value; at = map_next(at)) {
		const struct roster_mud *m = at.value;
		if (span_cmp(span_str(m->name), after) > 0 && wanted(call_value(c, "filter"), m))
			all[(*n)++] = m;
	}
	qsort(all, *n, sizeof(void *), by_name);
	return all;
}

static bool list_page(struct call *c)
{
	struct value_list rows = {.arena = c->arena};
	size_t n, bytes = 0, most = (size_t)call_int_or(c, "limit", ROSTER_MUDS_MAX);
	const struct roster_mud **all = behind(c, &n);
	for (size_t i = 0; i < n && rows.n < most; i++) {
		bytes += value_bytes(&all[i]->facts);
		if (bytes > PAGE_BYTES && rows.n)
			break;
		value_push(&rows, all[i]->facts);
	}
	put_rows(c, &rows);
	if (rows.n < n)
		call_put_text(c, "next", all[rows.n - 1]->name);
	return true;
}

static bool run(struct call *c)
{
	return call_value(c, "limit") || call_value(c, "after") ? list_page(c) : list_all(c);
}

const struct method method_mudlist = {
	.name = "mudlist",
	.says = "The MUDs of the network as this MUD's router tells them.  Without limit and after "
		"all of them, in no order; a large network is read in pages.",
	.args =
		(const struct arg[]){
			{"filter", NULL, ARG_OBJECT, false, 0, 0,
				"{status: up|down|reboot, driver: exact, has_service: name}"},
			{"limit", NULL, ARG_INT, false, 1, ROSTER_MUDS_MAX,
				"at most so many, in order of their names; fewer when they would "
				"make too long an answer"},
			{"after", NULL, ARG_TEXT, false, 0, 256,
				"only those behind this name: next of the page before"},
			{"refresh", NULL, ARG_BOOL, false, 0, 0,
				"accepted for older clients; the list is always current"},
			{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"muds", "array",
			"{name, host, address, port, tcp_port, udp_port, driver, mudlib, lib, "
			"base_mudlib, "
			"mud_type, status, online, services, open_status, admin_email}"},
		{"count", "integer", "how many"},
		{"next", "string", "when there are more: after of the next page"}, {0}},
	.run = run,
};
