// SPDX-License-Identifier: MIT
// A link against a router of ours on loopback, in the same loop: logging in, what is kept, coming
// back, bad input, pacing, silence; and two identities with the router in process.  Waits of the
// link are cut short by running its timers, with the clock set by hand.
#include "i3_rig.h"
#include "net/listener.h"
#include "proto/codecs.h"

struct fake { // a router that says what the test tells it to
	struct bed *bed;
	struct listener *listener;
	const char *name;
	struct conn *conn; // the last one that came
	unsigned logins;
	const char *lists; // packets sent right after each login
	bool mute;         // does not answer startup-req
	bool loops;        // sends self-addressed packets back
	bool alone;        // its startup-reply lists no routers
	struct buf got;    // packets, a line each
	unsigned n_got;
	unsigned wanted; // for fake_got()
};

static void fake_bytes(struct fake *f, struct span bytes)
{
	conn_write(f->conn, bytes);
}

static void fake_frame(struct fake *f, struct span text)
{
	struct buf frame = {0};
	codec_mudmode.put(NULL, &frame, (struct codec_msg){.body = text});
	fake_bytes(f, buf_bytes(&frame));
	buf_fini(&frame);
}

static void fake_say(struct fake *f, const char *text)
{
	fake_frame(f, span_str(text));
}

static void fake_open(struct conn *c)
{
	struct fake *f = conn_owner(c);
	f->conn = c;
	conn_use(c, &codec_mudmode, 1 << 20);
}

static void fake_welcome(struct fake *f)
{
	char text[200], list[80];
	f->logins++;
	snprintf(list, sizeof list, "({({\"%s\",\"127.0.0.1 1\",}),})", f->name);
	snprintf(text, sizeof text, "({\"startup-reply\",5,\"%s\",0,\"Example\",0,%s,123456789,})",
		f->name, f->alone ? "0" : list);
	fake_say(f, text);
	if (f->lists)
		fake_say(f, f->lists);
}

static void fake_msg(struct conn *c, struct codec_msg *m)
{
	struct fake *f = conn_owner(c);
	buf_span(&f->got, m->body);
	buf_char(&f->got, '\n');
	f->n_got++;
	if (span_starts(m->body, SPAN("({\"startup-req-3\"")) && !f->mute)
		fake_welcome(f);
	if (span_starts(m->body, SPAN("({\"auth-mud-req\"")) && f->loops)
		fake_frame(f, m->body);
}

static void fake_close(struct conn *c, enum conn_close why)
{
	struct fake *f = conn_owner(c);
	(void)why;
	if (f->conn == c)
		f->conn = NULL;
}

static const struct face face_fake = {
	.name = "fake", .on_open = fake_open, .on_msg = fake_msg, .on_close = fake_close};

static uint16_t port_of(const struct listener *l)
{
	return (uint16_t)strtoul(strrchr(listener_at(l), ':') + 1, NULL, 10);
}

static void fake_start(struct fake *f, struct bed *b, struct config_router_address *at)
{
	struct buf why = {0};
	f->bed = b;
	f->listener = listener_open(b->net,
		&(struct listener_spec){.name = "fake",
			.host = "127.0.0.1",
			.max = 10,
			.to = {.face = &face_fake, .owner = f}},
		&why);
	assert_non_null(f->listener);
	at->name = f->name;
	at->host = "127.0.0.1";
	at->port = port_of(f->listener);
}

static const char *fake_text(struct fake *f)
{
	buf_char(&f->got, '\0');
	f->got.n--;
	return f->got.p;
}

static void fake_clear(struct fake *f)
{
	buf_clear(&f->got);
	f->n_got = 0;
}

static bool has_got(void *of)
{
	struct fake *f = of;
	return f->n_got >= f->wanted;
}

static void fake_until(struct fake *f, unsigned n)
{
	f->wanted = n;
	bed_until(f->bed, has_got, f);
}

struct scene {
	struct bed *bed;
	struct i3_link *link;
	struct fake one, two;
	enum link_state wanted;
};

static bool is_in(void *of)
{
	struct scene *s = of;
	return s->link->state == s->wanted;
}

static void until(struct scene *s, enum link_state state)
{
	s->wanted = state;
	bed_until(s->bed, is_in, s);
}

