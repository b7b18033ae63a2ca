// SPDX-License-Identifier: MIT
// Every method by its row, then each against a network that writes down what it is asked.
#include "api_rig.h"

enum { NO_TYPE = -1 };

// ---- what every row promises

static void put_valid(struct buf *b, const struct arg *a)
{
	static const char *const values[] = {[ARG_TEXT] = "\"x\"",
		[ARG_INT] = "1",
		[ARG_BOOL] = "true",
		[ARG_OBJECT] = "{}",
		[ARG_ARRAY] = "[]",
		[ARG_SCALAR] = "1",
		[ARG_ANY] = "1"};
	buf_str(b, values[a->type]);
}

// A call with every required argument but `odd`, which is the given JSON (NULL: left out).
static const char *call_with(
	struct conn *c, const struct method *m, const struct arg *odd, const char *json)
{
	struct buf params = {.max = 4 << 20};
	bool first = true;
	buf_char(&params, '{');
	for (const struct arg *a = m->args; a->name; a++) {
		if (a == odd ? !json : !a->required)
			continue;
		buf_printf(&params, "%s\"%s\":", first ? "" : ",", a->name);
		if (a == odd)
			buf_str(&params, json);
		else
			put_valid(&params, a);
		first = false;
	}
	buf_char(&params, '}');
	buf_char(&params, '\0');
	const char *answer = call(c, m->name, params.p);
	buf_fini(&params);
	return answer;
}

static void check_refused(const char *answer, const char *method, const struct arg *a)
{
	char want[160];
	snprintf(want, sizeof want, FAULT(-32602) "~\"field\":\"%s\",~\"temporary\":false}}}",
		a->name);
	if (!is_like(answer, want))
		fail_msg("%s %s: %s", method, a->name, answer);
}

static void check_wrong_types(struct conn *c, const struct method *m, const struct arg *a)
{
	static const struct {
		const char *json;
		int type, also; // enum arg_type
	} values[] = {{"\"1\"", ARG_TEXT, ARG_SCALAR}, {"1", ARG_INT, ARG_SCALAR},
		{"1.5", NO_TYPE, NO_TYPE}, {"true", ARG_BOOL, ARG_BOOL},
		{"{\"a\":1}", ARG_OBJECT, ARG_OBJECT}, {"[1]", ARG_ARRAY, ARG_ARRAY}};
	for (size_t i = 0; i < countof(values) && a->type != ARG_ANY; i++)
		if (values[i].type != (int)a->type && values[i].also != (int)a->type)
			check_refused(call_with(c, m, a, values[i].json), m->name, a);
}

static void check_bounds(struct conn *c, const struct method *m, const struct arg *a)
{
	struct buf json = {.max = 4 << 20};
	if (!a->max || (a->type != ARG_TEXT && a->type != ARG_INT))
		return;
	for (int64_t over = 0; over <= 1; over++) {
		buf_clear(&json);
		if (a->type == ARG_INT)
			buf_int(&json, a->max + over);
		else
			buf_printf(&json, "\"%0*d\"", (int)(a->max + over), 0);
		buf_char(&json, '\0');
		const char *answer = call_with(c, m, a, json.p);
		if (over)
			check_refused(answer, m->name, a);
		else if (strstr(answer, "is too long") && strstr(answer, "2048"))
			assert_true(a->max > 2048); // the configuration allows less than the row
		else if (strstr(answer, "bad_parameter"))
			fail_msg("%s %s at its limit: %s", m->name, a->name, answer);
	}
	if (a->type == ARG_INT) {
		buf_clear(&json);
		buf_int(&json, a->min - 1);
		buf_char(&json, '\0');
		check_refused(call_with(c, m, a, json.p), m->name, a);
	}
	buf_fini(&json);
}

static void every_argument_of_every_row_is_checked(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	for (const struct method *const *m = methods; *m; m++) {
		if ((*m)->before_auth)
			continue; // for a session its arguments are not looked at
		for (const struct arg *a = (*m)->args; a && a->name; a++) {
			check_wrong_types(c, *m, a);
			check_bounds(c, *m, a);
			if (!a->required)
				continue;
			check_refused(call_with(c, *m, a, NULL), (*m)->name, a);
			check_refused(call_with(c, *m, a, "null"), (*m)->name, a);
			check_refused(call_with(c, *m, a, "\"\""), (*m)->name, a);
			check_refused(call_with(c, *m, a, "0"), (*m)->name, a);
		}
	}
}

