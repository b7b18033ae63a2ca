// SPDX-License-Identifier: MIT
// The bridge's streams over a real store, senders that write down their answers and consumers that
// write down what they are given, as text.
#pragma once
#include "../store/store_bed.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/streams.h"
#include <stdio.h>
#include <stdlib.h>

enum { RIG_NOW_MS = 1000000, RIG_MINUTE_MS = 60000 };
#define RIG_WALL_US UINT64_C(1767323045000000)

struct rig {
	struct bed *b;
	struct streams *all;
	struct streams_config config;
	struct buf said; // answers to senders
	struct buf got;  // what a consumer was given
	int readies;     // how often a consumer was called
	int kicks;
	uint64_t ms, us;
};

static inline void rig_pass_ms(struct rig *r, uint64_t ms)
{
	r->ms += ms;
	r->us += ms * 1000;
	clock_set(r->ms, r->us);
}

static inline void rig_kick(void *owner, uint64_t id, enum store_result result)
{
	struct rig *r = owner;
	(void)id, (void)result;
	if (r->kicks-- > 0)
		store_put(r->b->s, SPAN("rig"), SPAN("k"), SPAN("v"), rig_kick, r);
}

// Until all is on the disk.  An acknowledgement is followed by a floor, and that by a removal; so
// that none of them waits for company, there is always some.
static inline void rig_settle(struct rig *r)
{
	r->kicks = 4;
	rig_kick(r, 0, STORE_OK);
	loop_run(&r->b->loop);
}

static inline int rig_set_up(void **state)
{
	struct rig *r = mem_zalloc(sizeof *r);
	void *b = *state;
	log_threshold = LOG_CRITICAL;
	bed_set_up(&b);
	r->b = b;
	r->ms = RIG_NOW_MS;
	r->us = RIG_WALL_US;
	clock_set(r->ms, r->us);
	r->config = STREAMS_DEFAULT;
	r->all = streams_new(r->b->s, &r->config);
	for (int m = METRIC_BRIDGE_QUEUE_DEPTH; m <= METRIC_BRIDGE_QUEUE_DUPLICATES; m++)
		metric_set((enum metric)m, 0);
	*state = r;
	return 0;
}

static inline int rig_tear_down(void **state)
{
	struct rig *r = *state;
	void *b = r->b;
	streams_free(r->all);
	bed_tear_down(&b);
	buf_fini(&r->said);
	buf_fini(&r->got);
	free(r);
	return 0;
}

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

// What was asked of the store until now becomes a job of its own.
static inline void rig_start_job(struct rig *r)
{
	r->kicks = 1;
	rig_kick(r, 0, STORE_OK); // what waits for company has it
	struct turn_end *e = container_of(r->b->loop.turn_ends.next, struct turn_end, link);
	e->run(e);
}

// As a clean end and a new start do.
static inline void rig_restart(struct rig *r)
{
	streams_free(r->all);
	bed_reopen(r->b);
	clock_set(r->ms, r->us);
	r->all = streams_new(r->b->s, &r->config);
}

static inline struct stream *rig_stream(struct rig *r)
{
	struct stream *s = streams_open(r->all, STREAM_TO_BOTS, SPAN("123"));
	assert_non_null(s);
	return s;
}

// ---- senders: "a:kept1 b:duplicate1 "

static inline const char *rig_word(enum stream_result result)
{
	static const char *const words[] = {[STREAM_KEPT] = "kept",
		[STREAM_DUPLICATE] = "duplicate",
		[STREAM_LATER] = "later",
		[STREAM_FAILED] = "failed",
		[STREAM_FULL] = "full",
		[STREAM_TOO_BIG] = "big"};
	return words[result];
}

static inline void rig_note(struct rig *r, char who, enum stream_result result, uint64_t seq)
{
	buf_printf(&r->said, "%c:%s", who, rig_word(result));
	if (seq)
		buf_int(&r->said, (int64_t)seq);
	buf_char(&r->said, ' ');
}

static inline void rig_done(void *owner, uint64_t token, enum stream_result result, uint64_t seq)
{
	rig_note(owner, (char)token, result, seq);
}

static inline enum stream_result rig_append(
	struct rig *r, struct stream *s, const char *id, struct span text)
{
	struct stream_message m = {.from = SPAN("mod:s"),
		.msg_id = span_str(id),
		.received_us = clock_wall_us(),
		.text = text};
	uint64_t seq;
	enum stream_result result = stream_append(
		s, &m, &(struct stream_sender){rig_done, r, (unsigned char)id[0]}, &seq);
	if (result != STREAM_LATER)
		rig_note(r, id[0], result, seq);
	return result;
}

// Each letter is an id and its text.
static inline void rig_send(struct rig *r, struct stream *s, const char *letters)
{
	for (; *letters; letters++) {
		char id[2] = {*letters, 0};
		(void)!rig_append(r, s, id, span_of(letters, 1));
	}
}

static inline void rig_check_said(struct rig *r, const char *want)
{
	rig_settle(r);
	check_text(buf_bytes(&r->said), want);
	buf_clear(&r->said);
}

static inline void rig_send_all(struct rig *r, struct stream *s, const char *letters)
{
	rig_send(r, s, letters);
	rig_settle(r);
	buf_clear(&r->said);
}

// ---- consumers: "1=a 2=b gap3-5:count "

static inline void rig_ready(void *owner, struct cursor *c)
{
	struct rig *r = owner;
	(void)c;
	r->readies++;
}

static inline struct cursor *rig_cursor_at(
	struct rig *r, struct stream *s, const char *name, bool from_start)
{
	bool is_new;
	struct cursor *c = cursor_open(
		s, &(struct cursor_spec){span_str(name), from_start, rig_ready, r}, &is_new);
	assert_non_null(c);
	return c;
}

static inline struct cursor *rig_cursor(struct rig *r, struct stream *s)
{
	return rig_cursor_at(r, s, "bot:1", true);
}

static inline void rig_check_given(struct rig *r, struct cursor *c, const char *want)
{
	struct cursor_item it;
	for (enum cursor_got got; (got = cursor_next(c, &it)) != CURSOR_NOTHING;) {
		if (got == CURSOR_GAP) {
			assert_int_equal(it.gap.lost, it.gap.to - it.gap.from + 1);
			buf_printf(&r->got, "gap%llu-%llu:%s ", (unsigned long long)it.gap.from,
				(unsigned long long)it.gap.to, stream_why_word(it.gap.why));
			cursor_given(c, it.gap.to);
		} else {
			buf_printf(&r->got, "%llu=%.*s ", (unsigned long long)it.entry.seq,
				(int)min_size(it.entry.text.n, 8), it.entry.text.p);
			cursor_given(c, it.entry.seq);
		}
	}
	check_text(buf_bytes(&r->got), want);
	buf_clear(&r->got);
}

static inline void rig_ack(struct rig *r, struct cursor *c, uint64_t seq)
{
	assert_true(cursor_ack(c, seq));
	rig_settle(r);
}

// ---- the store

static inline void rig_count_row(void *owner, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(int *)owner;
}

static inline int rig_records(struct rig *r, const char *table)
{
	int n = 0;
	store_scan(r->b->s, span_str(table), rig_count_row, NULL, &n);
	loop_run(&r->b->loop);
	return n;
}
