// SPDX-License-Identifier: MIT
// One suite for every row of tables/stores.tbl, and one for those rows that keep.
#include "store_bed.h"

#include "base/log.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>

static void answers_come_later_in_order_of_the_calls(void **state)
{
	struct bed *b = *state;
	assert_int_equal(store_put(b->s, SPAN("t"), SPAN("b"), SPAN("1"), bed_done, b), 1);
	assert_int_equal(store_scan(b->s, SPAN("t"), bed_row, bed_done, b), 2);
	assert_int_equal(store_take(b->s, SPAN("t"), SPAN("b"), bed_done, b), 3);
	assert_int_equal(store_scan(b->s, SPAN("t"), bed_row, bed_done, b), 4);
	bed_put(b, "t", "c", "2");
	assert_int_equal(b->said.n, 0);
	bed_check_said(b, "1:ok b=1 2:ok 3:ok 4:ok 5:ok ");
}

static void scan_gives_one_table_in_order_of_key(void **state)
{
	struct bed *b = *state;
	static const char *const keys[] = {"b", "\xff", "ab", "", "a", "\xc3\xa9", "B", "abc"};
	for (size_t i = 0; i < countof(keys); i++) {
		bed_put_quietly(b, "mine", keys[i], "x");
		bed_put_quietly(b, "min", keys[i], "y");
		bed_put_quietly(b, "mine2", keys[i], "z");
	}
	bed_check_rows(b, "mine", "=x B=x a=x ab=x abc=x b=x \xc3\xa9=x \xff=x ");
	bed_check_rows(b, "absent", "");
}

static void fill(struct bed *b)
{
	static const char *const keys[] = {"", "a", "b1", "b2", "b3", "b:", "c", "\xff\xff"};
	for (size_t i = 0; i < countof(keys); i++) {
		bed_put_quietly(b, "t", keys[i], "x");
		bed_put_quietly(b, "s", keys[i], "y");
		bed_put_quietly(b, "u", keys[i], "z");
	}
}

static void range_gives_a_stretch_of_keys_from_either_end(void **state)
{
	static const struct {
		const char *from, *to;
		uint32_t limit;
		bool backwards;
		const char *want;
	} rows[] = {
		{"", "", 0, false, "=x a=x b1=x b2=x b3=x b:=x c=x \xff\xff=x "},
		{"", "", 0, true, "\xff\xff=x c=x b:=x b3=x b2=x b1=x a=x =x "},
		{"b", "b:", 0, false, "b1=x b2=x b3=x "},
		{"b1", "b3", 0, false, "b1=x b2=x "},
		{"b", "b:", 2, false, "b1=x b2=x "},
		{"b", "b:", 2, true, "b3=x b2=x "},
		{"b", "b:", 9, true, "b3=x b2=x b1=x "},
		{"c", "", 1, true, "\xff\xff=x "},
		{"b2", "b2", 0, false, ""},
		{"b3", "b1", 0, false, ""},
		{"d", "e", 0, true, ""},
	};
	struct bed *b = *state;
	fill(b);
	loop_run(&b->loop);
	for (size_t i = 0; i < countof(rows); i++) {
		struct store_range r = bed_range(rows[i].from, rows[i].to);
		r.limit = rows[i].limit;
		r.backwards = rows[i].backwards;
		store_range(b->s, &r, bed_row, NULL, b);
		bed_check_said(b, rows[i].want);
	}
}

static void trim_leaves_the_last_of_a_range_and_all_beside_it(void **state)
{
	struct bed *b = *state;
	fill(b);
	bed_trim(b, "b", "b:", 3);
	bed_check_said(b, "25:ok ");
	bed_check_rows(b, "t", "=x a=x b1=x b2=x b3=x b:=x c=x \xff\xff=x ");
	bed_trim(b, "b", "b:", 2);
	bed_check_said(b, "27:ok ");
	bed_check_rows(b, "t", "=x a=x b2=x b3=x b:=x c=x \xff\xff=x ");
	bed_trim(b, "b", "b:", 0);
	bed_trim(b, "b", "b:", 0);
	bed_trim(b, "x", "b", 0);
	bed_check_said(b, "29:ok 30:ok 31:ok ");
	bed_check_rows(b, "t", "=x a=x b:=x c=x \xff\xff=x ");
	bed_trim(b, "c", "", 1);
	bed_trim(b, "", "", 2);
	bed_check_said(b, "33:ok 34:ok ");
	bed_check_rows(b, "t", "b:=x \xff\xff=x ");
	bed_check_rows(b, "s", "=y a=y b1=y b2=y b3=y b:=y c=y \xff\xff=y ");
	bed_check_rows(b, "u", "=z a=z b1=z b2=z b3=z b:=z c=z \xff\xff=z ");
}

