// SPDX-License-Identifier: MIT
#include "i3/oob_rig.h"

#include "i3/oob/group.h"
#include "i3/oob/mail.h"

// --- keys

static void test_only_the_newest_key_of_a_mud_counts(void **state)
{
	struct rig *r = *state;
	struct oob_keys *keys = &r->oob->keys;
	int64_t old = oob_keys_give(keys, r->us, SPAN("Foreign"), 0);
	int64_t new = oob_keys_give(keys, r->us, SPAN("FOREIGN"), 0);
	assert_in_range(old, 1, INT32_MAX);
	if (old != new)
		assert_null(oob_keys_find(keys, SPAN("Foreign"), old, 0));
	assert_non_null(oob_keys_find(keys, SPAN("foreign"), new, 0));
}

static void test_a_key_is_good_for_ten_minutes(void **state)
{
	struct oob_keys *keys = &((struct rig *)*state)->oob->keys;
	int64_t key = oob_keys_give(keys, NULL, SPAN("Foreign"), 1000);
	assert_non_null(oob_keys_find(keys, SPAN("Foreign"), key, 1000 + OOB_KEY_MS - 1));
	assert_null(oob_keys_find(keys, SPAN("Foreign"), key, 1000 + OOB_KEY_MS));
}

static void test_a_key_is_spent_once(void **state)
{
	struct oob_keys *keys = &((struct rig *)*state)->oob->keys;
	int64_t key = oob_keys_give(keys, NULL, SPAN("Foreign"), 0);
	oob_keys_spend(oob_keys_find(keys, SPAN("Foreign"), key, 0));
	assert_null(oob_keys_find(keys, SPAN("Foreign"), key, 0));
}

static void test_a_key_is_of_one_mud_and_an_announcement_no_key(void **state)
{
	struct oob_keys *keys = &((struct rig *)*state)->oob->keys;
	int64_t key = oob_keys_give(keys, NULL, SPAN("Foreign"), 0);
	assert_null(oob_keys_find(keys, SPAN("Other"), key, 0));
	assert_null(oob_keys_find(keys, SPAN("Foreign"), 0, 0));
	oob_keys_expect(keys, NULL, SPAN("Other"), 0);
	assert_non_null(oob_keys_find(keys, SPAN("Other"), 0, 0));
}

static void test_more_keys_than_there_is_room_for_push_out_the_one_that_ends_first(void **state)
{
	struct oob_keys *keys = &((struct rig *)*state)->oob->keys;
	int64_t first = oob_keys_give(keys, NULL, SPAN("m0"), 0), last = 0;
	for (int i = 1; i <= OOB_KEYS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof name, "m%d", i);
		last = oob_keys_give(keys, NULL, span_str(name), (uint64_t)i);
	}
	assert_null(oob_keys_find(keys, SPAN("m0"), first, 500));
	assert_non_null(oob_keys_find(keys, SPAN("m256"), last, 500));
}

// --- links

static bool has_deadline(const struct fake_wire *f)
{
	return uv_is_active((const uv_handle_t *)&f->wire.session->deadline.uv);
}

static void test_turns_pass_and_every_state_has_a_deadline(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_accept(r, "192.0.2.7");
	assert_int_equal(f->wire.session->state, OOB_EXPECTING);
	assert_true(has_deadline(f));
	assert_false(f->trusted);
	rig_free(f);
	f = rig_begin(r);
	assert_int_equal(f->wire.session->state, OOB_THEIRS);
	assert_true(has_deadline(f) && f->trusted);
	rig_hear(r, f, "({\"oob-end\",\"Foreign\",})");
	assert_string_equal(rig_sent(f), "({\"oob-end\",\"Example\",})\n");
	assert_int_equal(f->wire.session->state, OOB_THEIRS);
	assert_true(has_deadline(f));
	rig_free(f);
}

static void test_two_muds_cannot_pass_the_word_for_ever(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	int turns = 0;
	for (; f->wire.session && turns < 1000; turns++)
		rig_hear(r, f, "({\"oob-end\",\"Foreign\",})");
	assert_true(f->closed);
	assert_int_equal(turns, OOB_ROUNDS_MAX + 1);
	rig_free(f);
}

