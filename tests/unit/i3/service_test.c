// SPDX-License-Identifier: MIT
// What packets mean: each type as text in, events and answers as text out, and intents as the
// packets they become.
#include "tap_rig.h"

static void presence(struct tap *w, const char *users)
{
	struct arena arena = {0};
	struct span in = span_str(users);
	struct value v;
	struct lpc_error e;
	assert_true(lpc_read(&arena, &in, &v, &e));
	assert_int_equal(presence_hear(&w->link->identity->presence,
				 &(struct presence_news){.users = &v}, clock_ms()),
		PRESENCE_TAKEN);
	arena_fini(&arena);
}

#define ALICE                                                                                      \
	"({([\"name\":\"Alice\",\"title\":\"the "                                                  \
	"Bold\",\"level\":7,\"idle\":12,\"race\":\"elf\",\"location\":\"Inn\",\"login_time\":0,"   \
	"\"status\":\"editing\",]),})"

// --- what comes in ---

static const struct heard becoming[] = {
	{"({\"tell\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",\"hi\",})",
		"tell_received "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"message\":\"hi\",\"visname\":\"Bob\",])\n",
		""},
	{"({\"tell\",0,\"TMIMUD\",\"bob\",\"EXAMPLE\",\"Alice\",0,\"two\rlines\",})",
		"tell_received "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"to_mud\":\"Example\","
		"\"to_user\":\"Alice\",\"message\":\"two\rlines\",\"visname\":\"bob\",])\n",
		""},
	{"({\"emoteto\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",\"$N "
	 "waves.\",})",
		"emoteto_received "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"message\":\"waves.\",\"emote\":\""
		"waves.\",\"visname\":\"Bob\",])\n",
		""},
	{"({\"beep\",5,\"TMIMUD\",\"bob\",\"example\",\"alice\",\"Bob\x1b[1m\",})",
		"beep_received "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"visname\":\"Bob[1m\",])\n",
		""},
	{"({\"beep\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",0,\"more\",})",
		"beep_received "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"visname\":\"bob\",])\n",
		""},
	{"({\"channel-m\",5,\"Example\",\"alice\",0,0,\"dchat\",\"Alice\",\"hi all\",})",
		"channel_message "
		"([\"channel\":\"dchat\",\"from_mud\":\"Example\",\"from_user\":\"alice\","
		"\"mud\":\"Example\",\"user\":\"alice\",\"message\":\"hi "
		"all\",\"visname\":\"Alice\","
		"\"type\":\"message\",])\n",
		""},
	{"({\"channel-e\",5,\"TMIMUD\",\"bob\",0,0,\"dchat\",\"Bob\",\"$N waves.\",})",
		"channel_emote "
		"([\"channel\":\"dchat\",\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\","
		"\"mud\":\"TMIMUD\",\"user\":\"bob\",\"message\":\""
		"waves.\",\"emote\":\"waves.\","
		"\"visname\":\"Bob\",\"type\":\"emote\",])\n",
		""},
	{"({\"channel-t\",5,\"Example\",\"alice\",0,0,\"dchat\",\"TMIMUD\",\"bob\",\"$N "
	 "smiles at $O.\","
	 "\"$N smiles at you.\",\"Alice\",\"Bob\",})",
		"channel_emote "
		"([\"channel\":\"dchat\",\"from_mud\":\"Example\",\"from_user\":\"alice\","
		"\"mud\":\"Example\",\"user\":\"alice\",\"message\":\"Alice smiles at "
		"Bob@TMIMUD.\","
		"\"emote\":\"Alice smiles at "
		"Bob@TMIMUD.\",\"visname\":\"Alice\",\"type\":\"emote\","
		"\"target_mud\":\"TMIMUD\",\"target_user\":\"bob\","
		"\"message_others\":\"Alice smiles at Bob@TMIMUD.\",])\n",
		""},
	{"({\"channel-t\",5,\"TMIMUD\",\"bob\",0,0,\"dchat\",\"Example\",\"alice\",\"$N "
	 "smiles at $O.\","
	 "\"$N smiles at you.\",\"Bob\",\"Alice\",})",
		"channel_emote "
		"([\"channel\":\"dchat\",\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\","
		"\"mud\":\"TMIMUD\",\"user\":\"bob\",\"message\":\"Bob@TMIMUD smiles at "
		"you.\","
		"\"emote\":\"Bob@TMIMUD smiles at "
		"you.\",\"visname\":\"Bob\",\"type\":\"emote\","
		"\"target_mud\":\"Example\",\"target_user\":\"alice\","
		"\"message_others\":\"Bob@TMIMUD smiles at Alice.\",])\n",
		""},
	{"({\"who-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",({({\"Bob\",12,\"Level 5 - "
	 "wizard\",}),"
	 "({\"Eve\",\"3\",}),({}),}),})",
		"who_reply "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"users\":({([\"name\":\"Bob\",\"idle\":12,"
		"\"level\":5,"
		"\"extra\":\"Level 5 - "
		"wizard\",]),([\"name\":\"Eve\",\"idle\":3,\"level\":0,\"extra\":\"\",]),"
		"([\"name\":\"\",\"idle\":0,\"level\":0,\"extra\":\"\",]),}),])\n",
		""},
	{"({\"finger-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"Bob\",\"the "
	 "wizard\",0,0,0,-1,0,"
	 "\"player\",\"No plan.\r\",})",
		"finger_reply "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"user_info\":([\"name\":\"Bob\",\"title\":\"the "
		"wizard\","
		"\"real_name\":0,\"email\":0,\"login_time\":0,\"idle_time\":-1,\"ip_"
		"address\":0,"
		"\"level\":\"player\",\"extra\":\"No plan.\r\",]),])\n",
		""},
	{"({\"finger-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"Bob\",0,0,0,0,4,0,\"No "
	 "level.\",})",
		"finger_reply "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"user_info\":([\"name\":\"Bob\",\"title\":0,"
		"\"real_name\":0,\"email\":0,\"login_time\":0,\"idle_time\":4,\"ip_"
		"address\":0,"
		"\"level\":0,\"extra\":\"No level.\",]),])\n",
		""},
	{"({\"chan-who-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"dchat\",({\"Bob\","
	 "\"Eve\",}),})",
		"channel_who_reply "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"channel\":\"dchat\",\"users\":({\"Bob\",\"Eve\",})"
		",])\n",
		""},
	{ROUTER("error") "\"unk-dst\",\"destination unknown\",0,})",
		"error_occurred "
		"([\"error_code\":\"unk-dst\",\"error_message\":\"destination unknown\","
		"\"message\":\"destination "
		"unknown\",\"from_mud\":\"*i4\",\"to_mud\":\"Example\","
		"\"to_user\":\"\",\"context\":\"i3_packet_error\",])\n",
		""},
	{"({\"error\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"unk-user\",\"nobody\","
	 "({\"tell\",5,\"Example\",\"alice\",\"TMIMUD\",\"x\",\"Alice\",\"hi\",}),})",
		"error_occurred ([\"error_code\":\"unk-user\",\"error_message\":\"nobody\","
		"\"message\":\"nobody\",\"from_mud\":\"TMIMUD\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"context\":\"i3_packet_error\",\"packet_type\":"
		"\"tell\",])\n",
		""},
	// nobody needs to know which MUDs cannot look for people
	{"({\"error\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"not-imp\",\"no\","
	 "({\"locate-req\",5,\"Example\",\"alice\",0,0,\"bob\",}),})",
		"", ""},
};

static void packets_become_events(void **state)
{
	check_heard(*state, becoming, countof(becoming));
}

static void what_is_not_for_us_or_not_known_is_refused_or_dropped(void **state)
{
	static const struct heard rows[] = {
		{"({\"wink\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"unk-type\",\"unknown "
			"packet type\","
			"({\"wink\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",}),})\n"},
		{"({\"wink\",5,\"TMIMUD\",\"bob\",0,0,\"Bob\",})", "", ""}, // to everybody
		{"({\"auth-mud-reply\",5,\"TMIMUD\",0,\"Example\",0,1,})", "", ""},
		{"({\"wink\",5,\"*i4\",0,\"Example\",0,\"done\",})", "", ""}, // from the router
		{"({\"tell\",-1,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",\"hi\",})", "",
			""},
		{"({\"tell\",5,\"TMIMUD\",\"bob\",\"Elsewhere\",\"alice\",\"Bob\",\"hi\",})", "",
			""},
		{"({\"tell\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"Bob\",\"ping\",})", "", ""},
		{"({\"beep\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"Bob\",})", "", ""},
		{"({\"beep\",5,\"TMIMUD\",\"bob\",0,\"alice\",\"Bob\",})", "", ""},
		{"({\"beep\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"Bob\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",0,\"bad-pkt\",\"it says nothing, "
			"or nobody says it\","
			"({\"beep\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"Bob\",}),})\n"},
		{"({\"beep\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"bad-pkt\",\"too few "
			"elements\",({\"beep\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",}),})"
			"\n"},
		{"({\"ucache-update\",5,\"TMIMUD\",0,0,0,\"bob\",\"Bob\",0,})", "", ""},
		{"({\"tell\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"bad-pkt\",\"too few "
			"elements\","
			"({\"tell\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",}),})\n"},
		{"({\"tell\",\"5\",\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",\"x\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"bad-pkt\","
			"\"type is a string and ttl an integer\","
			"({\"tell\",\"5\",\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",\"x\",})"
			",})\n"},
		{"({\"tell\",\"5\",\"Stranger\",\"bob\",\"Example\",\"alice\",\"Bob\",\"x\",})", "",
			""},
		{"({\"error\",\"5\",\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"x\",\"x\",0,})", "",
			""},
		{"({\"tell\",5,\"ProbeMud\",})({})0({\"x\",})", "", ""},
		{"({\"locate-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"TMIMUD\",\"Bob\",30,0,}"
		 ")",
			"", ""},
		{"({\"channel-m\",5,\"TMIMUD\",\"bob\",0,0,\"elsewhere\",\"Bob\",\"hi\",})", "",
			""},
		{"({\"auth-mud-req\",5,\"TMIMUD\",0,\"Example\",0,})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",0,\"not-imp\","
			"\"there are no out-of-band services here\","
			"({\"auth-mud-req\",5,\"TMIMUD\",0,\"Example\",0,}),})\n"},
		{"({\"auth-mud-req\",5,\"Example\",0,\"Example\",0,0,})", "", ""},
		{"({\"oob-req\",5,\"TMIMUD\",0,\"Example\",0,})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",0,\"not-imp\","
			"\"there are no out-of-band services here\","
			"({\"oob-req\",5,\"TMIMUD\",0,\"Example\",0,}),})\n"},
		{"({\"ping-req\",5,\"TMIMUD\",0,\"Example\",0,})", "",
			"({\"ping-reply\",5,\"Example\",0,\"TMIMUD\",0,1,})\n"},
	};
	check_heard(*state, rows, countof(rows));
}

