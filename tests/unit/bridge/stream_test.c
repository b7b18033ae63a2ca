// SPDX-License-Identifier: MIT
// Streams over every store: what is appended is kept once, given in order, and goes when it is
// acknowledged or over a bound, and every consumer is told what it has lost.
#include "bridge_rig.h"

static void messages_are_numbered_and_answered_when_they_are_on_the_disk(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	rig_send(r, s, "abc");
	assert_int_equal(r->said.n, 0);
	rig_check_given(r, c, "");
	rig_check_said(r, "a:kept1 b:kept2 c:kept3 ");
	assert_true(r->readies > 0);
	rig_check_given(r, c, "1=a 2=b 3=c ");
	assert_int_equal(stream_last(s), 3);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 3);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_APPENDED), 3);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DELIVERED), 3);
}

static void what_is_sent_twice_is_kept_once(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	rig_send(r, s, "aab");
	rig_check_said(r, "a:kept1 a:duplicate1 b:kept2 ");
	rig_send(r, s, "a");
	rig_check_said(r, "a:duplicate1 ");
	rig_check_given(r, c, "1=a 2=b ");
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DUPLICATES), 2);
}

static void ids_are_the_senders_own(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct stream_message m = {
		.from = SPAN("mod:other"), .msg_id = SPAN("a"), .text = SPAN("x")};
	uint64_t seq;
	rig_send(r, s, "a");
	assert_int_equal(stream_append(s, &m, &(struct stream_sender){rig_done, r, 'o'}, &seq),
		STREAM_LATER);
	rig_check_said(r, "a:kept1 o:kept2 ");
}

static void ids_are_known_for_a_while_after_their_message_is_gone(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	rig_send_all(r, s, "ab");
	rig_ack(r, c, 2);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 0);
	rig_send(r, s, "a");
	rig_check_said(r, "a:duplicate1 ");
	assert_int_equal(rig_records(r, "bridge_entry"), 2);
	rig_pass_ms(r, STREAM_PAST_MS);
	streams_minute(r->all);
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_entry"), 0);
	rig_send(r, s, "a");
	rig_check_said(r, "a:kept3 ");
}

static void only_so_many_ids_of_what_is_gone_are_known(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	char id[16];
	for (int i = 1; i <= STREAM_PAST_MAX + 100; i++) {
		snprintf(id, sizeof id, "x%d", i);
		assert_int_equal(rig_append(r, s, id, SPAN("x")), STREAM_LATER);
	}
	rig_settle(r);
	rig_ack(r, c, STREAM_PAST_MAX + 100);
	buf_clear(&r->said);
	assert_int_equal(rig_append(r, s, "x101", SPAN("x")), STREAM_DUPLICATE);
	assert_int_equal(rig_append(r, s, "x100", SPAN("x")), STREAM_LATER);
	rig_settle(r);
	assert_in_range(rig_records(r, "bridge_entry"), STREAM_PAST_MAX, STREAM_PAST_MAX + 100);
}

static void all_streams_together_know_only_so_many_ids_of_what_is_gone(void **state)
{
	struct rig *r = *state;
	char name[16];
	if (r->b->backend->durable)
		return; // it has nothing to do with the store
	for (int i = 0; i <= STREAMS_PAST_MAX / STREAM_PAST_MAX; i++) {
		snprintf(name, sizeof name, "s%d", i);
		struct stream *s = streams_open(r->all, STREAM_TO_BOTS, span_str(name));
		struct cursor *c = rig_cursor(r, s);
		for (int k = 0; k < STREAM_PAST_MAX; k++) {
			snprintf(name, sizeof name, "x%d", k);
			assert_int_equal(rig_append(r, s, name, SPAN("x")), STREAM_LATER);
		}
		rig_settle(r);
		rig_ack(r, c, STREAM_PAST_MAX);
		assert_int_equal(rig_append(r, s, "x1023", SPAN("x")),
			i < STREAMS_PAST_MAX / STREAM_PAST_MAX ? STREAM_DUPLICATE : STREAM_LATER);
	}
}

