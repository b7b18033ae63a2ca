// SPDX-License-Identifier: MIT
// The tape against a list that never forgets.
#include "check.h"

#include "base/mem.h"
#include "hub/tape.h"
#include <stdlib.h>

enum { STEPS = 200000, SENT_MAX = STEPS, TTL = 5000 };

static struct tape_limits limits = {.count = 20, .bytes = 400, .ttl_us = TTL};

struct bed {
	struct tape_room all;
	struct tape tape;
	uint64_t seq;
};

static void put(struct bed *b, enum tape_rank rank, size_t bytes, bool sent)
{
	char text[64] = {0};
	struct tape_record *r = tape_record_new(
		&b->all, ++b->seq, (struct tape_kind){rank, 0}, span_of(text, bytes ? bytes : 1));
	tape_put(&b->tape, &limits, r, sent);
	tape_record_unref(&b->all, r);
}

static int setup(void **state)
{
	struct bed *b = *state = mem_zalloc(sizeof *b);
	tape_init(&b->tape, &b->all);
	limits = (struct tape_limits){.count = 20, .bytes = 400, .ttl_us = TTL};
	return 0;
}

static int teardown(void **state)
{
	struct bed *b = *state;
	tape_fini(&b->tape);
	assert_int_equal(b->all.bytes, 0);
	free(b);
	return 0;
}

#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static uint64_t take(struct bed *b)
{
	struct tape_record *r = tape_next(&b->tape);
	if (!r)
		return 0;
	tape_sent(&b->tape, r);
	return r->seq;
}

static void what_was_not_seen_is_sent_again_in_order_of_number(void **state)
{
	struct bed *b = *state;
	put(b, TAPE_HIGH, 10, true);
	put(b, TAPE_LOW, 10, true);
	put(b, TAPE_NORMAL, 10, true);
	put(b, TAPE_LOW, 10, true);
	assert_null(tape_next(&b->tape));
	tape_rewind(&b->tape, 1);
	assert_int_equal(tape_waiting(&b->tape), 3);
	assert_int_equal(take(b), 2);
	assert_int_equal(take(b), 3);
	assert_int_equal(take(b), 4);
	assert_int_equal(take(b), 0);
	assert_false(tape_has_gap(&b->tape));
}

static void the_lowest_rank_goes_first_and_the_oldest_of_it(void **state)
{
	struct bed *b = *state;
	limits.count = 3;
	put(b, TAPE_HIGH, 1, false);
	put(b, TAPE_LOW, 1, false);
	put(b, TAPE_NORMAL, 1, false);
	put(b, TAPE_HIGH, 1, false);
	put(b, TAPE_HIGH, 1, false);
	assert_int_equal(take(b), 1);
	assert_int_equal(take(b), 4);
	assert_int_equal(take(b), 5);
	struct tape_gap gap = tape_take_gap(&b->tape);
	assert_int_equal(gap.lost, 2);
	assert_int_equal(gap.from, 2);
	assert_int_equal(gap.to, 3);
	assert_false(gap.unknown);
}

static void what_is_seen_is_let_go_of_and_is_no_gap(void **state)
{
	struct bed *b = *state;
	for (int i = 0; i < 5; i++)
		put(b, TAPE_NORMAL, 10, true);
	tape_ack(&b->tape, 4);
	assert_int_equal(b->tape.n, 1);
	tape_rewind(&b->tape, 4);
	assert_int_equal(take(b), 5);
	assert_false(tape_has_gap(&b->tape));
}

static void what_was_sent_and_let_go_of_is_a_gap_only_for_who_has_not_seen_it(void **state)
{
	struct bed *b = *state;
	for (int i = 0; i < 100; i++)
		put(b, TAPE_NORMAL, 10, true);
	assert_int_equal(b->tape.n, 20);
	tape_rewind(&b->tape, 70); // 81 to 100 are there
	struct tape_gap gap = tape_take_gap(&b->tape);
	assert_int_equal(gap.lost, 10);
	assert_int_equal(gap.from, 71);
	assert_int_equal(gap.to, 80);
	assert_int_equal(take(b), 81);
}

