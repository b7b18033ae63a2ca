// SPDX-License-Identifier: MIT
// What a MUD of ours asks of its router and of others, as the packets it becomes, and what comes
// back as events and as the answers that calls wait for.
#include "tap_rig.h"

static const char *reply(struct tap *w, enum answer_kind kind, const char *mud, const char *user)
{
	static char text[512];
	struct buf b = {0};
	const struct value *v = answer(w, kind, mud, user);
	if (v)
		lpc_put(&b, v);
	snprintf(text, sizeof text, "%.*s", (int)b.n, b.n ? b.p : "");
	buf_fini(&b);
	return text;
}

#define LIST(...)                                                                                  \
	(&(const struct value){.type = VALUE_ARRAY,                                                \
		.n = sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value),           \
		.at = (const struct value[]){__VA_ARGS__}})

#define CHANNELS                                                                                   \
	ROUTER("chanlist-reply")                                                                   \
	"1,([\"open\":({\"Example\",0,}),\"closed\":({\"Example\",1,}),\"fine\":({\"Example\",2,}" \
	"),]),})"

static void requests_become_packets(void **state)
{
	struct tap *w = *state;
	const struct {
		struct intent intent;
		const char *packet;
	} rows[] = {
		{{.kind = INTENT_CHANNEL_CREATE, .channel = SPAN("x")},
			"({\"channel-add\",5,\"Example\",0,\"*i4\",0,\"x\",0,})\n"},
		{{.kind = INTENT_CHANNEL_CREATE, .channel = SPAN("x"), .number = 2},
			"({\"channel-add\",5,\"Example\",0,\"*i4\",0,\"x\",2,})\n"},
		{{.kind = INTENT_CHANNEL_REMOVE, .channel = SPAN("x")},
			"({\"channel-remove\",5,\"Example\",0,\"*i4\",0,\"x\",})\n"},
		{{.kind = INTENT_CHANNEL_ADMIN_LIST, .channel = SPAN("x")},
			"({\"chan-adminlist\",5,\"Example\",0,\"*i4\",0,\"x\",})\n"},
		{{.kind = INTENT_CHANNEL_LIST},
			"({\"chanlist-req\",5,\"Example\",0,\"*i4\",0,})\n"},
		{{.kind = INTENT_CHANNEL_LIST}, ""}, // has been asked for just now
		{{.kind = INTENT_CHANNEL_USER,
			 .target_mud = SPAN("tmimud"),
			 .target_user = SPAN("Bob")},
			"({\"chan-user-req\",5,\"Example\",0,\"TMIMUD\",0,\"bob\",})\n"},
		{{.kind = INTENT_USER_UPDATE,
			 .target_user = SPAN("Alice"),
			 .visname = SPAN("Alice the Bold"),
			 .number = 1},
			"({\"ucache-update\",5,\"Example\",0,0,0,\"alice\",\"Alice the "
			"Bold\",1,})\n"},
		{{.kind = INTENT_USER_UPDATE, .target_user = SPAN("Alice")},
			"({\"ucache-update\",5,\"Example\",0,0,0,\"alice\",\"Alice\",0,})\n"},
		{{.kind = INTENT_AUTH, .target_mud = SPAN("tmimud")},
			"({\"auth-mud-req\",5,\"Example\",0,\"TMIMUD\",0,})\n"},
		{{.kind = INTENT_PING, .target_mud = SPAN("tmimud")},
			"({\"ping-req\",5,\"Example\",0,\"TMIMUD\",0,})\n"},
		{{.kind = INTENT_CHANNEL_TARGET,
			 .from_user = SPAN("alice"),
			 .visname = SPAN("Alice"),
			 .target_mud = SPAN("tmimud"),
			 .target_user = SPAN("BOB"),
			 .channel = SPAN("dchat"),
			 .text = SPAN("$N smiles at you."),
			 .text_others = SPAN("$N smiles at $O."),
			 .target_visname = SPAN("Bob")},
			"({\"channel-t\",5,\"Example\",\"alice\",0,0,\"dchat\",\"TMIMUD\",\"bob\","
			"\"$N smiles at $O.\",\"$N smiles at you.\",\"Alice\",\"Bob\",})\n"},
	};
	for (size_t i = 0; i < countof(rows); i++) {
		clear(w);
		assert_int_equal(submit(w, rows[i].intent), SENT);
		check_text(buf_bytes(&w->sent), rows[i].packet);
	}
	clock_set(clock_ms() + 5000, 1700000000000000);
	clear(w);
	submit(w, (struct intent){.kind = INTENT_CHANNEL_LIST});
	assert_true(w->sent.n > 0);
}