static void what_all_have_acknowledged_goes(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *one = rig_cursor(r, s), *two = rig_cursor_at(r, s, "bot:2", true);
	rig_send_all(r, s, "abcd");
	rig_check_given(r, one, "1=a 2=b 3=c 4=d ");
	rig_ack(r, one, 4);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 4);
	rig_ack(r, two, 3);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 1);
	rig_check_given(r, two, "4=d ");
	rig_ack(r, two, 4);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 0);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_ACKED), 8);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_LOST), 0);
}

static void what_is_not_acknowledged_is_given_again(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	rig_send_all(r, s, "abc");
	rig_check_given(r, c, "1=a 2=b 3=c ");
	rig_ack(r, c, 1);
	cursor_close(c, r);
	assert_null(cursor_owner(c));
	assert_ptr_equal(rig_cursor(r, s), c);
	assert_ptr_equal(cursor_owner(c), r);
	rig_check_given(r, c, "2=b 3=c ");
}

static void acknowledging_never_goes_back_nor_beyond_what_there_is(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	assert_false(cursor_ack(c, 1));
	rig_send(r, s, "abc");
	assert_false(cursor_ack(c, 1)); // not on the disk yet
	rig_settle(r);
	assert_false(cursor_ack(c, 4));
	assert_true(cursor_ack(c, 2));
	assert_true(cursor_ack(c, 1));
	assert_int_equal(cursor_acked(c), 2);
	rig_check_given(r, c, "3=c ");
}

static void a_newcomer_starts_at_either_end(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	rig_send_all(r, s, "ab");
	struct cursor *late = rig_cursor_at(r, s, "bot:late", false);
	struct cursor *first = rig_cursor_at(r, s, "bot:first", true);
	rig_send_all(r, s, "c");
	rig_check_given(r, late, "3=c ");
	rig_check_given(r, first, "1=a 2=b 3=c ");
}

static void who_was_taken_over_cannot_close(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	bool is_new;
	assert_ptr_equal(
		cursor_open(
			s, &(struct cursor_spec){SPAN("bot:1"), true, rig_ready, &is_new}, &is_new),
		c);
	assert_false(is_new);
	cursor_close(c, r);
	assert_ptr_equal(cursor_owner(c), &is_new);
}

// ---- bounds

static void over_the_count_the_oldest_go_and_each_consumer_is_told(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *behind = rig_cursor(r, s), *ahead = rig_cursor_at(r, s, "bot:2", true);
	r->config.limits.count = 3;
	streams_configure(r->all, &r->config);
	rig_send_all(r, s, "abc");
	rig_check_given(r, ahead, "1=a 2=b 3=c ");
	rig_send_all(r, s, "de");
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 3);
	rig_check_given(r, behind, "gap1-2:count 3=c 4=d 5=e ");
	rig_check_given(r, ahead, "4=d 5=e ");
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_LOST), 2);
	rig_ack(r, behind, 5);
	rig_check_given(r, behind, "");
}

static void a_gap_is_told_again_until_it_is_acknowledged(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	r->config.limits.count = 2;
	streams_configure(r->all, &r->config);
	rig_send_all(r, s, "abcd");
	rig_check_given(r, c, "gap1-2:count 3=c 4=d ");
	rig_cursor(r, s);
	rig_check_given(r, c, "gap1-2:count 3=c 4=d ");
	rig_ack(r, c, 2);
	rig_cursor(r, s);
	rig_check_given(r, c, "3=c 4=d ");
	rig_send_all(r, s, "e");
	rig_cursor(r, s);
	rig_check_given(r, c, "gap3-3:count 4=d 5=e "); // given once, but it never said so
}

static void a_gap_says_when_the_first_and_the_last_came(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	struct cursor_item it;
	r->config.limits.count = 1;
	streams_configure(r->all, &r->config);
	for (const char *at = "abcdef"; *at; at++) {
		rig_send_all(r, s, (char[]){*at, 0});
		rig_pass_ms(r, 1);
	}
	assert_int_equal(cursor_next(c, &it), CURSOR_GAP);
	assert_int_equal(it.gap.from_us, RIG_WALL_US);
	assert_int_equal(it.gap.to_us, RIG_WALL_US + 4000);
	rig_check_given(r, c, "gap1-5:count 6=f ");
	rig_send_all(r, s, "gh");
	assert_int_equal(cursor_next(c, &it), CURSOR_GAP); // from where this connection is
	assert_int_equal(it.gap.from, 7);
	assert_int_equal(it.gap.from_us, RIG_WALL_US + 6000);
	rig_ack(r, c, 6);
	rig_cursor(r, s);
	assert_int_equal(cursor_next(c, &it), CURSOR_GAP);
	assert_int_equal(it.gap.from, 7);
	assert_int_equal(it.gap.from_us, RIG_WALL_US + 6000);
}