static void every_method_with_a_right_is_refused_without_it(void **state)
{
	struct conn *c = rig_login(*state, "none-key");
	int refused = 0;
	for (const struct method *const *m = methods; *m; m++) {
		char want[200];
		const char *answer = call(c, (*m)->name, "{}");
		snprintf(want, sizeof want,
			FAULT(-32002) "\"message\":\"Permission denied: %s needs \\\"%s\\\"\",~",
			(*m)->name, rights_name((*m)->right));
		if (is_like(answer, want) != ((*m)->right != RIGHT_ANY))
			fail_msg("%s: %s", (*m)->name, answer);
		refused += (*m)->right != RIGHT_ANY;
	}
	assert_true(refused >= 11);
}

static void the_usual_rights_keep_what_clients_of_old_call(void **state)
{
	static const char *const open[] = {"presence_sync", "ping", "status", "stats", "mudlist",
		"channel_list", "heartbeat", "channel_join", "channel_leave", "tell", "who"};
	struct conn *c = rig_login(*state, "usual-key");
	for (size_t i = 0; i < countof(open); i++)
		assert_null(strstr(call(c, open[i], "{}"), "-32002"));
	check_like(call(c, "reconnect", "{}"), FAULT(-32002) "~");
}

static void rows_are_found_by_their_exact_names_and_described(void **state)
{
	(void)state;
	for (const struct method *const *m = methods; *m; m++) {
		assert_ptr_equal(method_find(span_str((*m)->name)), *m);
		assert_non_null((*m)->says);
		assert_non_null((*m)->results);
		for (const struct arg *a = (*m)->args; a && a->name; a++)
			assert_non_null(a->says);
	}
	assert_null(method_find(SPAN("")));
	assert_null(method_find(SPAN("pin")));
	assert_null(method_find(SPAN("ping\0")));
}

// ---- each method: params, answer, what the network was asked

static void methods_answer_and_ask_the_network(void **state)
{
	static const struct {
		const char *method, *params, *answer, *asked;
	} rows[] = {
		{"ping", "{}", RESULT("{\"pong\":true,\"timestamp\":\"" NOW "\"}"), ""},
		{"heartbeat", "{}", RESULT("{\"status\":\"ok\",\"timestamp\":\"" NOW "\"}"), ""},
		{"tell",
			"{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"message\":\"hi\","
			"\"from_user\":\"Ann\"}",
			RESULT("{\"status\":\"sent\",\"message_id\":\"tell_Beta_1767323045_1\"}"),
			"tell from=Ann as=Ann mud=Beta user=Bob text=hi\n"},
		{"tell", "{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"message\":\"hi\"}",
			"~\"sent\"~", "tell from=Someone as=Someone mud=Beta user=Bob text=hi\n"},
		{"tell", "{\"target_mud\":\"Beta\"}",
			"~Missing required parameters: target_mud, target_user, message\",~", ""},
		{"emoteto", "{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"emote\":\"waves\"}",
			"~\"sent\",\"message_id\":\"emoteto_Beta_1767323045_~\"}}",
			"emoteto from=Someone as=Someone mud=Beta user=Bob text=waves\n"},
		{"emoteto",
			"{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"message\":\"waves\"}",
			"~\"sent\"~",
			"emoteto from=Someone as=Someone mud=Beta user=Bob text=waves\n"},
		{"emoteto",
			"{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"message\":\"a\","
			"\"emote\":\"b\"}",
			"~\"sent\"~", "emoteto from=Someone as=Someone mud=Beta user=Bob text=b\n"},
		{"channel_send", "{\"channel\":\"chat\",\"message\":\"hi\",\"from_user\":\"ann\"}",
			"~\"sent\",\"message_id\":\"channel_chat_1767323045_~\"}}",
			"channel_message from=ann as=ann channel=chat text=hi\n"},
		{"channel_send",
			"{\"channel\":\"chat\",\"message\":\"hi\",\"from_user\":\"ann\","
			"\"visname\":\"Ann the Red\"}",
			"~\"sent\"~",
			"channel_message from=ann as=Ann the Red channel=chat text=hi\n"},
		{"channel_emote", "{\"channel\":\"chat\",\"message\":\"waves\"}",
			"~\"sent\",\"message_id\":\"channel_emote_chat_1767323045_~\"}}",
			"channel_emote from=Someone as=Someone channel=chat text=waves\n"},
		{"who", "{\"target_mud\":\"Beta\"}",
			RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\"}"),
			"who from=* mud=Beta\n"},
		{"finger", "{\"target_mud\":\"Beta\",\"username\":\"bob\",\"from_user\":\"ann\"}",
			RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\",\"user_name\":"
			       "\"bob\"}"),
			"finger from=ann mud=Beta user=bob\n"},
		{"locate", "{\"target_user\":\"bob\"}",
			RESULT("{\"status\":\"requested\",\"user_name\":\"bob\"}"),
			"locate from=* user=bob\n"},
		{"channel_leave", "{\"channel\":\"chat\"}",
			RESULT("{\"status\":\"left\",\"channel\":\"chat\"}"), ""},
		{"channel_join", "{\"channel\":\"chat\",\"listen_only\":true,\"user_name\":\"x\"}",
			RESULT("{\"status\":\"joined\",\"channel\":\"chat\"}"), "listen chat 1\n"},
		{"channel_join", "{\"channel\":\"chat\"}",
			RESULT("{\"status\":\"joined\",\"channel\":\"chat\"}"), ""},
		{"channel_join", "{\"channel\":\"two words\"}",
			FAULT(-32602) "\"message\":\"channel must be 1 to 80 printable~", ""},
		{"channel_leave", "{\"channel\":\"chat\"}",
			RESULT("{\"status\":\"left\",\"channel\":\"chat\"}"), "listen chat 0\n"},
		{"reconnect", "{}", RESULT("{\"status\":\"reconnecting\"}"), ""},
		{"status", "{}",
			RESULT("{\"connected\":true,\"mud_name\":\"AlphaMUD\",\"session_id\":\"~\","
			       "\"uptime\":0.0,\"router\":\"*test\",\"services\":[\"tell\","
			       "\"channel\",\"who\"]}"),
			""},
		{"stats", "{}",
			RESULT("{\"mud_count\":0,\"online_muds\":0,\"channel_count\":0,"
			       "\"session_count\":0,\"mudlist_id\":0,\"chanlist_id\":0,"
			       "\"gateway_connected\":true,\"packets_sent\":0,\"packets_received\":"
			       "0,\"connections\":~,\"errors\":~}"),
			""},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&r->up.asked);
		check_like(call(c, rows[i].method, rows[i].params), rows[i].answer);
		check_text(buf_bytes(&r->up.asked), rows[i].asked);
	}
	assert_int_equal(r->up.reconnects, 1);
}

