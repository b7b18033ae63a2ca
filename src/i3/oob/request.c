// SPDX-License-Identifier: MIT
#include "i3/oob/request.h"
#include "base/mem.h"
#include "i3/service.h"
#include <stdlib.h>

static struct oob_request *of(struct oob_item *item)
{
	return container_of(item, struct oob_request, item);
}

static void request_free(struct oob_request *r)
{
	oob_item_drop(&r->item);
	free(r->packet_block);
	free(r->about_block);
	free(r);
}

static struct value_list report(const struct oob_request *r, const char *status)
{
	struct value_list params = {.arena = &r->office->oob->arena};
	value_pair(&params, "request_id", value_int(r->number));
	value_pair(&params, "status", value_str(status));
	for (size_t i = 0; i < 2 * (size_t)r->about.n; i++)
		value_push(&params, r->about.at[i]);
	return params;
}

static void failed(struct oob_item *item, struct span why)
{
	struct oob_request *r = of(item);
	struct oob *o = r->office->oob;
	oob_begin(o);
	struct value_list params = report(r, "failed");
	value_pair(&params, "error_message", value_span(arena_span(&o->arena, why)));
	oob_item_drop(item);
	oob_tell(r->office, r->kind->event, r->number, &params);
	request_free(r);
	oob_end(o);
}

static bool answered(struct oob_item *item, const struct value *v)
{
	struct oob_request *r = of(item);
	struct oob *o = r->office->oob;
	struct i3_link *l = oob_link(r->office);
	const char *why = NULL;
	oob_begin(o);
	link_begin(l); // what is heard is cleaned in its arena
	struct value_list params = report(r, "done");
	bool is_it = r->kind->read(r, v, &params, &why);
	if (is_it && why) {
		failed(item, span_str(why));
	} else if (is_it) {
		oob_item_drop(item);
		oob_tell(r->office, r->kind->event, r->number, &params);
		request_free(r);
	}
	link_end(l);
	oob_end(o);
	return is_it;
}

static struct value packet(struct oob_item *item, struct arena *a)
{
	(void)a;
	return of(item)->packet;
}

static const struct oob_item_ops ops = {.packet = packet, .answered = answered, .failed = failed};

static const char *reachable(struct oob_office *f, const char *mud)
{
	const struct roster_mud *m = roster_mud(&f->identity->roster, span_str(mud));
	if (!m || m->state != MUD_UP)
		return "that MUD is not up";
	return oob_link(f)->state == LINK_READY ? NULL : "this MUD is not connected itself";
}

void oob_request(struct oob_office *f, const struct exchange_wish *w,
	const struct oob_request_new *want, struct exchange_answer *a)
{
	const char *mud = oob_target(f, w->mud, want->service, a);
	const char *why = mud ? reachable(f, mud) : NULL;
	if (!mud)
		return;
	if (why) {
		oob_refuse(a, "target_mud", why);
		return;
	}
	if (!oob_peer_room(f, span_str(mud))) {
		a->said = EXCHANGE_FULL;
		return;
	}
	struct oob_request *r = mem_zalloc(sizeof *r);
	oob_item_init(&r->item, &ops, clock_wall_us() / 1000 + REQUEST_MS);
	r->office = f;
	r->kind = want->kind;
	a->said = EXCHANGE_LATER;
	a->number = r->number = oob_number(f);
	if (want->numbered)
		want->packet[1] = value_int(r->number);
	value_pair(want->about, "from_mud", value_str(mud));
	struct value all = value_array(want->packet, want->n);
	struct value about = value_list_map(want->about);
	r->packet_block = value_pack(&all, &r->packet);
	r->about_block = value_pack(&about, &r->about);
	oob_peer_put(f, span_str(mud), &r->item);
}

void oob_requests_free(struct oob_office *f)
{
	for (struct map_at at = map_first(&f->peers); at.value; at = map_next(at)) {
		struct oob_peer *p = at.value;
		list_each(it, &p->items)
		{
			struct oob_item *item = container_of(it, struct oob_item, link);
			if (item->ops == &ops)
				request_free(of(item));
		}
	}
}