static void over_the_bytes_the_oldest_go(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	char text[1000] = "x";
	r->config.limits.bytes = 3 * (sizeof text + STREAM_ENTRY_BYTES + 2 * 8);
	streams_configure(r->all, &r->config);
	for (const char *at = "abcde"; *at; at++)
		assert_int_equal(rig_append(r, s, (char[]){*at, 0}, span_of(text, sizeof text)),
			STREAM_LATER);
	rig_settle(r);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 3);
	rig_check_given(r, c, "gap1-2:bytes 3=x 4=x 5=x ");
}

static void what_is_too_old_goes(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	r->config.limits.age_s = 100;
	streams_configure(r->all, &r->config);
	rig_send_all(r, s, "ab");
	rig_pass_ms(r, 60000);
	rig_send_all(r, s, "c");
	rig_pass_ms(r, 39999);
	streams_minute(r->all);
	rig_settle(r);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 3);
	rig_pass_ms(r, 1);
	streams_minute(r->all);
	rig_settle(r);
	rig_check_given(r, c, "gap1-2:age 3=c ");
}

// 33 streams of 2 MB each: the one that is larger pays.
static void all_streams_have_a_bound_together_and_the_largest_pays(void **state)
{
	struct rig *r = *state;
	enum { STREAMS = 33, BYTES = 1000000 };
	char *text = mem_zalloc(BYTES), name[8];
	struct stream *big = rig_stream(r), *s = NULL;
	int64_t depth = 0;
	for (int i = 0; i < 6; i++) {
		(void)!rig_append(r, big, (char[]){(char)('a' + i), 0}, span_of(text, BYTES));
		rig_settle(r);
	}
	for (int i = 0; i < STREAMS; i++) {
		snprintf(name, sizeof name, "s%d", i);
		s = streams_open(r->all, STREAM_TO_BOTS, span_str(name));
		rig_append(r, s, "a", span_of(text, BYTES));
		rig_append(r, s, "b", span_of(text, BYTES));
		rig_settle(r);
		depth = metric_get(METRIC_BRIDGE_QUEUE_DEPTH);
		assert_true(depth * BYTES <= STREAMS_BYTES_MAX);
	}
	assert_int_equal(depth, STREAMS_BYTES_MAX / BYTES);
	rig_check_given(r, rig_cursor_at(r, big, "bot:1", true), "6= ");
	rig_check_given(r, rig_cursor_at(r, s, "bot:1", true), "1= 2= ");
	free(text);
}

static void what_is_being_written_is_bounded(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	char id[16];
	for (int i = 0; i < STREAM_WRITING_MAX; i++) {
		snprintf(id, sizeof id, "x%d", i);
		assert_int_equal(rig_append(r, s, id, SPAN("x")), STREAM_LATER);
	}
	assert_int_equal(rig_append(r, s, "y", SPAN("x")), STREAM_FULL);
	for (int i = 1; i < STREAM_WAITERS_MAX; i++)
		assert_int_equal(rig_append(r, s, "x0", SPAN("x")), STREAM_LATER);
	assert_int_equal(rig_append(r, s, "x0", SPAN("x")), STREAM_FULL);
	rig_settle(r);
	assert_int_equal(stream_last(s), STREAM_WRITING_MAX);
	assert_int_equal(rig_append(r, s, "y", SPAN("x")), STREAM_LATER);
}