static void a_beep_is_sent_as_a_tell_without_a_text(void **state)
{
	static const struct {
		const char *params, *answer, *asked;
	} rows[] = {
		{"{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"from_user\":\"Ann\"}",
			RESULT("{\"status\":\"sent\",\"message_id\":\"beep_Beta_1767323045_1\"}"),
			"beep from=Ann as=Ann mud=Beta user=Bob\n"},
		{"{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"message\":\"hi\"}",
			"~\"sent\"~", "beep from=Someone as=Someone mud=Beta user=Bob\n"},
		{"{\"target_user\":\"Bob\"}", "~Missing required parameters: target_mud~", ""},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&r->up.asked);
		check_like(call(c, "beep", rows[i].params), rows[i].answer);
		check_text(buf_bytes(&r->up.asked), rows[i].asked);
	}
}

static void what_the_network_says_no_to_is_an_error_with_a_reason(void **state)
{
	static const struct {
		enum sent says;
		const char *answer;
	} rows[] = {{SENT_NOT_UP, FAULT(-32004) "~\"code\":\"network_unavailable\",~\"temporary\":"
						"true}}}"},
		{SENT_FULL, FAULT(-32004) "~\"code\":\"network_busy\",~\"temporary\":true}}}"},
		{SENT_TOO_BIG, FAULT(-32602) "~\"code\":\"too_big\",~\"temporary\":false}}}"}};
	static const char *const senders[] = {"tell", "emoteto", "beep", "channel_send",
		"channel_emote", "who", "finger", "locate"};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++)
		for (size_t k = 0; k < countof(senders); k++) {
			r->up.says = rows[i].says;
			check_like(
				call(c, senders[k],
					"{\"target_mud\":\"B\",\"target_user\":\"b\",\"message\":"
					"\"m\",\"emote\":\"m\",\"channel\":\"c\",\"wait\":5}"),
				rows[i].answer);
		}
}

static void an_identity_without_a_network_says_so(void **state)
{
	struct conn *c = rig_login(*state, "beta-key");
	check_like(
		call(c, "tell", "{\"target_mud\":\"B\",\"target_user\":\"b\",\"message\":\"m\"}"),
		FAULT(-32004) "~");
	check_like(call(c, "reconnect", "{}"), FAULT(-32004) "~");
	check_like(call(c, "status", "{}"),
		RESULT("{\"connected\":false,~\"router\":\"\",~\"trouble\":\"no network is "
		       "configured\"}"));
}