static void test_what_is_no_good_beginning_ends_the_link(void **state)
{
	static const char *const bad[] = {"0", "\"oob-begin\"", "({})", "({\"oob-begin\",})",
		"({\"oob-begin\",\"Foreign\",1,42,})", "({\"oob-begin\",\"Foreign\",1,0,})",
		"({\"oob-begin\",\"Foreign\",0,0,})", "({\"oob-begin\",\"Foreign\",2,42,})",
		"({\"oob-begin\",\"\",1,42,})", "({\"oob-begin\",\"Foreign\",\"1\",\"42\",})",
		"({\"oob-end\",\"Foreign\",})", "({\"mail\",\"Foreign\",1,42,5,6,7,8,9,})"};
	struct rig *r = *state;
	for (size_t i = 0; i < countof(bad); i++) {
		struct fake_wire *f = rig_accept(r, "192.0.2.7");
		rig_hear(r, f, bad[i]);
		assert_true(f->closed && f->bad && !f->trusted);
		assert_true(strstr(rig_sent(f), "({\"oob-error\",\"not-allowed\",") != NULL);
		rig_free(f);
	}
}

static void test_the_address_is_that_of_the_list_however_it_is_written(void **state)
{
	struct rig *r = *state;
	struct oob_key key = {r->us, "Foreign", 7, 0};
	struct fake_wire *f = rig_accept(r, "192.0.2.8");
	struct oob_session *s = f->wire.session;
	assert_non_null(oob_check(s, &key));
	strcpy(s->address, "192.0.2.7");
	assert_null(oob_check(s, &key));
	strcpy(s->address, "127.0.0.1");
	assert_non_null(oob_check(s, &key));
	key.mud = "Other"; // an identity of ours, which has no record
	assert_null(oob_check(s, &key));
	strcpy(s->address, "192.0.2.7");
	assert_non_null(oob_check(s, &key));
	rig_free(f);
}

static void test_unknown_requests_are_answered_and_unknown_answers_are_not(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	rig_hear(r, f, "({\"oob-file\",1,2,})");
	assert_string_equal(
		rig_sent(f), "({\"oob-error\",\"unk-type\",\"unknown packet type\",})\n");
	rig_hear(r, f, "({\"mail-ack\",([7:({}),]),})");
	rig_hear(r, f, "17");
	rig_hear(r, f, "({({\"a\",1,2,}),})");
	assert_string_equal(rig_sent(f), "");
	rig_hear(r, f, "({\"mail\",1,})");
	assert_true(strstr(rig_sent(f), "bad-pkt") != NULL);
	rig_free(f);
}

// --- mail

static bool is_free(void *of)
{
	return !((struct fake_wire *)of)->held;
}

static void test_mail_becomes_an_event_and_is_acknowledged_once_it_is_stored(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	rig_hear(r, f,
		"({\"mail\",7,\"Ann\",([\"Example\":({\"bob\",}),\"Other\":({\"eve\",}),]),"
		"([\"example\":({\"cid\",}),]),({\"dan\",}),12345,\"Hi\",\"a\rb\",})");
	assert_string_equal(rig_sent(f), "");
	assert_true(f->held);
	assert_string_equal(ear_text(&r->bed->ears[0]), "");
	bed_until(r->bed, is_free, f);
	assert_string_equal(rig_sent(f), "({\"mail-ack\",([7:({}),]),})\n");
	hub_turn_end(&r->bed->hub);
	const char *told = ear_text(&r->bed->ears[0]);
	assert_true(strstr(told, "\"from_mud\":\"Foreign\",\"from_user\":\"Ann\","
				 "\"users\":({\"bob\",\"cid\",\"dan\",}),") != NULL);
	assert_true(strstr(told, "\"to\":({([\"mud\":\"Example\",\"user\":\"bob\",]),"
				 "([\"mud\":\"Other\",\"user\":\"eve\",]),}),") != NULL);
	assert_true(
		strstr(told, "\"subject\":\"Hi\",\"message\":\"a\rb\",\"sent_at\":12345,") != NULL);
	rig_free(f);
}

static void test_mail_of_the_wrong_shape_is_acknowledged_with_a_reason(void **state)
{
	static const char *const bad[] = {"({\"mail\",7,0,0,0,0,0,0,0,})",
		"({\"mail\",7,\"a\",({\"Example\",}),({}),\"bob\",0,0,\"x\",})",
		"({\"mail\",7,\"a\",([\"Example\":\"bob\",]),([]),({}),0,0,\"x\",})",
		"({\"mail\",7,\"a\",([7:({\"bob\",}),]),([]),({0,\"\",}),0,0,\"x\",})"};
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	for (size_t i = 0; i < countof(bad); i++) {
		rig_hear(r, f, bad[i]);
		assert_string_equal(rig_sent(f),
			"({\"mail-ack\",([7:({\"nobody here is addressed\",}),]),})\n");
	}
	rig_free(f);
}

