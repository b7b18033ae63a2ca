// SPDX-License-Identifier: MIT
// Telling peers of channels: name → ({type, owner, list}), or -1 for one that is gone.  A router tells
// of those its MUDs or itself own.  What has been told is kept here as a digest per name, so whoever
// changes a channel need not think of the peers.
#include "base/mem.h"
#include "i3/router/irn.h"
#include <stdlib.h>

struct irn_told {
	uint64_t digest;
};

bool irn_channel_is_of(const struct router_channel *c, const struct irn_peer *p)
{
	return span_caseeq(span_str(c->router), span_str(p->name));
}

// --- out ---

struct value irn_channel_value(struct router *r, const struct router_channel *c)
{
	struct value_list names = {.arena = &r->arena};
	for (size_t i = 0; i < c->names.n; i++)
		value_push(&names, value_str(c->names.at[i]));
	struct value at[IRN_SIZE] = {[IRN_TYPE] = value_int(c->type),
		[IRN_OWNER] = value_str(c->owner),
		[IRN_LIST] = value_list_array(&names)};
	return value_array(arena_copy(&r->arena, at, sizeof at), IRN_SIZE);
}

static void send_delta(struct irn_link *l, const struct value_list *channels)
{
	struct value lists[] = {value_str("channels"), value_list_map(channels),
		value_str("listening"), value_map(NULL, 0)};
	struct value body[] = {
		value_int(l->peer->irn->router->chanlist_id), value_map(lists, countof(lists) / 2)};
	if (channels->n)
		irn_send(l, "irn-chanlist-delta", body, countof(body));
}

// Dead Souls fails at a deletion, and loses the rest of its packet.
static void send_deletion(struct irn_link *l, const char *name)
{
	struct value_list one = {.arena = &l->peer->irn->router->arena};
	value_pair(&one, name, value_int(-1));
	send_delta(l, &one);
}

void irn_channels_send(struct irn_link *l)
{
	struct router *r = l->peer->irn->router;
	struct value_list some = {.arena = &r->arena};
	size_t bytes = 0;
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		const struct router_channel *c = at.value;
		struct value v = irn_channel_value(r, c);
		size_t n = router_text_bytes(r, &v) + sizeof c->name;
		if (c->router[0])
			continue;
		if (bytes + n > ROUTER_LIST_BYTES) {
			send_delta(l, &some);
			some = (struct value_list){.arena = &r->arena};
			bytes = 0;
		}
		bytes += n;
		value_pair(&some, c->name, v);
	}
	send_delta(l, &some);
}

static uint64_t digest_of(struct router *r, const struct value *v)
{
	ensure(router_text_bytes(r, v) != SIZE_MAX);
	return span_digest(buf_bytes(&r->text));
}

static void tell_one(struct irn *irn, const struct router_channel *c)
{
	struct router *r = irn->router;
	struct value v = irn_channel_value(r, c);
	uint64_t digest = digest_of(r, &v);
	struct irn_told *told = map_find(&irn->told, span_str(c->name));
	if (told && told->digest == digest)
		return;
	if (!told) {
		told = mem_zalloc(sizeof *told);
		map_put(&irn->told, span_str(c->name), told);
	}
	told->digest = digest;
	struct value_list one = {.arena = &r->arena};
	value_pair(&one, c->name, v);
	list_each(it, &irn->peers)
	{
		struct irn_link *way = irn_peer_way(container_of(it, struct irn_peer, in_irn));
		if (way)
			send_delta(way, &one);
	}
}

// Another router's channel may have stood in the shadow of one that is gone here.
static void tell_gone(struct irn *irn, const char *name)
{
	list_each(it, &irn->peers)
	{
		struct irn_link *way = irn_peer_way(container_of(it, struct irn_peer, in_irn));
		if (!way)
			continue;
		send_deletion(way, name);
		irn_send(way, "irn-chanlist-req", NULL, 0);
	}
}

void irn_channels_tell(struct irn *irn)
{
	struct router *r = irn->router;
	irn->channels_late = false;
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		const struct router_channel *c = at.value;
		if (!c->router[0])
			tell_one(irn, c);
	}
	for (struct map_at at = map_first(&irn->told); at.value; at = map_next(at)) {
		const struct router_channel *c = router_channel_find(r, at.key);
		if (c && !c->router[0])
			continue;
		if (!c)
			tell_gone(irn, at.key.p); // the map's keys are terminated
		free(at.value);
		map_take(&irn->told, at.key);
	}
}

void irn_channels_free(struct irn *irn)
{
	for (struct map_at at = map_first(&irn->told); at.value; at = map_next(at))
		free(at.value);
	map_fini(&irn->told);
}
