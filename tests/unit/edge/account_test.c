// SPDX-License-Identifier: MIT
// Accounts on a real store and real workers, with a clock set by hand.
#include "../store/store_bed.h"

#include "base/clock.h"
#include "base/fields.h"
#include "base/mem.h"
#include "edge/account_priv.h"
#include <stdio.h>
#include <stdlib.h>

struct rig {
	struct bed *bed;
	struct accounts *a;
	struct buf said;
};

enum { NOW_MS = 5000000 };
static const uint64_t wall_us = 1700000000000000;

static int set_up(void **state)
{
	struct rig *r = mem_zalloc(sizeof *r);
	clock_set(NOW_MS, wall_us);
	bed_set_up(state);
	r->bed = *state;
	r->a = accounts_new(&r->bed->loop, r->bed->s);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;
	void *bed = r->bed;
	accounts_free(r->a);
	bed_tear_down(&bed);
	buf_fini(&r->said);
	free(r);
	return 0;
}

// A new process, as far as the accounts can tell.
static void restart(struct rig *r)
{
	accounts_free(r->a);
	bed_reopen(r->bed);
	r->a = accounts_new(&r->bed->loop, r->bed->s);
}

static void on_done(void *owner, const struct account_answer *answer)
{
	static const char *const words[] = {
		"ok", "wrong", "locked", "wait", "busy", "taken", "bad", "not_kept"};
	struct rig *r = owner;
	buf_str(&r->said, words[answer->result]);
	if (answer->account)
		buf_printf(&r->said, ":%d:%.*s", (int)answer->account->id,
			(int)answer->account->name.n, answer->account->name.p);
	if (answer->retry_ms)
		buf_printf(&r->said, ":%u", answer->retry_ms);
	buf_char(&r->said, ' ');
}

static void check_said(struct rig *r, const char *want)
{
	assert_int_equal(r->said.n, 0); // never from inside the call
	loop_run(&r->bed->loop);
	check_text(buf_bytes(&r->said), want);
	buf_clear(&r->said);
}

static void create(struct rig *r, const char *name, const char *password)
{
	account_create(r->a, span_str(name), span_str(password), "192.0.2.1", on_done, r);
}

static void check(struct rig *r, const char *name, const char *password, const char *address)
{
	account_check(r->a, span_str(name), span_str(password), address, on_done, r);
}

#define GOOD  "correct horse"
#define OTHER "battery staple"

// Many tests need somebody: the account takes no worker.
static uint64_t somebody(struct rig *r, const char *name)
{
	static char hash[ACCOUNT_HASH_BYTES];
	if (!*hash)
		assert_true(account_hash_make(GOOD, strlen(GOOD), hash));
	struct account_record *made = account_add(r->a, span_str(name), ++r->a->last_id);
	made->state = ACCOUNT_HERE;
	memcpy(made->hash, hash, sizeof hash);
	account_keep_soon(r->a, made);
	return made->is.id;
}

// --- names, passwords, places ---

static void names_are_letters_digits_underscores_and_single_spaces(void **state)
{
	static const char *const good[] = {
		"Bo", "frodo_baggins", "Old Man 7", "_x", "abcdefghijklmnopqrstuvwxy", "idler"};
	static const char *const bad[] = {"", "a", " ab", "ab ", "a  b", "a-b", "a\tb",
		"gr\xc3\xbcn", "abcdefghijklmnopqrstuvwxyz", "idle", "QUIT", "a:b"};
	(void)state;
	for (size_t i = 0; i < countof(good); i++)
		assert_true(account_name_ok(span_str(good[i])));
	for (size_t i = 0; i < countof(bad); i++)
		assert_false(account_name_ok(span_str(bad[i])));
	assert_false(account_name_ok(SPAN("a\0b")));
}

static void passwords_have_bounds_and_are_not_the_name(void **state)
{
	char text[ACCOUNT_PASSWORD_MAX + 1];
	(void)state;
	memset(text, 'x', sizeof text);
	assert_non_null(account_password_bad(SPAN("bob"), SPAN("1234567")));
	assert_null(account_password_bad(SPAN("bob"), SPAN("12345678")));
	assert_null(account_password_bad(SPAN("bob"), span_of(text, ACCOUNT_PASSWORD_MAX)));
	assert_non_null(account_password_bad(SPAN("bob"), span_of(text, ACCOUNT_PASSWORD_MAX + 1)));
	assert_non_null(account_password_bad(SPAN("gandalfus"), SPAN("GandalfUs")));
}