static void large_texts_and_ids_are_refused(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	char *text = mem_zalloc(STREAM_TEXT_MAX_BYTES + 1);
	memset(text, 'x', STREAM_TEXT_MAX_BYTES);
	(void)!rig_append(r, s, "a", span_of(text, STREAM_TEXT_MAX_BYTES));
	(void)!rig_append(r, s, "b", span_of(text, STREAM_TEXT_MAX_BYTES + 1));
	text[STREAM_ID_MAX_BYTES] = '\0';
	(void)!rig_append(r, s, text, SPAN("x"));
	text[STREAM_ID_MAX_BYTES] = 'x';
	text[STREAM_ID_MAX_BYTES + 1] = '\0';
	(void)!rig_append(r, s, text, SPAN("x"));
	rig_check_said(r, "b:big x:big a:kept1 x:kept2 ");
	free(text);
}

static void names_that_are_none_and_too_many_are_refused(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	char name[STREAM_CHANNEL_MAX_BYTES + 2] = "";
	bool is_new;
	assert_null(streams_open(r->all, STREAM_TO_BOTS, SPAN("")));
	assert_null(streams_open(r->all, STREAM_TO_BOTS, SPAN("a\nb")));
	memset(name, 'x', STREAM_CHANNEL_MAX_BYTES + 1);
	assert_null(streams_open(r->all, STREAM_TO_BOTS, span_str(name)));
	name[STREAM_CHANNEL_MAX_BYTES] = '\0';
	assert_non_null(streams_open(r->all, STREAM_TO_BOTS, span_str(name)));
	for (int i = 2; i < STREAMS_MAX; i++) {
		snprintf(name, sizeof name, "%d", i);
		assert_non_null(streams_open(r->all, STREAM_TO_MODS, span_str(name)));
	}
	assert_null(streams_open(r->all, STREAM_TO_MODS, SPAN("more")));
	assert_ptr_equal(rig_stream(r), s);
	assert_null(
		cursor_open(s, &(struct cursor_spec){SPAN("b\not"), true, rig_ready, r}, &is_new));
	for (int i = 0; i < STREAM_CURSORS_MAX; i++) {
		snprintf(name, sizeof name, "bot:%d", i);
		rig_cursor_at(r, s, name, true);
	}
	assert_null(
		cursor_open(s, &(struct cursor_spec){SPAN("bot:x"), true, rig_ready, r}, &is_new));
	rig_cursor_at(r, s, "bot:0", true);
}

// ---- clearing, forgetting

static void what_is_cleared_is_a_gap(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	rig_send_all(r, s, "abc");
	rig_ack(r, c, 1);
	assert_int_equal(stream_clear(s), 2);
	rig_settle(r);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 0);
	rig_send_all(r, s, "d");
	rig_check_given(r, c, "gap2-3:cleared 4=d ");
	assert_int_equal(stream_clear(rig_stream(r)), 1);
	assert_int_equal(stream_clear(rig_stream(r)), 0);
}

static void a_consumer_that_stays_away_is_forgotten(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *here = rig_cursor(r, s), *away = rig_cursor_at(r, s, "bot:2", true);
	r->config.cursor_age_s = 3600;
	streams_configure(r->all, &r->config);
	rig_send_all(r, s, "ab");
	rig_ack(r, here, 2);
	cursor_close(away, r);
	rig_pass_ms(r, 3599999);
	streams_minute(r->all);
	assert_ptr_equal(cursor_find(s, SPAN("bot:2")), away);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 2);
	rig_pass_ms(r, 1);
	streams_minute(r->all);
	rig_settle(r);
	assert_null(cursor_find(s, SPAN("bot:2")));
	assert_ptr_equal(cursor_find(s, SPAN("bot:1")), here);
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 0);
	assert_int_equal(rig_records(r, "bridge_cursor"), 1);
}

static void a_stream_without_anything_ends_and_begins_as_another(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	uint64_t epoch = stream_epoch(s);
	r->config.limits.age_s = 3600;
	streams_configure(r->all, &r->config);
	rig_send_all(r, s, "a");
	cursor_close(c, r);
	rig_pass_ms(r, 7 * 86400000ULL);
	for (int i = 0; i < 2; i++) {
		streams_minute(r->all); // its entry and its cursor go
		rig_settle(r);
		rig_pass_ms(r, STREAM_PAST_MS); // the entry's id
	}
	streams_minute(r->all);
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_entry"), 0);
	assert_int_equal(rig_records(r, "bridge_stream"), 0);
	assert_int_equal(rig_records(r, "bridge_cursor"), 0);
	s = rig_stream(r);
	assert_true(stream_epoch(s) > epoch);
	assert_int_equal(stream_last(s), 0);
}

