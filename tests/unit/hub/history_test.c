// SPDX-License-Identifier: MIT
// History over a real store in a file, so that a test can restart: what was said is found again,
// once and in order, within the bounds, whatever the disk and the clock do.
#include "../store/store_bed.h"
#include "hub_rig.h"

#include "base/log.h"
#include "hub/history_page.h"

#define DAY_MS UINT64_C(86400000)

struct test {
	struct bed *b;
	struct rig *r; // remembers 3 lines a channel
	struct history h;
	struct history_config config;
	struct session *ear;
	struct history_wait wait;
	struct buf got;
	uint64_t first, last; // numbers on the last page
	bool older, newer;
};

static void start(struct test *t)
{
	void *r;
	uint64_t ms = clock_ms(), us = clock_wall_us();
	rig_setup(&r);
	clock_set(ms, us);
	t->r = r;
	history_init(&t->h, &t->r->hub, t->b->s, &t->config);
	t->ear = rig_open(t->r, t->r->mud, 0, WIRE_LINE, RIGHT_ALL);
}

static void stop(struct test *t)
{
	void *r = t->r;
	rig_close(t->r, 0);
	history_fini(&t->h);
	rig_teardown(&r);
}

static void restart(struct test *t)
{
	stop(t);
	bed_reopen(t->b);
	start(t);
}

static int set_up(void **state)
{
	struct test *t = mem_zalloc(sizeof *t);
	void *b = (void *)(uintptr_t)&store_sqlite;
	bed_set_up(&b);
	clock_set(RIG_NOW_MS, RIG_WALL_US);
	t->b = b;
	t->config = (struct history_config){10000, 30};
	start(t);
	assert_int_equal(channel_join(t->ear, SPAN("chat")), CHANNEL_JOINED);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct test *t = *state;
	void *b = t->b;
	stop(t);
	bed_tear_down(&b);
	buf_fini(&t->got);
	free(t);
	return 0;
}

#define HISTORY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

// ---- saying and asking

#define SEQ(n) (RIG_WALL_US + (n)-1) // of the nth message while time stands

static void say(struct test *t, const char *channel, const char *text)
{
	struct channel *c = channel_find(t->r->mud, span_str(channel));
	struct message m = {0};
	assert_non_null(c);
	hub_stamp(&t->r->hub, &m);
	channel_remember(c, &(struct channel_line){.seq = m.seq,
				    .wall_us = m.wall_us,
				    .from_mud = SPAN("Beta"),
				    .from_user = SPAN("bob"),
				    .visname = SPAN("Bob"),
				    .message = span_str(text)});
}

static void say_numbers(struct test *t, int from, int to)
{
	for (int i = from; i <= to; i++) {
		char text[16];
		snprintf(text, sizeof text, "%d", i);
		say(t, "chat", text);
	}
}

// "s:< 2 3 >": from the store; there are older and newer ones.  m: memory was enough.
static void put_page(struct test *t, const struct history_page *page)
{
	if (page->older)
		buf_lit(&t->got, "< ");
	for (size_t i = 0; i < page->n; i++) {
		buf_span(&t->got, page->at[i].message);
		buf_char(&t->got, ' ');
		assert_true(i == 0 || page->at[i].seq > page->at[i - 1].seq);
	}
	if (page->newer)
		buf_char(&t->got, '>');
	if (!page->complete)
		buf_char(&t->got, '!');
	t->first = page->n ? page->at[0].seq : 0;
	t->last = page->n ? page->at[page->n - 1].seq : 0;
	t->older = page->older;
	t->newer = page->newer;
}

static void on_page(struct history_wait *w, const struct history_page *page)
{
	struct test *t = container_of(w, struct test, wait);
	buf_lit(&t->got, "s:");
	put_page(t, page);
}

static struct history_query query(struct test *t, uint64_t from, uint64_t to, uint32_t limit)
{
	return (struct history_query){.identity = t->r->mud,
		.channel = SPAN("chat"),
		.from = from,
		.to = to,
		.limit = limit,
		.forward = from};
}

static void ask(struct test *t, const struct history_query *q)
{
	t->wait = (struct history_wait){.run = on_page};
	history_page_ask(&t->wait, q);
}