static void trim_takes_its_turn_among_the_calls(void **state)
{
	struct bed *b = *state;
	struct store_range all = bed_range("", ""), newest = all;
	newest.backwards = true;
	newest.limit = 1;
	bed_put(b, "t", "1", "x");
	bed_put(b, "t", "2", "x");
	bed_trim(b, "", "", 1);
	bed_put(b, "t", "3", "x");
	store_range(b->s, &all, bed_row, bed_done, b);
	bed_trim(b, "", "", 0);
	bed_put(b, "t", "4", "x");
	store_range(b->s, &newest, bed_row, bed_done, b);
	bed_check_said(b, "1:ok 2:ok 3:ok 4:ok 2=x 3=x 5:ok 6:ok 7:ok 4=x 8:ok ");
}

static void trim_that_fails_removes_nothing(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "1", "x");
	loop_run(&b->loop);
	store_fail_next(b->s, 1);
	bed_trim(b, "", "", 0);
	bed_put(b, "t", "2", "x");
	bed_check_said(b, "2:failed 3:failed ");
	bed_check_rows(b, "t", "1=x ");
}

static void put_soon(struct bed *b, const char *key)
{
	store_put_soon(b->s, SPAN("t"), span_str(key), SPAN("x"), bed_done, b);
}

struct jobs { // how many were begun
	struct turn_end turn_end;
	struct loop *loop;
	size_t n, before;
};

static void count_jobs(struct turn_end *e)
{
	struct jobs *j = container_of(e, struct jobs, turn_end);
	j->n += j->loop->jobs > j->before;
	j->before = j->loop->jobs;
}

static void turn(struct bed *b)
{
	loop_again(&b->loop);
	uv_run(&b->loop.uv, UV_RUN_NOWAIT);
}

static void what_is_put_soon_waits_and_shares_a_job(void **state)
{
	struct bed *b = *state;
	struct jobs j = {.turn_end.run = count_jobs, .loop = &b->loop};
	loop_at_turn_end(&b->loop, &j.turn_end);
	for (int i = 0; i < 5; i++) {
		char key = (char)('a' + i);
		put_soon(b, (char[]){key, '\0'});
		turn(b);
	}
	assert_int_equal(j.n, 0);
	bed_check_said(b, "1:ok 2:ok 3:ok 4:ok 5:ok ");
	assert_int_equal(j.n, 1);
	bed_check_rows(b, "t", "a=x b=x c=x d=x e=x ");
	list_unlink(&j.turn_end.link);
}

static void any_other_call_ends_the_wait_and_the_order_stays(void **state)
{
	struct bed *b = *state;
	struct store_range all = bed_range("", "");
	put_soon(b, "a");
	put_soon(b, "b");
	store_range(b->s, &all, bed_row, bed_done, b);
	put_soon(b, "c");
	bed_check_said(b, "1:ok 2:ok a=x b=x 3:ok 4:ok ");
	put_soon(b, "d");
	bed_put(b, "t", "e", "y");
	put_soon(b, "f");
	bed_check_said(b, "5:ok 6:ok 7:ok ");
	put_soon(b, "g");
	bed_check_said(b, "8:ok ");
	bed_check_rows(b, "t", "a=x b=x c=x d=x e=y f=x g=x ");
}

static void so_many_put_soon_wait_no_longer(void **state)
{
	struct bed *b = *state;
	for (int i = 0; i < STORE_SOON_CALLS - 1; i++)
		put_soon(b, "k");
	turn(b);
	assert_int_equal(b->loop.jobs, 0);
	put_soon(b, "last");
	turn(b);
	assert_true(b->loop.jobs > 0 || b->said.n);
	loop_run(&b->loop);
	buf_clear(&b->said);
	bed_check_rows(b, "t", "k=x last=x ");
}

