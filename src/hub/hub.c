// SPDX-License-Identifier: MIT
#include "hub/hub.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "hub/delivery.h"
#include "hub/replay.h"
#include <stdlib.h>

// Replayed in one turn, to all sessions together.  When a thousand come back at once, others do not
// wait for all they have missed, and what is written to them has left before more is: compressed it
// takes some ten milliseconds.
enum { REPLAY_TURN_BYTES = 256 << 10 };

// Numbers run ahead of the clock by so little when many messages come at once, by more when it was
// set back.
enum { SAME_TIME_US = 1000000 };

const struct event_row event_rows[EVENT_COUNT] = {
#define EVENT(id, name, right, rank, help) [EVENT_##id] = {name, RIGHT_##right, TAPE_##rank, help},
#include "tables/events.tbl"
};

void hub_init(struct hub *h, const struct wires *wires, uint32_t history_lines)
{
	*h = (struct hub){.wires = wires,
		.history_lines = history_lines,
		.session_limits = {
			3600 * SECOND_MS, {1000, TAPE_BYTES_MAX, UINT64_C(300) * 1000000}}};
	list_init(&h->behind);
	list_init(&h->identities);
	list_init(&h->ticks);
	moderation_init(&h->moderation, h);
}

struct identity *hub_identity(struct hub *h, struct span name)
{
	list_each(it, &h->identities)
	{
		struct identity *i = container_of(it, struct identity, in_hub);
		if (span_caseeq(span_str(i->name), name))
			return i;
	}
	return NULL;
}

struct identity *hub_add_identity(struct hub *h, const char *name)
{
	struct identity *i = mem_zalloc(sizeof *i);
	i->hub = h;
	i->name = mem_str(name);
	i->wanted = true;
	list_init(&i->sessions);
	list_init(&i->away[0]);
	list_init(&i->away[1]);
	list_init(&i->tick.open);
	roster_init(&i->roster);
	answers_init(&i->answers);
	queries_init(&i->queries);
	list_append(&h->identities, &i->in_hub);
	return i;
}

const char *identity_trouble(const struct identity *i)
{
	const struct uplink *up = i->uplink;
	if (!up)
		return "no network";
	if (up->ops->ready(up))
		return NULL;
	const char *why = up->ops->trouble(up);
	return why ? why : "logging in";
}

static void seal(struct tick *t)
{
	for (int w = 0; w < WIRE_COUNT; w++) {
		blob_unref(t->blob[w]);
		t->blob[w] = NULL;
	}
	list_unlink(&t->open);
}

static void close_away(struct identity *i)
{
	for (int k = 0; k < 2; k++)
		list_each(it, &i->away[k])
			session_close(container_of(it, struct session, in_state));
}

static void identity_free(struct identity *i)
{
	close_away(i);
	ensure(list_empty(&i->sessions));
	ensure(list_empty(&i->queries.open)); // the face that put them there is gone
	if (i->uplink && i->uplink->ops->free)
		i->uplink->ops->free(i->uplink);
	for (struct map_at at = map_first(&i->channels); at.value; at = map_next(at))
		channel_free(at.value);
	map_fini(&i->channels);
	roster_fini(&i->roster);
	presence_fini(&i->presence);
	people_fini(&i->people);
	answers_fini(&i->answers);
	seal(&i->tick);
	list_unlink(&i->in_hub);
	free(i->name);
	free(i);
}

void hub_fini(struct hub *h)
{
	list_each(it, &h->identities) identity_free(container_of(it, struct identity, in_hub));
	moderation_fini(&h->moderation);
	map_fini(&h->session_ids);
	buf_fini(&h->text);
	buf_fini(&h->framed);
}

void hub_prune(struct hub *h)
{
	h->prune = true;
}

// An identity with mail stays: what it has taken and not yet given on is known by its name.
static bool is_of_use(const struct identity *i)
{
	return i->wanted || !list_empty(&i->sessions) || i->exchange;
}

static void prune(struct hub *h)
{
	h->prune = false;
	list_each(it, &h->identities)
	{
		struct identity *i = container_of(it, struct identity, in_hub);
		if (is_of_use(i))
			continue;
		log_info("identity_freed", log_str("mud", i->name));
		identity_free(i);
	}
}

bool hub_turn_end(struct hub *h)
{
	moderation_sweep(&h->moderation);
	if (h->prune)
		prune(h);
	list_each(it, &h->ticks) seal(container_of(it, struct tick, open));
	replay(h, REPLAY_TURN_BYTES);
	if (h->room.bytes > TAPE_ALL_BYTES_MAX)
		sessions_relieve(h);
	metric_set(METRIC_TAPE_BYTES, (int64_t)h->room.bytes);
	return !list_empty(&h->behind);
}

uint64_t hub_next(uint64_t *last)
{
	uint64_t now = clock_wall_us();
	return *last = now > *last && now < HUB_SEQ_MAX ? now : *last + 1;
}

void hub_stamp(struct hub *h, struct message *m)
{
	m->wall_us = clock_wall_us();
	m->seq = hub_next(&h->seq);
	// Several in one microsecond: each has its own time, so that times are as good as numbers.
	if (m->seq - m->wall_us < SAME_TIME_US)
		m->wall_us = m->seq;
	metric_add(METRIC_EVENTS, 1);
}

struct audience {
	unsigned right, wants;        // both needed
	const struct session *except; // or NULL
};

// Only who is there can be asked.
static bool is_in(const struct audience *a, const struct session *s)
{
	return s != a->except && rights_cover(s->rights, a->right) &&
	       (s->wants & a->wants) == a->wants && (!a->wants || s->state == SESSION_LIVE);
}

static void publish(struct identity *i, struct message *m, const struct audience *to)
{
	struct delivery d;
	delivery_begin(&d, i, NULL, m);
	d.except = to->except;
	list_each(it, &i->sessions)
	{
		struct session *s = container_of(it, struct session, in_identity);
		if (is_in(to, s))
			delivery_to(&d, s);
	}
	delivery_end(&d);
}

void identity_publish(struct identity *i, struct message *m, const struct session *except)
{
	publish(i, m, &(struct audience){event_rows[m->event].right, 0, except});
}

static struct audience wanting(enum query_kind kind)
{
	return (struct audience){event_rows[query_rows[kind].event].right, 1u << kind, NULL};
}

bool identity_wants(const struct identity *i, enum query_kind kind)
{
	struct audience to = wanting(kind);
	list_each(it, &i->sessions) if (is_in(&to, container_of(it, struct session,
							   in_identity))) return true;
	return false;
}

void identity_ask(struct identity *i, enum query_kind kind, const struct value *params)
{
	struct audience to = wanting(kind);
	struct message m = {.event = query_rows[kind].event, .params = params};
	publish(i, &m, &to);
}