// ---- the disk fails

static void what_the_disk_refused_is_refused_and_its_number_used_again(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	rig_send_all(r, s, "a");
	store_fail_next(r->b->s, 1);
	rig_send(r, s, "bbc");
	rig_check_said(r, "b:failed b:failed c:failed ");
	rig_send(r, s, "bd");
	rig_check_said(r, "b:kept2 d:kept3 ");
	rig_check_given(r, c, "1=a 2=b 3=d ");
	assert_int_equal(metric_get(METRIC_BRIDGE_QUEUE_DEPTH), 3);
}

static void nothing_is_taken_while_what_failed_may_still_be_on_the_disk(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	rig_send_all(r, s, "a");
	store_fail_next(r->b->s, 3); // the write, its removal, and that again
	rig_send(r, s, "b");
	loop_run(&r->b->loop);
	rig_send(r, s, "c");
	loop_run(&r->b->loop);
	rig_send(r, s, "d");
	loop_run(&r->b->loop);
	rig_send(r, s, "e");
	rig_check_said(r, "b:failed c:failed d:failed e:kept2 ");
}

// A disk that is full: what the store has in memory is on no disk, and its sender is told so.
static void what_the_store_only_holds_is_refused_and_taken_back(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	rig_send_all(r, s, "a");
	store_hold_next(r->b->s, 3); // the write, its removal, and that again
	rig_send(r, s, "bc");
	loop_run(&r->b->loop);
	assert_int_equal(rig_records(r, "bridge_entry"), 1);
	rig_send(r, s, "b");
	loop_run(&r->b->loop);
	rig_send(r, s, "b"); // there is room again
	rig_check_said(r, "b:failed c:failed b:failed b:failed ");
	rig_send(r, s, "cd");
	rig_check_said(r, "c:kept2 d:kept3 ");
	rig_check_given(r, c, "1=a 2=c 3=d ");
	assert_int_equal(rig_records(r, "bridge_entry"), 3);
	if (!r->b->backend->durable)
		return;
	rig_restart(r);
	rig_check_given(r, rig_cursor(r, rig_stream(r)), "1=a 2=c 3=d ");
}

static void a_message_is_not_kept_when_its_consumer_is_not(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	rig_send_all(r, s, "a");
	store_fail_next(r->b->s, 1);
	struct cursor *c = rig_cursor_at(r, s, "bot:1", false);
	rig_settle(r); // fails, and the rig's write with it
	store_fail_next(r->b->s, 1);
	rig_send(r, s, "b"); // tries both again
	rig_check_said(r, "b:failed ");
	rig_send(r, s, "b");
	rig_check_said(r, "b:kept2 ");
	rig_check_given(r, c, "2=b ");
	assert_int_equal(rig_records(r, "bridge_cursor"), 1);
}

static void what_follows_a_failure_is_refused_though_the_disk_took_it(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	rig_send(r, s, "a");
	rig_start_job(r);
	store_fail_next(r->b->s, 1);
	rig_send(r, s, "bc");
	rig_check_said(r, "a:kept1 b:failed c:failed ");
	store_fail_next(r->b->s, 1);
	rig_send(r, s, "d");
	rig_start_job(r);
	rig_send(r, s, "ef"); // these are written, and removed
	rig_check_said(r, "d:failed e:failed f:failed ");
	assert_int_equal(rig_records(r, "bridge_entry"), 1);
	rig_send(r, s, "fg");
	rig_check_said(r, "f:kept2 g:kept3 ");
}

static void a_message_is_not_kept_when_its_consumer_failed_before_it(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	rig_send_all(r, s, "a");
	store_fail_next(r->b->s, 1);
	rig_cursor_at(r, s, "bot:1", false);
	rig_start_job(r);
	rig_send(r, s, "b");
	rig_check_said(r, "b:failed ");
	rig_send(r, s, "b");
	rig_check_said(r, "b:kept2 ");
	assert_int_equal(rig_records(r, "bridge_cursor"), 1);
}