static void who_is_let_in_depends_on_the_type_of_the_channel(void **state)
{
	struct tap *w = *state;
	static const struct {
		const char *channel, *lists;
	} rows[] = {{"open", "({\"B\",}),({\"TMIMUD\",\"R\",}),})\n"},
		{"closed", "({\"TMIMUD\",}),({\"B\",\"R\",}),})\n"},
		{"fine", "({\"TMIMUD\",}),({\"B\",\"R\",}),})\n"}};
	hear(w, CHANNELS);
	for (size_t i = 0; i < countof(rows); i++) {
		char want[200];
		clear(w);
		snprintf(want, sizeof want,
			"({\"channel-admin\",5,\"Example\",0,\"*i4\",0,\"%s\",%s", rows[i].channel,
			rows[i].lists);
		assert_int_equal(submit(w, (struct intent){.kind = INTENT_CHANNEL_ADMIN,
						   .channel = span_str(rows[i].channel),
						   .admit = LIST(value_str("tmim\x1bud")),
						   .ban = LIST(value_str("B")),
						   .remove = LIST(value_str("R"))}),
			SENT);
		check_text(buf_bytes(&w->sent), want);
	}
	clear(w);
	submit(w, (struct intent){.kind = INTENT_CHANNEL_ADMIN,
			  .channel = SPAN("open"),
			  .ban = LIST(value_str("B"))});
	check_text(buf_bytes(&w->sent),
		"({\"channel-admin\",5,\"Example\",0,\"*i4\",0,\"open\",({\"B\",}),({}),})\n");
}

static void requests_that_cannot_be_made_are_refused(void **state)
{
	struct tap *w = *state;
	char big[TEXT_MESSAGE_MAX + 2];
	memset(big, 'x', sizeof big);
	hear(w, CHANNELS);
	clear(w);
	const struct intent rows[] = {
		{.kind = INTENT_CHANNEL_CREATE},
		{.kind = INTENT_CHANNEL_CREATE, .channel = span_of(big, CHANNEL_NAME_MAX + 1)},
		{.kind = INTENT_CHANNEL_REMOVE, .channel = SPAN("\x01")},
		{.kind = INTENT_CHANNEL_ADMIN,
			.channel = SPAN("none"),
			.ban = LIST(value_str("B"))},
		{.kind = INTENT_CHANNEL_ADMIN,
			.channel = SPAN("open"),
			.ban = LIST(value_str("\x01"))},
		{.kind = INTENT_CHANNEL_ADMIN,
			.channel = SPAN("open"),
			.admit = LIST(value_int(1))},
		{.kind = INTENT_CHANNEL_ADMIN,
			.channel = SPAN("open"),
			.remove = LIST(value_span(span_of(big, TEXT_MUD_MAX + 1)))},
		{.kind = INTENT_CHANNEL_USER, .target_user = SPAN("bob")}, // would be a broadcast
		{.kind = INTENT_CHANNEL_USER, .target_mud = SPAN("TMIMUD")},
		{.kind = INTENT_USER_UPDATE},
		{.kind = INTENT_AUTH},
		{.kind = INTENT_PING},
		{.kind = INTENT_PING, .target_mud = SPAN("\x01")},
		{.kind = INTENT_CHANNEL_TARGET,
			.target_mud = SPAN("TMIMUD"),
			.target_user = SPAN("bob"),
			.channel = SPAN("dchat"),
			.text = SPAN("hi"),
			.text_others = span_of(big, TEXT_MESSAGE_MAX + 1)},
		{.kind = INTENT_CHANNEL_TARGET,
			.target_user = SPAN("bob"),
			.channel = SPAN("dchat"),
			.text = SPAN("hi"),
			.text_others = SPAN("hi")},
	};
	for (size_t i = 0; i < countof(rows); i++)
		assert_int_equal(submit(w, rows[i]), SENT_TOO_BIG);
	check_text(buf_bytes(&w->sent), "");
}

