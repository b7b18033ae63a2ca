// SPDX-License-Identifier: MIT
// Sessions over a real store in a file, so that a test can restart and kill the daemon.
#include "../store/store_bed.h"
#include "hub_rig.h"

#include "hub/session_store.h"
#include "store/store_priv.h"

static const uint8_t key[SESSION_KEY_BYTES] = "a key";

struct test {
	struct bed *b;
	struct rig *r;
	struct session_store ss;
	char id[IDS_SECRET_BYTES];
	uint32_t count; // what a tape holds
};

static void start(struct test *t)
{
	void *r;
	uint64_t ms = clock_ms(), us = clock_wall_us();
	rig_setup(&r);
	clock_set(ms, us);
	t->r = r;
	t->r->hub.session_limits.tape.count = t->count;
	session_store_open(&t->ss, &t->r->hub, t->b->s);
}

static void end(struct test *t)
{
	void *r = t->r;
	for (int i = 0; i < RIG_EARS; i++) {
		if (t->r->ears[i].session)
			session_detach(t->r->ears[i].session);
		t->r->ears[i].session = NULL;
	}
	rig_teardown(&r);
}

static void restart(struct test *t)
{
	session_store_close(&t->ss);
	end(t);
	bed_reopen(t->b);
	start(t);
}

// What has been given to the store by now is on the disk; what the daemon would do at its end is not.
static void kill_and_start(struct test *t)
{
	t->r->hub.keeper = NULL;
	store_forget(t->b->s, &t->ss);
	buf_fini(&t->ss.key);
	buf_fini(&t->ss.value);
	end(t);
	bed_reopen(t->b);
	start(t);
}

static struct session *open_one(struct test *t, int ear)
{
	struct session_spec spec = rig_spec(t->r, ear, WIRE_LINE, RIGHT_ALL);
	spec.key = key;
	struct session *s = t->r->ears[ear].session = session_open(t->r->mud, &spec);
	memcpy(t->id, s->id, sizeof t->id);
	return s;
}

static int set_up(void **state)
{
	struct test *t = mem_zalloc(sizeof *t);
	void *b = (void *)(uintptr_t)&store_sqlite;
	bed_set_up(&b);
	clock_set(RIG_NOW_MS, RIG_WALL_US);
	t->b = b;
	t->count = 1000;
	start(t);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;
	void *b = t->b;
	session_store_close(&t->ss);
	end(t);
	bed_tear_down(&b);
	free(t);
	return 0;
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void say(struct test *t, int n)
{
	for (int i = 0; i < n; i++)
		rig_publish_to(t->r->mud, EVENT_CHANNEL_MESSAGE, NULL);
	hub_turn_end(&t->r->hub);
}

// The client comes back, having seen so many messages.
static struct session *come_back(struct test *t, uint64_t seen)
{
	struct session *s = session_find(&t->r->hub, span_str(t->id));
	struct session_spec spec = rig_spec(t->r, 0, WIRE_LINE, RIGHT_ALL);
	spec.key = key;
	assert_non_null(s);
	session_resume(s, &spec, span_str(t->id), seen ? RIG_WALL_US - 1 + seen : 0);
	memcpy(t->id, s->id, sizeof t->id);
	buf_clear(&t->r->ears[0].told);
	t->r->ears[0].session = s;
	hub_turn_end(&t->r->hub);
	return s;
}

static void told_is(struct test *t, const char *text)
{
	check_text(buf_bytes(&t->r->ears[0].told), text);
	buf_clear(&t->r->ears[0].told);
}

static void after_a_stop_a_session_goes_on_as_if_nothing_had_been(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	channel_join(t->r->ears[0].session, SPAN("chat"));
	say(t, 3);
	restart(t);
	check_text(buf_bytes(&t->r->net.asked), "+chat ");
	struct session *s = come_back(t, 1);
	told_is(t, "0:channel_message 2;0:channel_message 3;");
	assert_int_equal(s->state, SESSION_LIVE);
	rig_say(channel_find(t->r->mud, SPAN("chat")), EVENT_CHANNEL_EMOTE);
	told_is(t, "0:channel_emote 4;");
}

static void after_a_kill_it_has_what_was_written_and_says_that_more_may_be_missing(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 3);
	kill_and_start(t);
	come_back(t, 1);
	told_is(t, "0:gap or more;0:channel_message 2;0:channel_message 3;");
	say(t, 1);
	restart(t); // that was told; the next stop is clean again
	come_back(t, 3);
	told_is(t, "0:channel_message 4;");
}

static void wait_for_disk(struct test *t)
{
	bed_check_rows(t->b, "nothing", ""); // calls are answered in their order
}

static void never_answer(struct session_keeper *k, struct session *s)
{
	(void)k, (void)s;
}