static void trouble_of_the_network_shows_in_the_status(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	r->up.ready = false;
	r->up.trouble = "the router does not answer";
	check_like(call(c, "status", "{}"),
		RESULT("{\"connected\":false,~\"trouble\":\"the router does not answer\"}"));
	check_like(call(c, "stats", "{}"), "~\"gateway_connected\":false,~");
}

static void a_channel_line_is_bounded_by_the_configuration(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	r->config.channels.max_message_bytes = 5;
	check_like(
		call(c, "channel_send", "{\"channel\":\"c\",\"message\":\"12345\"}"), "~\"sent\"~");
	check_like(call(c, "channel_send", "{\"channel\":\"c\",\"message\":\"123456\"}"),
		FAULT(-32602) "\"message\":\"message is too long: at most 5 bytes\",\"data\":{"
			      "\"code\":\"bad_parameter\",\"field\":\"message\",~");
	check_like(call(c, "channel_emote", "{\"channel\":\"c\",\"emote\":\"123456\"}"),
		FAULT(-32602) "~\"field\":\"emote\",~");
	check_like(call(c, "tell",
			   "{\"target_mud\":\"B\",\"target_user\":\"b\",\"message\":\"123456\"}"),
		"~\"sent\"~");
}

// ---- lists

static void put_mud(struct rig *r, const char *name, int64_t state, const char *driver)
{
	struct value services[] = {value_str("channel"), value_int(1)};
	struct value pairs[] = {value_str("name"), value_str(name), value_str("driver"),
		value_str(driver), value_str("services"), value_map(services, 1)};
	struct value facts = value_map(pairs, 3);
	roster_put_mud(&r->up.identity->roster, span_str(name), state, &facts);
}

static void the_mudlist_can_be_filtered(void **state)
{
	static const struct {
		const char *params, *names;
	} rows[] = {{"{}", "~\"A\"~\"B\"~\"C\"~\"count\":3}}"},
		{"{\"filter\":{\"status\":\"up\"},\"refresh\":true}", "~\"A\"~\"C\"~\"count\":2}}"},
		{"{\"filter\":{\"status\":\"reboot\"}}", "~\"B\"~\"count\":1}}"},
		{"{\"filter\":{\"driver\":\"DGD\"}}", "~\"C\"~\"count\":1}}"},
		{"{\"filter\":{\"has_service\":\"channel\"}}", "~\"count\":3}}"},
		{"{\"filter\":{\"has_service\":\"mail\"}}", "~\"count\":0}}"},
		{"{\"filter\":{\"status\":\"up\",\"driver\":\"LD\"}}", "~\"A\"~\"count\":1}}"},
		{"{\"filter\":{\"status\":7,\"driver\":null}}", "~\"count\":3}}"}};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	put_mud(r, "A", MUD_UP, "LD");
	put_mud(r, "B", 300, "LD");
	put_mud(r, "C", MUD_UP, "DGD");
	for (size_t i = 0; i < countof(rows); i++)
		check_like(call(c, "mudlist", rows[i].params), rows[i].names);
	check_like(call(c, "stats", "{}"), RESULT("{\"mud_count\":3,\"online_muds\":2,~}"));
}

static void the_channel_list_has_members_and_what_was_joined(void **state)
{
	static const struct {
		const char *params, *answer;
	} rows[] = {{"{}", RESULT("{\"status\":\"success\",\"channels\":[{\"name\":\"chat\","
				  "\"owner\":\"*r\",\"type\":0,\"member_count\":1},{\"name\":"
				  "\"dev\",\"owner\":\"*q\",\"type\":1,\"member_count\":0}],"
				  "\"count\":2,\"subscribed_channels\":[\"chat\",\"own\"]}")},
		{"{\"names_only\":true}", "~\"channels\":[\"chat\",\"dev\"]~"},
		{"{\"filter\":{\"type\":1}}", "~\"channels\":[{\"name\":\"dev\"~\"count\":1~"},
		{"{\"filter\":{\"owner\":\"*r\"}}", "~[{\"name\":\"chat\"~\"count\":1~"},
		{"{\"filter\":{\"min_members\":1}}", "~[{\"name\":\"chat\"~\"count\":1~"},
		{"{\"filter\":{\"min_members\":2}}", "~\"count\":0~"}};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	roster_put_channel(&r->up.identity->roster, SPAN("chat"), SPAN("*r"), 0);
	roster_put_channel(&r->up.identity->roster, SPAN("dev"), SPAN("*q"), 1);
	call(c, "channel_join", "{\"channel\":\"chat\"}");
	call(c, "channel_join", "{\"channel\":\"own\"}");
	for (size_t i = 0; i < countof(rows); i++)
		check_like(call(c, "channel_list", rows[i].params), rows[i].answer);
}