// Turns of the loop that give what is under way on loopback the time to arrive.
static void settle(struct scene *s)
{
	for (int i = 0; i < 20; i++) {
		timer_start(&s->bed->later, 1);
		uv_run(&s->bed->loop.uv, UV_RUN_ONCE);
	}
}

static void hurry(struct timer *t)
{
	t->run(t);
}

static void pass(uint64_t ms)
{
	clock_set(clock_ms() + ms, 1700000000000000);
}

static void redial(struct scene *s)
{
	assert_int_equal(s->link->state, LINK_BACKOFF);
	pass(5 * SECOND_MS);
	hurry(&s->link->deadline);
}

static int set_up(void **state)
{
	struct scene *s = mem_zalloc(sizeof *s);
	clock_set(1000000, 1700000000000000);
	s->bed = bed_open();
	s->one.name = "*one";
	s->two.name = "*two";
	fake_start(&s->one, s->bed, &s->bed->config.router.primary);
	fake_start(&s->two, s->bed, &s->bed->fallback[0]);
	*state = s;
	return 0;
}

static void start(struct scene *s)
{
	s->bed->i3 = i3_new(s->bed->net, &s->bed->hub, s->bed->store, &s->bed->config, NULL);
	hub_identity(&s->bed->hub, SPAN("Other"))->wanted = false;
	s->link = bed_link(s->bed, "Example");
	i3_start(s->bed->i3);
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	listener_close(s->one.listener);
	listener_close(s->two.listener);
	bed_close(s->bed);
	buf_fini(&s->one.got);
	buf_fini(&s->two.got);
	clock_set(0, 0);
	free(s);
	return 0;
}

static void with_fallback(struct scene *s)
{
	s->bed->config.router.fallback.n = 1;
}

#define LOGIN(password)                                                                            \
	"({\"startup-req-3\",5,\"Example\",0,\"*one\",0," password                                 \
	",0,0,4000,0,0,\"ExLib 1.0\",\"ExLib\",\"FluffOS v2019\",\"LP\",\"open for public\","      \
	"\"a@b.c\",([\"beep\":1,\"channel\":1,\"emoteto\":1,\"finger\":1,\"locate\":1,\"tell\":1," \
	"\"who\":1,]"                                                                              \
	")"                                                                                        \
	",0,})\n"

static void a_password_is_kept_and_presented_next_time(void **state)
{
	struct scene *s = *state;
	start(s);
	until(s, LINK_READY);
	check_text(span_of(s->one.got.p, sizeof LOGIN("0") - 1), LOGIN("0"));
	assert_non_null(strstr(ear_text(&s->bed->ears[0]), "gateway_reconnected (["));
	assert_non_null(strstr(s->bed->ears[0].told.p, "\"status\":\"connected\""));
	assert_string_equal(s->link->uplink.ops->router(&s->link->uplink), "*one");
	assert_null(s->link->uplink.ops->trouble(&s->link->uplink));
	i3_free(s->bed->i3);
	settle(s);
	fake_clear(&s->one);
	start(s); // nothing but the store knows it now
	until(s, LINK_READY);
	check_text(span_of(s->one.got.p, sizeof LOGIN("123456789") - 1), LOGIN("123456789"));
}

static void a_reply_without_routers_is_a_login_all_the_same(void **state)
{
	struct scene *s = *state;
	s->one.alone = true;
	start(s);
	until(s, LINK_READY);
	assert_string_equal(s->link->router, "*one");
	assert_int_equal(
		passwords_find(&s->bed->i3->passwords, &(struct password_of){"Example", "*one"}),
		123456789);
}

static void log_in_vain(struct scene *s, void (*store_next)(struct store *, unsigned))
{
	s->one.mute = true;
	start(s);
	fake_until(&s->one, 1);
	store_next(s->bed->store, 1);
	fake_welcome(&s->one);
	until(s, LINK_BACKOFF);
	assert_non_null(strstr(s->link->uplink.ops->trouble(&s->link->uplink), "store"));
	check_text(buf_bytes(&s->bed->ears[0].told), "");
	s->one.mute = false;
	redial(s);
	until(s, LINK_READY);
}