static void a_gap_is_told_again_to_who_has_not_seen_what_came_behind_it(void **state)
{
	struct bed *b = *state;
	limits.count = 2;
	for (int i = 0; i < 5; i++)
		put(b, TAPE_NORMAL, 1, false);
	assert_int_equal(tape_take_gap(&b->tape).lost, 3);
	assert_int_equal(take(b), 4);
	tape_rewind(&b->tape, 0); // its connection broke before it read anything
	assert_int_equal(tape_take_gap(&b->tape).lost, 3);
	assert_int_equal(take(b), 4);
	tape_rewind(&b->tape, 4);
	assert_false(tape_has_gap(&b->tape));
	assert_int_equal(take(b), 5);
}

static void what_is_too_old_goes(void **state)
{
	struct bed *b = *state;
	put(b, TAPE_HIGH, 1, false);
	b->seq += 2 * TTL;
	put(b, TAPE_HIGH, 1, false);
	assert_int_equal(tape_take_gap(&b->tape).lost, 1);
	assert_int_equal(tape_waiting(&b->tape), 1);
	tape_forget_before(&b->tape, b->seq + 1);
	assert_int_equal(tape_take_gap(&b->tape).lost, 1);
	assert_int_equal(b->tape.bytes, 0);
}

static void a_count_that_is_not_known_any_more_says_so(void **state)
{
	struct bed *b = *state;
	for (int i = 0; i < 100; i++)
		put(b, TAPE_NORMAL, 10, true);
	tape_settle_before(&b->tape, 50);
	tape_rewind(&b->tape, 60);
	struct tape_gap gap = tape_take_gap(&b->tape);
	assert_int_equal(gap.lost, 20);
	assert_false(gap.unknown);
	for (int i = 0; i < 100; i++)
		put(b, TAPE_NORMAL, 10, true);
	tape_settle_before(&b->tape, 150);
	tape_rewind(&b->tape, 100);
	gap = tape_take_gap(&b->tape);
	assert_int_equal(gap.lost, 31); // 150 to 180
	assert_true(gap.unknown);
}

static void what_is_empty_takes_no_memory(void **state)
{
	struct bed *b = *state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			put(b, TAPE_NORMAL, 10, true);
		tape_forget_before(&b->tape, b->seq);
		assert_non_null(b->tape.reels[TAPE_NORMAL].at);
		tape_forget_before(&b->tape, b->seq + 1);
		assert_null(b->tape.reels[TAPE_NORMAL].at);
		tape_settle_before(&b->tape, b->seq - 10);
		assert_non_null(b->tape.gone.at);
		tape_rewind(&b->tape, b->seq - 10); // what is still there is right
		assert_int_equal(tape_take_gap(&b->tape).lost, 10);
		put(b, TAPE_NORMAL, 10, false);
		assert_int_equal(take(b), b->seq);
		put(b, TAPE_NORMAL, 10, true);
		tape_forget_before(&b->tape, b->seq + 1);
		tape_settle_before(&b->tape, b->seq + 1);
		assert_null(b->tape.gone.at);
	}
}

static void a_record_on_many_tapes_is_there_once(void **state)
{
	struct bed *b = *state;
	struct tape other;
	tape_init(&other, &b->all);
	struct tape_record *r =
		tape_record_new(&b->all, 1, (struct tape_kind){TAPE_NORMAL, 0}, SPAN("text"));
	tape_put(&b->tape, &limits, r, true);
	tape_put(&other, &limits, r, true);
	assert_int_equal(r->refs, 3);
	tape_record_unref(&b->all, r);
	assert_int_equal(b->all.bytes, sizeof *r + 4);
	tape_fini(&other);
	tape_ack(&b->tape, 1);
	assert_int_equal(b->all.bytes, 0);
}

// --- against a model: a client that is told everything exactly once, or how much it is not told ---

struct model {
	uint8_t *told;           // by number: 0 never made, 1 made, 2 received
	uint64_t seen;           // the client's last number
	uint64_t wire[SENT_MAX]; // on their way to the client: numbers, and gaps as their counts
	bool is_gap[SENT_MAX];
	size_t n_wire;
	uint64_t lost; // of the gaps it has read since its last message
	uint64_t missing, announced;
};