static void a_message_waits_for_no_consumer_that_came_after_it(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	rig_send_all(r, s, "a");
	rig_send(r, s, "b");
	rig_start_job(r);
	store_fail_next(r->b->s, 1);
	rig_cursor_at(r, s, "bot:1", false);
	rig_check_said(r, "b:kept2 ");
}

static void entries_stay_until_the_floor_is_on_the_disk(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	struct cursor *c = rig_cursor(r, s);
	rig_send_all(r, s, "abc");
	stream_clear(s);
	store_fail_next(r->b->s, 1);
	rig_settle(r);
	rig_check_given(r, c, "1=a 2=b 3=c ");
	rig_cursor(r, s); // tries it again
	rig_settle(r);
	rig_check_given(r, c, "gap1-3:cleared ");
}

static void who_dies_waiting_is_not_called(void **state)
{
	struct rig *r = *state;
	struct stream *s = rig_stream(r);
	rig_send(r, s, "ab");
	stream_forget(r->all, &s);
	stream_forget(r->all, r);
	rig_check_said(r, "");
	assert_int_equal(stream_last(s), 2);
}

static void who_is_freed_is_not_called(void **state)
{
	struct rig *r = *state;
	struct cursor_spec spec = {SPAN("bot:all"), false, rig_ready, r};
	assert_true(streams_follow(r->all, STREAM_TO_BOTS, &spec));
	rig_send(r, rig_stream(r), "ab");
	rig_start_job(r);
	rig_send(r, rig_stream(r), "c");
	streams_free(r->all);
	rig_check_said(r, "");
	bed_reopen(r->b);
	r->all = streams_new(r->b->s, &r->config);
}

// ---- followers

static void a_follower_gets_all_of_a_channel_nobody_named(void **state)
{
	struct rig *r = *state;
	struct cursor_spec spec = {SPAN("bot:all"), false, rig_ready, r};
	assert_null(streams_get(r->all, STREAM_TO_BOTS, SPAN("new")));
	rig_send_all(r, rig_stream(r), "a");
	assert_true(streams_follow(r->all, STREAM_TO_BOTS, &spec));
	assert_null(streams_get(r->all, STREAM_TO_MODS, SPAN("new")));
	struct stream *s = streams_get(r->all, STREAM_TO_BOTS, SPAN("new"));
	rig_send_all(r, s, "x");
	assert_int_equal(r->readies, 1);
	rig_check_given(r, cursor_find(s, SPAN("bot:all")), "1=x ");
	rig_check_given(r, cursor_find(rig_stream(r), SPAN("bot:all")), "");
	assert_ptr_equal(streams_follower_owner(r->all, STREAM_TO_BOTS, SPAN("bot:all")), r);
	streams_unfollow(r->all, STREAM_TO_BOTS, SPAN("bot:all"), r);
	assert_null(streams_follower_owner(r->all, STREAM_TO_BOTS, SPAN("bot:all")));
	assert_null(cursor_owner(cursor_find(s, SPAN("bot:all"))));
	assert_ptr_equal(streams_get(r->all, STREAM_TO_BOTS, SPAN("new")), s);
	struct stream *away = streams_get(r->all, STREAM_TO_BOTS, SPAN("newer"));
	rig_send_all(r, away, "y");
	assert_true(streams_follow(r->all, STREAM_TO_BOTS, &spec));
	rig_check_given(r, cursor_find(away, SPAN("bot:all")), "1=y ");
}

static void a_channel_that_is_only_followed_ends_when_nothing_comes(void **state)
{
	struct rig *r = *state;
	struct cursor_spec spec = {SPAN("bot:all"), false, rig_ready, r};
	assert_true(streams_follow(r->all, STREAM_TO_BOTS, &spec));
	struct stream *s = streams_get(r->all, STREAM_TO_BOTS, SPAN("new"));
	uint64_t epoch = stream_epoch(s);
	rig_send_all(r, s, "ab");
	rig_ack(r, cursor_find(s, SPAN("bot:all")), 1);
	rig_pass_ms(r, 6 * 86400000ULL);
	streams_minute(r->all);
	rig_settle(r);
	rig_ack(r, cursor_find(s, SPAN("bot:all")), 2);
	rig_pass_ms(r, 86400000 - 1);
	streams_minute(r->all);
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_stream"), 1);
	rig_pass_ms(r, 1);
	streams_minute(r->all);
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_stream"), 0);
	assert_int_equal(rig_records(r, "bridge_cursor"), 1); // the follower
	s = streams_get(r->all, STREAM_TO_BOTS, SPAN("new"));
	assert_true(stream_epoch(s) > epoch);
	rig_cursor(r, s); // one that is no follower holds it
	rig_pass_ms(r, 8 * 86400000ULL);
	streams_minute(r->all);
	assert_ptr_equal(streams_get(r->all, STREAM_TO_BOTS, SPAN("new")), s);
}

