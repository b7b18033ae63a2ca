// SPDX-License-Identifier: MIT
#include "hub/replay.h"
#include "base/clock.h"
#include "base/metric.h"
#include "hub/hub.h"

static void write(struct session *s, struct span text)
{
	struct hub *h = s->identity->hub;
	buf_clear(&h->framed);
	h->wires->frame(s->wire, text, &h->framed);
	s->outlet->write(s->outlet_to, buf_bytes(&h->framed));
}

static void tell_gap(struct session *s)
{
	struct hub *h = s->identity->hub;
	struct tape_gap gap = tape_take_gap(&s->tape);
	const struct value params[] = {value_str("lost"), value_int((int64_t)gap.lost),
		value_str("unknown"), value_bool(gap.unknown), value_str("from_seq"),
		value_int((int64_t)gap.from), value_str("to_seq"), value_int((int64_t)gap.to)};
	struct value map = value_map(params, gap.lost ? 4 : 2);
	buf_clear(&h->text);
	h->wires->text(
		&(struct message){.event = EVENT_GAP, .params = &map, .wall_us = clock_wall_us()},
		&h->text);
	write(s, buf_bytes(&h->text));
	metric_add(METRIC_TAPE_LOST, (int64_t)gap.lost);
}

void replay(struct session *s)
{
	struct tape_record *r;
	while (!s->outlet->is_full(s->outlet_to)) {
		if (tape_has_gap(&s->tape))
			tell_gap(s);
		r = tape_next(&s->tape);
		if (!r) {
			s->state = SESSION_LIVE;
			break;
		}
		write(s, span_of(r->text, r->n));
		tape_sent(&s->tape, r);
		metric_add(METRIC_TAPE_REPLAYED, 1);
	}
	list_unlink(&s->in_behind);
}
