// SPDX-License-Identifier: MIT
// What moderation lets in of packets: text in, events, history and answers as text out.
#include "i3_rig.h"

struct tap {
	struct bed *bed;
	struct i3_link *link;
	struct carrier carrier;
	struct buf sent; // packets, a line each
};

static enum sent tap_send(struct carrier *c, const struct value *packet, unsigned cost)
{
	struct tap *w = container_of(c, struct tap, carrier);
	(void)cost;
	lpc_put(&w->sent, packet);
	buf_char(&w->sent, '\n');
	return SENT;
}

static void tap_bid(struct carrier *c, const struct value *packet)
{
	tap_send(c, packet, 1);
}

static void tap_quiet(struct carrier *c)
{
	(void)c;
}

static const struct carrier_ops tap_ops = {
	true, tap_send, tap_bid, tap_quiet, tap_quiet, tap_quiet};

static void hear(struct tap *w, const char *text)
{
	struct arena arena = {0};
	struct span in = span_str(text);
	struct value v;
	struct lpc_error e;
	if (!lpc_read(&arena, &in, &v, &e))
		fail_msg("%s: %s", text, e.why);
	link_heard(w->link, &v);
	arena_fini(&arena);
}

static const char *sent_text(struct tap *w)
{
	buf_char(&w->sent, '\0');
	w->sent.n--;
	return w->sent.p;
}

static void clear(struct tap *w)
{
	buf_clear(&w->sent);
	buf_clear(&w->bed->ears[0].told);
}