static void a_password_that_is_not_on_the_disk_is_no_login(void **state)
{
	log_in_vain(*state, store_fail_next);
}

static void a_password_the_store_only_holds_is_no_login(void **state)
{
	struct scene *s = *state;
	log_in_vain(s, store_hold_next);
	assert_true(store_health(s->bed->store, &(struct buf){0})); // it was written with the next
}

static void a_configured_password_is_used_until_there_is_a_kept_one(void **state)
{
	struct scene *s = *state;
	s->bed->config.router.primary.password.number = 77;
	start(s);
	until(s, LINK_READY);
	check_text(span_of(s->one.got.p, sizeof LOGIN("77") - 1), LOGIN("77"));
}

static void a_refusal_is_told_in_words_and_tried_again_later(void **state)
{
	struct scene *s = *state;
	s->one.mute = true;
	start(s);
	fake_until(&s->one, 1);
	fake_say(&s->one, "({\"error\",5,\"*one\",0,\"Example\",0,\"warning\",\"take care\",0,})"
			  "({\"error\",5,\"*one\",0,\"Example\",0,\"not-allowed\",\"banned\",0,})");
	until(s, LINK_BACKOFF);
	assert_non_null(strstr(s->link->trouble.p, "banned (not-allowed)"));
	assert_int_equal(s->link->routers.at, 0);
	s->one.mute = false;
	redial(s);
	until(s, LINK_READY);
}

static const char *words(struct scene *s)
{
	return s->link->uplink.ops->trouble(&s->link->uplink);
}

static void check_words(struct scene *s, const char *begin, const char *in)
{
	const char *says = words(s);
	if (!says || strncmp(says, begin, strlen(begin)) || !strstr(says, in))
		fail_msg("\"%s\" is not \"%s … %s\"", says ? says : "nothing", begin, in);
}

static void every_state_says_what_is_wrong_and_what_comes_next(void **state)
{
	struct scene *s = *state;
	s->one.mute = true;
	s->bed->i3 = i3_new(s->bed->net, &s->bed->hub, s->bed->store, &s->bed->config, NULL);
	hub_identity(&s->bed->hub, SPAN("Other"))->wanted = false;
	s->link = bed_link(s->bed, "Example");
	check_words(s, "not started", "");
	i3_start(s->bed->i3);
	until(s, LINK_CONNECTING);
	check_words(s, "connecting to *one at 127.0.0.1 port ", ", for 20 s more at most");
	fake_until(&s->one, 1);
	pass(10 * SECOND_MS);
	check_words(s, "connected to *one at ", ", which has 20 s left to answer the login");
	fake_say(&s->one, "({\"error\",5,\"*one\",0,\"Example\",0,\"not-allowed\",\"banned\",0,})");
	until(s, LINK_BACKOFF);
	check_words(s, "the router refused the login: banned (not-allowed); trying *one in ", " s");
	assert_null(strstr(words(s), " in 0 s"));
	redial(s);
	check_words(s, "connecting to *one", "; before: the router refused the login: banned");
	until(s, LINK_STARTUP);
	hurry(&s->link->deadline);
	check_words(s, "the router did not answer the login (2 attempts have failed); trying", "");
	s->one.mute = false;
	redial(s);
	until(s, LINK_READY);
	assert_null(words(s));
	link_stop(s->link, 0);
	check_words(s, "stopped", "");
}

static void a_silent_router_is_left_for_the_next(void **state)
{
	struct scene *s = *state;
	with_fallback(s);
	s->one.mute = true;
	start(s);
	fake_until(&s->one, 1);
	assert_int_equal(s->link->state, LINK_STARTUP);
	hurry(&s->link->deadline);
	assert_int_equal(s->link->state, LINK_BACKOFF);
	redial(s);
	until(s, LINK_READY);
	assert_string_equal(s->link->router, "*two");
	assert_non_null(strstr(fake_text(&s->two), "\"*two\",0,0,0,0,4000")); // no password of *one
}

static void a_router_under_another_name_is_not_believed(void **state)
{
	struct scene *s = *state;
	s->bed->config.router.primary.name = "*i4";
	start(s);
	fake_until(&s->one, 1);
	settle(s);
	assert_int_equal(s->link->state, LINK_STARTUP);
}

