// SPDX-License-Identifier: MIT
#include "bridge/route.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/queue.h"
#include <stdlib.h>

struct bridge_lane {
	struct link waiting; // of the route, while the queue holds something
	enum bridge_side side;
	struct link recipients;
	struct bridge_queue queue;
	size_t n; // bytes of the channel's id
	char channel[];
};

// --- lanes: there while somebody is in one, or something waits ---

static struct span name_of(const struct bridge_lane *l)
{
	return span_of(l->channel, l->n);
}

static struct bridge_lane *get_lane(
	struct bridge_route *r, enum bridge_side side, struct span channel)
{
	struct bridge_lane *l = map_find(&r->lanes[side], channel);
	if (l)
		return l;
	l = mem_zalloc(sizeof *l + channel.n);
	l->side = side;
	l->n = channel.n;
	memcpy(l->channel, channel.p, channel.n);
	list_init(&l->waiting);
	list_init(&l->recipients);
	bridge_queue_init(&l->queue);
	map_put(&r->lanes[side], channel, l);
	return l;
}

static void free_unused(struct bridge_route *r, struct bridge_lane *l)
{
	if (l->queue.n || !list_empty(&l->recipients))
		return;
	map_take(&r->lanes[l->side], name_of(l));
	free(l);
}

// --- what waits ---

// The oldest of a lane, no longer counted.
static struct bridge_message *take_oldest(struct bridge_route *r, struct bridge_lane *l)
{
	struct bridge_message *m = bridge_queue_take(&l->queue);
	r->bytes -= m->bytes;
	metric_add(METRIC_BRIDGE_WAITING, -1);
	if (!l->queue.n) {
		list_unlink(&l->waiting);
		r->n_waiting[l->side]--;
	}
	return m;
}

static void drop_oldest(struct bridge_route *r, struct bridge_lane *l, const char *why)
{
	metric_add(METRIC_BRIDGE_DROPPED, 1);
	log_debug("bridge_dropped", log_span("channel", name_of(l)),
		log_str("from", bridge_side_word(l->side)), log_str("why", why));
	bridge_message_free(take_oldest(r, l));
}

static bool has_room(
	const struct bridge_route *r, const struct bridge_lane *l, const struct bridge_message *m)
{
	const struct bridge_message *oldest = bridge_queue_oldest(&l->queue);
	size_t leaves = oldest && l->queue.n >= r->queue_max ? oldest->bytes : 0;
	bool counted = l->queue.n || r->n_waiting[l->side] < BRIDGE_LANES_MAX;
	return r->queue_max && counted && r->bytes - leaves + m->bytes <= BRIDGE_WAITING_MAX;
}

static enum bridge_status wait_in(
	struct bridge_route *r, struct bridge_lane *l, struct bridge_message *m)
{
	if (!has_room(r, l, m)) {
		bridge_message_free(m);
		return BRIDGE_FAILED;
	}
	while (l->queue.n >= r->queue_max)
		drop_oldest(r, l, "a newer one needs its place");
	if (!l->queue.n) {
		list_append(&r->waiting[l->side], &l->waiting);
		r->n_waiting[l->side]++;
	}
	bridge_queue_put(&l->queue, m);
	r->bytes += m->bytes;
	metric_add(METRIC_BRIDGE_WAITING, 1);
	metric_add(METRIC_BRIDGE_QUEUED, 1);
	return BRIDGE_QUEUED;
}

// --- delivery ---

struct tally {
	unsigned took, missed;
};

static void give(struct link *recipients, struct bridge_message *m, bool aside, struct tally *t)
{
	list_each(it, recipients)
	{
		struct bridge_recipient *to = container_of(it, struct bridge_recipient, link);
		if (to->aside != aside)
			continue;
		if (to->take(to, m))
			t->took++;
		else
			t->missed++;
	}
}

// To all who can take it.  Once one has, it does not wait for those who cannot.
static bool deliver(struct bridge_route *r, struct bridge_lane *l, struct bridge_message *m)
{
	struct tally t = {0};
	give(&l->recipients, m, false, &t);
	give(&r->everything[l->side], m, false, &t);
	metric_add(METRIC_BRIDGE_DELIVERED, t.took);
	if (t.took && t.missed) {
		metric_add(METRIC_BRIDGE_DROPPED, t.missed);
		log_debug("bridge_missed", log_span("channel", name_of(l)),
			log_int("recipients", t.missed));
	}
	return t.took > 0;
}

static bool tell_aside(struct bridge_route *r, struct bridge_lane *l, struct bridge_message *m)
{
	struct tally t = {0};
	give(&l->recipients, m, true, &t);
	give(&r->everything[l->side], m, true, &t);
	return t.took > 0;
}