// ---- presence

static void presence_is_taken_or_refused_with_the_player_and_field(void **state)
{
	static const struct {
		const char *users, *answer;
	} rows[] = {{"[]", RESULT("{\"status\":\"synchronized\",\"mud_name\":\"AlphaMUD\","
				  "\"count\":0,\"lease\":30}")},
		{"[{\"name\":\"Ann\",\"level\":1000,\"idle\":31536000,\"login_time\":1767323045,"
		 "\"title\":\"the R\xc3\xa9"
		 "d\",\"extra\":[]}]",
			"~\"count\":1,\"lease\":30}}"},
		{"[{\"name\":\"Ann\",\"login_time\":\"2026-01-02T03:04:05\"}]",
			"~\"count\":1,\"lease\":30}}"},
		{"{}", "~users must be an array~"},
		{"null", "~Missing or invalid required parameter: users~"},
		{"[1]", "~Presence user 0 must be an object~"},
		{"[{\"name\":\"a\"},{}]", "~Presence user 1 requires a name~"},
		{"[{\"name\":\"\"}]", "~Presence user 0 requires a name~"},
		{"[{\"name\":7}]", "~Presence user 0 field name must be a string~"},
		{"[{\"name\":\" a\"}]", "~Presence user 0 field name is invalid~"},
		{"[{\"name\":\"a\\u001b[31m\"}]", "~field name is invalid~"},
		{"[{\"name\":\"a\\u0085\"}]", "~field name is invalid~"},
		{"[{\"name\":\"a\",\"race\":{}}]", "~field race must be a string~"},
		{"[{\"name\":\"a\",\"level\":1001}]", "~field level is out of range~"},
		{"[{\"name\":\"a\",\"level\":-1}]", "~field level is out of range~"},
		{"[{\"name\":\"a\",\"level\":true}]", "~field level must be an integer~"},
		{"[{\"name\":\"a\",\"idle\":31536001}]", "~field idle is out of range~"},
		{"[{\"name\":\"a\",\"login_time\":-1}]", "~field login_time is out of range~"},
		{"[{\"name\":\"a\",\"login_time\":[]}]", "~field login_time is invalid~"},
		{"[{\"name\":\"Ann\"},{\"name\":\"aNN\"}]", "~contains duplicate user names~"}};
	struct conn *c = rig_login(*state, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++) {
		char params[256];
		snprintf(params, sizeof params, "{\"users\":%s}", rows[i].users);
		check_like(call(c, "presence_sync", params), rows[i].answer);
	}
}

static void presence_lengths_are_counted_in_characters(void **state)
{
	static const struct {
		const char *field;
		int max;
	} rows[] = {{"name", 128}, {"title", 256}, {"location", 256}, {"status", 256},
		{"race", 128}, {"guild", 128}};
	struct conn *c = rig_login(*state, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++)
		for (int n = rows[i].max; n <= rows[i].max + 1; n++) {
			struct buf params = {0};
			buf_printf(&params, "{\"users\":[{%s\"%s\":\"", i ? "\"name\":\"a\"," : "",
				rows[i].field);
			for (int k = 0; k < n; k++)
				buf_str(&params, "\xc3\xa9");
			buf_lit(&params, "\"}]}\0");
			check_like(call(c, "presence_sync", params.p),
				n == rows[i].max ? "~\"count\":1,\"lease\":30}}" : "~is too long~");
			buf_fini(&params);
		}
}

static void a_refused_snapshot_leaves_the_former_one_and_all_of_them_expire(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	const struct presence *p = &r->up.identity->presence;
	struct buf params = {0};
	call(c, "presence_sync", "{\"users\":[{\"name\":\"Ann\"}]}");
	call(c, "presence_sync", "{\"users\":[{\"name\":\"Bob\"},7]}");
	assert_non_null(presence_find(p, SPAN("ann")));
	check_like(call(c, "stats", "{}"), "~\"session_count\":1,~");
	rig_pass(PRESENCE_LEASE_MS);
	check_like(call(c, "stats", "{}"), "~\"session_count\":0,~");
	buf_str(&params, "{\"users\":[{}");
	for (int i = 0; i < PRESENCE_USERS_MAX; i++)
		buf_str(&params, ",{}");
	buf_lit(&params, "]}\0");
	check_like(call(c, "presence_sync", params.p), "~Presence snapshot exceeds 20000 users~");
	buf_fini(&params);
}