static void addresses_of_one_customer_are_one_place(void **state)
{
	(void)state;
	struct account_place a = account_place("2001:db8:1:2::3"),
			     b = account_place("2001:db8:1:2:ffff::9"),
			     c = account_place("2001:db8:1:3::3"), d = account_place("192.0.2.7"),
			     e = account_place("::ffff:192.0.2.7"), none = account_place("");
	assert_true(span_eq(account_place_key(&a), account_place_key(&b)));
	assert_false(span_eq(account_place_key(&a), account_place_key(&c)));
	assert_true(span_eq(account_place_key(&d), account_place_key(&e)));
	assert_int_equal(none.n, 0);
	assert_int_equal(account_place("unix").n, 0);
}

static void nobody_s_hash_costs_what_others_do(void **state)
{
	(void)state;
	assert_true(account_hash_ok(span_str(account_hash_nobody)));
	assert_false(account_hash_is_old(account_hash_nobody));
	assert_false(account_hash_ok(SPAN("$argon2id$v=19$m=4194304,t=2,p=1$x$y")));
	assert_false(account_hash_ok(SPAN("$argon2id$v=19$m=65536,t=1000,p=1$x$y")));
	assert_false(account_hash_ok(SPAN("")));
}

// --- life ---

static void a_new_account_is_there_in_any_case_and_over_a_restart(void **state)
{
	struct rig *r = *state;
	create(r, "Frodo Baggins", GOOD);
	assert_null(accounts_find(r->a, SPAN("frodo baggins"))); // before it is kept
	check_said(r, "ok:1:Frodo Baggins ");
	const struct account *is = accounts_find(r->a, SPAN("FRODO baggins"));
	assert_non_null(is);
	assert_int_equal(is->created_s, 1700000000);
	assert_int_equal(is->seen_s, 0);
	restart(r);
	check(r, "fRODO bAGGINS", GOOD, "192.0.2.9");
	check_said(r, "ok:1:Frodo Baggins ");
	check(r, "frodo baggins", OTHER, "192.0.2.9");
	check_said(r, "wrong ");
	check(r, "sam", GOOD, "192.0.2.9");
	check_said(r, "wrong ");
	restart(r);
	is = accounts_find(r->a, SPAN("frodo baggins"));
	assert_int_equal(is->seen_s, 1700000000);
	assert_int_equal(is->created_s, 1700000000);
	assert_ptr_equal(accounts_by_id(r->a, 1), is);
}

static void a_name_is_given_once(void **state)
{
	struct rig *r = *state;
	create(r, "bob", GOOD);
	create(r, "Bob", OTHER);
	check_said(r, "ok:1:bob taken ");
	create(r, "BOB", OTHER);
	create(r, "b", OTHER);
	create(r, "alice", "short");
	check_said(r, "taken bad bad ");
}

static void ids_are_never_given_twice(void **state)
{
	struct rig *r = *state;
	create(r, "one", GOOD);
	check_said(r, "ok:1:one ");
	create(r, "two", GOOD);
	check_said(r, "ok:2:two ");
	account_remove(r->a, SPAN("Two"), on_done, r);
	check_said(r, "ok ");
	assert_null(accounts_by_id(r->a, 2));
	restart(r);
	create(r, "two", GOOD);
	check_said(r, "ok:3:two ");
	account_remove(r->a, SPAN("nobody"), on_done, r);
	check_said(r, "wrong ");
}

static void objects_are_kept_per_game(void **state)
{
	struct rig *r = *state;
	uint64_t id = somebody(r, "bob");
	assert_int_equal(account_object(r->a, id, SPAN("Alpha")), -1);
	account_set_object(r->a, id, SPAN("Alpha"), 7);
	account_set_object(r->a, id, SPAN("Beta"), 0);
	account_set_object(r->a, id, SPAN("ALPHA"), 8);
	account_set_object(r->a, 99, SPAN("Alpha"), 8);
	restart(r);
	assert_int_equal(account_object(r->a, id, SPAN("alpha")), 8);
	assert_int_equal(account_object(r->a, id, SPAN("Beta")), 0);
	account_set_object(r->a, id, SPAN("beta"), -1);
	restart(r);
	assert_int_equal(account_object(r->a, id, SPAN("Beta")), -1);
	assert_int_equal(account_object(r->a, id, SPAN("alpha")), 8);
	for (int i = 0; i < ACCOUNT_GAMES_MAX; i++) {
		char game[8];
		snprintf(game, sizeof game, "g%d", i);
		account_set_object(r->a, id, span_str(game), i);
	}
	restart(r);
	assert_int_equal(account_object(r->a, id, SPAN("alpha")), -1); // set first
	assert_int_equal(account_object(r->a, id, SPAN("g0")), 0);
	assert_int_equal(account_object(r->a, id, SPAN("g63")), 63);
}