static int set_up(void **state)
{
	struct tap *w = mem_zalloc(sizeof *w);
	clock_set(1000000, 1700000000000000);
	w->bed = bed_open();
	w->bed->i3 = i3_new(w->bed->net, &w->bed->hub, w->bed->store, &w->bed->config, NULL);
	w->link = bed_link(w->bed, "Example");
	w->carrier = (struct carrier){&tap_ops, w->link};
	w->link->carrier = &w->carrier;
	strcpy(w->link->router, "*i4");
	w->link->state = LINK_READY;
	channel_join(w->bed->ears[0].session, SPAN("dchat"));
	clear(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct tap *w = *state;
	bed_close(w->bed);
	buf_fini(&w->sent);
	clock_set(0, 0);
	free(w);
	return 0;
}

static void add(struct tap *w, struct moderation_spec spec)
{
	struct buf why = {0};
	assert_non_null(moderation_add(&w->bed->hub.moderation, &spec, &why));
	clear(w);
}

static void switch_off(struct tap *w)
{
	struct moderation_spec spec = {.by = SPAN("Example")};
	assert_true(moderation_switch(&w->bed->hub.moderation, false, &spec, NULL));
	clear(w);
}

static uint32_t remembered(struct tap *w)
{
	return channel_find(w->link->identity, SPAN("dchat"))->n_lines;
}

#define SPEC(...)  ((struct moderation_spec){__VA_ARGS__})
#define BOB        "\"TMIMUD\",\"bob\","
#define TO_US      "\"Example\",\"alice\","
#define LINE(who)  "({\"channel-m\",5," who "0,0,\"dchat\",\"Bob\",\"hi\",})"
#define EMOTE(who) "({\"channel-e\",5," who "0,0,\"dchat\",\"Bob\",\"$N hi\",})"
#define TELL(who)  "({\"tell\",5," who TO_US "\"Bob\",\"hi\",})"
#define BEEP(who)  "({\"beep\",5," who TO_US "\"Bob\",})"
#define TARGETED(who)                                                                              \
	"({\"channel-t\",5," who                                                                   \
	"0,0,\"dchat\",\"Example\",\"alice\",\"$N hi\",\"$N hi you\",\"Bob\",\"Alice\",})"

// Every request we answer, and some that only others know.
static const char *const requests[] = {"({\"who-req\",5," BOB "\"Example\",0,})",
	"({\"finger-req\",5," BOB "\"Example\",0,\"alice\",})",
	"({\"locate-req\",5," BOB "\"Example\",0,\"alice\",})",
	"({\"chan-who-req\",5," BOB "\"Example\",0,\"dchat\",})",
	"({\"chan-user-req\",5," BOB "\"Example\",0,\"alice\",})",
	"({\"ping-req\",5," BOB "\"Example\",0,})"};

static bool is_told(struct tap *w, const char *text)
{
	clear(w);
	hear(w, text);
	return w->bed->ears[0].told.n != 0;
}

static void check_refused(struct tap *w, const char *text)
{
	clear(w);
	hear(w, text);
	buf_char(&w->sent, '\0');
	if (w->bed->ears[0].told.n ||
		!strstr(sent_text(w), "({\"error\",5,\"Example\",0,\"TMIMUD\",") ||
		!strstr(sent_text(w), "\"not-allowed\","))
		fail_msg("%s: %s", text, w->sent.p);
}

static void muted_lines_are_neither_told_nor_remembered(void **state)
{
	struct tap *w = *state;
	add(w, SPEC(.kind = MODERATION_MUTE, .user = SPAN("BOB"), .mud = SPAN("tmimud")));
	assert_false(is_told(w, LINE(BOB)));
	assert_false(is_told(w, EMOTE(BOB)));
	assert_false(is_told(w, TARGETED(BOB)));
	assert_int_equal(remembered(w), 0);
	assert_int_equal(w->sent.n, 0);
	assert_true(is_told(w, TELL(BOB)));
	assert_true(is_told(w, BEEP(BOB)));
	assert_true(is_told(w, LINE("\"TMIMUD\",\"eve\",")));
	assert_int_equal(remembered(w), 1);
}

static void the_banned_are_refused_whatever_they_ask(void **state)
{
	struct tap *w = *state;
	add(w, SPEC(.kind = MODERATION_BAN, .mud = SPAN("TMIMUD")));
	check_refused(w, TELL(BOB));
	check_refused(w, BEEP(BOB));
	for (size_t i = 0; i < countof(requests); i++)
		check_refused(w, requests[i]);
	assert_false(is_told(w, LINE(BOB)));
	assert_false(is_told(w, "({\"locate-req\",5," BOB "0,0,\"alice\",})"));
	assert_int_equal(w->sent.n, 0); // it was for everybody
}

static void what_the_banned_answer_and_what_went_wrong_is_heard(void **state)
{
	struct tap *w = *state;
	add(w, SPEC(.kind = MODERATION_BAN, .mud = SPAN("TMIMUD")));
	assert_true(is_told(w, "({\"who-reply\",5," BOB "\"Example\",\"alice\",({}),})"));
	assert_true(is_told(
		w, "({\"error\",5," BOB "\"Example\",\"alice\",\"unk-user\",\"who?\",0,})"));
}

static void nothing_is_heard_while_the_switch_is_off(void **state)
{
	struct tap *w = *state;
	switch_off(w);
	check_refused(w, TELL(BOB));
	check_refused(w, BEEP(BOB));
	for (size_t i = 0; i < countof(requests); i++)
		check_refused(w, requests[i]);
	assert_false(is_told(w, LINE(BOB)));
	assert_false(is_told(w, LINE("\"Example\",\"alice\",")));
	assert_false(is_told(w, "({\"who-reply\",5," BOB "\"Example\",\"alice\",({}),})"));
	assert_int_equal(w->sent.n, 0);
}

static void the_link_stays_alive_while_the_switch_is_off(void **state)
{
	struct tap *w = *state;
	switch_off(w);
	hear(w, "({\"auth-mud-req\",5,\"*i4\",0,\"Example\",0,})");
	buf_char(&w->sent, '\0');
	assert_true(w->sent.n > 1); // a router that asks whether we live is answered, and …
	assert_null(strstr(sent_text(w), "not-allowed"));
	assert_false(w->link->alive.loops);
	hear(w, "({\"auth-mud-req\",5,\"Example\",0,\"Example\",0,})");
	assert_true(w->link->alive.loops); // … our own probe comes back
	hear(w, "({\"mudlist\",5,\"*i4\",0,\"Example\",0,1,([\"TMIMUD\":({-1,\"192.0.2.9\",5555,"
		"0,0,\"T\",\"T\",\"M\",\"LP\",\"open\",\"\",([]),0,}),]),})");
	assert_non_null(roster_mud(&w->link->identity->roster, SPAN("TMIMUD")));
}

static void words_are_masked_wherever_people_read(void **state)
{
	static const char *const packets[] = {"({\"channel-m\",5," BOB "0,0,\"dchat\",\"D\x01"
					      "arn\",\"da\x02rn it\",})",
		"({\"channel-t\",5," BOB "0,0,\"dchat\",\"Example\",\"alice\",\"$N darn\",\"$N "
		"darn you\",\"Darn\",\"Darn\",})",
		"({\"tell\",5," BOB TO_US "\"Darn\",\"darn\",})",
		"({\"emoteto\",5," BOB TO_US "\"Darn\",\"$N says darn\",})",
		"({\"beep\",5," BOB TO_US "\"Da\x01rn\",})"};
	struct tap *w = *state;
	add(w, SPEC(.kind = MODERATION_WORD, .pattern = SPAN("darn")));
	for (size_t i = 0; i < countof(packets); i++) {
		assert_true(is_told(w, packets[i]));
		const char *told = ear_text(&w->bed->ears[0]);
		if (strstr(told, "arn") || !strstr(told, "\"visname\":\"****\""))
			fail_msg("%s", told);
	}
	check_text(channel_line(channel_find(w->link->identity, SPAN("dchat")), 0)->message,
		"**** it");
}

static void a_word_that_drops_stops_the_whole(void **state)
{
	struct tap *w = *state;
	add(w, SPEC(.kind = MODERATION_WORD, .pattern = SPAN("hi"), .drop = true));
	assert_false(is_told(w, LINE(BOB)));
	assert_false(is_told(w, EMOTE(BOB)));
	assert_false(is_told(w, TARGETED(BOB)));
	assert_int_equal(remembered(w), 0);
	check_refused(w, TELL(BOB));
	check_refused(w, "({\"beep\",5," BOB TO_US "\"say hi\",})");
}

static void an_answer_is_never_given_to_an_answer(void **state)
{
	struct tap *w = *state;
	switch_off(w);
	for (size_t i = 0; i < 3; i++)
		assert_false(is_told(w, (const char *const[]){"({\"finger-reply\",5," BOB
							      "\"Example\",\"alice\",})",
						"({\"locate-reply\",5," BOB
						"\"Example\",\"alice\",\"T\",\"Bob\",0,0,})",
						"({\"chan-who-reply\",5," BOB
						"\"Example\",\"alice\",\"d\",({}),})"}[i]));
	hear(w, "({\"mail-reply\",5," BOB "\"Example\",\"alice\",})");
	assert_int_equal(w->sent.n, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(muted_lines_are_neither_told_nor_remembered),
		CASE(the_banned_are_refused_whatever_they_ask),
		CASE(what_the_banned_answer_and_what_went_wrong_is_heard),
		CASE(nothing_is_heard_while_the_switch_is_off),
		CASE(the_link_stays_alive_while_the_switch_is_off),
		CASE(words_are_masked_wherever_people_read),
		CASE(a_word_that_drops_stops_the_whole),
		CASE(an_answer_is_never_given_to_an_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
