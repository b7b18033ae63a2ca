// SPDX-License-Identifier: MIT
// Changes the back end cannot write: held in memory, seen by scans, written when it can again.
// Every back end.
#include "store_bed.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include <stdio.h>
#include <stdlib.h>

// Lets the loop live and turn until it is so.
static void turn_until(struct bed *b, bool (*is_so)(struct bed *))
{
	for (int i = 0; i < 4000 && !is_so(b); i++) {
		uv_sleep(5);
		loop_again(&b->loop);
		uv_run(&b->loop.uv, UV_RUN_NOWAIT);
	}
	assert_true(is_so(b));
}

static bool is_well(struct bed *b)
{
	struct buf words = {0};
	bool well = store_health(b->s, &words);
	buf_fini(&words);
	return well;
}

static void held_changes_are_answered_so_and_seen_by_scans(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "a", "1");
	bed_put_quietly(b, "t", "c", "1");
	loop_run(&b->loop);
	store_hold_next(b->s, 1);
	bed_put(b, "t", "b", "2");
	bed_put(b, "t", "a", "2");
	bed_take(b, "t", "c");
	bed_check_said(b, "3:held 4:held 5:held ");
	bed_check_rows(b, "t", "a=2 b=2 ");
	bed_check_health(b, false, "held in memory until they can be written (3 now)");
	assert_int_equal(metric_get(METRIC_STORE_HELD), 3);
}

static void what_is_held_is_written_with_the_next_who_waits(void **state)
{
	struct bed *b = *state;
	int64_t writes = metric_get(METRIC_STORE_WRITES),
		failures = metric_get(METRIC_STORE_FAILURES);
	store_hold_next(b->s, 2);
	bed_put(b, "t", "a", "1");
	bed_check_said(b, "1:held ");
	bed_put(b, "t", "b", "2");
	bed_check_said(b, "2:held ");
	assert_int_equal(metric_get(METRIC_STORE_FAILURES) - failures, 2);
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "3:ok ");
	bed_check_health(b, true, "");
	assert_int_equal(metric_get(METRIC_STORE_WRITES) - writes, 1);
	assert_int_equal(metric_get(METRIC_STORE_HELD), 0);
	if (b->backend->durable)
		bed_reopen(b);
	bed_check_rows(b, "t", "a=1 b=2 c=3 ");
}

static void it_is_tried_again_though_nobody_asks(void **state)
{
	struct bed *b = *state;
	int64_t failures = metric_get(METRIC_STORE_FAILURES);
	store_hold_next(b->s, 1);
	bed_put_quietly(b, "t", "a", "1");
	loop_run(&b->loop);
	bed_check_health(b, false, "(1 now)");
	turn_until(b, is_well);
	assert_int_equal(metric_get(METRIC_STORE_FAILURES) - failures, 1);
	if (b->backend->durable)
		bed_reopen(b);
	bed_check_rows(b, "t", "a=1 ");
}

// Between two attempts the disk is left alone, however much is said.
static void what_nobody_waits_for_does_not_try_the_disk(void **state)
{
	struct bed *b = *state;
	int64_t failures = metric_get(METRIC_STORE_FAILURES);
	store_hold_next(b->s, 1);
	bed_put_quietly(b, "t", "a", "1");
	loop_run(&b->loop);
	for (int i = 0; i < 3; i++) {
		bed_put_quietly(b, "t", "b", "2");
		store_put_soon(b->s, SPAN("t"), SPAN("c"), SPAN("3"), bed_done, b);
		loop_run(&b->loop);
	}
	check_text(buf_bytes(&b->said), "3:held 5:held 7:held ");
	buf_clear(&b->said);
	assert_int_equal(metric_get(METRIC_STORE_FAILURES) - failures, 1);
	bed_check_health(b, false, "(3 now)");
	bed_check_rows(b, "t", "a=1 b=2 c=3 ");
}

static void close_writes_what_is_held(void **state)
{
	struct bed *b = *state;
	store_hold_next(b->s, 1);
	bed_put(b, "t", "a", "1");
	bed_check_said(b, "1:held ");
	if (!b->backend->durable)
		return;
	bed_reopen(b);
	bed_check_rows(b, "t", "a=1 ");
}

static void a_record_taken_back_was_never_there(void **state)
{
	struct bed *b = *state;
	store_hold_next(b->s, 1);
	bed_put(b, "t", "a", "1");
	bed_check_said(b, "1:held ");
	bed_take(b, "t", "a");
	bed_check_said(b, "2:ok ");
	bed_check_rows(b, "t", "");
}