static const char *text_of(struct test *t)
{
	buf_char(&t->got, '\0');
	t->got.n = 0;
	return t->got.p;
}

static const char *look_for(struct test *t, const struct history_query *q)
{
	struct arena arena = {0};
	struct history_page page;
	t->got.n = 0;
	if (history_page_now(q, &arena, &page)) {
		buf_lit(&t->got, "m:");
		put_page(t, &page);
	} else {
		ask(t, q);
		loop_run(&t->b->loop);
	}
	arena_fini(&arena);
	return text_of(t);
}

// from: the number after a mark, 0 without; the newest lines then.
static const char *look(struct test *t, uint64_t from, uint64_t to, uint32_t limit)
{
	struct history_query q = query(t, from, to, limit);
	return look_for(t, &q);
}

static void count_row(void *owner, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(int *)owner;
}

static int records(struct test *t)
{
	int n = 0;
	store_scan(t->b->s, SPAN("history"), count_row, NULL, &n);
	loop_run(&t->b->loop);
	return n;
}

// ---- the tests

static void memory_answers_what_it_holds_and_the_store_the_rest(void **state)
{
	struct test *t = *state;
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "m:");
	say_numbers(t, 1, 3);
	assert_string_equal(look(t, 0, UINT64_MAX, 2), "m:< 2 3 ");
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "m:1 2 3 ");
	assert_string_equal(look(t, SEQ(1), UINT64_MAX, 2), "m:1 2 >");
	say_numbers(t, 4, 5);
	assert_string_equal(look(t, 0, UINT64_MAX, 3), "m:< 3 4 5 ");
	assert_string_equal(look(t, 0, UINT64_MAX, 4), "s:< 2 3 4 5 ");
	assert_string_equal(look(t, 0, UINT64_MAX, 5), "s:1 2 3 4 5 ");
	assert_string_equal(look(t, 0, SEQ(5), 9), "s:1 2 3 4 >");
	assert_string_equal(look(t, 0, SEQ(1), 9), "m:");
	assert_string_equal(look(t, SEQ(3), UINT64_MAX, 9), "m:< 3 4 5 ");
	assert_string_equal(look(t, SEQ(2), UINT64_MAX, 2), "s:< 2 3 >");
	assert_string_equal(look(t, SEQ(2), SEQ(4), 9), "s:< 2 3 >");
	assert_string_equal(look(t, SEQ(4), SEQ(2), 9), "m:");
	assert_string_equal(look(t, SEQ(6), UINT64_MAX, 9), "m:");
	assert_string_equal(look(t, 0, UINT64_MAX, 0), "m:");
}

static void without_a_store_memory_is_all_there_is(void **state)
{
	struct test *t = *state;
	history_fini(&t->h);
	say_numbers(t, 1, 5);
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "m:3 4 5 ");
	history_init(&t->h, &t->r->hub, t->b->s, &t->config);
}

static void pages_follow_each_other_without_gap_or_double(void **state)
{
	struct test *t = *state;
	struct buf all = {0};
	uint64_t to = UINT64_MAX, from = 0;
	int pages = 0;
	say_numbers(t, 1, 100);
	do {
		look(t, 0, to, 7);
		to = t->first;
		pages++;
	} while (t->older);
	assert_int_equal(pages, 15);
	assert_int_equal(t->first, SEQ(1));
	from = 1;
	do {
		const char *page = look(t, from, UINT64_MAX, 7);
		while (*page < '0' || *page > '9')
			page++;
		buf_str(&all, page);
		if (t->newer)
			all.n--;
		from = t->last + 1;
	} while (t->newer);
	buf_char(&all, '\0');
	const char *at = all.p;
	for (int i = 1; i <= 100; i++)
		assert_int_equal(strtol(at, (char **)(uintptr_t)&at, 10), i);
	assert_string_equal(at, " ");
	buf_fini(&all);
}