// What happens from now on is not on the disk when the daemon is killed.
static void stall_disk(struct test *t)
{
	t->ss.keeper.put = never_answer;
}

static void an_id_is_given_out_when_it_is_in_the_store(void **state)
{
	struct test *t = *state;
	char id[IDS_SECRET_BYTES];
	open_one(t, 0);
	memcpy(id, t->id, sizeof id);
	come_back(t, 0);
	assert_string_equal(t->id, id);
	wait_for_disk(t);
	come_back(t, 0);
	assert_string_not_equal(t->id, id);
}

static void a_client_in_haste_is_given_one_too(void **state)
{
	struct test *t = *state;
	char id[IDS_SECRET_BYTES];
	struct session *s = open_one(t, 0);
	memcpy(id, t->id, sizeof id);
	wait_for_disk(t);
	session_changed(s); // and is being written
	come_back(t, 0);
	assert_string_not_equal(t->id, id);
}

static void an_id_that_was_given_out_is_good_after_a_kill_at_once(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 3);
	for (int i = 0; i < 3; i++) {
		wait_for_disk(t);
		stall_disk(t);
		come_back(t, 1);
		come_back(t, 1);
		kill_and_start(t);
	}
	stall_disk(t); // before anything of this one is written
	come_back(t, 1);
	kill_and_start(t);
	come_back(t, 1);
	told_is(t, "0:gap or more;0:channel_message 2;0:channel_message 3;");
}

static void so_is_the_one_before_if_its_client_never_got_the_new_one(void **state)
{
	struct test *t = *state;
	char before[IDS_SECRET_BYTES], unheard[IDS_SECRET_BYTES];
	open_one(t, 0);
	wait_for_disk(t);
	stall_disk(t);
	memcpy(before, t->id, sizeof before);
	come_back(t, 0);
	memcpy(unheard, t->id, sizeof unheard);
	assert_string_not_equal(before, unheard);
	kill_and_start(t);
	memcpy(t->id, before, sizeof before);
	come_back(t, 0);
	assert_null(session_find(&t->r->hub, span_str(unheard)));
	wait_for_disk(t);
	come_back(t, 0); // with what it was given now
	come_back(t, 0);
	assert_null(session_find(&t->r->hub, span_str(before)));
}

static void an_id_that_was_forgotten_is_not_good_again_after_a_kill(void **state)
{
	struct test *t = *state;
	char before[IDS_SECRET_BYTES];
	open_one(t, 0);
	wait_for_disk(t);
	memcpy(before, t->id, sizeof before);
	struct session *s = come_back(t, 0);
	say(t, 1);
	wait_for_disk(t);
	session_ack(s, RIG_WALL_US);
	wait_for_disk(t);
	kill_and_start(t);
	assert_null(session_find(&t->r->hub, span_str(before)));
	assert_non_null(session_find(&t->r->hub, span_str(t->id)));
}

static void counts_of_what_is_lost_survive_a_stop(void **state)
{
	struct test *t = *state;
	t->count = 4;
	t->r->hub.session_limits.tape.count = 4;
	open_one(t, 0);
	say(t, 10); // 1 to 6 are gone, and may have been seen
	session_detach(t->r->ears[0].session);
	t->r->ears[0].session = NULL;
	say(t, 10); // 11 to 16 were never sent
	restart(t);
	say(t, 1);
	come_back(t, 4);
	told_is(t, "0:gap 13 of 5..17;0:channel_message 18;0:channel_message 19;"
		   "0:channel_message 20;0:channel_message 21;");
	restart(t); // it has not said that it has read them
	come_back(t, 4);
	told_is(t, "0:gap 13 of 5..17;0:channel_message 18;0:channel_message 19;"
		   "0:channel_message 20;0:channel_message 21;");
	restart(t);
	come_back(t, 18);
	told_is(t, "0:channel_message 19;0:channel_message 20;0:channel_message 21;");
}

static void a_message_is_for_those_it_was_for(void **state)
{
	struct test *t = *state;
	struct session *a = open_one(t, 1);
	say(t, 1);
	open_one(t, 0);
	struct session *b = t->r->ears[0].session;
	channel_join(a, SPAN("chat"));
	rig_say(channel_find(t->r->mud, SPAN("chat")), EVENT_CHANNEL_MESSAGE); // 2, a's
	channel_join(b, SPAN("chat"));
	rig_say(channel_find(t->r->mud, SPAN("chat")), EVENT_CHANNEL_MESSAGE); // 3
	rig_publish_to(t->r->mud, EVENT_CHANNEL_JOINED, b);                    // 4, not b's
	rig_publish_to(hub_add_identity(&t->r->hub, "Other"), EVENT_MUD_ONLINE, NULL);
	say(t, 1); // 6
	wait_for_disk(t);
	kill_and_start(t);
	come_back(t, 0);
	told_is(t, "0:gap or more;0:channel_message 3;0:channel_message 6;");
}

