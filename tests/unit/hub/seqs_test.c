// SPDX-License-Identifier: MIT
// The list of numbers against an array that never forgets.
#include "check.h"

#include "base/mem.h"
#include "hub/seqs.h"
#include <stdlib.h>

enum { STEPS = 300000 };

struct bed {
	struct seqs seqs;
	uint64_t at[STEPS]; // all ever put and not dropped, in order
	size_t first, end;
	uint64_t seed;
};

static int setup(void **state)
{
	struct bed *b = *state = mem_zalloc(sizeof *b);
	b->seed = 1;
	return 0;
}

static int teardown(void **state)
{
	struct bed *b = *state;
	seqs_fini(&b->seqs);
	free(b);
	return 0;
}

static uint64_t below(struct bed *b, uint64_t n)
{
	b->seed = b->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (b->seed >> 33) % n;
}

static void put(struct bed *b, uint64_t seq)
{
	seqs_put(&b->seqs, seq);
	b->at[b->end++] = seq;
	assert_in_range(b->seqs.used, 1, SEQS_MAX_BYTES);
	assert_in_range(b->seqs.cap, 1, SEQS_MAX_BYTES);
	while (b->end - b->first > b->seqs.n) // there was no room
		b->first++;
}

static void check_above(struct bed *b, uint64_t seq)
{
	struct seqs_count got = seqs_above(&b->seqs, seq), want = {0};
	for (size_t i = b->first; i < b->end; i++) {
		if (b->at[i] <= seq)
			continue;
		want.from = want.n && want.from < b->at[i] ? want.from : b->at[i];
		want.to = want.to > b->at[i] ? want.to : b->at[i];
		want.n++;
	}
	assert_int_equal(got.n, want.n);
	assert_int_equal(got.from, want.from);
	assert_int_equal(got.to, want.to);
}

static void drop(struct bed *b, uint64_t seq)
{
	while (b->first < b->end && b->at[b->first] <= seq)
		b->first++;
}

// Numbers grow, but not strictly: ranks are let go of at different times.
static void it_is_as_an_array_would_be(void **state)
{
	struct bed *b = *state;
	uint64_t seq = UINT64_C(1767323045000000), step[] = {2, 50, 100000, UINT64_C(1) << 40};
	for (int i = 0; i < STEPS; i++) {
		seq += 1 + below(b, step[i / 1000 % 4]);
		put(b, seq - below(b, 8) * below(b, 100));
		if (i % 5000 == 4999)
			check_above(b, b->at[b->first + below(b, b->end - b->first)]);
		if (below(b, 20000) == 0) {
			uint64_t to = b->at[b->first + below(b, b->end - b->first)];
			drop(b, to);
			if (below(b, 2))
				seqs_drop(&b->seqs, to);
			else
				seqs_forget(&b->seqs, to);
			assert_int_equal(b->seqs.n, b->end - b->first);
			check_above(b, 0);
		}
	}
	check_above(b, 0);
}

static void what_there_was_no_room_for_is_known_to_be_missing(void **state)
{
	struct bed *b = *state;
	for (uint64_t seq = 1; !b->seqs.forgotten; seq++)
		put(b, seq * 1000); // two bytes each
	assert_in_range(b->seqs.n, 12000, SEQS_MAX_BYTES);
	assert_int_equal(b->seqs.forgotten + 1000, b->at[b->first]);
	uint64_t forgotten = b->seqs.forgotten;
	seqs_fini(&b->seqs);
	assert_int_equal(b->seqs.forgotten, forgotten);
}

static void the_greatest_numbers_fit(void **state)
{
	struct bed *b = *state;
	const uint64_t some[] = {
		UINT64_MAX, 0, UINT64_MAX / 2, UINT64_MAX / 2 + 1, 1, UINT64_MAX - 1};
	for (int i = 0; i < 1000; i++)
		put(b, some[i % (int)countof(some)]);
	check_above(b, 0);
	check_above(b, UINT64_MAX / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_as_an_array_would_be, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_there_was_no_room_for_is_known_to_be_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(the_greatest_numbers_fit, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