static void what_was_said_outlives_a_restart_once_and_in_order(void **state)
{
	struct test *t = *state;
	say_numbers(t, 1, 10);
	loop_run(&t->b->loop);
	restart(t);
	assert_null(channel_find(t->r->mud, SPAN("chat")));
	assert_string_equal(look(t, 0, UINT64_MAX, 4), "s:< 7 8 9 10 ");
	assert_int_equal(channel_join(t->ear, SPAN("chat")), CHANNEL_JOINED);
	say_numbers(t, 11, 12);
	assert_string_equal(look(t, 0, UINT64_MAX, 2), "m:< 11 12 ");
	assert_string_equal(look(t, 0, UINT64_MAX, 4), "s:< 9 10 11 12 ");
	assert_string_equal(look(t, 0, UINT64_MAX, 20), "s:1 2 3 4 5 6 7 8 9 10 11 12 ");
}

static void numbers_grow_over_a_restart_though_the_clock_goes_back(void **state)
{
	struct test *t = *state;
	say_numbers(t, 1, 3);
	loop_run(&t->b->loop);
	clock_set(RIG_NOW_MS, RIG_WALL_US - DAY_MS * 1000);
	restart(t);
	assert_int_equal(t->r->hub.seq, SEQ(3));
	assert_int_equal(channel_join(t->ear, SPAN("chat")), CHANNEL_JOINED);
	say_numbers(t, 4, 4);
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "s:1 2 3 4 ");
	assert_int_equal(t->last, SEQ(4));
}

static void numbers_follow_the_clock_but_stay_exact_in_javascript(void **state)
{
	struct test *t = *state;
	struct message m = {0};
	clock_set(RIG_NOW_MS, RIG_WALL_US + 5000);
	hub_stamp(&t->r->hub, &m);
	assert_int_equal(m.seq, RIG_WALL_US + 5000);
	clock_set(RIG_NOW_MS, RIG_WALL_US);
	hub_stamp(&t->r->hub, &m);
	assert_int_equal(m.seq, RIG_WALL_US + 5001);
	clock_set(RIG_NOW_MS, HUB_SEQ_MAX);
	hub_stamp(&t->r->hub, &m);
	assert_int_equal(m.seq, RIG_WALL_US + 5002);
}

static void of_many_lines_the_newest_are_kept(void **state)
{
	struct test *t = *state;
	t->config.lines = 20;
	history_configure(&t->h, &t->config);
	for (int i = 1; i <= 991; i += 10) {
		say_numbers(t, i, i + 9);
		assert_in_range(records(t), 10, 20 + 16);
	}
	t->config.lines = 5;
	history_configure(&t->h, &t->config);
	assert_int_equal(records(t), 5);
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "s:996 997 998 999 1000 ");
	assert_string_equal(look(t, 0, UINT64_MAX, 5), "s:996 997 998 999 1000 ");
}

static void what_is_too_old_is_not_shown_and_then_removed(void **state)
{
	struct test *t = *state;
	say_numbers(t, 1, 5);
	clock_set(RIG_NOW_MS + 29 * DAY_MS, RIG_WALL_US + 29 * DAY_MS * 1000);
	say_numbers(t, 6, 9);
	assert_string_equal(look(t, 0, UINT64_MAX, 20), "s:1 2 3 4 5 6 7 8 9 ");
	clock_set(RIG_NOW_MS + 30 * DAY_MS, RIG_WALL_US + 30 * DAY_MS * 1000 + 10);
	assert_string_equal(look(t, 0, UINT64_MAX, 20), "s:6 7 8 9 ");
	assert_int_equal(records(t), 9);
	history_minute(&t->h);
	assert_int_equal(records(t), 4);
	assert_string_equal(look(t, 0, UINT64_MAX, 20), "s:6 7 8 9 ");
	clock_set(RIG_NOW_MS + 60 * DAY_MS, RIG_WALL_US + 60 * DAY_MS * 1000);
	assert_string_equal(look(t, 0, UINT64_MAX, 20), "m:");
	history_minute(&t->h);
	assert_int_equal(records(t), 0);
	assert_int_equal(map_count(&t->h.shelves), 0);
}