static void what_its_client_has_acknowledged_does_not_come_again(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 3);
	session_ack(t->r->ears[0].session, RIG_WALL_US + 1);
	sessions_sweep(&t->r->hub);
	wait_for_disk(t);
	kill_and_start(t);
	come_back(t, 0);
	told_is(t, "0:gap or more;0:channel_message 3;");
}

static void sessions_of_others_and_those_that_expired_are_gone(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	session_detach(t->r->ears[0].session);
	t->r->ears[0].session = NULL;
	session_store_close(&t->ss);
	end(t);
	bed_reopen(t->b);
	clock_set(clock_ms() + 10, clock_wall_us() + UINT64_C(3600) * 1000000);
	start(t);
	assert_null(session_find(&t->r->hub, span_str(t->id)));
	open_one(t, 0);
	restart(t);
	assert_non_null(session_find(&t->r->hub, span_str(t->id)));
	bed_check_rows(t->b, "session_state", "");
}

static void the_secret_is_not_in_the_store(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 1);
	restart(t);
	char path[128];
	snprintf(path, sizeof path, "%s-wal", t->b->path);
	const char *files[] = {t->b->path, path};
	for (int i = 0; i < 2; i++) {
		struct buf text = {0};
		char part[4096];
		FILE *f = fopen(files[i], "rb");
		for (size_t n; f && (n = fread(part, 1, sizeof part, f)) > 0;)
			buf_put(&text, part, n);
		if (f)
			fclose(f);
		assert_true(!text.n || !memmem(text.p, text.n, t->id, strlen(t->id)));
		buf_fini(&text);
	}
}

static void messages_too_old_for_any_tape_leave_the_store(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 2);
	clock_set(clock_ms(), clock_wall_us() + UINT64_C(300) * 1000000 + 2);
	say(t, 1);
	session_store_sweep(&t->ss);
	kill_and_start(t);
	assert_int_equal(session_find(&t->r->hub, span_str(t->id))->tape.n, 1);
}

static void what_nobody_could_come_back_for_is_not_written(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 1);
	t->r->hub.session_limits.timeout_ms = 0;
	say(t, 1);
	kill_and_start(t);
	come_back(t, 0);
	told_is(t, "0:gap or more;0:channel_message 1;");
}

static void a_stop_is_exact_when_more_waits_for_the_disk_than_the_store_takes(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 3);
	for (int i = 0; i < STORE_QUEUE_MAX; i++)
		store_put(t->b->s, SPAN("rig"), SPAN("k"), SPAN("v"), NULL, NULL);
	restart(t);
	come_back(t, 1);
	told_is(t, "0:channel_message 2;0:channel_message 3;");
}

static void numbers_grow_over_a_restart_when_the_clock_was_set_back(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 3);
	session_ack(t->r->ears[0].session, RIG_WALL_US + 2);
	clock_set(clock_ms(), RIG_WALL_US + UINT64_C(301) * 1000000);
	session_store_sweep(&t->ss); // the last message is nowhere any more
	clock_set(clock_ms(), RIG_WALL_US - UINT64_C(3600) * 1000000);
	restart(t);
	say(t, 1);
	kill_and_start(t);
	come_back(t, 3);
	told_is(t, "0:gap or more;0:channel_message 4;");
}

static void a_record_nobody_can_read_is_skipped_and_removed(void **state)
{
	struct test *t = *state;
	open_one(t, 0);
	say(t, 1);
	store_put(t->b->s, SPAN("sessions"), SPAN("0000000000000001"), SPAN("\1i"), NULL, NULL);
	store_put(t->b->s, SPAN("sessions"), SPAN("0000000000000002"),
		SPAN("\1i\0\0\0\x08"
		     "AlphaMUDd\0\0\0\2ab"),
		NULL, NULL);
	store_put(
		t->b->s, SPAN("tape"), SPAN("0000000000000001"), SPAN("\1t\0\0\1\0x"), NULL, NULL);
	store_put(t->b->s, SPAN("tape"), SPAN("x"), SPAN(""), NULL, NULL);
	kill_and_start(t);
	assert_int_equal(t->r->mud->n_sessions, 1);
	come_back(t, 0);
	told_is(t, "0:gap or more;0:channel_message 1;");
}

