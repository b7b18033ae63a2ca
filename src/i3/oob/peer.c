// SPDX-License-Identifier: MIT
// Peer: another MUD, for which something waits.  Its queue, when a link to it is tried, and how long
// after one that failed.  A peer for which nothing waits is forgotten.
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "i3/oob/oob_priv.h"
#include <stdlib.h>

enum { FOLD_MAX = 512 }; // bytes of a name; rosters keep no longer ones

struct folded {
	char bytes[FOLD_MAX];
	struct span name;
};

static struct span fold(struct folded *f, struct span mud)
{
	f->name = span_of(f->bytes, min_size(mud.n, FOLD_MAX));
	for (size_t i = 0; i < f->name.n; i++)
		f->bytes[i] = ascii_lower(mud.p[i]);
	return f->name;
}

struct oob_peer *oob_peer_find(struct oob_office *o, struct span mud)
{
	struct folded f;
	return map_find(&o->peers, fold(&f, mud));
}

bool oob_peer_room(struct oob_office *o, struct span mud)
{
	const struct oob_peer *p = oob_peer_find(o, mud);
	return p ? p->n < OOB_ITEMS_MAX : map_count(&o->peers) < OOB_PEERS_MAX;
}

static struct oob_peer *peer_get(struct oob_office *o, struct span mud)
{
	struct folded f;
	struct oob_peer *p = oob_peer_find(o, mud);
	if (p)
		return p;
	p = mem_zalloc(sizeof *p);
	p->office = o;
	p->mud = span_dup(mud);
	p->backoff = (struct backoff){.base_ms = OOB_BACKOFF_MS, .cap_ms = OOB_BACKOFF_CAP_MS};
	list_init(&p->items);
	map_put(&o->peers, fold(&f, mud), p);
	return p;
}

static void peer_free(struct oob_peer *p)
{
	struct folded f;
	ensure(list_empty(&p->items) && !p->session);
	map_take(&p->office->peers, fold(&f, span_str(p->mud)));
	buf_fini(&p->trouble);
	free(p->mud);
	free(p);
}

// --- items ---

void oob_item_init(struct oob_item *item, const struct oob_item_ops *ops, uint64_t until_ms)
{
	*item = (struct oob_item){.ops = ops, .until_ms = until_ms};
	list_init(&item->link);
}

void oob_item_drop(struct oob_item *item)
{
	if (item->session)
		item->session->item = NULL;
	item->session = NULL;
	if (item->peer)
		item->peer->n--;
	item->peer = NULL;
	list_unlink(&item->link);
}

// Who asks for something now does not wait for the end of a pause.
void oob_peer_put(struct oob_office *o, struct span mud, struct oob_item *item)
{
	struct oob_peer *p = peer_get(o, mud);
	item->peer = p;
	list_append(&p->items, &item->link);
	p->n++;
	if (!item->ops->durable)
		p->due_ms = 0;
	oob_peer_look(p);
}

struct oob_item *oob_peer_next(struct oob_peer *p)
{
	list_each(it, &p->items)
	{
		struct oob_item *item = container_of(it, struct oob_item, link);
		if (!item->session)
			return item;
	}
	return NULL;
}

// --- links ---

void oob_peer_look(struct oob_peer *p)
{
	struct oob_office *o = p->office;
	const struct roster_mud *m = roster_mud(&o->identity->roster, span_str(p->mud));
	if (p->session || o->oob->stopped || !oob_peer_next(p) || clock_ms() < p->due_ms)
		return;
	if (!m || m->state != MUD_UP || oob_link(o)->state != LINK_READY ||
		o->oob->n_sessions >= OOB_SESSIONS_MAX)
		return; // looked for again at the next tick: that costs nothing
	oob_session_dial(p);
}

static void fail_requests(struct oob_peer *p, struct span why)
{
	list_each(it, &p->items)
	{
		struct oob_item *item = container_of(it, struct oob_item, link);
		if (!item->ops->durable && !item->session)
			item->ops->failed(item, why);
	}
}

void oob_peer_ended(struct oob_peer *p, const char *why)
{
	p->session = NULL;
	if (!why) {
		backoff_reset(&p->backoff);
		buf_clear(&p->trouble);
		return;
	}
	uint32_t ms = backoff_next(&p->backoff);
	p->due_ms = clock_ms() + ms;
	buf_clear(&p->trouble);
	buf_span(&p->trouble, utf8_cut(span_str(why), 256));
	log_info("oob_unreached", log_str("mud", p->mud), log_str("why", why),
		log_int("again_ms", ms));
	fail_requests(p, span_str(why));
}

static void expire(struct oob_peer *p, uint64_t now_ms)
{
	struct buf why = {0};
	buf_lit(&why, "not delivered in time");
	if (p->trouble.n) {
		buf_lit(&why, "; the last attempt: ");
		buf_span(&why, buf_bytes(&p->trouble));
	}
	list_each(it, &p->items)
	{
		struct oob_item *item = container_of(it, struct oob_item, link);
		if (!item->session && now_ms >= item->until_ms)
			item->ops->failed(item, buf_bytes(&why));
	}
	buf_fini(&why);
}

// Some never say oob-end.  Who dialled may leave, and what waits goes over the next link.
static void lose_patience(struct oob_peer *p)
{
	struct oob_session *s = p->session;
	if (s && s->state == OOB_THEIRS && !s->held && oob_peer_next(p) &&
		clock_ms() - s->busy_ms > OOB_PATIENCE_MS)
		oob_session_end(s, NULL);
}

void oob_peers_tick(struct oob_office *o)
{
	uint64_t now_ms = clock_wall_us() / 1000;
	for (struct map_at at = map_first(&o->peers); at.value; at = map_next(at)) {
		struct oob_peer *p = at.value;
		expire(p, now_ms);
		lose_patience(p);
		if (!list_empty(&p->items))
			oob_peer_look(p);
		else if (!p->session)
			peer_free(p);
	}
}

// Their items have been freed by their services.
void oob_peers_free(struct oob_office *o)
{
	for (struct map_at at = map_first(&o->peers); at.value; at = map_next(at))
		peer_free(at.value);
	map_fini(&o->peers);
}