static void twenty_bad_packets_in_a_row_end_the_connection_nineteen_do_not(void **state)
{
	struct tap *w = *state;
	for (int i = 0; i < LINK_GARBLED_MAX - 1; i++)
		hear(w, "({\"tell\",5,\"ProbeMud\",})");
	hear(w, "({\"ping-reply\",5,\"TMIMUD\",0,\"Example\",0,1,})");
	for (int i = 0; i < LINK_GARBLED_MAX - 1; i++)
		hear(w, "({})");
	assert_int_equal(w->link->state, LINK_READY);
	hear(w, "0");
	assert_int_equal(w->link->state, LINK_BACKOFF);
	assert_true(w->closed);
}

static void controls_never_reach_a_client(void **state)
{
	struct tap *w = *state;
	hear(w, "({\"tell\",5,\"TMIMUD\",\"b\x07ob\",\"Example\",\"alice\",\"B\x1b[1mob\","
		"\"a\x01"
		"b\tc\rd\xc2\x85"
		"e\x7f"
		"f\xc3\xa9\",})");
	check_text(buf_bytes(&w->bed->ears[0].told),
		"tell_received "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"message\":\"ab\tc\rdef\xc3\xa9\",\"visname\":\"B[1mob\",])"
		"\n");
}

static void a_name_never_begins_a_line(void **state)
{
	struct tap *w = *state;
	hear(w, "({\"tell\",5,\"TMIMUD\",\"b\rob\",\"Example\",\"alice\",\"B\tob\rSystem:\",\"hi\","
		"})");
	check_text(buf_bytes(&w->bed->ears[0].told),
		"tell_received "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"b ob\",\"to_mud\":\"Example\","
		"\"to_user\":\"alice\",\"message\":\"hi\",\"visname\":\"B ob System:\",])\n");
}