static void changes_that_can_never_be_written_do_not_take_held_ones_with_them(void **state)
{
	struct bed *b = *state;
	store_hold_next(b->s, 1);
	bed_put(b, "t", "a", "1");
	bed_check_said(b, "1:held ");
	store_fail_next(b->s, 1);
	bed_put(b, "t", "b", "2");
	bed_check_said(b, "2:failed ");
	bed_check_rows(b, "t", "a=1 ");
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "4:ok ");
	bed_check_rows(b, "t", "a=1 c=3 ");
}

static void a_retry_that_fails_is_not_made_again_at_once(void **state)
{
	struct bed *b = *state;
	int64_t failures = metric_get(METRIC_STORE_FAILURES);
	store_hold_next(b->s, 1);
	bed_put_quietly(b, "t", "a", "1");
	loop_run(&b->loop);
	store_fail_next(b->s, 1);
	turn_until(b, is_well);
	assert_int_equal(metric_get(METRIC_STORE_FAILURES) - failures, 2);
	bed_check_rows(b, "t", "a=1 ");
}

static void a_scan_that_fails_leaves_what_is_held(void **state)
{
	struct bed *b = *state;
	store_hold_next(b->s, 1);
	bed_put_quietly(b, "t", "a", "1");
	loop_run(&b->loop);
	store_fail_next(b->s, 1);
	store_scan(b->s, SPAN("t"), bed_row, bed_done, b);
	bed_check_said(b, "2:failed ");
	bed_check_rows(b, "t", "a=1 ");
}

// --- bounds

struct tally {
	int of[STORE_HELD + 1];
};

static void count(void *owner, uint64_t id, enum store_result r)
{
	struct tally *t = owner;
	(void)id;
	t->of[r]++;
}

// Megabytes, each under a key of its own.
static void put_big(struct bed *b, struct tally *t, int n, bool soon)
{
	char *big = mem_zalloc(STORE_VALUE_MAX_BYTES);
	struct span value = span_of(big, STORE_VALUE_MAX_BYTES);
	store_hold_next(b->s, 1000); // those tried again in between, too
	for (int i = 0; i < n; i++) {
		char key[8];
		snprintf(key, sizeof key, "%c%03d", soon ? 's' : 'f', i);
		if (soon) {
			store_put_soon(b->s, SPAN("big"), span_str(key), value, count, t);
			store_take(b->s, SPAN("t"), SPAN("none"), NULL, NULL); // ends its wait
		} else {
			store_put(b->s, SPAN("big"), span_str(key), value, count, t);
		}
		loop_run(&b->loop);
	}
	free(big);
}

static void what_is_held_is_bounded_and_the_rest_refused(void **state)
{
	struct bed *b = *state;
	enum { MIB = STORE_HELD_MAX_BYTES / STORE_VALUE_MAX_BYTES };
	struct tally soon = {0}, firm = {0};
	int64_t lost = metric_get(METRIC_STORE_LOST);
	put_big(b, &soon, MIB / 2 + 3, true);
	assert_int_equal(soon.of[STORE_HELD], MIB / 2 - 1); // keys take room, too
	assert_int_equal(soon.of[STORE_FAILED], 4);
	put_big(b, &firm, MIB / 2 + 3, false); // the other half is theirs alone
	assert_int_equal(firm.of[STORE_HELD], MIB / 2);
	assert_int_equal(firm.of[STORE_FAILED], 3);
	assert_int_equal(metric_get(METRIC_STORE_LOST) - lost, 7);
	bed_check_health(b, false, "there is room for no more");
	bed_put(b, "big", "f000", "small"); // instead of a large one
	bed_check_said(b, "106:held ");
	store_hold_next(b->s, 0);
	bed_put(b, "t", "k", "v"); // does not make us write as much again and again
	bed_check_said(b, "107:held ");
	turn_until(b, is_well);
	bed_put(b, "t", "k", "v");
	bed_check_said(b, "108:ok ");
}

static void changes_of_one_turn_are_held_together_or_not_at_all(void **state)
{
	struct bed *b = *state;
	struct tally t = {0};
	put_big(b, &t, STORE_HELD_MAX_BYTES / STORE_VALUE_MAX_BYTES - 1, false);
	char *big = mem_zalloc(STORE_VALUE_MAX_BYTES);
	buf_clear(&b->said);
	bed_put(b, "t", "small", "1");
	store_put(b->s, SPAN("t"), SPAN("large"), span_of(big, STORE_VALUE_MAX_BYTES), bed_done, b);
	bed_check_said(b, "64:failed 65:failed ");
	bed_check_rows(b, "t", "");
	free(big);
}

// --- whatever happens, it is as if nothing had

enum { KEYS = 12, STEPS = 60, ROUNDS = 150, ROUNDS_ON_DISK = 25 };