static void a_router_that_cannot_be_reached_is_left_for_the_next(void **state)
{
	struct scene *s = *state;
	with_fallback(s);
	listener_close(s->one.listener);
	settle(s);
	start(s);
	until(s, LINK_BACKOFF);
	redial(s);
	until(s, LINK_READY);
	assert_string_equal(s->link->router, "*two");
	struct buf why = {0}; // for tear_down
	s->one.listener = listener_open(s->bed->net,
		&(struct listener_spec){.name = "x", .host = "127.0.0.1", .max = 1}, &why);
}

static void three_losses_in_ten_minutes_lead_to_the_next(void **state)
{
	struct scene *s = *state;
	with_fallback(s);
	start(s);
	until(s, LINK_READY);
	for (int i = 0; i < ROUTERS_LOSSES; i++) {
		assert_string_equal(s->link->router, "*one");
		conn_close(s->one.conn, CLOSE_DONE);
		until(s, LINK_BACKOFF);
		pass(i == 0 ? 1000 : ROUTERS_LOSSES_MS / 2 - 1000);
		redial(s);
		until(s, LINK_READY);
	}
	assert_string_equal(s->link->router, "*two");
}

static void attempts_can_be_limited_and_a_client_can_ask_for_more(void **state)
{
	struct scene *s = *state;
	s->bed->config.router.connection.max_reconnect_attempts = 2;
	s->one.mute = true;
	start(s);
	for (int i = 0; i < 2; i++) {
		until(s, LINK_STARTUP);
		hurry(&s->link->deadline);
		assert_int_equal(s->link->state, LINK_BACKOFF);
		redial(s);
	}
	until(s, LINK_STARTUP);
	hurry(&s->link->deadline);
	assert_int_equal(s->link->state, LINK_IDLE);
	s->one.mute = false;
	pass(ROUTERS_REST_MS);
	s->link->uplink.ops->reconnect(&s->link->uplink);
	until(s, LINK_READY);
}

static void pauses_start_at_the_configured_one_and_double(void **state)
{
	struct scene *s = *state;
	s->one.mute = true;
	s->bed->config.router.connection.reconnect_delay_s = 7;
	start(s);
	uint64_t want = 7000;
	for (int i = 0; i < 8; i++, want *= 2) {
		if (want > LINK_BACKOFF_CAP_MS)
			want = LINK_BACKOFF_CAP_MS;
		until(s, LINK_STARTUP);
		hurry(&s->link->deadline);
		uint64_t ms = uv_timer_get_due_in(&s->link->deadline.uv);
		assert_in_range(ms, want, want + want / 10);
		redial(s);
	}
}

static void bad_frames_cost_nothing_but_themselves(void **state)
{
	struct scene *s = *state;
	start(s);
	until(s, LINK_READY);
	int64_t bad = metric_get(METRIC_I3_BAD);
	struct buf out = {0};
	const char *texts[] = {"({\"tell\",5,\"T\",\"b\",\"Example\",\"a\",\"B\",\"one\",})",
		"\"bad",
		("({\"tell\",5,\"T\",\"b\",\"Example\",\"a\",\"B\",\"two\",})\r"
		 "({\"tell\",5,\"T\",\"b\",\"Example\",\"a\",\"B\",\"three\",})\r({({({("),
		"", "({\"tell\",5,\"T\",\"b\",\"Example\",\"a\",\"B\",\"four\",})"};
	for (size_t i = 0; i < countof(texts); i++)
		codec_mudmode.put(NULL, &out, (struct codec_msg){.body = span_str(texts[i])});
	for (size_t i = 0; i < out.n; i++) { // a byte at a time
		fake_bytes(&s->one, span_of(out.p + i, 1));
		if (i % 16 == 0)
			settle(s);
	}
	settle(s);
	const char *told = ear_text(&s->bed->ears[0]);
	const char *at = told;
	const char *words[] = {"one", "two", "three", "four"};
	for (size_t i = 0; i < countof(words); i++) {
		at = strstr(at, words[i]);
		assert_non_null(at);
	}
	assert_int_equal(metric_get(METRIC_I3_BAD) - bad, 2);
	assert_int_equal(s->link->state, LINK_READY);
	buf_fini(&out);
}