static void what_comes_back_becomes_events(void **state)
{
	static const struct heard rows[] = {
		{ROUTER("chan-ack") "\"Channel x changed.\",})",
			"channel_ack ([\"message\":\"Channel x changed.\",])\n", ""},
		{"({\"chan-ack\",5,\"TMIMUD\",0,\"Example\",0,\"forged\",})", "", ""},
		{ROUTER("chan-adminlist-reply") "\"open\",({\"A\",7,\"B\",}),})",
			"channel_admin_list ([\"channel\":\"open\",\"muds\":({\"A\",\"B\",}),])\n",
			""},
		{ROUTER("chan-adminlist-reply") "\"open\",0,})",
			"channel_admin_list ([\"channel\":\"open\",\"muds\":({}),])\n", ""},
		{"({\"chan-adminlist-reply\",5,\"TMIMUD\",0,\"Example\",0,\"open\",({\"A\",}),})",
			"", ""},
		{"({\"chan-user-reply\",5,\"TMIMUD\",0,\"Example\",0,\"bob\",\"Bob\",0,})",
			"user_updated "
			"([\"from_mud\":\"TMIMUD\",\"user\":\"bob\",\"visname\":\"Bob\","
			"\"gender\":0,\"gender_name\":\"male\",])\n"
			"channel_user_reply ([\"from_mud\":\"TMIMUD\",\"user\":\"bob\",\"visname\":"
			"\"Bob\",\"gender\":0,\"gender_name\":\"male\",])\n",
			""},
		{"({\"chan-user-reply\",5,\"TMIMUD\",0,\"Example\",0,\"bob\",\"Bob\",\"0\",})",
			"channel_user_reply ([\"from_mud\":\"TMIMUD\",\"user\":\"bob\",\"visname\":"
			"\"Bob\",\"gender\":0,\"gender_name\":\"male\",])\n",
			""},
		{"({\"chan-user-reply\",5,\"TMIMUD\",0,\"Example\",0,\"eve\",0,77,})",
			"user_updated "
			"([\"from_mud\":\"TMIMUD\",\"user\":\"eve\",\"visname\":\"eve\","
			"\"gender\":2,\"gender_name\":\"neuter\",])\n"
			"channel_user_reply ([\"from_mud\":\"TMIMUD\",\"user\":\"eve\",\"visname\":"
			"\"eve\",\"gender\":2,\"gender_name\":\"neuter\",])\n",
			""},
		{ROUTER("router-shutdown") "300,})",
			"router_shutdown ([\"router\":\"*i4\",\"delay\":300,])\n", ""},
		{ROUTER("shutdown") "0,})", "router_shutdown ([\"router\":\"*i4\",\"delay\":0,])\n",
			""},
		{"({\"router-shutdown\",5,\"TMIMUD\",0,\"Example\",0,1,})", "", ""},
		{"({\"shutdown\",5,\"TMIMUD\",0,\"Example\",0,1,})", "", ""},
		// nobody asked
		{"({\"ping-reply\",5,\"TMIMUD\",0,\"Example\",0,1,})", "", ""},
		{"({\"auth-mud-reply\",5,\"TMIMUD\",0,\"Example\",0,4711,})", "", ""},
		// what only we send
		{"({\"channel-add\",5,\"TMIMUD\",0,\"Example\",0,\"x\",0,})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",0,\"unk-type\",\"unknown packet "
			"type\",({\"channel-add\",5,\"TMIMUD\",0,\"Example\",0,\"x\",0,}),})\n"},
	};
	check_heard(*state, rows, countof(rows));
}

