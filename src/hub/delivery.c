// SPDX-License-Identifier: MIT
#include "hub/delivery.h"
#include "base/metric.h"
#include "hub/hub.h"

enum { TICK_MAX_BYTES = 64 << 10 }; // then a new blob: what a slow reader can pin with one message

void delivery_begin(struct delivery *d, struct identity *i, struct channel *c, struct message *m)
{
	const struct event_row *row = &event_rows[m->event];
	hub_stamp(i->hub, m);
	*d = (struct delivery){.hub = i->hub,
		.kind = {row->rank, row->right},
		.identity = i,
		.channel = c,
		.tick = c ? &c->tick : &i->tick,
		.message = m};
}

static struct span text_of(struct delivery *d)
{
	struct hub *h = d->hub;
	if (d->text.n)
		return d->text;
	buf_clear(&h->text);
	h->wires->text(d->message, &h->text);
	return d->text = buf_bytes(&h->text);
}

// Encodes for one wire, behind what this audience was sent earlier in the turn.
static struct slice encode(struct delivery *d, enum wire wire)
{
	struct hub *h = d->hub;
	struct tick *t = d->tick;
	buf_clear(&h->framed);
	h->wires->frame(wire, text_of(d), &h->framed);
	struct blob *b = t->blob[wire];
	if (b && b->n >= TICK_MAX_BYTES) {
		blob_unref(b);
		b = NULL;
	}
	if (!b)
		b = t->blob[wire] = blob_new(h->framed.n);
	if (list_empty(&t->open))
		list_append(&h->ticks, &t->open);
	struct slice s = {b, b->n, 0};
	blob_append(b, buf_bytes(&h->framed));
	s.to = b->n;
	return s;
}

static void share(struct delivery *d, struct session *s)
{
	struct slice *slice = &d->made[s->wire];
	if (!slice->blob)
		*slice = encode(d, s->wire);
	s->outlet->share(s->outlet_to, slice->blob, slice->from, slice->to);
}

static void keep(struct delivery *d, struct session *s, bool sent)
{
	if (d->kind.rank == TAPE_VOLATILE)
		return;
	if (!d->record)
		d->record = tape_record_new(&d->hub->room, d->message->seq, d->kind, text_of(d));
	tape_put(&s->tape, &d->hub->session_limits.tape, d->record, sent);
}

void delivery_to(struct delivery *d, struct session *s)
{
	d->n++;
	if (s->outlet && s->outlet->hear) {
		s->outlet->hear(s->outlet_to, d->message);
		return;
	}
	// One that has more to read than it takes gets the rest from its tape.
	if (s->state == SESSION_LIVE && s->outlet->is_full(s->outlet_to))
		s->state = SESSION_BEHIND;
	bool live = s->state == SESSION_LIVE;
	if (live)
		share(d, s);
	keep(d, s, live);
}

void delivery_end(struct delivery *d)
{
	if (d->record) {
		struct session_keeper *keeper = d->hub->keeper;
		if (keeper)
			keeper->add(keeper, d);
		tape_record_unref(&d->hub->room, d->record);
	}
	metric_add(METRIC_DELIVERIES, d->n);
}