static void who_followed_and_now_names_its_channel_keeps_it(void **state)
{
	struct rig *r = *state;
	struct cursor_spec spec = {SPAN("bot:1"), false, rig_ready, r};
	assert_true(streams_follow(r->all, STREAM_TO_BOTS, &spec));
	struct stream *s = streams_get(r->all, STREAM_TO_BOTS, SPAN("new"));
	rig_send_all(r, s, "a");
	rig_ack(r, cursor_find(s, SPAN("bot:1")), 1);
	rig_pass_ms(r, 5 * 86400000ULL);
	streams_unfollow(r->all, STREAM_TO_BOTS, SPAN("bot:1"), r);
	struct cursor *c = rig_cursor(r, s);
	rig_pass_ms(r, 3 * 86400000ULL);
	streams_minute(r->all);
	rig_settle(r);
	assert_ptr_equal(streams_find(r->all, STREAM_TO_BOTS, SPAN("new")), s);
	assert_ptr_equal(cursor_find(s, SPAN("bot:1")), c);
}

static void followers_are_bounded_and_forgotten(void **state)
{
	struct rig *r = *state;
	char name[16];
	for (int i = 0; i <= STREAMS_FOLLOWERS_MAX; i++) {
		snprintf(name, sizeof name, "bot:%d", i);
		assert_int_equal(
			streams_follow(r->all, STREAM_TO_BOTS,
				&(struct cursor_spec){span_str(name), false, rig_ready, r}),
			i < STREAMS_FOLLOWERS_MAX);
	}
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_cursor"), STREAMS_FOLLOWERS_MAX);
	for (int i = 1; i < STREAMS_FOLLOWERS_MAX; i++) {
		snprintf(name, sizeof name, "bot:%d", i);
		streams_unfollow(r->all, STREAM_TO_BOTS, span_str(name), r);
	}
	rig_pass_ms(r, 7 * 86400000ULL);
	streams_minute(r->all);
	rig_settle(r);
	assert_int_equal(rig_records(r, "bridge_cursor"), 1);
	assert_true(streams_follow(r->all, STREAM_TO_BOTS,
		&(struct cursor_spec){SPAN("bot:new"), false, rig_ready, r}));
}

// ---- the operator

static void put_queue(void *to, const struct bridging_queue *q)
{
	struct rig *r = to;
	buf_printf(&r->got, "%.*s%s depth %llu", (int)q->channel.n, q->channel.p,
		q->towards == BRIDGING_TO_BOTS ? ">" : "<", (unsigned long long)q->depth);
	for (size_t i = 0; i < q->n_consumers; i++) {
		const struct bridging_consumer *c = &q->consumers[i];
		buf_printf(&r->got, " %.*s%s %llu/%llu", (int)c->name.n, c->name.p,
			c->connected ? "" : "-", (unsigned long long)c->waiting,
			(unsigned long long)c->lost);
	}
	assert_int_equal(q->oldest_us, q->depth ? RIG_WALL_US : 0);
	assert_int_equal(!q->bytes, !q->depth);
	buf_char(&r->got, ';');
}

static bool list(struct rig *r, const char *after, enum bridging_towards towards, size_t limit)
{
	struct bridging *b = streams_bridging(r->all);
	return b->ops->queues(
		b, &(struct bridging_page){span_str(after), towards, limit}, put_queue, r);
}