static void count_row(void *owner, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(int *)owner;
}

static void note_done(void *owner, uint64_t id, enum store_result result)
{
	(void)id, (void)result;
	*(bool *)owner = true;
}

// And is not in the store when its disk is well again.
static void check_not_kept(struct rig *r, struct span table)
{
	int rows = 0;
	bool done = false;
	store_take(r->bed->store, SPAN("rig"), SPAN("barrier"), note_done, &done);
	while (!done)
		uv_run(&r->bed->loop.uv, UV_RUN_ONCE);
	done = false;
	store_scan(r->bed->store, table, count_row, NULL, &rows);
	store_take(r->bed->store, SPAN("rig"), SPAN("barrier"), note_done, &done);
	while (!done)
		uv_run(&r->bed->loop.uv, UV_RUN_ONCE);
	assert_int_equal(rows, 0);
	assert_true(store_health(r->bed->store, &(struct buf){0}));
}

static void hear_mail_in_vain(struct rig *r)
{
	struct fake_wire *f = rig_begin(r);
	rig_hear(r, f, "({\"mail\",7,\"a\",([\"Example\":({\"bob\",}),]),0,0,0,\"s\",\"t\",})");
	timer_start(&r->bed->watchdog, BED_WAIT_MS);
	while (!f->closed)
		uv_run(&r->bed->loop.uv, UV_RUN_ONCE);
	timer_stop(&r->bed->watchdog);
	assert_string_equal(rig_sent(f), "");
	assert_string_equal(ear_text(&r->bed->ears[0]), "");
	rig_free(f);
	check_not_kept(r, SPAN("i3_mail_in"));
}

static void test_mail_the_store_does_not_keep_is_not_acknowledged(void **state)
{
	struct rig *r = *state;
	store_fail_next(r->bed->store, 1);
	hear_mail_in_vain(r);
}

static void test_mail_the_store_only_holds_is_not_acknowledged(void **state)
{
	struct rig *r = *state;
	store_hold_next(r->bed->store, 1);
	hear_mail_in_vain(r);
}

static void test_a_full_mailbox_says_so(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	struct oob_office *office = oob_office_of(r->oob, r->us);
	office->n_in = 1000;
	rig_hear(r, f, "({\"mail\",7,\"a\",([\"Example\":({\"bob\",}),]),0,0,0,\"s\",\"t\",})");
	assert_string_equal(rig_sent(f), "({\"mail-ack\",([7:({\"mailbox full\",}),]),})\n");
	office->n_in = 0;
	rig_free(f);
}