// The client reads so many of what is on its way.
static void read_some(struct model *m, size_t n)
{
	n = n < m->n_wire ? n : m->n_wire;
	for (size_t i = 0; i < n; i++) {
		if (m->is_gap[i]) {
			m->lost += m->wire[i];
			continue;
		}
		assert_true(m->wire[i] > m->seen); // in order, nothing twice
		assert_int_equal(m->told[m->wire[i]], 1);
		m->told[m->wire[i]] = 2;
		m->seen = m->wire[i];
		m->announced += m->lost;
		m->lost = 0;
	}
	memmove(m->wire, m->wire + n, (m->n_wire - n) * sizeof *m->wire);
	memmove(m->is_gap, m->is_gap + n, m->n_wire - n);
	m->n_wire -= n;
}

static void send(struct model *m, uint64_t what, bool gap)
{
	ensure(m->n_wire < SENT_MAX);
	m->wire[m->n_wire] = what;
	m->is_gap[m->n_wire++] = gap;
}

static void pump(struct bed *b, struct model *m, size_t n)
{
	for (uint64_t seq; n; n--) {
		if (tape_has_gap(&b->tape))
			send(m, tape_take_gap(&b->tape).lost, true);
		if (!(seq = take(b)))
			return;
		send(m, seq, false);
	}
}

static void every_message_is_received_once_or_counted_once(void **state)
{
	struct bed *b = *state;
	struct model *m = mem_zalloc(sizeof *m);
	bool live = true, away = false;
	m->told = mem_zalloc(STEPS + 1);
	srand(20261120);
	for (int step = 0; step < STEPS; step++) {
		int dice = rand() % 100;
		if (dice < 60) {
			put(b, (enum tape_rank)(rand() % TAPE_RANKS), (size_t)rand() % 40, live);
			m->told[b->seq] = 1;
			if (live)
				send(m, b->seq, false);
		} else if (dice < 75) {
			read_some(m, (size_t)rand() % 12);
		} else if (dice < 85) {
			if (!live && !away)
				pump(b, m, (size_t)rand() % 12);
			live = live || (!away && !tape_next(&b->tape) && !tape_has_gap(&b->tape));
		} else if (dice < 90) {
			tape_ack(&b->tape, m->seen);
		} else if (dice < 92) {
			live = false; // its outlet is full
		} else if (dice < 95) {
			live = false; // its connection is gone, and what was on its way with it
			away = true;
			m->n_wire = 0;
			m->lost = 0;
		} else if (dice < 98) {
			m->n_wire = 0;
			m->lost = 0;
			live = away = false;
			tape_rewind(&b->tape, m->seen);
		}
	}
	m->n_wire = 0;
	m->lost = 0;
	tape_rewind(&b->tape, m->seen);
	put(b, TAPE_HIGH, 1, false);
	m->told[b->seq] = 1;
	pump(b, m, SENT_MAX);
	read_some(m, SENT_MAX);
	for (uint64_t i = 1; i <= b->seq; i++)
		m->missing += m->told[i] != 2;
	assert_in_range(m->missing, 1000, STEPS); // there were some
	assert_int_equal(m->announced, m->missing);
	free(m->told);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(what_was_not_seen_is_sent_again_in_order_of_number),
		BED_TEST(the_lowest_rank_goes_first_and_the_oldest_of_it),
		BED_TEST(what_is_seen_is_let_go_of_and_is_no_gap),
		BED_TEST(what_was_sent_and_let_go_of_is_a_gap_only_for_who_has_not_seen_it),
		BED_TEST(a_gap_is_told_again_to_who_has_not_seen_what_came_behind_it),
		BED_TEST(what_is_too_old_goes),
		BED_TEST(a_count_that_is_not_known_any_more_says_so),
		BED_TEST(what_is_empty_takes_no_memory),
		BED_TEST(a_record_on_many_tapes_is_there_once),
		BED_TEST(every_message_is_received_once_or_counted_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