static void a_new_password_counts_and_the_former_does_not(void **state)
{
	struct rig *r = *state;
	uint64_t id = somebody(r, "bob");
	account_password(r->a, id, SPAN(OTHER), on_done, r);
	account_password(r->a, id, SPAN("short"), on_done, r);
	account_password(r->a, 77, SPAN(OTHER), on_done, r);
	check_said(r, "bad wrong ok:1:bob ");
	restart(r);
	check(r, "bob", OTHER, "");
	check_said(r, "ok:1:bob ");
	check(r, "bob", GOOD, "");
	check_said(r, "wrong ");
}

static void what_stands_behind_the_longest_password_counts(void **state)
{
	struct rig *r = *state;
	char text[ACCOUNT_PASSWORD_MAX + 2];
	memset(text, 'x', sizeof text);
	text[ACCOUNT_PASSWORD_MAX] = '\0';
	create(r, "bob", text);
	check_said(r, "ok:1:bob ");
	check(r, "bob", text, "");
	check_said(r, "ok:1:bob ");
	text[ACCOUNT_PASSWORD_MAX] = 'x';
	text[ACCOUNT_PASSWORD_MAX + 1] = '\0';
	check(r, "bob", text, "");
	check(r, "bob", "", "");
	check_said(r, "wrong wrong ");
}

static void a_locked_account_is_told_so_with_its_password_only(void **state)
{
	struct rig *r = *state;
	uint64_t id = somebody(r, "bob");
	account_lock(r->a, id, true, on_done, r);
	check_said(r, "ok:1:bob ");
	restart(r);
	assert_true(accounts_find(r->a, SPAN("bob"))->locked);
	check(r, "bob", OTHER, "");
	check_said(r, "wrong ");
	check(r, "bob", GOOD, "");
	check_said(r, "locked ");
	account_lock(r->a, id, false, on_done, r);
	check_said(r, "ok:1:bob ");
	check(r, "bob", GOOD, "");
	check_said(r, "ok:1:bob ");
}

static void a_hash_of_lower_cost_is_made_anew_at_a_login(void **state)
{
	struct rig *r = *state;
	uint64_t id = somebody(r, "bob");
	struct account_record *bob = account_record_get(r->a, id);
	assert_int_equal(crypto_pwhash_str(bob->hash, GOOD, strlen(GOOD),
				 crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN),
		0);
	assert_true(account_hash_is_old(bob->hash));
	check(r, "bob", OTHER, "");
	check_said(r, "wrong ");
	assert_true(account_hash_is_old(bob->hash));
	check(r, "bob", GOOD, "");
	check_said(r, "ok:1:bob ");
	restart(r);
	assert_false(account_hash_is_old(account_record_get(r->a, id)->hash));
	check(r, "bob", GOOD, "");
	check_said(r, "ok:1:bob ");
}

static void a_list_of_all_can_be_walked(void **state)
{
	struct rig *r = *state;
	assert_null(accounts_next(r->a, NULL));
	somebody(r, "one");
	somebody(r, "two");
	const struct account *at = accounts_next(r->a, NULL);
	check_text(at->name, "one");
	at = accounts_next(r->a, at);
	check_text(at->name, "two");
	assert_null(accounts_next(r->a, at));
}

// --- throttles ---

static void wrong_passwords_make_the_name_wait_and_a_right_one_ends_that(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	for (int i = 0; i < 6; i++) // all at once: the sixth is not even tried
		check(r, "Bob", OTHER, "");
	check_said(r, "wrong wrong wrong wrong wrong wait:1000 ");
	check(r, "bob", GOOD, "");
	check_said(r, "wait:1000 ");
	clock_set(NOW_MS + 1000, wall_us);
	check(r, "bob", OTHER, "");
	check_said(r, "wrong ");
	check(r, "bob", GOOD, "");
	check_said(r, "wait:2000 ");
	clock_set(NOW_MS + 3000, wall_us);
	check(r, "bob", GOOD, "");
	check_said(r, "ok:1:bob ");
	check(r, "bob", OTHER, "");
	check_said(r, "wrong ");
}