struct twin { // the same calls to a store that is always well
	struct bed *b;
	struct loop loop;
	struct store *s;
	struct buf said;
	uint32_t dice;
};

static uint32_t roll(struct twin *t, uint32_t sides) // the same in every run
{
	t->dice = t->dice * 1664525 + 1013904223;
	return (t->dice >> 16) % sides;
}

static struct span some_key(struct twin *t, char *out)
{
	uint32_t n = roll(t, KEYS + 1);
	*out = (char)('a' + n);
	return span_of(out, n > 0); // now and then the empty one
}

static void twin_row(void *owner, struct span key, struct span value)
{
	buf_printf(owner, "%.*s=%.*s ", (int)key.n, key.p, (int)value.n, value.p);
}

static void compare(struct twin *t, const struct store_range *r)
{
	struct buf want = {0}, got = {0};
	store_range(t->s, r, twin_row, NULL, &want);
	store_range(t->b->s, r, twin_row, NULL, &got);
	loop_run(&t->loop);
	loop_run(&t->b->loop);
	check_bytes(buf_bytes(&got), buf_bytes(&want));
	buf_fini(&want);
	buf_fini(&got);
}

static void change(struct twin *t, const struct store_range *r, uint32_t step)
{
	char value[8];
	snprintf(value, sizeof value, "%u", step);
	struct store *both[] = {t->s, t->b->s};
	uint32_t kind = roll(t, 8), keep = roll(t, 2) ? roll(t, 5) : 0;
	for (int i = 0; i < 2; i++)
		if (kind < 5)
			store_put(both[i], r->table, r->from, span_str(value), NULL, NULL);
		else if (kind < 7)
			store_take(both[i], r->table, r->from, NULL, NULL);
		else
			store_trim(both[i], r, keep, NULL, NULL);
}

static void get_well(struct twin *t)
{
	store_hold_next(t->b->s, 0);
	bed_take(t->b, "t", "none"); // somebody waits: all is written
	loop_run(&t->b->loop);
	assert_true(is_well(t->b));
}

static void one_round(struct twin *t)
{
	for (uint32_t step = 0; step < STEPS; step++) {
		char from, to;
		struct store_range r = {.table = roll(t, 6) ? SPAN("t") : SPAN("u"),
			.from = some_key(t, &from),
			.to = some_key(t, &to),
			.limit = roll(t, 2) ? roll(t, 6) : 0,
			.backwards = roll(t, 2)};
		if (step % 20 == 5)
			store_hold_next(t->b->s, 1000);
		else if (step % 20 == 0)
			get_well(t);
		change(t, &r, step);
		if (roll(t, 3) == 0)
			compare(t, &r);
	}
	compare(t, &(struct store_range){.table = SPAN("t")});
	get_well(t);
	compare(t, &(struct store_range){.table = SPAN("t"), .backwards = true});
	compare(t, &(struct store_range){.table = SPAN("u")});
}

static void a_disk_that_comes_and_goes_is_not_noticed(void **state)
{
	struct bed *b = *state;
	struct twin t = {.b = b};
	struct buf why = {0};
	loop_init(&t.loop);
	t.s = store_open(&t.loop, &(struct store_config){.backend = "memory"}, &why);
	assert_non_null(t.s);
	uint32_t rounds = b->backend->durable ? ROUNDS_ON_DISK : ROUNDS;
	for (uint32_t round = 0; round < rounds; round++) {
		t.dice = round;
		one_round(&t);
	}
	store_close(t.s);
	loop_fini(&t.loop);
}

static const struct CMUnitTest tests[] = {
	BED_TEST(held_changes_are_answered_so_and_seen_by_scans),
	BED_TEST(what_is_held_is_written_with_the_next_who_waits),
	BED_TEST(it_is_tried_again_though_nobody_asks),
	BED_TEST(what_nobody_waits_for_does_not_try_the_disk),
	BED_TEST(close_writes_what_is_held),
	BED_TEST(a_record_taken_back_was_never_there),
	BED_TEST(changes_that_can_never_be_written_do_not_take_held_ones_with_them),
	BED_TEST(a_retry_that_fails_is_not_made_again_at_once),
	BED_TEST(a_scan_that_fails_leaves_what_is_held),
	BED_TEST(what_is_held_is_bounded_and_the_rest_refused),
	BED_TEST(changes_of_one_turn_are_held_together_or_not_at_all),
	BED_TEST(a_disk_that_comes_and_goes_is_not_noticed),
};

int main(void)
{
	int failed = 0;
	log_threshold = LOG_CRITICAL; // the failures here are meant
	for (const struct store_backend *const *it = stores; *it; it++)
		failed += bed_run_tests(*it, tests, countof(tests));
	return failed;
}