// ---- channels and their members

static void others_of_the_same_mud_are_told_of_joins_and_leaves(void **state)
{
	struct rig *r = *state;
	struct conn *a = rig_login(r, "alpha-key"), *b = rig_login(r, "alpha-key"),
		    *i = rig_login(r, "info-key"), *other = rig_login(r, "beta-key");
	struct conn *all[] = {b, i, other};
	for (size_t k = 0; k < countof(all); k++)
		buf_clear(&all[k]->out);
	assert_null(strstr(call(a, "channel_join", "{\"channel\":\"chat\"}"), "channel_joined"));
	call(a, "channel_join", "{\"channel\":\"chat\"}"); // again: nobody cares
	check_like(told(b), "{\"jsonrpc\":\"2.0\",\"method\":\"channel_joined\",\"params\":{"
			    "\"channel\":\"chat\",\"mud_name\":\"AlphaMUD\",\"session\":~,"
			    "\"seq\":1767323045000000,\"timestamp\":\"" NOW "Z\"}}");
	buf_clear(&b->out);
	call(a, "channel_leave", "{\"channel\":\"chat\"}");
	check_like(told(b),
		"{\"jsonrpc\":\"2.0\",\"method\":\"channel_left\",~\"seq\":1767323045000001,~");
	assert_string_equal(told(i), "");
	assert_string_equal(told(other), "");
}

static void the_channel_after_the_last_is_refused(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	char params[64];
	for (int i = 0; i <= SESSION_CHANNELS_MAX; i++) {
		snprintf(params, sizeof params, "{\"channel\":\"c%d\"}", i);
		check_like(call(c, "channel_join", params),
			i < SESSION_CHANNELS_MAX ? "~\"joined\"~"
						 : FAULT(-32602) "~\"code\":\"too_many\",~");
	}
}

static void the_document_describes_every_method_event_and_error(void **state)
{
	struct conn *c = rig_login(*state, "none-key");
	struct buf copy = {0};
	buf_str(&copy, call(c, "rpc.discover", "{}"));
	buf_char(&copy, '\0');
	check_like(copy.p, RESULT("{\"openrpc\":\"1.2.6\",\"info\":{\"title\":\"Gatehouse\",~}"));
	for (const struct method *const *m = methods; *m; m++) {
		char want[64];
		snprintf(want, sizeof want, "{\"name\":\"%s\",\"summary\":", (*m)->name);
		assert_non_null(strstr(copy.p, want));
	}
	for (int i = 0; i < EVENT_COUNT; i++)
		assert_non_null(strstr(copy.p, event_rows[i].name));
	for (int i = 0; i < ERROR_COUNT; i++)
		assert_non_null(strstr(copy.p, error_rows[i].code));
	buf_fini(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(every_argument_of_every_row_is_checked),
		RIG_TEST(every_method_with_a_right_is_refused_without_it),
		RIG_TEST(the_usual_rights_keep_what_clients_of_old_call),
		TEST(rows_are_found_by_their_exact_names_and_described),
		RIG_TEST(methods_answer_and_ask_the_network),
		RIG_TEST(a_beep_is_sent_as_a_tell_without_a_text),
		RIG_TEST(what_the_network_says_no_to_is_an_error_with_a_reason),
		RIG_TEST(an_identity_without_a_network_says_so),
		RIG_TEST(trouble_of_the_network_shows_in_the_status),
		RIG_TEST(a_channel_line_is_bounded_by_the_configuration),
		RIG_TEST(the_mudlist_can_be_filtered),
		RIG_TEST(the_channel_list_has_members_and_what_was_joined),
		RIG_TEST(presence_is_taken_or_refused_with_the_player_and_field),
		RIG_TEST(presence_lengths_are_counted_in_characters),
		RIG_TEST(a_refused_snapshot_leaves_the_former_one_and_all_of_them_expire),
		RIG_TEST(others_of_the_same_mud_are_told_of_joins_and_leaves),
		RIG_TEST(the_channel_after_the_last_is_refused),
		RIG_TEST(the_document_describes_every_method_event_and_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