static void names_nobody_has_wait_as_well(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < 6; i++)
		check(r, "nobody", OTHER, "");
	check_said(r, "wrong wrong wrong wrong wrong wait:1000 ");
}

static void strangers_do_not_lock_out_who_is_at_home(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	check(r, "bob", GOOD, "2001:db8::1");
	check_said(r, "ok:1:bob ");
	for (int i = 0; i < 5; i++)
		check(r, "bob", OTHER, "192.0.2.66");
	check_said(r, "wrong wrong wrong wrong wrong ");
	restart(r);
	for (int i = 0; i < 5; i++)
		check(r, "bob", OTHER, "192.0.2.66");
	check_said(r, "wrong wrong wrong wrong wrong ");
	check(r, "bob", GOOD, "192.0.2.66");
	check(r, "bob", GOOD, "2001:db8::7");
	check_said(r, "wait:1000 ok:1:bob ");
}

static void an_address_that_tries_many_names_waits(void **state)
{
	struct rig *r = *state;
	char name[8];
	somebody(r, "bob");
	static const struct throttle_rule strict = {3, 1000, 300000, 900000};
	r->a->places.rule = &strict;
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "n%d", i);
		check(r, name, OTHER, "192.0.2.66");
	}
	check_said(r, "wrong wrong wrong ");
	check(r, "bob", GOOD, "192.0.2.66");
	check(r, "bob", GOOD, "192.0.2.67");
	check_said(r, "wait:1000 ok:1:bob ");
}

static void an_address_makes_so_many_accounts(void **state)
{
	struct rig *r = *state;
	char name[8];
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof name, "n%d", i);
		create(r, name, GOOD);
	}
	check_said(r, "ok:1:n0 ok:2:n1 ok:3:n2 ok:4:n3 wait:60000 ok:5:n4 ");
	account_create(r->a, SPAN("more"), SPAN(GOOD), "192.0.2.2", on_done, r);
	check_said(r, "ok:6:more ");
}

// --- bounds ---

static void turn(struct rig *r)
{
	loop_again(&r->bed->loop);
	uv_run(&r->bed->loop.uv, UV_RUN_NOWAIT);
}

static void the_line_is_bounded(void **state)
{
	struct rig *r = *state;
	char address[16];
	for (int i = 0; i <= ACCOUNT_WAITING_MAX; i++) {
		snprintf(address, sizeof address, "192.0.2.%d", i);
		check(r, "nobody", OTHER, address);
	}
	turn(r);
	check_text(buf_bytes(&r->said), "busy ");
	buf_clear(&r->said);
	account_forget(r->a, r);
	loop_run(&r->bed->loop);
	assert_int_equal(r->said.n, 0);
	check(r, "nobody", OTHER, "");
	check_said(r, "wrong ");
}

static void one_address_does_not_fill_the_line(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i <= ACCOUNT_WAITING_ADDRESS_MAX; i++)
		check(r, "nobody", OTHER, "192.0.2.1");
	turn(r);
	check_text(buf_bytes(&r->said), "busy ");
	buf_clear(&r->said);
	account_forget(r->a, r);
}

static void who_has_gone_is_not_called_and_makes_no_account(void **state)
{
	struct rig *r = *state;
	create(r, "bob", GOOD);
	turn(r); // it is with a worker
	assert_non_null(r->a->active);
	account_forget(r->a, r);
	loop_run(&r->bed->loop);
	assert_int_equal(r->said.n, 0);
	assert_null(accounts_find(r->a, SPAN("bob")));
	create(r, "bob", "short"); // answered, but not told yet
	account_forget(r->a, r);
	loop_run(&r->bed->loop);
	assert_int_equal(r->said.n, 0);
}

static void the_accounts_may_end_with_a_job_under_way(void **state)
{
	struct rig *r = *state;
	create(r, "bob", GOOD);
	check(r, "bob", GOOD, "");
	turn(r);
	assert_non_null(r->a->active);
	restart(r);
	assert_int_equal(r->said.n, 0);
	assert_null(accounts_find(r->a, SPAN("bob")));
}

struct plug { // of the worker pool
	struct job job;
	uv_sem_t *out;
};

static void plug_work(struct job *j)
{
	uv_sem_wait(container_of(j, struct plug, job)->out);
}

static void plug_done(struct job *j)
{
	free(container_of(j, struct plug, job));
}

enum { WORKERS = 4 };