static void put_overwrites_and_take_removes(void **state)
{
	struct bed *b = *state;
	bed_put(b, "t", "k", "old");
	bed_put(b, "t", "k", "new");
	bed_put(b, "t", "other", "stays");
	bed_check_said(b, "1:ok 2:ok 3:ok ");
	bed_check_rows(b, "t", "k=new other=stays ");
	bed_put(b, "t", "k", "");
	bed_check_said(b, "5:ok ");
	bed_check_rows(b, "t", "k= other=stays ");
	bed_take(b, "t", "k");
	bed_take(b, "t", "never was");
	bed_take(b, "other table", "other");
	bed_check_said(b, "7:ok 8:ok 9:ok ");
	bed_check_rows(b, "t", "other=stays ");
}

static void same_row(void *owner, struct span key, struct span value)
{
	struct span *want = owner;
	check_bytes(key, want[0]);
	check_bytes(value, want[1]);
	want[2].n++;
}

static void any_bytes_are_kept(void **state)
{
	struct bed *b = *state;
	char all[256];
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	struct span want[3] = {span_of(all, 200), span_of(all, 256), {0}};
	store_put(b->s, SPAN("t"), want[0], want[1], NULL, NULL);
	loop_run(&b->loop);
	if (b->backend->durable)
		bed_reopen(b);
	store_scan(b->s, SPAN("t"), same_row, NULL, want);
	loop_run(&b->loop);
	assert_int_equal(want[2].n, 1);
}

static void never_done(void *owner, uint64_t id, enum store_result r)
{
	(void)owner, (void)id, (void)r;
	fail_msg("a forgotten owner was called");
}

static void never_row(void *owner, struct span key, struct span value)
{
	(void)owner, (void)key, (void)value;
	fail_msg("a forgotten owner was called");
}

static void forgotten_owner_hears_nothing_but_work_is_done(void **state)
{
	struct bed *b = *state;
	int dying = 0;
	char long_name[STORE_TABLE_MAX_BYTES + 1] = {0};
	store_put(b->s, SPAN("t"), SPAN("a"), SPAN("1"), never_done, &dying);
	bed_put(b, "t", "b", "2");
	store_scan(b->s, SPAN("t"), never_row, never_done, &dying);
	store_put(
		b->s, span_of(long_name, sizeof long_name), SPAN(""), SPAN(""), never_done, &dying);
	store_forget(b->s, &dying);
	bed_check_said(b, "2:ok ");
	bed_check_rows(b, "t", "a=1 b=2 ");
}

// Runs right after the store's own turn end, where the job was started.
struct killer {
	struct turn_end turn_end;
	struct bed *bed;
	size_t jobs_seen;
};

static void on_turn_end(struct turn_end *e)
{
	struct killer *k = container_of(e, struct killer, turn_end);
	k->jobs_seen += k->bed->loop.jobs;
	store_forget(k->bed->s, k);
}

static void forget_works_while_the_job_is_under_way(void **state)
{
	struct bed *b = *state;
	struct killer k = {.turn_end.run = on_turn_end, .bed = b};
	loop_at_turn_end(&b->loop, &k.turn_end);
	store_put(b->s, SPAN("t"), SPAN("a"), SPAN("1"), never_done, &k);
	bed_put(b, "t", "b", "2");
	loop_run(&b->loop);
	list_unlink(&k.turn_end.link);
	assert_true(k.jobs_seen > 0);
	bed_check_rows(b, "t", "2:ok a=1 b=2 ");
}

static void first_row_only(void *owner, struct span key, struct span value)
{
	struct bed *b = owner;
	bed_row(b, key, value);
	store_forget(b->s, b);
}

static void owner_may_die_between_rows(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "a", "1");
	bed_put_quietly(b, "t", "b", "2");
	store_scan(b->s, SPAN("t"), first_row_only, bed_done, b);
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "a=1 ");
	bed_check_rows(b, "t", "a=1 b=2 c=3 ");
}

static void put_once_more(void *owner, uint64_t id, enum store_result r)
{
	struct bed *b = owner;
	bed_done(b, id, r);
	bed_put(b, "t", "second", "2");
	buf_lit(&b->said, "called ");
}

static void callback_may_call_again(void **state)
{
	struct bed *b = *state;
	store_put(b->s, SPAN("t"), SPAN("first"), SPAN("1"), put_once_more, b);
	bed_check_said(b, "1:ok called 2:ok ");
	bed_check_rows(b, "t", "first=1 second=2 ");
}