static void a_broken_stream_is_left_and_dialled_again(void **state)
{
	struct scene *s = *state;
	static const struct span ends[] = {{"\0\0\0\0", 4}, {"\xff\xff\xff\xff({", 6}};
	start(s);
	until(s, LINK_READY);
	for (size_t i = 0; i < countof(ends); i++) {
		fake_bytes(&s->one, ends[i]);
		until(s, LINK_BACKOFF);
		pass(ROUTERS_LOSSES_MS);
		redial(s);
		until(s, LINK_READY);
	}
}

static void a_large_frame_is_for_those_who_logged_in(void **state)
{
	struct scene *s = *state;
	struct buf big = {0};
	buf_str(&big, "({\"mudlist\",5,\"*one\",0,\"Example\",0,7,([");
	for (int i = 0; i < 1000; i++)
		buf_printf(&big,
			"\"Mud%d\":({-1,\"192.0.2.1\",1,0,0,\"%0100d\",\"B\",\"D\",\"LP\",\"o\","
			"\"e\",([\"tell\":1,]),0,}),",
			i, i);
	buf_str(&big, "]),})");
	s->one.mute = true;
	start(s);
	fake_until(&s->one, 1);
	fake_frame(&s->one, buf_bytes(&big));
	until(s, LINK_BACKOFF);
	s->one.mute = false;
	redial(s);
	until(s, LINK_READY);
	fake_frame(&s->one, buf_bytes(&big));
	while (!roster_up(&s->link->identity->roster))
		settle(s);
	assert_int_equal(roster_up(&s->link->identity->roster), 1000);
	buf_fini(&big);
}

#define LISTEN(channel, on)                                                                        \
	"({\"channel-listen\",5,\"Example\",0,\"*one\",0,\"" channel "\"," on ",})\n"

static void channels_are_listened_to_after_every_login(void **state)
{
	struct scene *s = *state;
	channel_join(s->bed->ears[0].session, SPAN("dchat"));
	s->one.lists =
		"({\"chanlist-reply\",5,\"*one\",0,\"Example\",0,9,([\"dchat\":({\"F\",0,}),]),})";
	start(s);
	until(s, LINK_READY);
	pass(SECOND_MS);
	fake_until(&s->one, 3);
	assert_non_null(strstr(fake_text(&s->one), LISTEN("dchat", "1")));
	channel_join(s->bed->ears[0].session, SPAN("other"));
	pass(SECOND_MS);
	fake_until(&s->one, 4);
	assert_non_null(strstr(fake_text(&s->one), LISTEN("other", "1")));
	conn_close(s->one.conn, CLOSE_DONE);
	until(s, LINK_BACKOFF);
	fake_clear(&s->one);
	channel_leave(s->bed->ears[0].session, SPAN("other"));
	redial(s);
	until(s, LINK_READY);
	pass(SECOND_MS);
	fake_until(&s->one, 3);
	assert_non_null(strstr(fake_text(&s->one), LISTEN("dchat", "1")));
	assert_null(strstr(fake_text(&s->one), "other"));
}

static void without_a_channel_list_they_are_listened_to_after_a_while(void **state)
{
	struct scene *s = *state;
	channel_join(s->bed->ears[0].session, SPAN("dchat"));
	start(s);
	until(s, LINK_READY);
	pass(SECOND_MS);
	settle(s);
	assert_null(strstr(fake_text(&s->one), "channel-listen"));
	hurry(&s->link->listens.gate);
	fake_until(&s->one, 3);
	assert_non_null(strstr(fake_text(&s->one), LISTEN("dchat", "1")));
}

static void many_channels_do_not_hold_up_talk(void **state)
{
	struct scene *s = *state;
	char name[16];
	start(s);
	until(s, LINK_READY);
	hurry(&s->link->listens.gate);
	for (int i = 0; i < SESSION_CHANNELS_MAX; i++) {
		snprintf(name, sizeof name, "c%d", i);
		channel_join(s->bed->ears[0].session, span_str(name));
	}
	assert_true(s->link->pacing.n <= LISTENS_AHEAD);
	unsigned total = SESSION_CHANNELS_MAX + 2;
	while (s->one.n_got < total) {
		pass(SECOND_MS);
		hurry(&s->link->pace);
		settle(s);
	}
	assert_non_null(strstr(fake_text(&s->one), LISTEN("c255", "1")));
}