// One packet of another MUD must not be an event so long that every session is closed for it.
static void a_list_of_users_ends_where_no_honest_one_does(void **state)
{
	static const char *const rows[][3] = {
		{"({\"who-reply\",5,\"TMIMUD\",0,\"Example\",\"x\",({", "({}),", "}),})"},
		{"({\"chan-who-reply\",5,\"TMIMUD\",0,\"Example\",\"x\",\"dchat\",({", "\"\",",
			"}),})"},
	};
	struct tap *w = *state;
	for (size_t r = 0; r < countof(rows); r++) {
		struct buf packet = {0};
		buf_str(&packet, rows[r][0]);
		for (int i = 0; i < 50000; i++)
			buf_str(&packet, rows[r][1]);
		buf_str(&packet, rows[r][2]);
		buf_char(&packet, '\0');
		clear(w);
		hear(w, packet.p);
		assert_in_range(w->bed->ears[0].told.n, 1000, 100000);
		buf_fini(&packet);
	}
}

static void channel_lines_are_remembered(void **state)
{
	struct tap *w = *state;
	hear(w, "({\"channel-m\",5,\"TMIMUD\",\"bob\",0,0,\"dchat\",\"Bob\",\"one\",})"
		"({\"channel-e\",5,\"TMIMUD\",\"bob\",0,0,\"dchat\",0,\"$N two\",})");
	const struct channel *c = channel_find(w->link->identity, SPAN("dchat"));
	assert_int_equal(c->n_lines, 2);
	check_text(channel_line(c, 0)->message, "one");
	assert_false(channel_line(c, 0)->emote);
	assert_true(channel_line(c, 1)->emote);
	check_text(channel_line(c, 1)->visname, "bob");
}

// --- presence ---