static void plug_pool(struct rig *r, uv_sem_t *out)
{
	uv_sem_init(out, 0);
	for (int i = 0; i < WORKERS; i++) {
		struct plug *p = mem_zalloc(sizeof *p);
		p->out = out;
		p->job.work = plug_work;
		p->job.done = plug_done;
		loop_job(&r->bed->loop, &p->job);
	}
}

static void unplug_pool(struct rig *r, uv_sem_t *out)
{
	for (int i = 0; i < WORKERS; i++)
		uv_sem_post(out);
	loop_run(&r->bed->loop);
	uv_sem_destroy(out);
}

static void wait_said(struct rig *r, const char *want)
{
	clock_set(NOW_MS + ACCOUNT_ANSWER_MS, wall_us);
	while (r->said.n < strlen(want))
		uv_run(&r->bed->loop.uv, UV_RUN_ONCE);
	check_text(buf_bytes(&r->said), want);
	buf_clear(&r->said);
}

static void a_stuck_worker_pool_is_told_in_time(void **state)
{
	struct rig *r = *state;
	uv_sem_t out;
	plug_pool(r, &out);
	create(r, "bob", GOOD);
	check(r, "bob", GOOD, "");
	turn(r);
	wait_said(r, "busy busy ");
	unplug_pool(r, &out);
	assert_int_equal(r->said.n, 0);
	assert_null(accounts_find(r->a, SPAN("bob"))); // it was said that it was not made
	create(r, "bob", GOOD);
	check_said(r, "ok:1:bob ");
}

static void what_a_stuck_disk_keeps_too_late_is_taken_back(void **state)
{
	struct rig *r = *state;
	uv_sem_t out;
	uint64_t id = somebody(r, "bob");
	loop_run(&r->bed->loop);
	plug_pool(r, &out);
	account_lock(r->a, id, true, on_done, r);
	account_remove(r->a, SPAN("bob"), on_done, r); // not two things at once
	turn(r);
	check_text(buf_bytes(&r->said), "busy ");
	buf_clear(&r->said);
	wait_said(r, "not_kept ");
	unplug_pool(r, &out);
	assert_int_equal(r->said.n, 0);
	assert_false(accounts_find(r->a, SPAN("bob"))->locked);
	restart(r);
	assert_false(accounts_find(r->a, SPAN("bob"))->locked);
}

static void a_password_that_changes_while_it_is_checked_is_wrong(void **state)
{
	struct rig *r = *state;
	uint64_t id = somebody(r, "bob");
	check(r, "bob", GOOD, "");
	turn(r);
	assert_non_null(r->a->active);
	strcpy(account_record_get(r->a, id)->hash, account_hash_nobody);
	check_said(r, "wrong ");
}

// --- disks and damage ---

static void an_account_that_cannot_be_kept_is_taken_back(void **state)
{
	struct rig *r = *state;
	store_hold_next(r->bed->s, 1);
	create(r, "bob", GOOD);
	check_said(r, "not_kept ");
	assert_null(accounts_find(r->a, SPAN("bob")));
	restart(r);
	assert_null(accounts_find(r->a, SPAN("bob")));
	create(r, "bob", OTHER);
	check_said(r, "ok:2:bob ");
	store_fail_next(r->bed->s, 1);
	create(r, "alice", OTHER);
	check_said(r, "not_kept ");
	create(r, "alice", OTHER);
	check_said(r, "ok:4:alice ");
}

static void a_change_that_cannot_be_kept_is_taken_back(void **state)
{
	struct rig *r = *state;
	uint64_t id = somebody(r, "bob");
	loop_run(&r->bed->loop);
	store_hold_next(r->bed->s, 1);
	account_password(r->a, id, SPAN(OTHER), on_done, r);
	check_said(r, "not_kept ");
	check(r, "bob", GOOD, "");
	check_said(r, "ok:1:bob ");
	store_fail_next(r->bed->s, 1);
	account_remove(r->a, SPAN("bob"), on_done, r);
	check_said(r, "not_kept ");
	store_fail_next(r->bed->s, 1);
	account_lock(r->a, id, true, on_done, r);
	check_said(r, "not_kept ");
	assert_false(accounts_find(r->a, SPAN("bob"))->locked);
	restart(r);
	check(r, "bob", GOOD, "");
	check_said(r, "ok:1:bob ");
}