static enum sent tell(struct scene *s, const char *text)
{
	return s->link->uplink.ops->submit(&s->link->uplink, &(struct intent){.kind = INTENT_TELL,
								     .from_user = SPAN("alice"),
								     .target_mud = SPAN("T"),
								     .target_user = SPAN("bob"),
								     .text = span_str(text)});
}

static void a_burst_goes_eight_at_once_then_eight_a_second_in_order(void **state)
{
	struct scene *s = *state;
	char text[32];
	start(s);
	until(s, LINK_READY);
	fake_until(&s->one, 2); // the login and the first probe
	pass(10 * SECOND_MS);
	fake_clear(&s->one);
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof text, "line %02d.", i);
		assert_int_equal(tell(s, text), SENT);
	}
	unsigned want = PACE_PER_SECOND;
	fake_until(&s->one, want);
	settle(s);
	assert_int_equal(s->one.n_got, want);
	pass(SECOND_MS - 1);
	hurry(&s->link->pace);
	settle(s);
	assert_int_equal(s->one.n_got, want);
	for (pass(1); want < 20; pass(SECOND_MS / PACE_PER_SECOND)) {
		hurry(&s->link->pace);
		fake_until(&s->one, ++want);
		settle(s);
		assert_int_equal(s->one.n_got, want);
	}
	const char *at = fake_text(&s->one);
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof text, "line %02d.", i);
		at = strstr(at, text);
		assert_non_null(at);
	}
}

static void the_login_counts_six(void **state)
{
	struct scene *s = *state;
	start(s);
	until(s, LINK_READY);
	for (int i = 0; i < 5; i++)
		tell(s, "hi");
	fake_until(&s->one, 3); // login, probe, one tell
	settle(s);
	assert_int_equal(s->one.n_got, 3);
}

static void the_queue_has_an_end(void **state)
{
	struct scene *s = *state;
	start(s);
	until(s, LINK_READY);
	unsigned n = 0;
	while (tell(s, "hi") == SENT)
		n++;
	assert_int_equal(tell(s, "hi"), SENT_FULL);
	assert_in_range(n, PACE_FRAMES_MAX, PACE_FRAMES_MAX + PACE_PER_SECOND);
	conn_close(s->one.conn, CLOSE_DONE);
	until(s, LINK_BACKOFF);
	assert_int_equal(tell(s, "hi"), SENT_NOT_UP);
}

static void packets_that_did_not_leave_are_said_to_be_lost(void **state)
{
	struct scene *s = *state;
	start(s);
	until(s, LINK_READY);
	for (int i = 0; i < 20; i++)
		assert_int_equal(tell(s, "hi"), SENT);
	assert_null(strstr(ear_text(&s->bed->ears[0]), "not-sent"));
	conn_close(s->one.conn, CLOSE_DONE);
	until(s, LINK_BACKOFF);
	const char *said = strstr(ear_text(&s->bed->ears[0]), "error_occurred");
	assert_non_null(said);
	assert_non_null(strstr(said, "not-sent"));
	assert_non_null(strstr(said, "packets had left"));
}

static void any_second_holds_at_most_eight(void **state)
{
	(void)state;
	struct pacing p;
	uint64_t sent[400];
	unsigned n = 0;
	pacing_init(&p);
	for (uint64_t now = 5000; n < countof(sent); now += 7) {
		if (now % 3 == 0 || p.n < 3)
			assert_true(p.n >= PACE_FRAMES_MAX || pacing_put(&p, SPAN("x"), 1, now));
		for (struct pace_frame *f; n < countof(sent) && (f = pacing_take(&p, now)); free(f))
			sent[n++] = now;
	}
	for (unsigned i = PACE_PER_SECOND; i < n; i++)
		assert_true(sent[i] - sent[i - PACE_PER_SECOND] >= SECOND_MS);
	assert_true(sent[n - 1] - sent[0] <= (n / PACE_PER_SECOND + 2) * SECOND_MS);
	pacing_clear(&p);
}

