// SPDX-License-Identifier: MIT
// Streams over a file: what a restart finds, also when the file holds what a crash or somebody else
// left there.
#include "bridge_rig.h"

#include "bridge/stream_record.h"

static int set_up(void **state)
{
	*state = (void *)(uintptr_t)&store_sqlite;
	return rig_set_up(state);
}

#define RESTART_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, rig_tear_down)

static struct cursor *back(struct rig *r)
{
	rig_restart(r);
	return rig_cursor(r, rig_stream(r));
}

static void what_waits_is_there_once_and_in_order(void **state)
{
	struct rig *r = *state;
	struct cursor *c = rig_cursor(r, rig_stream(r));
	uint64_t epoch = stream_epoch(rig_stream(r));
	rig_send_all(r, rig_stream(r), "abc");
	rig_ack(r, c, 1);
	c = back(r);
	assert_int_equal(stream_epoch(rig_stream(r)), epoch);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 2);
	rig_send(r, rig_stream(r), "bd");
	rig_check_said(r, "b:duplicate2 d:kept4 ");
	rig_check_given(r, c, "2=b 3=c 4=d ");
}

static void what_is_gone_is_still_known(void **state)
{
	struct rig *r = *state;
	struct cursor *c = rig_cursor(r, rig_stream(r));
	rig_send_all(r, rig_stream(r), "ab");
	rig_ack(r, c, 2);
	c = back(r);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 0);
	rig_send(r, rig_stream(r), "bac");
	rig_check_said(r, "b:duplicate2 a:duplicate1 c:kept3 ");
	rig_check_given(r, c, "3=c ");
}

static void a_stop_keeps_an_acknowledgement_that_came_while_another_was_written(void **state)
{
	struct rig *r = *state;
	struct cursor *c = rig_cursor(r, rig_stream(r));
	rig_send_all(r, rig_stream(r), "abc");
	assert_true(cursor_ack(c, 1));
	assert_true(cursor_ack(c, 2));
	c = back(r);
	rig_check_given(r, c, "3=c ");
}

static void numbers_go_on_when_all_is_gone(void **state)
{
	struct rig *r = *state;
	struct cursor *c = rig_cursor(r, rig_stream(r));
	rig_send_all(r, rig_stream(r), "ab");
	rig_ack(r, c, 2);
	rig_pass_ms(r, STREAM_PAST_MS);
	streams_minute(r->all);
	c = back(r);
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_entry"), 0);
	rig_send(r, rig_stream(r), "a");
	rig_check_said(r, "a:kept3 ");
	rig_check_given(r, c, "3=a ");
}

static void an_id_that_was_forgotten_and_came_again_is_known_once(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	r->config.limits.bytes =
		3 * (STREAM_ENTRY_BYTES + 16); // so many ids too, by records' bytes
	char text[600] = "x";
	streams_configure(r->all, &r->config);
	for (const char *at = "abc"; *at; at++) {
		rig_append(r, s, (char[]){*at, 0}, span_of(text, sizeof text));
		rig_settle(r);
		rig_ack(r, c, stream_last(s));
	}
	buf_clear(&r->said);
	rig_send(r, s, "a"); // its old record is still there
	rig_check_said(r, "a:kept4 ");
	c = back(r);
	rig_send(r, rig_stream(r), "a");
	rig_check_said(r, "a:duplicate4 ");
	rig_check_given(r, c, "4=a ");
}

static void gaps_are_as_they_were(void **state)
{
	struct rig *r = *state;
	struct cursor *c = rig_cursor(r, rig_stream(r));
	struct cursor_item it;
	r->config.limits.count = 2;
	streams_configure(r->all, &r->config);
	for (const char *at = "abcde"; *at; at++) {
		rig_send_all(r, rig_stream(r), (char[]){*at, 0});
		rig_pass_ms(r, 1);
	}
	c = back(r);
	assert_int_equal(cursor_next(c, &it), CURSOR_GAP);
	assert_int_equal(it.gap.from_us, RIG_WALL_US);
	assert_int_equal(it.gap.to_us, RIG_WALL_US + 2000);
	rig_check_given(r, c, "gap1-3:count 4=d 5=e ");
	c = back(r);
	rig_check_given(r, c, "gap1-3:count 4=d 5=e ");
	rig_ack(r, c, 4);
	c = back(r);
	rig_check_given(r, c, "5=e ");
}