static void put_record(struct rig *r, const char *key, uint64_t id, const char *name)
{
	struct buf b = {0};
	fields_begin(&b, '1');
	fields_put_number(&b, 'i', id);
	fields_put(&b, 'n', span_str(name));
	fields_put(&b, 'h', span_str(account_hash_nobody));
	fields_put(&b, 'z', SPAN("of a later version"));
	store_put(r->bed->s, SPAN("accounts"), span_str(key), buf_bytes(&b), NULL, NULL);
	buf_fini(&b);
}

static void damaged_records_are_left_out_and_their_names_are_nobody_s(void **state)
{
	struct rig *r = *state;
	put_record(r, "good", 5, "Good");
	put_record(r, "other", 6, "Somebody");
	put_record(r, "twice", 5, "Twice");
	put_record(r, "zero", 0, "Zero");
	put_record(r, "far", UINT64_MAX - 1, "far");
	bed_put_quietly(r->bed, "accounts", "noise", "\xb1\xe9\xb3V");
	bed_put_quietly(r->bed, "accounts", "empty", "");
	bed_put_quietly(r->bed, "account_ids", "last", "12x");
	restart(r);
	const struct account *at = accounts_next(r->a, NULL);
	check_text(at->name, "Good");
	assert_null(accounts_next(r->a, at));
	static const char *const bad[] = {"other", "twice", "zero", "far", "noise", "empty"};
	for (size_t i = 0; i < countof(bad); i++) {
		assert_null(accounts_find(r->a, span_str(bad[i])));
		create(r, bad[i], GOOD);
		check_said(r, "taken ");
	}
	check(r, "noise", GOOD, "");
	check_said(r, "wrong ");
	account_remove(r->a, SPAN("noise"), on_done, r);
	check_said(r, "ok ");
	create(r, "noise", GOOD);
	check_said(r, "ok:7:noise ");
}

static void a_record_cut_anywhere_is_refused(void **state)
{
	struct rig *r = *state;
	struct buf b = {0};
	uint64_t id = somebody(r, "bob");
	account_set_object(r->a, id, SPAN("alpha"), 3);
	account_record_put(account_record_get(r->a, id), &b);
	for (size_t n = 0; n <= b.n; n++) {
		struct account_record *read = mem_zalloc(sizeof *read);
		char *copy = mem_alloc(n);
		memcpy(copy, b.p, n);
		bool good = account_record_read(read, span_of(copy, n));
		if (n == b.n)
			assert_true(good && read->objects[0].object == 3);
		else if (good) // whole but for what may be missing
			assert_true(read->is.id == id && read->n_objects == 0);
		account_record_free(read);
		free(copy);
	}
	buf_fini(&b);
}

#define RUN(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_letters_digits_underscores_and_single_spaces),
		TEST(passwords_have_bounds_and_are_not_the_name),
		TEST(addresses_of_one_customer_are_one_place),
		TEST(nobody_s_hash_costs_what_others_do),
		RUN(a_new_account_is_there_in_any_case_and_over_a_restart),
		RUN(a_name_is_given_once),
		RUN(ids_are_never_given_twice),
		RUN(objects_are_kept_per_game),
		RUN(a_new_password_counts_and_the_former_does_not),
		RUN(what_stands_behind_the_longest_password_counts),
		RUN(a_locked_account_is_told_so_with_its_password_only),
		RUN(a_hash_of_lower_cost_is_made_anew_at_a_login),
		RUN(a_list_of_all_can_be_walked),
		RUN(wrong_passwords_make_the_name_wait_and_a_right_one_ends_that),
		RUN(names_nobody_has_wait_as_well),
		RUN(strangers_do_not_lock_out_who_is_at_home),
		RUN(an_address_that_tries_many_names_waits),
		RUN(an_address_makes_so_many_accounts),
		RUN(the_line_is_bounded),
		RUN(one_address_does_not_fill_the_line),
		RUN(who_has_gone_is_not_called_and_makes_no_account),
		RUN(the_accounts_may_end_with_a_job_under_way),
		RUN(a_stuck_worker_pool_is_told_in_time),
		RUN(what_a_stuck_disk_keeps_too_late_is_taken_back),
		RUN(a_password_that_changes_while_it_is_checked_is_wrong),
		RUN(an_account_that_cannot_be_kept_is_taken_back),
		RUN(a_change_that_cannot_be_kept_is_taken_back),
		RUN(damaged_records_are_left_out_and_their_names_are_nobody_s),
		RUN(a_record_cut_anywhere_is_refused),
	};
	return bed_run_tests(&store_sqlite, tests, countof(tests));
}