static void an_error_says_which_channel_it_is_about(void **state)
{
	struct tap *w = *state;
	hear(w, ROUTER("error") "\"not-allowed\",\"no\",({\"channel-add\",5,\"Example\",0,\"*i4\","
				"0,"
				"\"x\",0,}),})");
	check_text(buf_bytes(&w->bed->ears[0].told),
		"error_occurred ([\"error_code\":\"not-allowed\",\"error_message\":\"no\","
		"\"message\":\"no\",\"from_mud\":\"*i4\",\"to_mud\":\"Example\",\"to_user\":\"\","
		"\"context\":\"i3_packet_error\",\"packet_type\":\"channel-add\",\"channel\":\"x\","
		"]"
		")\n");
}

static void user_news_are_taken_when_the_service_is_on(void **state)
{
	struct tap *w = *state;
	static const struct heard rows[] = {
		{"({\"ucache-update\",5,\"TMIMUD\",0,0,0,\"bob\",\"Bob\",1,})",
			"user_updated "
			"([\"from_mud\":\"TMIMUD\",\"user\":\"bob\",\"visname\":\"Bob\","
			"\"gender\":1,\"gender_name\":\"female\",])\n",
			""},
		{"({\"ucache-update\",5,\"TMIMUD\",0,0,0,\"bob\",\"Bob\",1,})", "", ""},
		{"({\"ucache-update\",5,\"TMIMUD\",0,0,0,0,\"Bob\",1,})", "", ""},
		{"({\"ucache-update\",5,\"Example\",0,0,0,\"ann\",\"Ann\",1,})", "", ""}, // our own
	};
	struct person_key bob = {SPAN("tmimud"), SPAN("BOB")};
	hear(w, rows[0].packet);
	assert_null(people_find(&w->link->identity->people, &bob, clock_ms()));
	w->bed->identities[0].services.ucache = true;
	check_heard(w, rows, countof(rows));
	assert_non_null(people_find(&w->link->identity->people, &bob, clock_ms()));
}

static void only_who_takes_user_news_advertises_it(void **state)
{
	struct tap *w = *state;
	struct arena arena = {0};
	struct value offered = services_offered(&arena, &w->bed->identities[0]);
	assert_null(value_get(&offered, "ucache"));
	assert_int_equal(value_get(&offered, "emoteto")->i, 1);
	assert_int_equal(offered.n, 7);
	w->bed->identities[0].services.ucache = true;
	offered = services_offered(&arena, &w->bed->identities[0]);
	assert_int_equal(value_get(&offered, "ucache")->i, 1);
	arena_fini(&arena);
}

static void an_emote_aimed_at_us_is_remembered_as_the_others_read_it(void **state)
{
	struct tap *w = *state;
	hear(w, "({\"channel-t\",5,\"TMIMUD\",\"bob\",0,0,\"dchat\",\"Example\",\"alice\",\"$N "
		"smiles "
		"at $O.\",\"$N smiles at you.\",\"Bob\",\"Alice\",})");
	const struct channel *c = channel_find(w->link->identity, SPAN("dchat"));
	assert_int_equal(c->n_lines, 1);
	check_text(channel_line(c, 0)->message, "Bob@TMIMUD smiles at Alice.");
}

// --- answers ---

static void ask_channel(struct tap *w, enum intent_kind kind, const char *channel)
{
	assert_int_equal(submit(w, (struct intent){.kind = kind,
					   .channel = span_str(channel),
					   .ban = LIST(value_str("B"))}),
		SENT);
}