static void requests_are_answered_from_presence(void **state)
{
	struct tap *w = *state;
	static const struct heard rows[] = {
		{"({\"who-req\",5,\"TMIMUD\",\"Bob X\",\"Example\",0,})", "",
			"({\"who-reply\",5,\"Example\",0,\"TMIMUD\",\"Bob X\",({({\"Alice\",12,"
			"\"Level 7 - the Bold\",}),}),})\n"},
		{"({\"finger-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"ALICE\",})", "",
			"({\"finger-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"Alice\",\"the "
			"Bold\",0,0,0,12,0,"
			"\"7\",\"race: elf, location: Inn\",})\n"},
		{"({\"finger-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"eve\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"unk-user\",\"no such "
			"user is logged on\","
			"({\"finger-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"eve\",}),})\n"},
		{"({\"locate-req\",5,\"TMIMUD\",\"bob\",0,0,\"alice\",})", "",
			"({\"locate-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"Example\","
			"\"Alice\",12,\"editing\",})\n"},
		{"({\"locate-req\",5,\"TMIMUD\",\"bob\",0,0,\"eve\",})", "", ""},
		{"({\"chan-who-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"dchat\",})", "",
			"({\"chan-who-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"dchat\",({"
			"\"Alice\",}),})\n"},
		{"({\"chan-who-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"other\",})", "",
			"({\"chan-who-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"other\",({}),})"
			"\n"},
		{"({\"chan-user-req\",5,\"TMIMUD\",0,\"Example\",0,\"alice\",})", "",
			"({\"chan-user-reply\",5,\"Example\",0,\"TMIMUD\",0,\"alice\",\"Alice\",2,}"
			")\n"},
		{"({\"tell\",5,\"TMIMUD\",\"bob\",\"Example\",\"eve\",\"Bob\",\"hi\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"unk-user\",\"no such "
			"user is logged on\","
			"({\"tell\",5,\"TMIMUD\",\"bob\",\"Example\",\"eve\",\"Bob\",\"hi\",}),})"
			"\n"},
		{"({\"beep\",5,\"TMIMUD\",\"bob\",\"Example\",\"eve\",\"Bob\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"unk-user\",\"no such "
			"user is logged on\","
			"({\"beep\",5,\"TMIMUD\",\"bob\",\"Example\",\"eve\",\"Bob\",}),})\n"},
	};
	presence(w, ALICE);
	check_heard(w, rows, countof(rows));
}

static void old_presence_says_nothing(void **state)
{
	struct tap *w = *state;
	static const struct heard rows[] = {
		{"({\"who-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,})", "",
			"({\"who-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",({}),})\n"},
		{"({\"locate-req\",5,\"TMIMUD\",\"bob\",0,0,\"alice\",})", "", ""},
		{"({\"emoteto\",5,\"TMIMUD\",\"bob\",\"Example\",\"eve\",\"Bob\",\"$N\",})",
			"emoteto_received "
			"([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"to_mud\":\"Example\","
			"\"to_user\":\"eve\",\"message\":\"$N\",\"emote\":\"$N\",\"visname\":"
			"\"Bob\",])\n",
			""},
	};
	presence(w, ALICE);
	clock_set(clock_ms() + PRESENCE_LEASE_MS, 1700000000000000);
	check_heard(w, rows, countof(rows));
}

static void a_crowd_is_answered_with_as_many_as_fit(void **state)
{
	struct tap *w = *state;
	struct buf users = {0};
	buf_str(&users, "({");
	for (int i = 0; i < 500; i++)
		buf_printf(&users, "([\"name\":\"user%d\",\"title\":\"%s\",]),", i,
			"\\\"a title with quotes\\\" that is quite long");
	buf_str(&users, "})");
	buf_char(&users, '\0');
	presence(w, users.p);
	hear(w, "({\"who-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,})");
	assert_true(w->sent.n > PACKET_BYTES_MAX / 2 && w->sent.n < PACKET_BYTES_MAX);
	buf_fini(&users);
}

static void a_service_switched_off_is_not_there(void **state)
{
	struct tap *w = *state;
	static const struct heard rows[] = {
		{"({\"who-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"unk-type\",\"unknown "
			"packet type\","
			"({\"who-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,}),})\n"},
		{"({\"beep\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",})", "",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"unk-type\",\"unknown "
			"packet type\","
			"({\"beep\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"Bob\",}),})\n"}};
	w->bed->identities[0].services.who = w->bed->identities[0].services.beep = false;
	check_heard(w, rows, countof(rows));
	struct buf text = {0};
	struct value keys = services_offered(&w->link->arena, &w->bed->identities[0]);
	lpc_put(&text, &keys);
	check_text(buf_bytes(&text),
		"([\"channel\":1,\"emoteto\":1,\"finger\":1,\"locate\":1,\"tell\":1,])");
	buf_fini(&text);
}

// --- lists ---

static const struct value *fact(struct tap *w, const char *mud, const char *key)
{
	const struct roster_mud *m = roster_mud(&w->link->identity->roster, span_str(mud));
	assert_non_null(m);
	assert_non_null(value_get(&m->facts, key));
	return value_get(&m->facts, key);
}

