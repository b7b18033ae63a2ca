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

// → bytes of text it was sent.
static size_t catch_up(struct session *s, size_t most)
{
	size_t n = 0;
	while (!s->outlet->is_full(s->outlet_to)) {
		if (tape_has_gap(&s->tape))
			tell_gap(s);
		struct tape_record *r = tape_next(&s->tape);
		if (!r) {
			s->state = SESSION_LIVE;
			break;
		}
		if (n >= most)
			return n;
		if (rights_cover(s->rights, r->right)) { // its key may be another now
			n += r->n;
			write(s, span_of(r->text, r->n));
			metric_add(METRIC_TAPE_REPLAYED, 1);
		}
		tape_sent(&s->tape, r);
	}
	list_unlink(&s->in_state);
	return n;
}

void replay(struct hub *h, size_t bytes)
{
	size_t n = 0;
	while (!list_empty(&h->behind) && n < bytes)
		n += catch_up(container_of(h->behind.next, struct session, in_state), bytes - n);
}
