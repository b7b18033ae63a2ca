// SPDX-License-Identifier: MIT
#include "bridge/consumer.h"
#include "base/clock.h"
#include "base/mem.h"
#include "bridge/peer.h"
#include "bridge/tap.h"
#include <stdlib.h>

struct bridge_consumer {
	struct bridge_peer *peer;
	struct streams *all;
	enum stream_towards towards;
	bool follows, from_end;
	struct coalesce_wish limit;
	struct map taps; // channel → struct bridge_tap
	char name[];     // "bot:ID"
};

struct span bridge_consumer_name(const struct bridge_consumer *k)
{
	return span_str(k->name);
}

// --- taps ---

static struct bridge_tap *get_tap(struct bridge_consumer *k, struct span channel)
{
	struct bridge_tap *t = map_find(&k->taps, channel);
	if (!t) {
		t = bridge_tap_new(&k->limit, channel);
		map_put(&k->taps, bridge_tap_channel(t), t);
	}
	return t;
}

// The stream may have ended since, and its cursor may be somebody else's.
static struct cursor *cursor_of(struct bridge_consumer *k, struct span channel)
{
	struct stream *s = streams_find(k->all, k->towards, channel);
	struct cursor *c = s ? cursor_find(s, bridge_consumer_name(k)) : NULL;
	return c && cursor_owner(c) == k ? c : NULL;
}

static bool has_room(const struct bridge_peer *p)
{
	return conn_is_open(p->conn) && !conn_is_full(p->conn);
}

// Where there is no room it is not the time that is waited for.
static void pump(struct bridge_consumer *k, struct bridge_tap *t, struct cursor *c)
{
	struct bridge_peer *p = k->peer;
	while (has_room(p) && cursor_unacked(c) < BRIDGE_WINDOW) {
		buf_clear(&p->bridge->text);
		if (!bridge_tap_take(t, c, &p->bridge->lines, &p->bridge->text))
			break;
		bridge_peer_send(p);
	}
	if (bridge_tap_due_ms(t) && has_room(p))
		bridge_pace(p->bridge, bridge_tap_due_ms(t));
}

static void pump_tap(struct bridge_consumer *k, struct bridge_tap *t)
{
	struct cursor *c = cursor_of(k, bridge_tap_channel(t));
	if (c)
		pump(k, t, c);
}

void bridge_consumer_pump(struct bridge_consumer *k)
{
	for (struct map_at at = map_first(&k->taps); at.value; at = map_next(at))
		pump_tap(k, at.value);
}

void bridge_consumer_pace(struct bridge_consumer *k, uint64_t now_ms)
{
	for (struct map_at at = map_first(&k->taps); at.value; at = map_next(at)) {
		uint64_t due = bridge_tap_due_ms(at.value);
		if (due && due <= now_ms)
			pump_tap(k, at.value);
		else if (due)
			bridge_pace(k->peer->bridge, due);
	}
}

void bridge_consumer_minute(struct bridge_consumer *k)
{
	for (struct map_at at = map_first(&k->taps); at.value; at = map_next(at)) {
		if (cursor_of(k, bridge_tap_channel(at.value)))
			continue;
		map_take(&k->taps, bridge_tap_channel(at.value));
		free(at.value);
	}
}

static void on_ready(void *owner, struct cursor *c)
{
	struct bridge_consumer *k = owner;
	if (k->peer->state == BRIDGE_PEER_JOINED)
		pump(k, get_tap(k, stream_channel(cursor_stream(c))), c);
}

bool bridge_consumer_ack(struct bridge_consumer *k, const struct bridge_ack *ack)
{
	struct cursor *c = cursor_of(k, ack->channel);
	if (!c || (ack->has_epoch && ack->epoch != stream_epoch(cursor_stream(c))) ||
		!cursor_ack(c, ack->seq))
		return false;
	pump(k, get_tap(k, ack->channel), c);
	return true;
}

// --- is there room? ---

static void put_name(struct buf *out, const struct bridge_greeting *g)
{
	buf_str(out, g->side == BRIDGE_MOD ? "mod:" : "bot:");
	buf_span(out, g->id);
}

static enum stream_towards towards_of(const struct bridge_greeting *g)
{
	return g->side == BRIDGE_MOD ? STREAM_TO_MODS : STREAM_TO_BOTS;
}

struct room {
	struct streams *all;
	enum stream_towards towards;
	struct span name;
	size_t streams; // that can still be made
	const char *full;
};

static void try_stream(void *to, struct stream *s)
{
	struct room *r = to;
	if (!cursor_fits(s, r->name))
		r->full = "Too many receivers.";
}

// A new one that is named twice counts twice.
static void try_channel(struct room *r, struct span channel)
{
	struct stream *s = streams_find(r->all, r->towards, channel);
	if (s)
		try_stream(r, s);
	else if (!r->streams)
		r->full = "Too many channels.";
	else
		r->streams--;
}