static void mud_records_come_in_three_shapes(void **state)
{
	struct tap *w = *state;
	hear(w, ROUTER("mudlist") "7,([\"V1\":({-1,\"192.0.2.1\",1111,1,2,\"Lib\",\"Base\",\"Drv\","
				  "\"LP\","
				  "\"open\",([\"tell\":1,]),}),"
				  "\"Pushed\":({0,0,\"192.0.2.2\",2222,1,2,\"Lib\",\"Base\","
				  "\"Drv\",\"LP\","
				  "\"open\",([\"who\":1,7:1,\"x\":({}),]),}),"
				  "\"V3\":({600,\"192.0.2.3\",3333,1,2,\"Lib\",\"Base\",\"Drv\","
				  "\"LP\","
				  "\"open\",\"me@x\",([\"url\":\"http://x\",]),0,}),"
				  "\"Short\":({-1,\"192.0.2.4\",}),7:0,\"Word\":\"x\",]),})");
	check_text(value_text(fact(w, "V1", "driver")), "Drv");
	check_text(value_text(fact(w, "v1", "admin_email")), "");
	check_text(value_text(fact(w, "V1", "address")), "192.0.2.1");
	assert_int_equal(fact(w, "V1", "services")->n, 1);
	assert_true(fact(w, "V1", "online")->b);
	check_text(value_text(fact(w, "Pushed", "host")), "192.0.2.2");
	assert_int_equal(fact(w, "Pushed", "port")->i, 2222);
	check_text(value_text(fact(w, "Pushed", "status")), "down");
	assert_int_equal(fact(w, "Pushed", "services")->n, 1);
	check_text(value_text(fact(w, "V3", "admin_email")), "me@x");
	check_text(value_text(fact(w, "V3", "status")), "reboot");
	check_text(value_text(fact(w, "V3", "lib")), "Lib");
	assert_null(roster_mud(&w->link->identity->roster, SPAN("Short")));
	assert_int_equal(w->link->identity->roster.mudlist_id, 7);
	hear(w, ROUTER("mudlist") "8,([\"V1\":0,]),})");
	assert_null(roster_mud(&w->link->identity->roster, SPAN("V1")));
}

static void a_huge_record_is_cut_to_what_a_roster_holds(void **state)
{
	struct tap *w = *state;
	struct buf text = {0};
	char *word = mem_zalloc(20001);
	memset(word, 'x', 20000);
	buf_printf(&text,
		ROUTER("mudlist") "7,([\"Big\":({-1,\"%s\",1,1,1,\"%s\",\"%s\",\"%s\",\"LP\",\"%"
				  "s\","
				  "\"%s\",([",
		word, word, word, word, word, word);
	for (int i = 0; i < 2000; i++)
		buf_printf(&text, "\"key%d\":1,", i);
	buf_str(&text, "]),0,}),]),})");
	buf_char(&text, '\0');
	hear(w, text.p);
	const struct roster_mud *m = roster_mud(&w->link->identity->roster, SPAN("Big"));
	struct buf facts = {0};
	lpc_put(&facts, &m->facts);
	assert_true(facts.n < ROSTER_RECORD_MAX);
	buf_fini(&facts);
	buf_fini(&text);
	free(word);
}

static void five_thousand_muds_come_in_one_packet(void **state)
{
	struct tap *w = *state;
	struct buf text = {0};
	buf_str(&text, ROUTER("mudlist") "7,([");
	for (int i = 0; i < 5000; i++)
		buf_printf(&text, "\"Mud %d\":" RECORD("-1") ",", i);
	buf_str(&text, "]),})");
	buf_char(&text, '\0');
	hear(w, text.p);
	assert_in_range(map_count(&w->link->identity->roster.muds), 5000, 5001);
	assert_non_null(roster_mud(&w->link->identity->roster, SPAN("mud 4999")));
	buf_fini(&text);
}

static void empty_lists_change_nothing(void **state)
{
	struct tap *w = *state;
	size_t muds = map_count(&w->link->identity->roster.muds);
	hear(w, ROUTER("mudlist") "8,([]),})");
	hear(w, ROUTER("chanlist-reply") "8,([]),})");
	assert_int_equal(map_count(&w->link->identity->roster.muds), muds);
}

static void the_first_list_is_silent_and_changes_are_news(void **state)
{
	struct tap *w = *state;
	hear(w, ROUTER("mudlist") "2,([\"Early\":" RECORD("-1") ",]),})");
	check_text(buf_bytes(&w->bed->ears[0].told), "");
	clock_set(clock_ms() + 500, 1700000000000000);
	hear(w, ROUTER("mudlist") "3,([\"Early\":" RECORD("-1") ",\"TMIMUD\":" RECORD(
			"0") ",]),})");
	assert_memory_equal(ear_text(&w->bed->ears[0]),
		"mud_offline ([\"mud_name\":\"TMIMUD\",\"status\":\"down\",", 46);
	assert_null(strchr(strchr(w->bed->ears[0].told.p, '\n') + 1, '\n'));
	clear(w);
	hear(w, ROUTER("mudlist") "4,([\"TMIMUD\":" RECORD("-1") ",\"Early\":0,]),})");
	assert_non_null(strstr(ear_text(&w->bed->ears[0]),
		"mud_online ([\"mud_name\":\"TMIMUD\",\"status\":\"up\","));
	assert_non_null(strstr(w->bed->ears[0].told.p,
		"mud_offline ([\"mud_name\":\"Early\",\"status\":\"down\",\"info\":([]),])"));
}

