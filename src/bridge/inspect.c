// SPDX-License-Identifier: MIT
// What an operator sees of the queues, and may do with them.
#include "base/log.h"
#include "base/mem.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

_Static_assert((int)STREAM_TO_BOTS == (int)BRIDGING_TO_BOTS &&
		       (int)STREAM_TO_MODS == (int)BRIDGING_TO_MODS,
	"the hub's words and ours");

static struct streams *of(struct bridging *b)
{
	return container_of(b, struct streams, bridging);
}

static int compare(const struct stream *s, struct span channel, enum bridging_towards towards)
{
	int by_channel = span_cmp(stream_channel(s), channel);
	return by_channel ? by_channel : (int)stream_towards(s) - (int)towards;
}

static int by_channel(const void *a, const void *b)
{
	const struct stream *const *x = a, *const *y = b;
	return compare(*x, stream_channel(*y), (enum bridging_towards)stream_towards(*y));
}

static uint64_t behind(uint64_t seq, uint64_t of_seq)
{
	return of_seq > seq ? of_seq - seq : 0;
}

static size_t list_consumers(const struct stream *s, struct bridging_consumer *out)
{
	size_t n = 0;
	list_each(it, &s->cursors)
	{
		const struct cursor *c = container_of(it, struct cursor, in_stream);
		uint64_t lost = behind(c->acked, s->target.seq);
		out[n++] = (struct bridging_consumer){.name = span_str(c->name),
			.acked = c->acked,
			.waiting = s->last - c->acked - lost,
			.lost = lost,
			.seen_us = c->seen_us,
			.connected = c->ready};
	}
	return n;
}

static void tell(
	const struct stream *s, void (*row)(void *, const struct bridging_queue *), void *to)
{
	// As many as there are: a start may find more than STREAM_CURSORS_MAX, for what has ended while
	// the disk took nothing is still there.
	struct bridging_consumer *consumers = mem_array(s->n_cursors + 1, sizeof *consumers);
	struct stream_entry oldest = {0};
	bool waits = stream_read(s, s->target.seq + 1, &oldest);
	row(to, &(struct bridging_queue){.channel = stream_channel(s),
			.towards = (enum bridging_towards)stream_towards(s),
			.depth = s->last - s->target.seq,
			.bytes = s->bytes,
			.last = s->last,
			.oldest_us = waits ? oldest.received_us : 0,
			.consumers = consumers,
			.n_consumers = list_consumers(s, consumers)});
	free(consumers);
}

static bool list_queues(struct bridging *b, const struct bridging_page *page,
	void (*row)(void *to, const struct bridging_queue *), void *to)
{
	struct streams *all = of(b);
	const struct stream **at = mem_array(map_count(&all->at) + 1, sizeof *at);
	size_t n = 0, i = 0;
	for (struct map_at it = map_first(&all->at); it.value; it = map_next(it)) {
		const struct stream *s = it.value;
		if (!page->after.n || compare(s, page->after, page->after_towards) > 0)
			at[n++] = s;
	}
	qsort(at, n, sizeof *at, by_channel);
	for (; i < n && i < page->limit; i++)
		tell(at[i], row, to);
	free(at);
	return i < n;
}

static const char *clear_queue(
	struct bridging *b, struct span channel, enum bridging_towards towards, uint64_t *cleared)
{
	struct streams *all = of(b);
	*cleared = 0;
	buf_clear(&all->key);
	stream_record_name(&all->key, (enum stream_towards)towards, channel);
	struct stream *s = map_find(&all->at, buf_bytes(&all->key));
	if (!s)
		return "there is no such queue";
	*cleared = stream_clear(s);
	return NULL;
}

const struct bridging_ops streams_ops = {.queues = list_queues, .clear = clear_queue};