static void the_channel_list_says_that_a_channel_was_made_or_removed(void **state)
{
	struct tap *w = *state;
	ask_channel(w, INTENT_CHANNEL_CREATE, "x");
	ask_channel(w, INTENT_CHANNEL_CREATE, "theirs");
	ask_channel(w, INTENT_CHANNEL_REMOVE, "old");
	hear(w, ROUTER("chanlist-reply") "2,([\"theirs\":({\"TMIMUD\",0,}),\"old\":({\"Example\",0,"
					 "})"
					 ",\"unasked\":({\"Example\",0,}),]),})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "theirs"), "");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "unasked"), "");
	assert_string_equal(reply(w, ANSWER_CHANNEL_REMOVE, "", "old"), "");
	hear(w, ROUTER("chanlist-reply") "3,([\"x\":({\"Example\",({}),}),\"old\":0,]),})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "x"), "([\"status\":\"created\",])");
	assert_string_equal(
		reply(w, ANSWER_CHANNEL_REMOVE, "", "old"), "([\"status\":\"removed\",])");
}

#define REFUSAL "({\"error\",5,\"%s\",0,\"Example\",0,\"%s\",\"No.\",({%s,0,%s,}),})"

static void a_refusal_answers_what_was_asked(void **state)
{
	struct tap *w = *state;
	static const struct {
		enum intent_kind intent;
		enum answer_kind kind;
		const char *quoted, *channel, *mud, *user, *says;
	} rows[] = {
		{INTENT_CHANNEL_CREATE, ANSWER_CHANNEL_ADD,
			"\"channel-add\",5,\"Example\",0,\"*i4\"", "\"x\"", "", "x", ""},
		{INTENT_CHANNEL_REMOVE, ANSWER_CHANNEL_REMOVE,
			"\"channel-remove\",5,\"Example\",0,\"*i4\"", "\"x\"", "", "x", ""},
		{INTENT_CHANNEL_ADMIN_LIST, ANSWER_CHANNEL_ADMINS,
			"\"chan-adminlist\",5,\"Example\",0,\"*i4\"", "\"x\"", "", "x", ""},
		{INTENT_AUTH, ANSWER_AUTH, "\"auth-mud-req\",5,\"Example\",0,\"TMIMUD\"", "0",
			"TMIMUD", "", ""},
		{INTENT_CHANNEL_USER, ANSWER_CHANNEL_USER,
			"\"chan-user-req\",5,\"Example\",0,\"TMIMUD\"", "\"bob\"", "TMIMUD", "bob",
			""},
		{INTENT_FINGER, ANSWER_FINGER, "\"finger-req\",5,\"Example\",0,\"TMIMUD\"",
			"\"bob\"", "TMIMUD", "bob", ""},
		{INTENT_CHANNEL_WHO, ANSWER_CHANNEL, "\"chan-who-req\",5,\"Example\",0,\"TMIMUD\"",
			"\"x\"", "TMIMUD", "x", ""},
		{INTENT_WHO, ANSWER_WHO, "\"who-req\",5,\"Example\",0,\"TMIMUD\"", "0", "TMIMUD",
			"", ""},
		{INTENT_PING, ANSWER_PING, "\"ping-req\",5,\"Example\",0,\"TMIMUD\"", "0", "TMIMUD",
			"", "\"alive\":0,"},
	};
	for (size_t i = 0; i < countof(rows); i++) {
		char text[300], want[200];
		submit(w, (struct intent){.kind = rows[i].intent,
				  .channel = SPAN("x"),
				  .target_mud = SPAN("TMIMUD"),
				  .target_user = SPAN("bob")});
		snprintf(text, sizeof text, REFUSAL, "Forger", "not-allowed", rows[i].quoted,
			rows[i].channel);
		hear(w, text);
		snprintf(text, sizeof text, REFUSAL, "*i4", "warning", rows[i].quoted,
			rows[i].channel);
		hear(w, text);
		assert_string_equal(reply(w, rows[i].kind, rows[i].mud, rows[i].user), "");
		snprintf(text, sizeof text, REFUSAL, "*i4", "unk-dst", rows[i].quoted,
			rows[i].channel);
		hear(w, text);
		snprintf(want, sizeof want,
			"([\"status\":\"refused\",\"error_code\":\"unk-dst\",\"error_message\":"
			"\"No.\","
			"%s])",
			rows[i].says);
		const char *got = reply(w, rows[i].kind, rows[i].mud, rows[i].user);
		if (rows[i].kind == ANSWER_PING)
			assert_non_null(strstr(got, "\"alive\":"));
		else
			assert_string_equal(got, want);
	}
}

// The quote is the forger's own: in it he was asked.
static void nobody_but_the_router_refuses_what_the_router_was_asked(void **state)
{
	struct tap *w = *state;
	ask_channel(w, INTENT_CHANNEL_CREATE, "x");
	hear(w, "({\"error\",5,\"Forger\",0,\"Example\",0,\"not-allowed\",\"No.\",({\"channel-"
		"add\","
		"5,\"Example\",0,\"Forger\",0,\"x\",0,}),})");
	hear(w, "({\"error\",5,\"Forger\",0,\"Example\",0,\"not-allowed\",\"Channel x "
		"exists.\",0,})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "x"), "");
	hear(w, ROUTER("chanlist-reply") "3,([\"x\":({\"Example\",0,}),]),})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "x"), "([\"status\":\"created\",])");
}

static void a_router_that_quotes_nothing_names_the_channel(void **state)
{
	struct tap *w = *state;
	ask_channel(w, INTENT_CHANNEL_CREATE, "one");
	ask_channel(w, INTENT_CHANNEL_CREATE, "two");
	hear(w, ROUTER("error") "\"not-allowed\",\"You are not alone, twofold: two_b.\",0,})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "one"), "");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "two"), "");
	hear(w, ROUTER("error") "\"not-allowed\",\"Channel two exists.\",0,})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "one"), "");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADD, "", "two"),
		"([\"status\":\"refused\",\"error_code\":\"not-allowed\",\"error_message\":"
		"\"Channel two exists.\",])");
}

static void nobody_but_the_router_keeps_us_from_a_channel(void **state)
{
	struct tap *w = *state;
	hear(w, ROUTER("chanlist-reply") "2,([\"dchat\":({\"TMIMUD\",0,}),]),})");
	clear(w);
	hear(w, "({\"error\",5,\"Forger\",0,\"Example\",0,\"not-allowed\",\"No.\",({\"channel-"
		"listen\","
		"5,\"Example\",0,\"Forger\",0,\"dchat\",1,}),})");
	channel_leave(w->bed->ears[0].session, SPAN("dchat"));
	check_text(buf_bytes(&w->sent),
		"({\"channel-listen\",5,\"Example\",0,\"*i4\",0,\"dchat\",0,})\n");
}

static void an_acknowledgement_says_that_a_list_was_changed(void **state)
{
	struct tap *w = *state;
	hear(w, CHANNELS);
	ask_channel(w, INTENT_CHANNEL_ADMIN, "open");
	hear(w, ROUTER("chan-ack") "\"closed has been changed\",})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADMIN, "", "open"), "");
	hear(w, ROUTER("chan-ack") "\"open has been changed\",})");
	assert_string_equal(
		reply(w, ANSWER_CHANNEL_ADMIN, "", "open"), "([\"status\":\"changed\",])");
}

static void lists_keys_and_names_answer_their_questions(void **state)
{
	struct tap *w = *state;
	ask_channel(w, INTENT_CHANNEL_ADMIN_LIST, "open");
	hear(w, ROUTER("chan-adminlist-reply") "\"open\",({\"A\",}),})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_ADMINS, "", "open"),
		"([\"status\":\"success\",\"muds\":({\"A\",}),])");
	submit(w, (struct intent){.kind = INTENT_AUTH, .target_mud = SPAN("tmimud")});
	clear(w);
	hear(w, "({\"auth-mud-reply\",5,\"TMIMUD\",0,\"Example\",0,4711,})");
	check_text(buf_bytes(&w->bed->ears[0].told),
		"auth_reply ([\"from_mud\":\"TMIMUD\",\"session_key\":4711,])\n");
	assert_string_equal(reply(w, ANSWER_AUTH, "TMIMUD", ""),
		"([\"status\":\"granted\",\"session_key\":4711,])");
	submit(w, (struct intent){.kind = INTENT_CHANNEL_USER,
			  .target_mud = SPAN("tmimud"),
			  .target_user = SPAN("bob")});
	hear(w, "({\"chan-user-reply\",5,\"TMIMUD\",0,\"Example\",0,\"bob\",\"Bob\",1,})");
	assert_string_equal(reply(w, ANSWER_CHANNEL_USER, "tmimud", "bob"),
		"([\"status\":\"requested\",\"visname\":\"Bob\",\"gender\":1,\"gender_name\":"
		"\"female\",])");
}

static void a_ping_tells_how_long_it_took(void **state)
{
	struct tap *w = *state;
	submit(w, (struct intent){.kind = INTENT_PING, .target_mud = SPAN("tmimud")});
	clock_set(clock_ms() + 42, 1700000000000000);
	clear(w);
	hear(w, "({\"ping-reply\",5,\"TMIMUD\",0,\"Example\",0,1,})");
	check_text(buf_bytes(&w->bed->ears[0].told),
		"ping_reply ([\"from_mud\":\"TMIMUD\",\"rtt_ms\":42,])\n");
	assert_non_null(strstr(reply(w, ANSWER_PING, "TMIMUD", ""), "\"rtt_ms\":42"));
	clear(w);
	hear(w, "({\"ping-reply\",5,\"TMIMUD\",0,\"Example\",0,1,})"); // once
	check_text(buf_bytes(&w->bed->ears[0].told), "");
	submit(w, (struct intent){.kind = INTENT_PING, .target_mud = SPAN("tmimud")});
	clock_set(clock_ms() + ASKED_MS, 1700000000000000);
	clear(w);
	hear(w, "({\"ping-reply\",5,\"TMIMUD\",0,\"Example\",0,1,})"); // too late
	check_text(buf_bytes(&w->bed->ears[0].told), "");
}

static bool is_alive(struct tap *w)
{
	return value_get(answer(w, ANSWER_PING, "TMIMUD", ""), "alive")->b;
}

static void a_mud_that_refuses_a_ping_is_there(void **state)
{
	struct tap *w = *state;
	char text[200];
	for (int by_mud = 0; by_mud < 2; by_mud++) {
		submit(w, (struct intent){.kind = INTENT_PING, .target_mud = SPAN("tmimud")});
		snprintf(text, sizeof text, REFUSAL, by_mud ? "TMIMUD" : "*i4", "unk-type",
			"\"ping-req\",5,\"Example\",0,\"TMIMUD\"", "0");
		hear(w, text);
		assert_int_equal(is_alive(w), by_mud);
	}
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(requests_become_packets),
		CASE(who_is_let_in_depends_on_the_type_of_the_channel),
		CASE(requests_that_cannot_be_made_are_refused),
		CASE(what_comes_back_becomes_events),
		CASE(an_error_says_which_channel_it_is_about),
		CASE(user_news_are_taken_when_the_service_is_on),
		CASE(only_who_takes_user_news_advertises_it),
		CASE(an_emote_aimed_at_us_is_remembered_as_the_others_read_it),
		CASE(the_channel_list_says_that_a_channel_was_made_or_removed),
		CASE(a_refusal_answers_what_was_asked),
		CASE(nobody_but_the_router_refuses_what_the_router_was_asked),
		CASE(a_router_that_quotes_nothing_names_the_channel),
		CASE(nobody_but_the_router_keeps_us_from_a_channel),
		CASE(an_acknowledgement_says_that_a_list_was_changed),
		CASE(lists_keys_and_names_answer_their_questions),
		CASE(a_ping_tells_how_long_it_took),
		CASE(a_mud_that_refuses_a_ping_is_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