static void what_is_acknowledged_but_not_yet_on_the_disk_is_no_gap(void **state)
{
	struct rig *r = *state;
	struct cursor *c = rig_cursor(r, rig_stream(r));
	struct stream_cursor_record killed = {
		.epoch = stream_epoch(rig_stream(r)), .acked = 1, .seen_us = RIG_WALL_US};
	struct buf value = {0};
	rig_send_all(r, rig_stream(r), "abc");
	assert_true(cursor_ack(c, 1)); // written now
	assert_true(cursor_ack(c, 2)); // written when that is done
	streams_configure(r->all, &r->config);
	streams_free(r->all);
	stream_record_put_cursor(&value, &killed); // what a kill in between leaves
	store_put(r->b->s, STREAM_CURSOR_TABLE, SPAN("b123\nbot:1"), buf_bytes(&value), NULL, NULL);
	buf_fini(&value);
	bed_reopen(r->b);
	clock_set(r->ms, r->us);
	r->all = streams_new(r->b->s, &r->config);
	rig_check_given(r, rig_cursor(r, rig_stream(r)), "2=b 3=c ");
}

static void bounds_hold_from_the_start(void **state)
{
	struct rig *r = *state;
	rig_cursor(r, rig_stream(r));
	rig_send_all(r, rig_stream(r), "abcde");
	r->config.limits.count = 2;
	struct cursor *c = back(r);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 2);
	rig_settle(r);
	rig_check_given(r, c, "gap1-3:count 4=d 5=e ");
}

static void who_is_behind_is_remembered_and_a_follower_too(void **state)
{
	struct rig *r = *state;
	struct cursor_spec spec = {SPAN("bot:all"), false, rig_ready, r};
	assert_true(streams_follow(r->all, STREAM_TO_BOTS, &spec));
	rig_settle(r);
	rig_restart(r);
	struct stream *s = streams_get(r->all, STREAM_TO_BOTS, SPAN("new"));
	assert_non_null(s);
	rig_send_all(r, s, "a");
	rig_restart(r);
	assert_null(streams_follower_owner(r->all, STREAM_TO_BOTS, SPAN("bot:all")));
	assert_true(streams_follow(r->all, STREAM_TO_BOTS, &spec));
	s = streams_get(r->all, STREAM_TO_BOTS, SPAN("new"));
	rig_check_given(r, cursor_find(s, SPAN("bot:all")), "1=a ");
}

// ---- what a crash may leave

static void put(struct rig *r, const char *table, const char *key, const char *value)
{
	bed_put_quietly(r->b, table, key, value);
}

static void take(struct rig *r, const char *key)
{
	store_take(r->b->s, STREAM_ENTRY_TABLE, span_str(key), NULL, NULL);
}

static void behind_a_hole_nothing_counts(void **state)
{
	struct rig *r = *state;
	rig_cursor(r, rig_stream(r));
	rig_send_all(r, rig_stream(r), "abcd");
	take(r, "b123\n0000000000000003");
	struct cursor *c = back(r);
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_entry"), 2);
	rig_send(r, rig_stream(r), "dc");
	rig_check_said(r, "d:kept3 c:kept4 ");
	rig_check_given(r, c, "1=a 2=b 3=d 4=c ");
}

static void records_of_an_earlier_epoch_are_removed(void **state)
{
	struct rig *r = *state;
	rig_cursor(r, rig_stream(r));
	rig_send_all(r, rig_stream(r), "a");
	put(r, "bridge_entry", "b123\n0000000000000002", "1 7 7 1\nxtext");
	put(r, "bridge_entry", "bnone\n0000000000000001", "1 7 7 1\nxtext");
	put(r, "bridge_cursor", "b123\nbot:2", "1 7 0 7 0");
	put(r, "bridge_cursor", "bnone\nbot:2", "1 7 0 7 0");
	rig_check_given(r, back(r), "1=a ");
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_entry"), 1);
	assert_int_equal(rig_records(r, "bridge_cursor"), 1);
	rig_send(r, rig_stream(r), "b");
	rig_check_said(r, "b:kept2 ");
}

static void a_damaged_message_is_a_gap(void **state)
{
	struct rig *r = *state;
	rig_cursor(r, rig_stream(r));
	rig_send_all(r, rig_stream(r), "abc");
	put(r, "bridge_entry", "b123\n0000000000000002", "what");
	struct cursor *c = back(r);
	rig_settle(r);
	rig_check_given(r, c, "gap1-2:damaged 3=c ");
	c = back(r);
	rig_check_given(r, c, "gap1-2:damaged 3=c ");
}