static void for_ever_is_for_ever_and_none_is_none(void **state)
{
	struct test *t = *state;
	t->config.days = 0;
	history_configure(&t->h, &t->config);
	say_numbers(t, 1, 5);
	clock_set(RIG_NOW_MS + 4000 * DAY_MS, RIG_WALL_US + 4000 * DAY_MS * 1000);
	history_minute(&t->h);
	assert_string_equal(look(t, 0, UINT64_MAX, 20), "s:1 2 3 4 5 ");
	t->config.lines = 0;
	history_configure(&t->h, &t->config);
	assert_int_equal(records(t), 0);
	say_numbers(t, 6, 6);
	assert_int_equal(records(t), 0);
	assert_string_equal(look(t, 0, UINT64_MAX, 20), "m:4 5 6 ");
}

static void what_was_kept_is_removed_when_it_starts_with_none(void **state)
{
	struct test *t = *state;
	say_numbers(t, 1, 5);
	loop_run(&t->b->loop);
	t->config.lines = 0;
	restart(t);
	history_minute(&t->h);
	assert_int_equal(records(t), 0);
}

static void a_line_the_disk_refused_is_counted_and_shown_from_memory(void **state)
{
	struct test *t = *state;
	int64_t lost = metric_get(METRIC_HISTORY_LOST), kept = metric_get(METRIC_HISTORY_KEPT);
	say_numbers(t, 1, 4);
	loop_run(&t->b->loop);
	store_fail_next(t->b->s, 1);
	say_numbers(t, 5, 5);
	loop_run(&t->b->loop);
	assert_int_equal(metric_get(METRIC_HISTORY_LOST) - lost, 1);
	assert_int_equal(metric_get(METRIC_HISTORY_KEPT) - kept, 4);
	say_numbers(t, 6, 6);
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "s:1 2 3 4 5 6 ");
	assert_int_equal(t->h.lost, 1);
	history_minute(&t->h);
	assert_int_equal(t->h.lost, 0);
}

static void a_line_a_full_disk_does_not_take_is_held_and_read(void **state)
{
	struct test *t = *state;
	int64_t lost = metric_get(METRIC_HISTORY_LOST), kept = metric_get(METRIC_HISTORY_KEPT);
	say_numbers(t, 1, 4);
	loop_run(&t->b->loop);
	store_hold_next(t->b->s, 1);
	say_numbers(t, 5, 6);
	loop_run(&t->b->loop);
	assert_int_equal(metric_get(METRIC_HISTORY_LOST) - lost, 0);
	assert_int_equal(metric_get(METRIC_HISTORY_KEPT) - kept, 6);
	assert_int_equal(t->h.waiting, 0);
	assert_int_equal(records(t), 6);
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "s:1 2 3 4 5 6 ");
}

static void a_store_that_fails_leaves_what_memory_has(void **state)
{
	struct test *t = *state;
	say_numbers(t, 1, 5);
	loop_run(&t->b->loop);
	store_fail_next(t->b->s, 1);
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "s:< 3 4 5 !");
}

static void lines_leave_room_in_the_queue_of_the_store(void **state)
{
	struct test *t = *state;
	int64_t lost = metric_get(METRIC_HISTORY_LOST);
	say_numbers(t, 1, HISTORY_WAITING_MAX + 5);
	assert_int_equal(metric_get(METRIC_HISTORY_LOST) - lost, 5);
	loop_run(&t->b->loop);
	assert_int_equal(t->h.waiting, 0);
	assert_int_equal(t->h.waiting_bytes, 0);
	say_numbers(t, 1, 5);
	assert_int_equal(metric_get(METRIC_HISTORY_LOST) - lost, 5);
	assert_int_equal(records(t), HISTORY_WAITING_MAX + 5);
}

static void bytes_on_their_way_are_bounded_too(void **state)
{
	struct test *t = *state;
	char *big = mem_zalloc(STORE_VALUE_MAX_BYTES - 999);
	memset(big, 'x', STORE_VALUE_MAX_BYTES - 1000);
	for (int i = 0; i < 20; i++)
		say(t, "chat", big);
	assert_in_range(t->h.waiting_bytes, 7 << 20, 10 << 20);
	assert_int_equal(t->h.waiting, 9);
	loop_run(&t->b->loop);
	assert_int_equal(t->h.waiting_bytes, 0);
	free(big);
}