static void a_router_that_falls_silent_is_left_within_90_seconds(void **state)
{
	struct scene *s = *state;
	s->one.loops = true;
	start(s);
	until(s, LINK_READY);
	while (!s->link->alive.loops)
		settle(s);
	s->one.loops = false;
	fake_clear(&s->one);
	pass(60 * SECOND_MS);
	hurry(&s->link->alive.timer);
	fake_until(&s->one, 1);
	check_text(buf_bytes(&s->one.got), "({\"auth-mud-req\",5,\"Example\",0,\"Example\",0,})\n");
	pass(ALIVE_ANSWER_MAX_MS - 1);
	hurry(&s->link->alive.timer);
	assert_int_equal(s->link->state, LINK_READY);
	pass(1);
	hurry(&s->link->alive.timer);
	assert_int_equal(s->link->state, LINK_BACKOFF);
}

static void any_packet_is_a_sign_of_life(void **state)
{
	struct scene *s = *state;
	s->one.loops = true;
	start(s);
	until(s, LINK_READY);
	while (!s->link->alive.loops)
		settle(s);
	s->one.loops = false;
	pass(60 * SECOND_MS);
	hurry(&s->link->alive.timer);
	pass(ALIVE_ANSWER_MAX_MS - 1);
	int64_t had = metric_get(METRIC_I3_RECEIVED);
	fake_say(&s->one, "({\"ucache-update\",5,\"T\",0,0,0,\"b\",\"B\",0,})");
	while (metric_get(METRIC_I3_RECEIVED) == had)
		settle(s);
	pass(ALIVE_ANSWER_MAX_MS);
	hurry(&s->link->alive.timer);
	assert_int_equal(s->link->state, LINK_READY);
}

static void a_router_that_never_looped_is_not_left_for_that(void **state)
{
	struct scene *s = *state;
	start(s);
	until(s, LINK_READY);
	for (int i = 0; i < 10; i++) {
		pass(60 * SECOND_MS);
		hurry(&s->link->alive.timer);
		settle(s);
	}
	assert_int_equal(s->link->state, LINK_READY);
}

static void stopping_says_goodbye(void **state)
{
	struct scene *s = *state;
	start(s);
	until(s, LINK_READY);
	fake_until(&s->one, 2);
	fake_clear(&s->one);
	i3_stop(s->bed->i3);
	fake_until(&s->one, 1);
	check_text(buf_bytes(&s->one.got), "({\"shutdown\",5,\"Example\",0,\"*one\",0,0,})\n");
	assert_int_equal(s->link->state, LINK_IDLE);
}

static void going_away_in_any_state_leaves_nothing_behind(void **state)
{
	struct scene *s = *state;
	s->one.mute = true;
	for (int turns = 0; turns < 12; turns++) {
		start(s);
		for (int i = 0; i < turns; i++) {
			timer_start(&s->bed->later, 1);
			uv_run(&s->bed->loop.uv, UV_RUN_ONCE);
		}
		i3_free(s->bed->i3);
	}
	s->one.mute = false;
	start(s);
	until(s, LINK_READY);
}

static void a_mud_list_survives_the_loss_of_the_link(void **state)
{
	struct scene *s = *state;
	s->one.lists =
		"({\"mudlist\",5,\"*one\",0,\"Example\",0,7,([\"T\":({-1,\"192.0.2.1\",1,0,0,"
		"\"L\",\"B\",\"D\",\"LP\",\"o\",\"e\",([]),0,}),]),})";
	start(s);
	until(s, LINK_READY);
	while (!roster_up(&s->link->identity->roster))
		settle(s);
	for (int i = 0; i < 2; i++) {
		conn_close(s->one.conn, CLOSE_DONE);
		until(s, LINK_BACKOFF);
		assert_int_equal(roster_up(&s->link->identity->roster), 1);
		pass(ROUTERS_LOSSES_MS);
		redial(s);
		until(s, LINK_READY);
		settle(s);
	}
	assert_null(strstr(ear_text(&s->bed->ears[0]), "mud_online"));
}

// --- the router in process ---

static const char *const no_channels[] = {"dchat", NULL};

static struct router *new_router(struct bed *b)
{
	return router_new(b->net, b->store,
		&(struct router_config){.name = "*gatehouse",
			.flood_per_second = 20,
			.flood_burst = 40,
			.channels = no_channels});
}