static void what_becomes_of_a_known_mud_is_news_from_the_first_moment(void **state)
{
	struct tap *w = *state;
	hear(w, ROUTER("mudlist") "2,([\"Early\":" RECORD("-1") ",]),})");
	check_text(buf_bytes(&w->bed->ears[0].told), "");
	hear(w, ROUTER("mudlist") "3,([\"Early\":" RECORD("0") ",]),})");
	assert_memory_equal(ear_text(&w->bed->ears[0]),
		"mud_offline ([\"mud_name\":\"Early\",\"status\":\"down\",", 45);
}

static void lists_are_taken_from_the_router_only(void **state)
{
	struct tap *w = *state;
	hear(w, "({\"mudlist\",5,\"TMIMUD\",0,\"Example\",0,9,([\"TMIMUD\":0,]),})"
		"({\"chanlist-reply\",5,\"TMIMUD\",0,\"Example\",0,9,([\"forged\":({\"TMIMUD\",0,})"
		",]),})"
		"({\"startup-reply\",5,\"TMIMUD\",0,\"Example\",0,0,123,})");
	assert_non_null(roster_mud(&w->link->identity->roster, SPAN("TMIMUD")));
	assert_null(roster_channel(&w->link->identity->roster, SPAN("forged")));
	assert_int_equal(
		passwords_find(&w->bed->i3->passwords, &(struct password_of){"Example", "*i4"}), 0);
}

static void channels_are_listened_to_again_when_the_list_comes(void **state)
{
	struct tap *w = *state;
	struct roster *r = &w->link->identity->roster;
	channel_join(w->bed->ears[0].session, SPAN("gone"));
	check_text(buf_bytes(&w->sent), "");
	hear(w, ROUTER("chanlist-reply") "9,([\"dchat\":({\"Frontiers\",({}),}),\"mine\":({0,1,}),"
					 "\"old\":0,]),})");
	check_text(buf_bytes(&w->sent),
		"({\"channel-listen\",5,\"Example\",0,\"*i4\",0,\"dchat\",1,})\n"
		"({\"channel-listen\",5,\"Example\",0,\"*i4\",0,\"gone\",1,})\n");
	assert_int_equal(roster_channel(r, SPAN("dchat"))->type, 0);
	assert_int_equal(roster_channel(r, SPAN("mine"))->type, 1);
	assert_null(roster_channel(r, SPAN("old")));
	clear(w);
	hear(w, ROUTER("error") "\"unk-channel\",\"no\",({\"channel-listen\",5,\"Example\",0,\"*"
				"i4\",0,\"gone\",1,}),})");
	hear(w, ROUTER("chanlist-reply") "9,([\"dchat\":({\"Frontiers\",0,}),]),})");
	check_text(buf_bytes(&w->sent), "");
	hear(w, ROUTER("chanlist-reply") "10,([\"gone\":({\"TMIMUD\",0,}),]),})");
	check_text(buf_bytes(&w->sent),
		"({\"channel-listen\",5,\"Example\",0,\"*i4\",0,\"gone\",1,})\n");
	clear(w);
	channel_leave(w->bed->ears[0].session, SPAN("gone"));
	check_text(buf_bytes(&w->sent),
		"({\"channel-listen\",5,\"Example\",0,\"*i4\",0,\"gone\",0,})\n");
}

// --- what goes out ---