static void calls_over_the_bound_fail_first(void **state)
{
	struct bed *b = *state;
	for (int i = 0; i < STORE_QUEUE_MAX - 1; i++)
		bed_put_quietly(b, "t", "k", "v");
	bed_put(b, "t", "last", "fits");
	bed_put(b, "t", "one", "too many");
	bed_check_health(b, false, "refuses more");
	bed_check_said(b, "10001:failed 10000:ok ");
	bed_check_health(b, true, "");
	bed_check_rows(b, "t", "k=v last=fits ");
}

static void bytes_waiting_are_bounded(void **state)
{
	struct bed *b = *state;
	char *big = mem_zalloc(STORE_VALUE_MAX_BYTES);
	struct span value = span_of(big, STORE_VALUE_MAX_BYTES);
	for (int i = 0; i < 15; i++)
		store_put(b->s, SPAN("t"), SPAN("k"), value, NULL, NULL);
	bed_put(b, "t", "small", "fits");
	store_put(b->s, SPAN("t"), SPAN("k"), value, bed_done, b);
	bed_put(b, "t", "small too", "fits");
	bed_check_said(b, "17:failed 16:ok 18:ok ");
	store_put(b->s, SPAN("t"), SPAN("k"), value, bed_done, b);
	bed_check_said(b, "19:ok ");
	free(big);
}

static void oversized_records_are_refused(void **state)
{
	struct bed *b = *state;
	char *big = mem_zalloc(STORE_VALUE_MAX_BYTES + 1);
	struct span ok = SPAN("x");
	struct span value = span_of(big, STORE_VALUE_MAX_BYTES + 1);
	struct span key = span_of(big, STORE_KEY_MAX_BYTES + 1);
	struct span table = span_of(big, STORE_TABLE_MAX_BYTES + 1);
	store_put(b->s, SPAN("t"), ok, value, bed_done, b);
	store_put(b->s, SPAN("t"), key, ok, bed_done, b);
	store_put(b->s, table, ok, ok, bed_done, b);
	store_take(b->s, SPAN("t"), key, bed_done, b);
	store_scan(b->s, table, bed_row, bed_done, b);
	struct store_range range = {.table = SPAN("t"), .to = key};
	store_range(b->s, &range, bed_row, bed_done, b);
	store_trim(b->s, &range, 0, bed_done, b);
	bed_check_said(b, "1:failed 2:failed 3:failed 4:failed 5:failed 6:failed 7:failed ");
	bed_check_health(b, true, "");
	value.n--, key.n--, table.n--;
	store_put(b->s, table, key, value, bed_done, b);
	bed_check_said(b, "8:ok ");
	bed_check_rows(b, "t", "");
	free(big);
}

static void scan_too_large_for_memory_fails(void **state)
{
	struct bed *b = *state;
	char *big = mem_zalloc(STORE_VALUE_MAX_BYTES);
	for (int i = 0; i < STORE_SCAN_MAX_BYTES / STORE_VALUE_MAX_BYTES; i++) {
		char key = (char)i;
		struct span value = span_of(big, STORE_VALUE_MAX_BYTES);
		store_put(b->s, SPAN("t"), span_of(&key, 1), value, NULL, NULL);
		if (i % 8 == 7)
			loop_run(&b->loop);
	}
	bed_scan_quietly(b, "t");
	store_scan(b->s, SPAN("t"), bed_row, bed_done, b);
	bed_put(b, "t", "k", "v");
	bed_check_said(b, "66:failed 67:ok ");
	free(big);
}

static void changes_of_one_turn_fail_together(void **state)
{
	struct bed *b = *state;
	store_fail_next(b->s, 2);
	bed_put(b, "t", "a", "1");
	bed_put(b, "t", "b", "2");
	bed_check_said(b, "1:failed 2:failed ");
	bed_check_health(b, false, "told to fail");
	store_scan(b->s, SPAN("t"), bed_row, bed_done, b);
	bed_check_said(b, "3:failed ");
	bed_check_rows(b, "t", "");
	bed_check_health(b, false, "told to fail"); // reading proves nothing
	bed_put(b, "t", "a", "1");
	bed_check_said(b, "5:ok ");
	bed_check_health(b, true, "");
	bed_check_rows(b, "t", "a=1 ");
}