static bool both_ready(void *of)
{
	struct bed *b = of;
	return bed_link(b, "Example")->state == LINK_READY &&
	       bed_link(b, "Other")->state == LINK_READY;
}

static bool told(void *of)
{
	struct ear *e = of;
	return strstr(ear_text(e), "hello") && strstr(ear_text(e), "channel_message");
}

static void two_identities_talk_through_the_router_in_process(void **state)
{
	struct scene *s = *state;
	struct bed *b = s->bed;
	struct router *routers[] = {new_router(b), new_router(b), new_router(b)};
	b->config.identities.n = 2;
	b->config.router.primary = (struct config_router_address){"", CONFIG_HOST_EMBEDDED, 0, {0}};
	channel_join(b->ears[1].session, SPAN("dchat"));
	b->i3 = i3_new(b->net, &b->hub, b->store, &b->config, routers[0]);
	i3_start(b->i3);
	bed_until(b, both_ready, b);
	for (int round = 0; round < 2; round++) {
		const struct uplink *u = hub_identity(&b->hub, SPAN("Example"))->uplink;
		struct intent say = {.kind = INTENT_TELL,
			.from_user = SPAN("alice"),
			.target_mud = SPAN("other"),
			.target_user = SPAN("Bob"),
			.text = SPAN("hello")};
		while (!roster_mud(&hub_identity(&b->hub, SPAN("Example"))->roster, SPAN("Other")))
			uv_run(&b->loop.uv, UV_RUN_ONCE);
		for (int i = 0; i < 30; i++) // no pacing in here
			assert_int_equal(u->ops->submit((struct uplink *)u, &say), SENT);
		say.kind = INTENT_CHANNEL_MESSAGE;
		say.channel = SPAN("dchat");
		assert_int_equal(u->ops->submit((struct uplink *)u, &say), SENT);
		bed_until(b, told, &b->ears[1]);
		buf_clear(&b->ears[1].told);
		b->i3->embedded = routers[round + 1];
		router_free(routers[round]); // cuts both; they come back by themselves
		assert_int_equal(bed_link(b, "Other")->state, LINK_BACKOFF);
		bed_until(b, both_ready, b);
	}
	i3_stop(b->i3);
	settle(s);
	router_free(routers[2]);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_password_is_kept_and_presented_next_time),
		CASE(a_reply_without_routers_is_a_login_all_the_same),
		CASE(a_password_that_is_not_on_the_disk_is_no_login),
		CASE(a_password_the_store_only_holds_is_no_login),
		CASE(a_configured_password_is_used_until_there_is_a_kept_one),
		CASE(a_refusal_is_told_in_words_and_tried_again_later),
		CASE(every_state_says_what_is_wrong_and_what_comes_next),
		CASE(a_silent_router_is_left_for_the_next),
		CASE(a_router_under_another_name_is_not_believed),
		CASE(a_router_that_cannot_be_reached_is_left_for_the_next),
		CASE(three_losses_in_ten_minutes_lead_to_the_next),
		CASE(attempts_can_be_limited_and_a_client_can_ask_for_more),
		CASE(pauses_start_at_the_configured_one_and_double),
		CASE(bad_frames_cost_nothing_but_themselves),
		CASE(a_broken_stream_is_left_and_dialled_again),
		CASE(a_large_frame_is_for_those_who_logged_in),
		CASE(channels_are_listened_to_after_every_login),
		CASE(without_a_channel_list_they_are_listened_to_after_a_while),
		CASE(many_channels_do_not_hold_up_talk),
		CASE(a_burst_goes_eight_at_once_then_eight_a_second_in_order),
		CASE(the_login_counts_six),
		CASE(the_queue_has_an_end),
		CASE(packets_that_did_not_leave_are_said_to_be_lost),
		cmocka_unit_test(any_second_holds_at_most_eight),
		CASE(a_router_that_falls_silent_is_left_within_90_seconds),
		CASE(any_packet_is_a_sign_of_life),
		CASE(a_router_that_never_looped_is_not_left_for_that),
		CASE(stopping_says_goodbye),
		CASE(going_away_in_any_state_leaves_nothing_behind),
		CASE(a_mud_list_survives_the_loss_of_the_link),
		CASE(two_identities_talk_through_the_router_in_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
