// SPDX-License-Identifier: MIT
// What the operator of the router may see and do.  Nobody is ever renamed, and no password shown.
#include "base/mem.h"
#include "base/utf8.h"
#include "i3/router/router_priv.h"
#include <stdlib.h>

enum { DRIVER_SHOWN_MAX = 64 }; // bytes: a MUD may claim 4 KiB, and a page of those is no answer

static struct router *of(struct network *n)
{
	return container_of(n, struct router, network);
}

// --- looking ---

static int compare_names(struct span a, struct span b)
{
	size_t n = min_size(a.n, b.n);
	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)ascii_lower(a.p[i]);
		unsigned char y = (unsigned char)ascii_lower(b.p[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.n > b.n) - (a.n < b.n);
}

static int by_name(const void *a, const void *b)
{
	const struct router_mud *const *x = a, *const *y = b;
	return compare_names(span_str((*x)->name), span_str((*y)->name));
}

static struct network_mud row_of(const struct router_mud *m)
{
	const struct router_link *l = m->link;
	bool inside = l && router_link_is_in_process(l);
	return (struct network_mud){.name = span_str(m->name),
		.address = span_str(m->address),
		.driver = utf8_cut(value_text(&m->record[RECORD_DRIVER]), DRIVER_SHOWN_MAX),
		.state = m->state,
		.since_s = m->since_s,
		.protocol = m->protocol,
		.connected = l && l->state == LINK_UP,
		.in_process = inside,
		.listening = l ? l->listening : 0,
		.dropped = l ? (int64_t)l->flooded : 0};
}

static bool list_muds(struct network *n, const struct network_page *page,
	void (*row)(void *to, const struct network_mud *), void *to)
{
	struct router *r = of(n);
	const struct router_mud **all = mem_array(map_count(&r->muds) + 1, sizeof *all);
	size_t count = 0, i = 0;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		const struct router_mud *m = at.value;
		if (m->state != ROUTER_MUD_DELETED &&
			compare_names(span_str(m->name), page->after) > 0)
			all[count++] = m;
	}
	qsort(all, count, sizeof *all, by_name);
	for (; i < count && i < page->limit; i++) {
		struct network_mud one = row_of(all[i]);
		row(to, &one);
	}
	free(all);
	return i < count;
}

// --- doing ---

static const char *kick(struct network *n, struct span mud, struct span words)
{
	struct router *r = of(n);
	struct router_mud *m = router_mud_find(r, mud);
	if (!m)
		return "no MUD of this name is known here";
	if (!m->link)
		return "this MUD is not connected";
	if (router_link_is_in_process(m->link))
		return "this is a MUD of this gateway: it cannot be kicked";
	router_begin(r);
	char *text = span_dup(words);
	router_link_dismiss(m->link, text);
	free(text);
	router_end(r);
	return NULL;
}

static struct router_link *banned_link(struct router *r)
{
	list_each(it, &r->links)
	{
		struct router_link *l = container_of(it, struct router_link, link);
		if (l->conn && router_ban_judge(l, router_link_name(l)).code)
			return l;
	}
	return NULL;
}

// One at a time: when one goes, another that waited for its name may go as well.
static const char *ban(struct network *n, const struct network_ban *b)
{
	struct router *r = of(n);
	struct router_link *l;
	const char *no = router_ban_add(r, b);
	if (no)
		return no;
	router_begin(r);
	while ((l = banned_link(r)))
		router_link_dismiss(l, router_ban_judge(l, router_link_name(l)).words);
	router_end(r);
	return NULL;
}

static const char *unban(struct network *n, const struct network_ban *b)
{
	return router_ban_remove(of(n), b);
}

static bool list_bans(struct network *n, const struct network_page *page,
	void (*row)(void *to, const struct network_ban *), void *to)
{
	return router_bans_list(of(n), page, row, to);
}

static const struct network_ops ops = {
	.muds = list_muds,
	.kick = kick,
	.ban = ban,
	.unban = unban,
	.bans = list_bans,
};

struct network *router_network(struct router *r)
{
	r->network.ops = &ops;
	return &r->network;
}