static void put_mail(struct rig *r, const char *key, int64_t sent_s)
{
	struct buf text = {0};
	buf_printf(&text, "({\"ann\",([\"Foreign\":({\"bob\",}),]),([]),\"s\",\"t\",%lld,})",
		(long long)sent_s);
	store_put(r->bed->store, SPAN("i3_mail_out"), span_str(key), buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
}

static void test_mail_nobody_took_in_three_days_is_given_up(void **state)
{
	struct rig *r = *state;
	struct oob_office *office = oob_office_of(r->oob, r->us);
	int64_t now_s = (int64_t)(clock_wall_us() / 1000000);
	put_mail(r, "Example\n00000000000000000007\nForeign", now_s - 3 * 86400);
	put_mail(r, "Example\n00000000000000000008\nForeign", now_s - 3 * 86400 + 60);
	oob_outmail_load(r->oob);
	assert_int_equal(oob_peer_find(office, SPAN("foreign"))->n, 2);
	oob_peers_tick(office);
	hub_turn_end(&r->bed->hub);
	assert_true(
		strstr(ear_text(&r->bed->ears[0]),
			"mail_status ([\"mail_id\":7,\"to_mud\":\"Foreign\",\"status\":\"failed\","
			"\"failures\":({\"not delivered in time\",}),])") != NULL);
	assert_int_equal(oob_peer_find(office, SPAN("foreign"))->n, 1);
	assert_int_equal(oob_number(office), now_s > 8 ? now_s : 9);
}

static void test_rows_that_cannot_be_read_stay_in_the_store(void **state)
{
	struct rig *r = *state;
	struct oob_office *office = oob_office_of(r->oob, r->us);
	put_mail(r, "Example\nx\nForeign", 0);
	put_mail(r, "Nobody\n00000000000000000007\nForeign", 0);
	put_mail(r, "Example\n00000000000000000007", 0);
	store_put(r->bed->store, SPAN("i3_mail_out"), SPAN("Example\n7\nForeign"), SPAN("rubbish"),
		NULL, NULL);
	oob_outmail_load(r->oob);
	assert_null(oob_peer_find(office, SPAN("Foreign")));
}

// --- what we send on a link another MUD opened

static void test_our_turn_sends_what_waits_one_by_one(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	put_mail(r, "Example\n00000000000000000007\nForeign", 4000000000);
	put_mail(r, "Example\n00000000000000000008\nForeign", 4000000000);
	oob_outmail_load(r->oob);
	rig_hear(r, f, "({\"oob-end\",\"Foreign\",})");
	assert_string_equal(rig_sent(f), "({\"mail\",7,\"ann\",([\"Foreign\":({\"bob\",}),]),([]),"
					 "({}),4000000000,\"s\",\"t\",})\n");
	assert_true(has_deadline(f));
	rig_hear(r, f, "({\"mail-ack\",([6:({}),]),})"); // of another
	assert_string_equal(rig_sent(f), "");
	rig_hear(r, f, "({\"mail-ack\",([7:({}),]),})");
	assert_true(strstr(rig_sent(f), "({\"mail\",8,") != NULL);
	rig_hear(r, f, "({\"mail-ack\",([8:0,]),})");
	assert_string_equal(rig_sent(f), "({\"oob-end\",\"Example\",})\n");
	hub_turn_end(&r->bed->hub);
	assert_true(strstr(ear_text(&r->bed->ears[0]), "\"delivered\"") != NULL);
	rig_free(f);
}

static void test_a_failure_of_one_recipient_is_told(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	put_mail(r, "Example\n00000000000000000007\nForeign", 4000000000);
	oob_outmail_load(r->oob);
	rig_hear(r, f, "({\"oob-end\",\"Foreign\",})");
	rig_hear(r, f, "({\"mail-ack\",([7:({\"nobody\",}),]),})");
	hub_turn_end(&r->bed->hub);
	assert_true(
		strstr(ear_text(&r->bed->ears[0]),
			"mail_status ([\"mail_id\":7,\"to_mud\":\"Foreign\",\"status\":\"failed\","
			"\"failures\":({\"nobody\",}),])") != NULL);
	rig_free(f);
}

static void test_what_was_not_acknowledged_waits_on(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	put_mail(r, "Example\n00000000000000000007\nForeign", 4000000000);
	put_mail(r, "Example\n00000000000000000008\nForeign", 4000000000);
	oob_outmail_load(r->oob);
	rig_hear(r, f, "({\"oob-end\",\"Foreign\",})");
	rig_sent(f);
	rig_free(f); // lost with mail 7 under way
	f = rig_begin(r);
	rig_hear(r, f, "({\"oob-end\",\"Foreign\",})");
	assert_true(strstr(rig_sent(f), "({\"mail\",8,") != NULL); // 7 may be what broke the link
	rig_hear(r, f, "({\"mail-ack\",([8:({}),]),})");
	assert_true(strstr(rig_sent(f), "({\"mail\",7,") != NULL);
	rig_hear(r, f, "({\"oob-error\",\"not-allowed\",\"no\",})");
	assert_string_equal(rig_sent(f), "({\"oob-end\",\"Example\",})\n");
	hub_turn_end(&r->bed->hub);
	assert_true(strstr(ear_text(&r->bed->ears[0]), "({\"not-allowed: no\",})") != NULL);
	rig_free(f);
}

// --- files and news

static void test_an_upload_without_leave_is_refused(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	rig_hear(r, f, "({\"file-put\",7,\"Foreign\",\"eve\",\"x\",\"y\",})");
	assert_string_equal(rig_sent(f), "({\"file-put-ack\",7,-3,})\n");
	rig_free(f);
}

static void test_files_are_read_on_a_worker_and_the_link_waits(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	rig_hear(r, f, "({\"file-get-req\",7,\"Foreign\",\"eve\",\"x\",})");
	assert_true(f->held);
	assert_string_equal(rig_sent(f), "");
	bed_until(r->bed, is_free, f);
	assert_string_equal(rig_sent(f), "({\"file-get-reply\",7,-1,0,})\n"); // oob.files is empty
	rig_hear(r, f, "({\"file-list-req\",\"Foreign\",\"eve\",\"/\",})");
	bed_until(r->bed, is_free, f);
	assert_string_equal(
		rig_sent(f), "({\"oob-error\",\"bad-directory\",\"no such directory\",})\n");
	rig_free(f);
}

static void test_a_link_that_ends_during_file_work_is_not_answered(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	rig_hear(r, f, "({\"file-get-req\",7,\"Foreign\",\"eve\",\"x\",})");
	oob_session_lost(f->wire.session, "the peer is gone");
	f->wire.session = NULL;
	while (r->bed->loop.jobs)
		uv_run(&r->bed->loop.uv, UV_RUN_ONCE);
	assert_string_equal(rig_sent(f), "");
	rig_free(f);
}

static void test_news_are_posted_listed_and_read(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	rig_hear(r, f, "({\"news-grplist-req\",})");
	assert_string_equal(rig_sent(f), "({})\n");
	rig_hear(r, f, "({\"news-post-req\",\"Foreign\",4000,\"g\",0,\"s\",\"eve\",\"t\",})");
	assert_true(strstr(rig_sent(f), "may not post") != NULL);
	r->bed->config.oob.news_post = true;
	rig_hear(r, f, "({\"news-post-req\",\"Foreign\",4000,\"g\",0,\"s\",\"eve\",\"t\",})");
	assert_true(strstr(rig_sent(f), "no such newsgroup") != NULL);
	struct value kept[ARTICLE_SIZE] = {
		value_int(5), value_int(0), value_str("s"), value_str("ann"), value_str("t")};
	struct oob_office *office = oob_office_of(r->oob, r->us);
	oob_group_post(office, SPAN("g"), kept, NULL)->stored = true;
	rig_hear(r, f, "({\"news-read-req\",5,\"Foreign\",\"eve\",0,0,\"g\",1,})");
	assert_string_equal(rig_sent(f), "({5,1,\"s\",\"ann\",\"t\",})\n");
	rig_hear(r, f, "({\"news-post-req\",\"Foreign\",4000,\"g\",1,\"Re\",\"eve\",\"u\",})");
	bed_until(r->bed, is_free, f);
	assert_string_equal(rig_sent(f), "2\n");
	rig_hear(r, f, "({\"news-grplist-req\",})");
	assert_string_equal(rig_sent(f), "({({\"g\",1,2,}),})\n");
	rig_free(f);
}

static void test_news_the_store_only_holds_are_not_posted(void **state)
{
	struct rig *r = *state;
	struct fake_wire *f = rig_begin(r);
	struct oob_office *office = oob_office_of(r->oob, r->us);
	struct value kept[ARTICLE_SIZE] = {
		value_int(5), value_int(0), value_str("s"), value_str("ann"), value_str("t")};
	struct oob_article *first = oob_group_post(office, SPAN("g"), kept, NULL);
	first->stored = true;
	r->bed->config.oob.news_post = true;
	store_hold_next(r->bed->store, 1);
	rig_hear(r, f, "({\"news-post-req\",\"Foreign\",4000,\"g\",1,\"Re\",\"eve\",\"u\",})");
	bed_until(r->bed, is_free, f);
	assert_true(strstr(rig_sent(f), "the store did not keep it") != NULL);
	assert_null(oob_group_article(oob_group_find(office, SPAN("g")), 2));
	oob_article_failed(first);
	check_not_kept(r, SPAN("i3_news"));
	rig_free(f);
}

static void test_a_full_group_lets_its_oldest_article_go(void **state)
{
	struct rig *r = *state;
	struct oob_office *office = oob_office_of(r->oob, r->us);
	for (int i = 0; i < GROUP_ARTICLES + 3; i++) {
		struct value kept[ARTICLE_SIZE] = {value_int(5), value_int(0), value_str("s"),
			value_str("ann"), value_str("t")};
		oob_group_post(office, SPAN("g"), kept, NULL)->stored = true;
	}
	struct oob_group *g = oob_group_find(office, SPAN("g"));
	assert_int_equal(g->n, GROUP_ARTICLES);
	assert_int_equal(oob_group_first(g), 4);
	assert_int_equal(g->last, GROUP_ARTICLES + 3);
}

// --- anything at all

static void test_no_packet_of_any_shape_breaks_a_link(void **state)
{
	static const char *const types[] = {"mail", "mail-ack", "file-get-req", "file-list-req",
		"file-put", "file-get-reply", "news-grplist-req", "news-read-req", "news-post-req",
		"oob-begin", "oob-end", "oob-request", ""};
	static const char *const odd[] = {"0", "-1", "9223372036854775807", "\"\"", "\"x\"", "({})",
		"({0,})", "([])", "([0:0,])", "([\"Example\":({\"a\",}),])", "({({}),})", "1.5"};
	struct rig *r = *state;
	uint32_t seed = 1;
	for (int i = 0; i < 3000; i++) {
		struct fake_wire *f = rig_begin(r);
		for (int k = 0; k < 3; k++) {
			char text[512];
			int n = snprintf(text, sizeof text, "({\"%s\",",
				types[((seed = seed * 1664525 + 1013904223) >> 16) %
					countof(types)]);
			int elements = (int)((seed = seed * 1664525 + 1013904223) >> 16) % 10;
			for (int e = 0; e < elements; e++) {
				seed = seed * 1664525 + 1013904223;
				n += snprintf(text + n, sizeof text - (size_t)n, "%s,",
					odd[(seed >> 16) % countof(odd)]);
			}
			snprintf(text + n, sizeof text - (size_t)n, "})");
			rig_hear(r, f, text);
		}
		while (f->held && f->wire.session)
			uv_run(&r->bed->loop.uv, UV_RUN_ONCE);
		rig_free(f);
		uv_run(&r->bed->loop.uv, UV_RUN_NOWAIT);
	}
}

// --- in the start-up packet

static void test_what_is_on_is_advertised_with_its_port(void **state)
{
	struct rig *r = *state;
	struct arena arena = {0};
	struct value_list keys = {.arena = &arena};
	oob_advertise(r->oob, r->us, &keys);
	struct value map = value_list_map(&keys);
	assert_int_equal(value_get(&map, "mail")->i, 1);
	assert_int_equal(value_get(&map, "auth")->i, 1);
	assert_int_equal(value_get(&map, "oob")->i, 9001);
	assert_int_equal(oob_port(r->oob, r->us), 9001);
	r->bed->identities[0].services.mail = r->bed->identities[0].services.file = false;
	r->bed->identities[0].services.news = false;
	assert_int_equal(oob_port(r->oob, r->us), 0);
	assert_int_equal(oob_port(NULL, r->us), 0);
	arena_fini(&arena);
}

#define OOB_TEST(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OOB_TEST(test_only_the_newest_key_of_a_mud_counts),
		OOB_TEST(test_a_key_is_good_for_ten_minutes),
		OOB_TEST(test_a_key_is_spent_once),
		OOB_TEST(test_a_key_is_of_one_mud_and_an_announcement_no_key),
		OOB_TEST(test_more_keys_than_there_is_room_for_push_out_the_one_that_ends_first),
		OOB_TEST(test_turns_pass_and_every_state_has_a_deadline),
		OOB_TEST(test_two_muds_cannot_pass_the_word_for_ever),
		OOB_TEST(test_what_is_no_good_beginning_ends_the_link),
		OOB_TEST(test_the_address_is_that_of_the_list_however_it_is_written),
		OOB_TEST(test_unknown_requests_are_answered_and_unknown_answers_are_not),
		OOB_TEST(test_mail_becomes_an_event_and_is_acknowledged_once_it_is_stored),
		OOB_TEST(test_mail_of_the_wrong_shape_is_acknowledged_with_a_reason),
		OOB_TEST(test_mail_the_store_does_not_keep_is_not_acknowledged),
		OOB_TEST(test_mail_the_store_only_holds_is_not_acknowledged),
		OOB_TEST(test_a_full_mailbox_says_so),
		OOB_TEST(test_mail_nobody_took_in_three_days_is_given_up),
		OOB_TEST(test_rows_that_cannot_be_read_stay_in_the_store),
		OOB_TEST(test_our_turn_sends_what_waits_one_by_one),
		OOB_TEST(test_a_failure_of_one_recipient_is_told),
		OOB_TEST(test_what_was_not_acknowledged_waits_on),
		OOB_TEST(test_an_upload_without_leave_is_refused),
		OOB_TEST(test_files_are_read_on_a_worker_and_the_link_waits),
		OOB_TEST(test_a_link_that_ends_during_file_work_is_not_answered),
		OOB_TEST(test_news_are_posted_listed_and_read),
		OOB_TEST(test_news_the_store_only_holds_are_not_posted),
		OOB_TEST(test_a_full_group_lets_its_oldest_article_go),
		OOB_TEST(test_no_packet_of_any_shape_breaks_a_link),
		OOB_TEST(test_what_is_on_is_advertised_with_its_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