// → how many were lost.
static int64_t keep_one_of_each(struct test *t, struct identity *i, uint64_t channels)
{
	int64_t lost = metric_get(METRIC_HISTORY_LOST);
	for (uint64_t n = 0; n < channels; n++) {
		char name[16];
		struct channel c = {.identity = i, .name = name};
		snprintf(name, sizeof name, "c%d", (int)n);
		history_keep(&t->h, &c,
			&(struct channel_line){.seq = SEQ(n), .wall_us = 1, .message = SPAN("x")});
	}
	return metric_get(METRIC_HISTORY_LOST) - lost;
}

static void one_identity_leaves_room_for_the_channels_of_others(void **state)
{
	struct test *t = *state;
	struct identity *other = hub_add_identity(&t->r->hub, "Alpha");
	uint64_t all = HISTORY_CHANNELS_MAX;
	assert_int_equal(keep_one_of_each(t, t->r->mud, all), all - HISTORY_CHANNELS_OF_ONE_MAX);
	assert_int_equal(keep_one_of_each(t, other, 100), 0);
	assert_int_equal(records(t), HISTORY_CHANNELS_OF_ONE_MAX + 100);
}

static void so_many_channels_are_kept_and_no_more(void **state)
{
	enum { EACH = HISTORY_CHANNELS_OF_ONE_MAX };
	struct test *t = *state;
	static const char *const names[] = {"A", "B", "C", "D"};
	for (size_t i = 0; i < countof(names); i++)
		assert_int_equal(
			keep_one_of_each(t, hub_add_identity(&t->r->hub, names[i]), EACH), 0);
	assert_int_equal(keep_one_of_each(t, t->r->mud, 3), 3);
	assert_int_equal(records(t), HISTORY_CHANNELS_MAX);
}

static void alike_names_are_apart_and_the_case_of_an_identity_is_not(void **state)
{
	static const char *const channels[] = {"cha", "chat", "chat2", "Chat", "chat\xc3\xa9"};
	struct test *t = *state;
	struct identity *other = hub_add_identity(&t->r->hub, "Alpha");
	struct session *there = rig_open(t->r, other, 1, WIRE_LINE, RIGHT_ALL);
	channel_leave(t->ear, SPAN("chat"));
	for (size_t i = 0; i < countof(channels); i++) {
		assert_int_equal(channel_join(t->ear, span_str(channels[i])), CHANNEL_JOINED);
		for (int n = 0; n < 4; n++)
			say(t, channels[i], channels[i]);
	}
	assert_int_equal(channel_join(there, SPAN("chat")), CHANNEL_JOINED);
	struct history_query q = query(t, 0, UINT64_MAX, 9);
	q.identity = other;
	assert_string_equal(look_for(t, &q), "m:");
	rig_close(t->r, 1);
	loop_run(&t->b->loop);
	restart(t);
	q = query(t, 0, UINT64_MAX, 9);
	assert_string_equal(look_for(t, &q), "s:chat chat chat chat ");
	q.identity = hub_add_identity(&t->r->hub, "ALPHAmud");
	assert_string_equal(look_for(t, &q), "s:chat chat chat chat ");
	q.identity = hub_add_identity(&t->r->hub, "Alpha");
	assert_string_equal(look_for(t, &q), "m:");
}

static void put_raw(struct test *t, struct span key, struct span value)
{
	store_put(t->b->s, SPAN("history"), key, value, NULL, NULL);
}

static void records_nobody_can_read_are_skipped(void **state)
{
	struct test *t = *state;
	say_numbers(t, 1, 4);
	put_raw(t, SPAN("alphamud\nchat\n1767323045000001"), SPAN("\1broken"));
	put_raw(t, SPAN(""), SPAN(""));
	put_raw(t, SPAN("\n"), SPAN(""));
	put_raw(t, SPAN("alphamud\nchat\n"), SPAN(""));
	put_raw(t, SPAN("alphamud\nchat\n17673230450000x1"), SPAN(""));
	put_raw(t, SPAN("alphamud\nchat\n9999999999999999"), SPAN(""));
	put_raw(t, SPAN("zzz"), SPAN(""));
	assert_string_equal(look(t, 0, SEQ(4), 9), "s:1 2 3 >");
	restart(t); // so memory does not have it either
	assert_string_equal(look(t, 0, UINT64_MAX, 9), "s:1 3 4 ");
	assert_string_equal(look(t, 0, UINT64_MAX, 2), "s:< 3 4 ");
	assert_int_equal(t->r->hub.seq, SEQ(4));
}