static void an_operator_sees_the_queues_in_pages(void **state)
{
	struct rig *r = *state;
	struct cursor *c = rig_cursor(r, rig_stream(r));
	r->config.limits.count = 3;
	streams_configure(r->all, &r->config);
	rig_send_all(r, rig_stream(r), "abcd");
	cursor_close(c, r);
	rig_send_all(r, streams_open(r->all, STREAM_TO_MODS, SPAN("123")), "e");
	assert_non_null(streams_open(r->all, STREAM_TO_BOTS, SPAN("0")));
	assert_true(list(r, "", BRIDGING_TO_BOTS, 2));
	assert_false(list(r, "123", BRIDGING_TO_BOTS, 2));
	check_text(buf_bytes(&r->got), "0> depth 0;123> depth 3 bot:1- 3/1;123< depth 1;");
}

static void an_operator_clears_a_queue(void **state)
{
	struct rig *r = *state;
	struct bridging *b = streams_bridging(r->all);
	uint64_t n = 9;
	rig_send_all(r, rig_stream(r), "ab");
	assert_non_null(b->ops->clear(b, SPAN("none"), BRIDGING_TO_BOTS, &n));
	assert_non_null(b->ops->clear(b, SPAN("123"), BRIDGING_TO_MODS, &n));
	assert_int_equal(n, 0);
	assert_null(b->ops->clear(b, SPAN("123"), BRIDGING_TO_BOTS, &n));
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(messages_are_numbered_and_answered_when_they_are_on_the_disk),
		RIG_TEST(what_is_sent_twice_is_kept_once),
		RIG_TEST(ids_are_the_senders_own),
		RIG_TEST(ids_are_known_for_a_while_after_their_message_is_gone),
		RIG_TEST(only_so_many_ids_of_what_is_gone_are_known),
		RIG_TEST(all_streams_together_know_only_so_many_ids_of_what_is_gone),
		RIG_TEST(what_all_have_acknowledged_goes),
		RIG_TEST(what_is_not_acknowledged_is_given_again),
		RIG_TEST(acknowledging_never_goes_back_nor_beyond_what_there_is),
		RIG_TEST(a_newcomer_starts_at_either_end),
		RIG_TEST(who_was_taken_over_cannot_close),
		RIG_TEST(over_the_count_the_oldest_go_and_each_consumer_is_told),
		RIG_TEST(a_gap_is_told_again_until_it_is_acknowledged),
		RIG_TEST(a_gap_says_when_the_first_and_the_last_came),
		RIG_TEST(over_the_bytes_the_oldest_go),
		RIG_TEST(what_is_too_old_goes),
		RIG_TEST(all_streams_have_a_bound_together_and_the_largest_pays),
		RIG_TEST(what_is_being_written_is_bounded),
		RIG_TEST(large_texts_and_ids_are_refused),
		RIG_TEST(names_that_are_none_and_too_many_are_refused),
		RIG_TEST(what_is_cleared_is_a_gap),
		RIG_TEST(a_consumer_that_stays_away_is_forgotten),
		RIG_TEST(a_stream_without_anything_ends_and_begins_as_another),
		RIG_TEST(what_the_disk_refused_is_refused_and_its_number_used_again),
		RIG_TEST(nothing_is_taken_while_what_failed_may_still_be_on_the_disk),
		RIG_TEST(what_the_store_only_holds_is_refused_and_taken_back),
		RIG_TEST(a_message_is_not_kept_when_its_consumer_is_not),
		RIG_TEST(what_follows_a_failure_is_refused_though_the_disk_took_it),
		RIG_TEST(a_message_is_not_kept_when_its_consumer_failed_before_it),
		RIG_TEST(a_message_waits_for_no_consumer_that_came_after_it),
		RIG_TEST(entries_stay_until_the_floor_is_on_the_disk),
		RIG_TEST(who_dies_waiting_is_not_called),
		RIG_TEST(who_is_freed_is_not_called),
		RIG_TEST(a_follower_gets_all_of_a_channel_nobody_named),
		RIG_TEST(a_channel_that_is_only_followed_ends_when_nothing_comes),
		RIG_TEST(who_followed_and_now_names_its_channel_keeps_it),
		RIG_TEST(followers_are_bounded_and_forgotten),
		RIG_TEST(an_operator_sees_the_queues_in_pages),
		RIG_TEST(an_operator_clears_a_queue),
	};
	int failed = 0;
	for (const struct store_backend *const *it = stores; *it; it++)
		failed += bed_run_tests(*it, tests, countof(tests));
	return failed;
}