// In the order they came, for as long as somebody takes them.
static void flush(struct bridge_route *r, struct bridge_lane *l)
{
	while (l->queue.n && deliver(r, l, bridge_queue_oldest(&l->queue)))
		bridge_message_free(take_oldest(r, l));
}

enum bridge_status bridge_route_send(struct bridge_route *r, struct bridge_message *m)
{
	struct bridge_lane *l = get_lane(r, m->words.from, m->words.channel);
	enum bridge_status status = BRIDGE_COMPLETED;
	bool heard = tell_aside(r, l, m);
	bridge_trail_unref(m->trail); // only those aside look at it
	m->trail = NULL;
	flush(r, l);
	if (!l->queue.n && deliver(r, l, m))
		bridge_message_free(m);
	else
		status = wait_in(r, l, m);
	free_unused(r, l);
	metric_add(METRIC_BRIDGE_FAILED, status == BRIDGE_FAILED && !heard);
	return heard ? BRIDGE_COMPLETED : status;
}

bool bridge_route_take(struct bridge_route *r, struct bridge_message *m)
{
	struct bridge_lane *l = get_lane(r, m->words.from, m->words.channel);
	flush(r, l);
	bool taken = !l->queue.n && deliver(r, l, m);
	if (taken) {
		tell_aside(r, l, m);
		bridge_message_free(m);
	}
	free_unused(r, l);
	return taken;
}

bool bridge_route_tell_aside(struct bridge_route *r, struct bridge_message *m)
{
	struct bridge_lane *l = get_lane(r, m->words.from, m->words.channel);
	bool heard = tell_aside(r, l, m);
	free_unused(r, l);
	bridge_message_free(m);
	return heard;
}

static void flush_side(struct bridge_route *r, enum bridge_side side)
{
	list_each(it, &r->waiting[side])
	{
		struct bridge_lane *l = container_of(it, struct bridge_lane, waiting);
		flush(r, l);
		if (l->queue.n) // the others would only be asked in vain
			return;
		free_unused(r, l);
	}
}

void bridge_route_ready(struct bridge_route *r, struct bridge_recipient *to)
{
	if (to->lane)
		flush(r, to->lane);
	else if (!list_empty(&to->link))
		flush_side(r, to->side);
}

// --- joining ---

void bridge_recipient_init(struct bridge_recipient *to,
	bool (*take)(struct bridge_recipient *, struct bridge_message *))
{
	*to = (struct bridge_recipient){.take = take};
	list_init(&to->link);
}

void bridge_route_join(struct bridge_route *r, struct bridge_recipient *to, enum bridge_side side,
	struct span channel)
{
	ensure(list_empty(&to->link));
	to->side = side;
	r->joined[side] |= !to->aside;
	to->lane = channel.n ? get_lane(r, side, channel) : NULL;
	list_append(to->lane ? &to->lane->recipients : &r->everything[side], &to->link);
	bridge_route_ready(r, to);
}

void bridge_route_leave(struct bridge_route *r, struct bridge_recipient *to)
{
	struct bridge_lane *l = to->lane;
	list_unlink(&to->link);
	to->lane = NULL;
	if (l)
		free_unused(r, l);
}

// --- the whole ---

void bridge_route_init(struct bridge_route *r, uint32_t queue_max)
{
	*r = (struct bridge_route){.queue_max = queue_max};
	for (int side = 0; side < BRIDGE_SIDES; side++) {
		list_init(&r->everything[side]);
		list_init(&r->waiting[side]);
	}
}

// Every lane with a queue: what is over the newest `most` goes, and what came before `since_us`.
static void thin(struct bridge_route *r, uint32_t most, uint64_t since_us, const char *why)
{
	for (int side = 0; side < BRIDGE_SIDES; side++)
		list_each(it, &r->waiting[side])
		{
			struct bridge_lane *l = container_of(it, struct bridge_lane, waiting);
			while (l->queue.n > most ||
				(l->queue.n &&
					bridge_queue_oldest(&l->queue)->received_us < since_us))
				drop_oldest(r, l, why);
			free_unused(r, l);
		}
}

void bridge_route_configure(struct bridge_route *r, uint32_t queue_max)
{
	r->queue_max = queue_max;
	thin(r, queue_max, 0, "bridge.queue_max is smaller now");
}

void bridge_route_expire(struct bridge_route *r)
{
	uint64_t now = clock_wall_us(), age = BRIDGE_WAITING_MS * 1000;
	thin(r, UINT32_MAX, now > age ? now - age : 0, "nobody came for it");
}

void bridge_route_fini(struct bridge_route *r)
{
	thin(r, 0, 0, "the gate is stopping");
	for (int side = 0; side < BRIDGE_SIDES; side++) {
		ensure(list_empty(&r->everything[side]));
		ensure(!map_count(&r->lanes[side]));
	}
}