static void lines_said_while_it_waits_are_another_page(void **state)
{
	struct test *t = *state;
	struct history_query q = query(t, 0, UINT64_MAX, 4);
	say_numbers(t, 1, 10);
	ask(t, &q);
	say_numbers(t, 11, 30);
	loop_run(&t->b->loop);
	assert_string_equal(text_of(t), "s:< 7 8 9 10 >");
}

static void a_page_holds_so_many_bytes_and_always_a_line(void **state)
{
	struct test *t = *state;
	static char big[HISTORY_PAGE_BYTES_MAX];
	struct history_query q = query(t, 0, UINT64_MAX, 9);
	struct arena arena = {0};
	struct history_page page;
	for (int i = 0; i < 3; i++) {
		memset(big, 'x', i == 1 ? sizeof big - 1 : sizeof big / 3);
		big[i == 1 ? sizeof big - 1 : sizeof big / 3] = '\0';
		say(t, "chat", big);
	}
	history_page_now(&q, &arena, &page);
	assert_int_equal(page.n, 1);
	assert_true(page.older && !page.newer);
	q.to = page.at[0].seq;
	history_page_now(&q, &arena, &page);
	assert_int_equal(page.n, 1);
	assert_int_equal(page.at[0].message.n, sizeof big - 1);
	assert_true(page.older && page.newer);
	arena_fini(&arena);
}

static void who_leaves_while_it_waits_hears_nothing(void **state)
{
	struct test *t = *state;
	struct history_query q = query(t, 0, UINT64_MAX, 9);
	say_numbers(t, 1, 10);
	ask(t, &q);
	history_page_forget(&t->wait);
	history_page_forget(&t->wait);
	loop_run(&t->b->loop);
	assert_int_equal(t->got.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HISTORY_TEST(memory_answers_what_it_holds_and_the_store_the_rest),
		HISTORY_TEST(without_a_store_memory_is_all_there_is),
		HISTORY_TEST(pages_follow_each_other_without_gap_or_double),
		HISTORY_TEST(what_was_said_outlives_a_restart_once_and_in_order),
		HISTORY_TEST(numbers_grow_over_a_restart_though_the_clock_goes_back),
		HISTORY_TEST(numbers_follow_the_clock_but_stay_exact_in_javascript),
		HISTORY_TEST(of_many_lines_the_newest_are_kept),
		HISTORY_TEST(what_is_too_old_is_not_shown_and_then_removed),
		HISTORY_TEST(for_ever_is_for_ever_and_none_is_none),
		HISTORY_TEST(what_was_kept_is_removed_when_it_starts_with_none),
		HISTORY_TEST(a_line_the_disk_refused_is_counted_and_shown_from_memory),
		HISTORY_TEST(a_line_a_full_disk_does_not_take_is_held_and_read),
		HISTORY_TEST(a_store_that_fails_leaves_what_memory_has),
		HISTORY_TEST(lines_leave_room_in_the_queue_of_the_store),
		HISTORY_TEST(bytes_on_their_way_are_bounded_too),
		HISTORY_TEST(one_identity_leaves_room_for_the_channels_of_others),
		HISTORY_TEST(so_many_channels_are_kept_and_no_more),
		HISTORY_TEST(alike_names_are_apart_and_the_case_of_an_identity_is_not),
		HISTORY_TEST(records_nobody_can_read_are_skipped),
		HISTORY_TEST(lines_said_while_it_waits_are_another_page),
		HISTORY_TEST(a_page_holds_so_many_bytes_and_always_a_line),
		HISTORY_TEST(who_leaves_while_it_waits_hears_nothing),
	};
	log_threshold = LOG_CRITICAL; // the failures here are meant
	return cmocka_run_group_tests(tests, NULL, NULL);
}
