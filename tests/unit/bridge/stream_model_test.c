// SPDX-License-Identifier: MIT
// A stream beside a model of a few arrays, over 100,000 operations at random: appends, some twice,
// acknowledgements, comings and goings, bounds, clearing, restarts and a store that fails.
#include "bridge_rig.h"

enum {
	OPERATIONS = 100000,
	OPERATIONS_ON_DISK = 3000,
	COUNT = 12, // bounds
	AGE_S = 300,
	CONSUMERS = 4,
	MESSAGES_MAX = 300000,
};

struct reader {
	struct cursor *c; // NULL: not here
	uint64_t acked, given;
	bool known; // it has a cursor, here or not
};

struct model {
	struct rig *r;
	struct stream *s;
	uint64_t seqs[MESSAGES_MAX];     // of a message by its number; 0: not kept
	uint32_t messages[MESSAGES_MAX]; // by seq
	uint64_t came_us[MESSAGES_MAX];  // by seq
	uint64_t last, floor;
	uint32_t next; // message
	struct reader readers[CONSUMERS];
	uint64_t kept, failed, duplicates, gaps, restarts; // how often
};

static uint32_t seed;
static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

static void on_done(void *owner, uint64_t message, enum stream_result result, uint64_t seq)
{
	struct model *m = owner;
	if (result == STREAM_FAILED) {
		assert_int_equal(m->seqs[message], 0);
		m->failed++;
		return;
	}
	if (result == STREAM_DUPLICATE) {
		assert_int_equal(m->seqs[message], seq);
		m->duplicates++;
		return;
	}
	assert_int_equal(result, STREAM_KEPT);
	assert_int_equal(seq, m->last + 1); // no holes, no number twice
	assert_int_equal(m->seqs[message], 0);
	m->last = seq;
	m->seqs[message] = seq;
	m->messages[seq] = (uint32_t)message;
	m->came_us[seq] = m->r->us;
	m->kept++;
	if (m->last - m->floor > COUNT) // the oldest goes for this one
		m->floor = m->last - COUNT;
}

static void append(struct model *m, uint32_t message)
{
	char id[16], text[32];
	uint64_t seq;
	snprintf(id, sizeof id, "%u", message);
	snprintf(text, sizeof text, "text of %u", message);
	struct stream_message msg = {SPAN("mod:s"), span_str(id), m->r->us, span_str(text)};
	enum stream_result result =
		stream_append(m->s, &msg, &(struct stream_sender){on_done, m, message}, &seq);
	if (result != STREAM_LATER)
		on_done(m, message, result, seq);
}

static void give(struct model *m, struct reader *rd)
{
	struct cursor_item it;
	char text[32];
	switch (cursor_next(rd->c, &it)) {
	case CURSOR_NOTHING: assert_int_equal(rd->given, m->last); return;
	case CURSOR_GAP:
		assert_int_equal(it.gap.from, rd->given + 1);
		assert_int_equal(it.gap.lost, it.gap.to - rd->given);
		assert_int_equal(it.gap.to, m->floor);
		assert_int_equal(it.gap.to_us, m->came_us[it.gap.to]);
		assert_true(it.gap.from_us <= m->came_us[it.gap.from]);
		rd->given = it.gap.to;
		m->gaps++;
		break;
	case CURSOR_ENTRY:
		assert_int_equal(it.entry.seq, rd->given + 1);
		assert_int_equal(it.entry.received_us, m->came_us[it.entry.seq]);
		snprintf(text, sizeof text, "text of %u", m->messages[it.entry.seq]);
		check_text(it.entry.text, text);
		rd->given = it.entry.seq;
	}
	cursor_given(rd->c, rd->given);
}

static void open_reader(struct model *m, int i)
{
	struct reader *rd = &m->readers[i];
	char name[16];
	bool is_new;
	snprintf(name, sizeof name, "bot:%d", i);
	rd->c = cursor_open(
		m->s, &(struct cursor_spec){span_str(name), i & 1, rig_ready, m->r}, &is_new);
	assert_non_null(rd->c);
	if (is_new)
		rd->acked = i & 1 ? m->floor : m->last;
	assert_int_equal(cursor_acked(rd->c), rd->acked);
	rd->given = rd->acked;
	rd->known = true;
}