static void intents_become_packets(void **state)
{
	struct tap *w = *state;
	static const struct {
		struct intent intent;
		const char *packet;
	} rows[] = {
#define S(x) {"" x, sizeof(x) - 1}
		{{INTENT_TELL, S("alice"), S("Alice"), S("tmimud"), S("BOB"), {0},
			 S("line1\nsay \"hi\" \\o/")},
			"({\"tell\",5,\"Example\",\"alice\",\"TMIMUD\",\"bob\",\"Alice\","
			"\"line1\rsay \\\"hi\\\" \\\\o/\",})\n"},
		{{INTENT_EMOTETO, S("alice"), {0}, S("TMIMUD"), S("bob"), {0}, S("waves.")},
			"({\"emoteto\",5,\"Example\",\"alice\",\"TMIMUD\",\"bob\",\"alice\",\"$N "
			"waves.\",})\n"},
		{{INTENT_BEEP, S("alice"), S("Al\x1bice"), S("tmimud"), S("BOB"), {0}, {0}},
			"({\"beep\",5,\"Example\",\"alice\",\"TMIMUD\",\"bob\",\"Alice\",})\n"},
		{{INTENT_BEEP, S("alice"), {0}, S("Unknown Mud"), S("bob"), {0}, {0}},
			"({\"beep\",5,\"Example\",\"alice\",\"Unknown Mud\",\"bob\",\"alice\",})"
			"\n"},
		{{INTENT_CHANNEL_MESSAGE, S("alice"), S("Alice"), {0}, {0}, S("dchat"),
			 S("hi all")},
			"({\"channel-m\",5,\"Example\",\"alice\",0,0,\"dchat\",\"Alice\",\"hi "
			"all\",})\n"},
		{{INTENT_CHANNEL_EMOTE, S("alice"), S("Alice"), {0}, {0}, S("dchat"),
			 S("bows to $N")},
			"({\"channel-e\",5,\"Example\",\"alice\",0,0,\"dchat\",\"Alice\",\"bows to "
			"$N\",})\n"},
		{{INTENT_WHO, S("alice"), {0}, S("TMIMUD"), {0}, {0}, {0}},
			"({\"who-req\",5,\"Example\",\"alice\",\"TMIMUD\",0,})\n"},
		{{INTENT_FINGER, S("alice"), {0}, S("Unknown Mud"), S("Bob"), {0}, {0}},
			"({\"finger-req\",5,\"Example\",\"alice\",\"Unknown Mud\",0,\"bob\",})\n"},
		{{INTENT_LOCATE, S("alice"), {0}, {0}, S("Bob"), {0}, {0}},
			"({\"locate-req\",5,\"Example\",\"alice\",0,0,\"bob\",})\n"},
		{{INTENT_CHANNEL_WHO, S("alice"), {0}, S("TMIMUD"), {0}, S("dchat"), {0}},
			"({\"chan-who-req\",5,\"Example\",\"alice\",\"TMIMUD\",0,\"dchat\",})\n"},
		// controls, a C1 and a NUL go; tabs and newlines stay
		{{INTENT_TELL, S("a\x1blice"), S("A\0lice"), S("TMIMUD"), S("bob"), {0},
			 S("x\x1b[1m\xc2\x9by\tz\r\n")},
			"({\"tell\",5,\"Example\",\"alice\",\"TMIMUD\",\"bob\",\"Alice\",\"x["
			"1my\tz\r\",})\n"},
	};
	for (size_t i = 0; i < countof(rows); i++) {
		clear(w);
		assert_int_equal(submit(w, rows[i].intent), SENT);
		check_text(buf_bytes(&w->sent), rows[i].packet);
	}
}

static void what_cannot_be_said_is_refused(void **state)
{
	struct tap *w = *state;
	char big[TEXT_MESSAGE_MAX + 2];
	memset(big, 'x', sizeof big);
	struct intent tell = {.kind = INTENT_TELL,
		.from_user = SPAN("alice"),
		.target_mud = SPAN("TMIMUD"),
		.target_user = SPAN("bob"),
		.text = span_of(big, TEXT_MESSAGE_MAX)};
	assert_int_equal(submit(w, tell), SENT);
	tell.text.n++;
	assert_int_equal(submit(w, tell), SENT_TOO_BIG);
	tell.text = SPAN("\x01");
	assert_int_equal(submit(w, tell), SENT_TOO_BIG);
	tell.text = SPAN("hi");
	tell.target_mud = SPAN("\x01"); // would be a broadcast
	assert_int_equal(submit(w, tell), SENT_TOO_BIG);
	tell.target_mud = SPAN("TMIMUD");
	tell.target_user = span_of(big, TEXT_USER_MAX + 1);
	assert_int_equal(submit(w, tell), SENT_TOO_BIG);
	struct intent beep = {.kind = INTENT_BEEP, .target_mud = SPAN("TMIMUD")};
	assert_int_equal(submit(w, beep), SENT_TOO_BIG);
	beep.target_user = SPAN("bob");
	beep.target_mud = SPAN("\x01");
	assert_int_equal(submit(w, beep), SENT_TOO_BIG);
	struct intent line = {.kind = INTENT_CHANNEL_MESSAGE,
		.from_user = SPAN("alice"),
		.channel = span_of(big, CHANNEL_NAME_MAX + 1),
		.text = SPAN("hi")};
	assert_int_equal(submit(w, line), SENT_TOO_BIG);
	w->link->state = LINK_STARTUP;
	assert_int_equal(submit(w, tell), SENT_NOT_UP);
	w->link->state = LINK_READY;
}

static void names_for_display_are_cut_between_characters(void **state)
{
	struct tap *w = *state;
	char name[100], want[200];
	memset(name, 'a', sizeof name);
	memcpy(name + 63, "\xc3\xa9", 2);
	snprintf(want, sizeof want,
		"({\"channel-m\",5,\"Example\",\"%.63s\",0,0,\"dchat\",\"%.63s\",\"hi\",})\n", name,
		name);
	struct span long_name = span_of(name, sizeof name);
	assert_int_equal(submit(w, (struct intent){.kind = INTENT_CHANNEL_MESSAGE,
					   .from_user = long_name,
					   .visname = long_name,
					   .channel = SPAN("dchat"),
					   .text = SPAN("hi")}),
		SENT);
	check_text(buf_bytes(&w->sent), want);
}