static void no_record_however_strange_does_harm(void **state)
{
	static const char *const texts[] = {"", "1", "\n", "x", "b", "b\n", "b123\n", "b\n\n",
		"b12\x01", "b123\n0000000000000000", "b123\n0000000000000009",
		"b123\n9999999999999999", "1 1 1 1 1", "1 1 99999999999999999999 1 1",
		"1 1 9999999999999999 1 1", "1 1 1 1 9", "1 1 1 1\n", "1 1 1 9\nx", "2 1 1 1 1",
		"1  1 1 1", "1 1 1 1 1 1"};
	static const char *const tables[] = {"bridge_stream", "bridge_cursor", "bridge_entry"};
	struct rig *r = *state;
	for (size_t t = 0; t < countof(tables); t++)
		for (size_t k = 0; k < countof(texts); k++)
			for (size_t v = 0; v < countof(texts); v++) {
				if (t == 2 && k % 4 == v % 4)
					put(r, "bridge_stream", "b123", "1 1 1 1 1");
				put(r, tables[t], texts[k], texts[v]);
				if (v % 7 == 0)
					rig_restart(r);
			}
	rig_restart(r);
	rig_settle(r);
	rig_send(r, rig_stream(r), "a");
	rig_settle(r);
	check_text(span_of(r->said.p, 6), "a:kept");
}

// ---- the bytes of the records

static void records_are_read_back(void **state)
{
	struct buf b = {0};
	struct stream_entry_record in = {5, 7, SPAN("mod:a\nid"), {"t\0\n x", 5}}, out;
	struct stream_cursor_record cursor = {1, INT64_MAX, 3, 0}, cursor_out;
	(void)state;
	stream_record_put_entry(&b, &in);
	assert_true(stream_record_read_entry(buf_bytes(&b), &out));
	assert_int_equal(out.epoch, 5);
	assert_int_equal(out.received_us, 7);
	check_bytes(out.id, in.id);
	check_bytes(out.text, in.text);
	for (size_t n = 0; n < b.n - in.text.n; n++)
		assert_false(stream_record_read_entry(span_of(b.p, n), &out));
	buf_clear(&b);
	stream_record_put_cursor(&b, &cursor);
	assert_true(stream_record_read_cursor(buf_bytes(&b), &cursor_out));
	assert_memory_equal(&cursor, &cursor_out, sizeof cursor);
	buf_fini(&b);
}

static void count_consumers(void *to, const struct bridging_queue *q)
{
	size_t *n = to;
	for (size_t i = 0; i < q->n_consumers; i++)
		*n += q->consumers[i].name.n > 0;
}

// Cursors end while the disk takes nothing, others take their places, and the daemon is killed.
static void more_cursors_than_there_may_be_are_listed(void **state)
{
	enum { MANY = 2 * STREAM_CURSORS_MAX };
	struct rig *r = *state;
	struct stream_cursor_record c = {
		.epoch = stream_epoch(rig_stream(r)), .seen_us = RIG_WALL_US};
	struct bridging *b;
	struct buf value = {0};
	size_t n = 0;
	stream_record_put_cursor(&value, &c);
	for (int i = 0; i < MANY; i++) {
		char key[32];
		snprintf(key, sizeof key, "b123\nbot:%d", i);
		store_put(
			r->b->s, STREAM_CURSOR_TABLE, span_str(key), buf_bytes(&value), NULL, NULL);
	}
	buf_fini(&value);
	rig_restart(r);
	b = streams_bridging(r->all);
	assert_false(b->ops->queues(b, &(struct bridging_page){.limit = 9}, count_consumers, &n));
	assert_int_equal(n, MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RESTART_TEST(what_waits_is_there_once_and_in_order),
		RESTART_TEST(what_is_gone_is_still_known),
		RESTART_TEST(a_stop_keeps_an_acknowledgement_that_came_while_another_was_written),
		RESTART_TEST(numbers_go_on_when_all_is_gone),
		RESTART_TEST(an_id_that_was_forgotten_and_came_again_is_known_once),
		RESTART_TEST(gaps_are_as_they_were),
		RESTART_TEST(what_is_acknowledged_but_not_yet_on_the_disk_is_no_gap),
		RESTART_TEST(bounds_hold_from_the_start),
		RESTART_TEST(who_is_behind_is_remembered_and_a_follower_too),
		RESTART_TEST(behind_a_hole_nothing_counts),
		RESTART_TEST(records_of_an_earlier_epoch_are_removed),
		RESTART_TEST(a_damaged_message_is_a_gap),
		RESTART_TEST(no_record_however_strange_does_harm),
		TEST(records_are_read_back),
		RESTART_TEST(more_cursors_than_there_may_be_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