static void start_may_read_at_once(void **state)
{
	struct bed *b = *state;
	struct store_range last = bed_range("", "");
	last.limit = 1;
	last.backwards = true;
	bed_put(b, "t", "b", "2");
	bed_put(b, "t", "a", "1");
	assert_true(store_scan_now(b->s, SPAN("t"), bed_row, b, &b->why));
	assert_true(store_range_now(b->s, &last, bed_row, b, &b->why));
	check_text(buf_bytes(&b->said), "a=1 b=2 b=2 ");
	bed_check_said(b, "a=1 b=2 b=2 1:ok 2:ok ");
}

static void unknown_back_end_is_refused(void **state)
{
	struct bed *b = *state;
	struct store_config cfg = {.backend = "papyrus", .path = b->path};
	assert_null(store_open(&b->loop, &cfg, &b->why));
	check_text(buf_bytes(&b->why), "there is no store called papyrus");
}

// ---- those that keep

static void records_survive(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "kept", "1");
	bed_put_quietly(b, "t", "changed", "old");
	bed_put_quietly(b, "t", "gone", "x");
	loop_run(&b->loop);
	bed_reopen(b);
	bed_put_quietly(b, "t", "changed", "new");
	store_take(b->s, SPAN("t"), SPAN("gone"), NULL, NULL);
	loop_run(&b->loop);
	bed_reopen(b);
	bed_check_health(b, true, "");
	bed_check_rows(b, "t", "changed=new kept=1 ");
}

static void close_writes_what_waits(void **state)
{
	struct bed *b = *state;
	bed_put(b, "t", "in a job", "1");
	uv_run(&b->loop.uv, UV_RUN_NOWAIT);
	bed_put(b, "t", "waiting", "2");
	bed_scan_quietly(b, "t");
	bed_put(b, "t", "waiting more", "3");
	put_soon(b, "waiting most");
	buf_clear(&b->said);
	bed_close(b);
	assert_int_equal(b->said.n, 0);
	bed_open(b);
	bed_check_rows(b, "t", "in a job=1 waiting=2 waiting more=3 waiting most=x ");
	put_soon(b, "waiting alone");
	bed_reopen(b);
	buf_clear(&b->said);
	bed_check_rows(
		b, "t", "in a job=1 waiting=2 waiting alone=x waiting more=3 waiting most=x ");
}

static const struct CMUnitTest for_all[] = {
	BED_TEST(answers_come_later_in_order_of_the_calls),
	BED_TEST(scan_gives_one_table_in_order_of_key),
	BED_TEST(range_gives_a_stretch_of_keys_from_either_end),
	BED_TEST(trim_leaves_the_last_of_a_range_and_all_beside_it),
	BED_TEST(trim_takes_its_turn_among_the_calls),
	BED_TEST(trim_that_fails_removes_nothing),
	BED_TEST(what_is_put_soon_waits_and_shares_a_job),
	BED_TEST(any_other_call_ends_the_wait_and_the_order_stays),
	BED_TEST(so_many_put_soon_wait_no_longer),
	BED_TEST(put_overwrites_and_take_removes),
	BED_TEST(any_bytes_are_kept),
	BED_TEST(forgotten_owner_hears_nothing_but_work_is_done),
	BED_TEST(forget_works_while_the_job_is_under_way),
	BED_TEST(owner_may_die_between_rows),
	BED_TEST(callback_may_call_again),
	BED_TEST(calls_over_the_bound_fail_first),
	BED_TEST(bytes_waiting_are_bounded),
	BED_TEST(oversized_records_are_refused),
	BED_TEST(scan_too_large_for_memory_fails),
	BED_TEST(changes_of_one_turn_fail_together),
	BED_TEST(start_may_read_at_once),
	BED_TEST(unknown_back_end_is_refused),
};

static const struct CMUnitTest for_durable[] = {
	BED_TEST(records_survive),
	BED_TEST(close_writes_what_waits),
};

int main(void)
{
	int failed = 0;
	log_threshold = LOG_CRITICAL; // the failures here are meant
	for (const struct store_backend *const *it = stores; *it; it++) {
		failed += bed_run_tests(*it, for_all, countof(for_all));
		if ((*it)->durable)
			failed += bed_run_tests(*it, for_durable, countof(for_durable));
	}
	return failed;
}