// --- answers ---

static void replies_answer_the_question_that_was_asked(void **state)
{
	struct tap *w = *state;
	submit(w, (struct intent){.kind = INTENT_FINGER,
			  .from_user = SPAN("alice"),
			  .target_mud = SPAN("tmimud"),
			  .target_user = SPAN("bob")});
	hear(w, "({\"finger-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"Sir "
		"Bob\",0,0,0,0,0,0,0,0,})");
	assert_non_null(answer(w, ANSWER_FINGER, "TMIMUD", "bob"));
	assert_null(answer(w, ANSWER_FINGER, "TMIMUD", "Sir Bob"));
	hear(w, "({\"who-reply\",5,\"TMIMUD\",0,\"Example\",0,({({\"Bob\",1,\"x\",}),}),})");
	assert_int_equal(answer(w, ANSWER_WHO, "tmimud", "")->n, 1);
	hear(w, "({\"chan-who-reply\",5,\"TMIMUD\",0,\"Example\",0,\"dchat\",({\"Bob\",}),})");
	check_text(value_text(&answer(w, ANSWER_CHANNEL, "TMIMUD", "dchat")->at[0]), "Bob");
}

static void locate_answers_add_up_and_expire(void **state)
{
	struct tap *w = *state;
	submit(w, (struct intent){.kind = INTENT_LOCATE,
			  .from_user = SPAN("alice"),
			  .target_user = SPAN("Bob")});
	clear(w);
	hear(w, "({\"locate-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"TMIMUD\",\"Bob\",30,"
		"\"editing, hidden\",})");
	check_text(buf_bytes(&w->bed->ears[0].told),
		"locate_reply "
		"([\"from_mud\":\"TMIMUD\",\"from_user\":\"\",\"to_mud\":\"Example\",\"to_user\":"
		"\"alice\","
		"\"located_mud\":\"TMIMUD\",\"located_user\":\"Bob\",\"idle\":30,\"status\":"
		"\"editing, hidden\",])\n");
	hear(w, "({\"locate-reply\",5,\"Two\",0,\"Example\",\"alice\",\"Two\",\"Bobby\",})");
	const struct value *found = answer(w, ANSWER_LOCATE, "", "bob");
	assert_int_equal(found->n, 2);
	check_text(value_text(value_get(&found->at[0], "mud")), "TMIMUD");
	check_text(value_text(value_get(&found->at[1], "name")), "Bobby");
	clock_set(clock_ms() + ASKED_MS, 1700000000000000);
	clear(w);
	hear(w, "({\"locate-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"TMIMUD\",\"Bob\",30,0,}"
		")");
	check_text(buf_bytes(&w->bed->ears[0].told), "");
}

static void a_router_that_forgot_us_is_logged_in_to_again(void **state)
{
	struct tap *w = *state;
	hear(w, "({\"error\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"unk-src\",\"who?\",0,})");
	assert_int_equal(w->link->state, LINK_READY); // a MUD cannot say that
	hear(w, ROUTER("error") "\"unk-src\",\"who?\",0,})");
	assert_int_equal(w->link->state, LINK_BACKOFF);
	assert_non_null(w->link->uplink.ops->trouble(&w->link->uplink));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(packets_become_events),
		CASE(what_is_not_for_us_or_not_known_is_refused_or_dropped),
		CASE(twenty_bad_packets_in_a_row_end_the_connection_nineteen_do_not),
		CASE(controls_never_reach_a_client),
		CASE(a_name_never_begins_a_line),
		CASE(a_list_of_users_ends_where_no_honest_one_does),
		CASE(channel_lines_are_remembered),
		CASE(requests_are_answered_from_presence),
		CASE(old_presence_says_nothing),
		CASE(a_crowd_is_answered_with_as_many_as_fit),
		CASE(a_service_switched_off_is_not_there),
		CASE(mud_records_come_in_three_shapes),
		CASE(a_huge_record_is_cut_to_what_a_roster_holds),
		CASE(five_thousand_muds_come_in_one_packet),
		CASE(empty_lists_change_nothing),
		CASE(the_first_list_is_silent_and_changes_are_news),
		CASE(what_becomes_of_a_known_mud_is_news_from_the_first_moment),
		CASE(lists_are_taken_from_the_router_only),
		CASE(channels_are_listened_to_again_when_the_list_comes),
		CASE(intents_become_packets),
		CASE(what_cannot_be_said_is_refused),
		CASE(names_for_display_are_cut_between_characters),
		CASE(replies_answer_the_question_that_was_asked),
		CASE(locate_answers_add_up_and_expire),
		CASE(a_router_that_forgot_us_is_logged_in_to_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