static void try_all(struct room *r)
{
	if (!streams_may_follow(r->all, r->towards, r->name))
		r->full = "Too many bots.";
	else
		streams_each(r->all, r->towards, try_stream, r);
}

const char *bridge_consumer_finds_full(
	struct streams *all, const struct bridge_greeting *g, const struct bridge_wish *w)
{
	struct buf name = {0};
	put_name(&name, g);
	struct room r = {all, towards_of(g), buf_bytes(&name), streams_room(all), NULL};
	if (g->side == BRIDGE_MOD)
		try_channel(&r, g->channel);
	else if (w->follows)
		try_all(&r);
	else
		for (size_t i = 0; i < w->channels->n; i++)
			try_channel(&r, value_text(value_at(w->channels, i)));
	buf_fini(&name);
	return r.full;
}

// --- opening ---

static struct cursor_spec spec_of(struct bridge_consumer *k)
{
	return (struct cursor_spec){.name = bridge_consumer_name(k),
		.from_start = !k->from_end,
		.ready = on_ready,
		.owner = k};
}

static void open_channel(struct bridge_consumer *k, struct span channel)
{
	struct stream *s = streams_open(k->all, k->towards, channel);
	struct cursor_spec spec = spec_of(k);
	bool is_new;
	ensure(s && cursor_open(s, &spec, &is_new));
	bridge_tap_opened(get_tap(k, channel), is_new);
}

static void note_followed(void *to, struct stream *s)
{
	struct bridge_consumer *k = to;
	bool is_new = !cursor_find(s, bridge_consumer_name(k));
	bridge_tap_opened(get_tap(k, stream_channel(s)), is_new);
}

static void follow(struct bridge_consumer *k)
{
	struct cursor_spec spec = spec_of(k);
	streams_each(k->all, k->towards, note_followed, k);
	ensure(streams_follow(k->all, k->towards, &spec));
}

// What it has had from us, whether or not we have heard so.  Numbers of another epoch mean nothing.
static void resume(struct bridge_consumer *k, const struct bridge_wish *w)
{
	for (size_t i = 0; i < bridge_resumes(w); i++) {
		struct bridge_resume r = bridge_resume_at(w, i);
		struct cursor *c = cursor_of(k, r.channel);
		if (c && stream_epoch(cursor_stream(c)) == r.epoch)
			(void)cursor_ack(
				c, r.seq); // beyond the end: it lives in a copy of another time
	}
}

struct bridge_consumer *bridge_consumer_open(struct bridge_peer *p, const struct bridge_wish *w)
{
	struct buf name = {0};
	put_name(&name, &p->greeting);
	struct bridge_consumer *k = mem_zalloc(sizeof *k + name.n + 1);
	char *at = k->name;
	span_put(&at, buf_bytes(&name));
	buf_fini(&name);
	k->peer = p;
	k->all = p->bridge->streams;
	k->towards = towards_of(&p->greeting);
	k->from_end = w->from_end;
	k->limit = w->limit;
	k->follows = w->follows;
	if (p->greeting.side == BRIDGE_MOD)
		open_channel(k, p->greeting.channel);
	else if (w->follows)
		follow(k);
	else
		for (size_t i = 0; i < w->channels->n; i++)
			open_channel(k, value_text(value_at(w->channels, i)));
	resume(k, w);
	return k;
}

void bridge_consumer_close(struct bridge_consumer *k)
{
	if (!k)
		return;
	for (struct map_at at = map_first(&k->taps); at.value; at = map_next(at)) {
		struct cursor *c = cursor_of(k, bridge_tap_channel(at.value));
		if (c)
			cursor_close(c, k);
	}
	if (k->follows)
		streams_unfollow(k->all, k->towards, bridge_consumer_name(k), k);
	for (struct map_at at = map_first(&k->taps); at.value; at = map_next(at))
		free(at.value);
	map_fini(&k->taps);
	free(k);
}

void bridge_consumer_welcome(struct bridge_consumer *k, struct buf *out)
{
	unsigned n = 0;
	bridge_put_welcome(out, k->peer->greeting.side);
	for (struct map_at at = map_first(&k->taps); at.value; at = map_next(at)) {
		struct cursor *c = cursor_of(k, bridge_tap_channel(at.value));
		if (!c || n >= BRIDGE_CHANNELS_MAX)
			continue;
		const struct stream *s = cursor_stream(c);
		bridge_put_queue_row(out,
			&(struct bridge_queue_row){.channel = stream_channel(s),
				.epoch = stream_epoch(s),
				.acked = cursor_acked(c),
				.last = stream_last(s),
				.waiting = cursor_waiting(c),
				.is_new = bridge_tap_is_new(at.value)},
			n++ == 0);
	}
	bridge_put_welcome_end(out);
}