static void what_the_store_does_not_take_is_counted(void **state)
{
	struct test *t = *state;
	int64_t kept = metric_get(METRIC_TAPE_KEPT), lost = metric_get(METRIC_TAPE_NOT_KEPT);
	open_one(t, 0);
	bed_check_rows(t->b, "session_state", ""); // all so far is written
	store_fail_next(t->b->s, 1);
	say(t, 1);
	bed_check_rows(t->b, "session_state", "");
	assert_int_equal(metric_get(METRIC_TAPE_NOT_KEPT), lost + 1);
	say(t, 1);
	bed_check_rows(t->b, "session_state", "");
	assert_int_equal(metric_get(METRIC_TAPE_KEPT), kept + 1);
}

// --- a disk that does not answer: no turn ends, so nothing is written

static size_t count_calls(const struct test *t)
{
	return t->b->s->queue.n;
}

static void a_session_has_one_record_on_its_way_and_then_its_newest(void **state)
{
	struct test *t = *state;
	struct session *s = open_one(t, 0);
	size_t n = count_calls(t);
	for (int i = 0; i < 100; i++)
		session_changed(s);
	channel_join(s, SPAN("chat"));
	assert_int_equal(count_calls(t), n);
	wait_for_disk(t);
	kill_and_start(t);
	check_text(buf_bytes(&t->r->net.asked), "+chat ");
}

static struct session *open_more(struct test *t, int n)
{
	struct session *s = NULL;
	struct session_spec spec = rig_spec(t->r, 1, WIRE_LINE, RIGHT_ALL);
	spec.key = key;
	while (n--)
		s = session_open(t->r->mud, &spec);
	return s;
}

static void close_all(struct test *t)
{
	list_each(it, &t->r->mud->sessions)
		session_close(container_of(it, struct session, in_identity));
}

static void add_row(void *owner, struct span key_, struct span value)
{
	(void)key_, (void)value;
	++*(size_t *)owner;
}

static size_t count_records(struct test *t)
{
	size_t n = 0;
	store_scan(t->b->s, SPAN("sessions"), add_row, NULL, &n);
	loop_run(&t->b->loop);
	return n;
}

static void records_on_their_way_are_bounded_and_the_others_follow(void **state)
{
	struct test *t = *state;
	size_t n = count_calls(t);
	open_more(t, SESSION_STORE_WRITING_MAX + 20);
	assert_int_equal(count_calls(t), n + SESSION_STORE_WRITING_MAX);
	session_close(open_more(t, 1)); // was never written, so there is nothing to take back
	assert_int_equal(count_calls(t), n + SESSION_STORE_WRITING_MAX);
	wait_for_disk(t);
	assert_int_equal(count_records(t), SESSION_STORE_WRITING_MAX + 20);
	close_all(t);
	assert_int_equal(count_records(t), 0);
}

static void the_record_of_one_that_ends_while_it_is_written_is_taken_back(void **state)
{
	struct test *t = *state;
	struct session *s = open_more(t, 1);
	session_changed(s);
	session_close(s);
	open_more(t, SESSION_STORE_WRITING_MAX);
	wait_for_disk(t);
	assert_int_equal(count_records(t), SESSION_STORE_WRITING_MAX);
	close_all(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(after_a_stop_a_session_goes_on_as_if_nothing_had_been),
		STORE_TEST(after_a_kill_it_has_what_was_written_and_says_that_more_may_be_missing),
		STORE_TEST(an_id_is_given_out_when_it_is_in_the_store),
		STORE_TEST(a_client_in_haste_is_given_one_too),
		STORE_TEST(an_id_that_was_given_out_is_good_after_a_kill_at_once),
		STORE_TEST(so_is_the_one_before_if_its_client_never_got_the_new_one),
		STORE_TEST(an_id_that_was_forgotten_is_not_good_again_after_a_kill),
		STORE_TEST(counts_of_what_is_lost_survive_a_stop),
		STORE_TEST(a_message_is_for_those_it_was_for),
		STORE_TEST(what_its_client_has_acknowledged_does_not_come_again),
		STORE_TEST(sessions_of_others_and_those_that_expired_are_gone),
		STORE_TEST(the_secret_is_not_in_the_store),
		STORE_TEST(messages_too_old_for_any_tape_leave_the_store),
		STORE_TEST(what_nobody_could_come_back_for_is_not_written),
		STORE_TEST(a_stop_is_exact_when_more_waits_for_the_disk_than_the_store_takes),
		STORE_TEST(numbers_grow_over_a_restart_when_the_clock_was_set_back),
		STORE_TEST(a_record_nobody_can_read_is_skipped_and_removed),
		STORE_TEST(what_the_store_does_not_take_is_counted),
		STORE_TEST(a_session_has_one_record_on_its_way_and_then_its_newest),
		STORE_TEST(records_on_their_way_are_bounded_and_the_others_follow),
		STORE_TEST(the_record_of_one_that_ends_while_it_is_written_is_taken_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