// What must have gone, once all is on the disk.
static void settle(struct model *m)
{
	uint64_t least = UINT64_MAX;
	rig_settle(m->r);
	for (int i = 0; i < CONSUMERS; i++)
		if (m->readers[i].known && m->readers[i].acked < least)
			least = m->readers[i].acked;
	if (least != UINT64_MAX && least > m->floor)
		m->floor = least;
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), m->last - m->floor);
}

static void age(struct model *m)
{
	settle(m);
	rig_pass_ms(m->r, draw(AGE_S * 200));
	streams_minute(m->r->all);
	while (m->floor < m->last &&
		m->r->us - m->came_us[m->floor + 1] >= (uint64_t)AGE_S * 1000000)
		m->floor++;
}

static void restart(struct model *m)
{
	if (!m->r->b->backend->durable)
		return;
	settle(m);
	rig_restart(m->r);
	m->s = rig_stream(m->r);
	for (int i = 0; i < CONSUMERS; i++)
		m->readers[i].c = NULL;
	m->restarts++;
}

static void fail_writing(struct model *m)
{
	settle(m);
	store_fail_next(m->r->b->s, 1 + draw(3));
	for (uint32_t n = 1 + draw(5); n; n--)
		append(m, m->next++);
	rig_settle(m->r);
	for (int i = 0; i < 4; i++) { // until it works again
		streams_minute(m->r->all);
		rig_settle(m->r);
	}
}

static void read_one(struct model *m)
{
	struct reader *rd = &m->readers[draw(CONSUMERS)];
	uint32_t what = draw(16);
	if (!rd->c) {
		if (what < 4) {
			settle(m);
			open_reader(m, (int)(rd - m->readers));
		}
	} else if (what < 10) {
		settle(m);
		for (uint32_t n = draw(8); n; n--)
			give(m, rd);
	} else if (what < 14) {
		uint64_t seq = rd->given - (rd->given > 3 ? draw(4) : 0);
		assert_true(cursor_ack(rd->c, seq));
		rd->acked = seq > rd->acked ? seq : rd->acked;
		assert_false(cursor_ack(rd->c, m->last + 1 + draw(9)));
	} else if (what == 14) {
		cursor_close(rd->c, m->r);
		rd->c = NULL;
	} else {
		open_reader(m, (int)(rd - m->readers)); // taken over
	}
}

static void step(struct model *m)
{
	uint32_t what = draw(1000);
	if (what < 500)
		append(m, m->next++);
	else if (what < 650)
		append(m, m->next ? m->next - 1 - draw(m->next < 20 ? m->next : 20) : m->next++);
	else if (what < 980)
		read_one(m);
	else if (what < 990)
		age(m);
	else if (what < 994)
		restart(m);
	else if (what < 997)
		fail_writing(m);
	else {
		settle(m);
		assert_int_equal(stream_clear(m->s), m->last - m->floor);
		m->floor = m->last;
	}
}

static void a_stream_does_as_the_model_does(void **state)
{
	struct rig *r = *state;
	struct model *m = mem_zalloc(sizeof *m);
	int n = r->b->backend->durable ? OPERATIONS_ON_DISK : OPERATIONS;
	seed = 20260807;
	m->r = r;
	r->config.limits = (struct stream_limits){COUNT, AGE_S, 1 << 20};
	r->config.cursor_age_s = UINT32_MAX;
	streams_configure(r->all, &r->config);
	m->s = rig_stream(r);
	for (int i = 0; i < n; i++)
		step(m);
	settle(m);
	for (int i = 0; i < CONSUMERS; i++) {
		open_reader(m, i);
		while (m->readers[i].given < m->last)
			give(m, &m->readers[i]);
	}
	assert_int_equal(m->kept, m->last);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_APPENDED), m->kept);
	assert_true(m->failed > 5 && m->duplicates > 100 && m->gaps > 20);
	assert_true(!r->b->backend->durable || m->restarts > 5);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {RIG_TEST(a_stream_does_as_the_model_does)};
	int failed = 0;
	for (const struct store_backend *const *it = stores; *it; it++)
		failed += bed_run_tests(*it, tests, countof(tests));
	return failed;
}
