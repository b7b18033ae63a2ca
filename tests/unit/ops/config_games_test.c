// SPDX-License-Identifier: MIT
// Games, players and the listeners they come by, in the configuration.
#include "check.h"

#include "base/buf.h"
#include "ops/config.h"
#include "ops/config_listen.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MUD        "mud: {name: Alpha}\nlisten: []\n"
#define AMP(more)  MUD "games: [{name: G, link: amp" more "}]\n"
#define TEL(more)  MUD "games: [{name: G, link: telnet" more "}]\n"
#define GATES(...) "mud: {name: Alpha}\nlisten: [" __VA_ARGS__ "]\ngames: [{name: G, link: amp}]\n"

static struct config *parse(const char *yaml, struct config_report *report)
{
	*report = (struct config_report){0};
	return config_parse(span_str(yaml), "t.yaml", report);
}

// The file is taken, and says nothing but `warning`, or nothing at all.
static struct config *good(const char *yaml, const char *warning)
{
	struct config_report report;
	struct config *c = parse(yaml, &report);
	size_t other = 0;
	bool said = !warning;
	for (size_t i = 0; i < report.n; i++) {
		bool it = warning && strstr(report.lines[i].text, warning);
		said = said || it;
		if (!it && !strstr(report.lines[i].text, "there is no key, so no client"))
			print_error("%s\n", report.lines[i].text), other++;
	}
	assert_non_null(c);
	assert_true(said);
	assert_int_equal(other, 0);
	config_report_fini(&report);
	return c;
}

static void refused(const char *yaml, const char *want)
{
	struct config_report report;
	struct config *c = parse(yaml, &report);
	bool said = false;
	if (c)
		fail_msg("taken: %s", yaml);
	for (size_t i = 0; i < report.n; i++)
		said = said || strstr(report.lines[i].text, want);
	for (size_t i = 0; !said && i < report.n; i++)
		print_error("%s\n", report.lines[i].text);
	if (!said)
		fail_msg("not said: %s", want);
	config_report_fini(&report);
}

static char *dump(const struct config *c)
{
	struct buf out = {0};
	config_dump(c, &out);
	char *text = span_dup(buf_bytes(&out));
	buf_fini(&out);
	return text;
}

static void the_demonstration_has_a_game(void **state)
{
	(void)state;
	struct config *c = good("", NULL);
	assert_int_equal(c->games.n, 1);
	assert_string_equal(c->games.at[0].name, c->identities.at[1].name);
	assert_int_equal(c->games.at[0].link, LINK_RPC);
	config_free(c);
	c = good("games: [{name: DemoMUD, link: rpc, accounts: true}]\n", NULL);
	assert_int_equal(c->games.n, 1);
	assert_true(c->games.at[0].accounts);
	config_free(c);
}

static size_t gates_of(const struct config *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->listens.n; i++)
		n += c->listens.at[i].kind == LISTEN_TELNET;
	return n;
}

static void a_telnet_port_is_open_by_default_when_there_are_games(void **state)
{
	(void)state;
	struct config *c = good("mud: {name: Alpha}\napi: {host: 127.0.0.1}\n", NULL);
	assert_int_equal(gates_of(c), 0);
	config_free(c);
	c = good("mud: {name: Alpha}\napi: {host: 127.0.0.1, enabled: false}\n"
		 "games: [{name: G, link: amp}]\nplayers: {max: 10}\n",
		NULL);
	assert_int_equal(c->listens.at[0].kind, LISTEN_TELNET);
	assert_string_equal(c->listens.at[0].host, "127.0.0.1");
	assert_int_equal(c->listens.at[0].port, 4000);
	assert_true(c->listens.at[0].max > 10); // those above are told so
	config_free(c);
	c = good(AMP(""), NULL);
	assert_int_equal(gates_of(c), 0);
	config_free(c);
}

static void what_is_not_given_has_its_default(void **state)
{
	(void)state;
	struct config *c = good(AMP(""), NULL);
	const struct config_game *g = &c->games.at[0];
	assert_string_equal(g->address, "127.0.0.1:4001");
	assert_string_equal(g->notices.down,
		"The MUD is currently re-loading. Please try again in a few seconds.");
	assert_int_equal(g->input_while_down.queue, 0);
	assert_string_equal(g->amp.secret, "");
	assert_string_equal(g->greeting, "");
	assert_int_equal(c->players.max, 5000);
	assert_int_equal(c->players.per_address, 20);
	config_free(c);
}

static void input_while_down_is_a_word_or_a_mapping(void **state)
{
	(void)state;
	static const struct {
		const char *yaml;
		int lines;
	} cases[] = {
		{AMP(", input_while_down: refuse"), 0},
		{AMP(", input_while_down: {queue: 20}"), 20},
		{AMP(", input_while_down: {queue: 0}"), 0},
		{AMP(", input_while_down: {}"), 0},
		{AMP(", input_while_down: null"), 0},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct config *c = good(cases[i].yaml, NULL);
		assert_int_equal(c->games.at[0].input_while_down.queue, cases[i].lines);
		char *text = dump(c), want[32];
		snprintf(want, sizeof want, "queue: %d", cases[i].lines);
		assert_non_null(strstr(text, want));
		free(text);
		config_free(c);
	}
	refused(AMP(", input_while_down: keep"),
		"games[0].input_while_down: \"keep\" is not allowed; allowed is one of refuse, or "
		"a "
		"mapping of keys");
	refused(AMP(", input_while_down: [1]"), "games[0].input_while_down: allowed is");
	refused(AMP(", input_while_down: {lines: 1}"), "input_while_down.lines: unknown key");
}

static void a_dump_can_be_read_again(void **state)
{
	(void)state;
	struct config *c = good("mud: {name: Alpha}\nlisten: ['telnet://h:1?game=g']\n"
				"games: [{name: G, link: telnet, address: 'unix:/run/g', greeting: "
				"\"\\e[1mA \\\"b\\\" \\\\n\\te\\nnext\", input_while_down: {queue: "
				"7},"
				" telnet: {again: script, script: [{expect: name, send: "
				"'{name}'}]},"
				" mssp: [{name: GENRE, value: Fantasy}]}]\n",
		NULL);
	assert_string_equal(c->games.at[0].greeting, "\x1b[1mA \"b\" \\n\te\nnext");
	char *first = dump(c);
	config_free(c);
	c = good(first, NULL);
	char *second = dump(c);
	assert_string_equal(first, second);
	assert_string_equal(c->games.at[0].greeting, "\x1b[1mA \"b\" \\n\te\nnext");
	free(first);
	free(second);
	config_free(c);
}

static void the_secret_of_a_game_is_never_shown(void **state)
{
	(void)state;
	struct config *c = good(AMP(", amp: {secret: s3cr3t}"), NULL);
	assert_string_equal(c->games.at[0].amp.secret, "s3cr3t");
	char *text = dump(c);
	assert_null(strstr(text, "s3cr3t"));
	assert_non_null(strstr(text, "secret: \"********\""));
	free(text);
	config_free(c);
	refused(AMP(", amp: {secret: [s3cr3t]}"), "amp.secret: allowed is");
	struct config_report report;
	assert_null(parse(AMP(", amp: {secret: \"s3cr3t\\x07\"}"), &report));
	for (size_t i = 0; i < report.n; i++)
		assert_null(strstr(report.lines[i].text, "s3cr3t"));
	config_report_fini(&report);
}

static void a_secret_may_stand_in_a_file(void **state)
{
	(void)state;
	char path[] = "/tmp/gatehouse-secret-XXXXXX", yaml[200];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "from a file\n", 12), 12);
	close(fd);
	snprintf(yaml, sizeof yaml, AMP(", amp: {secret: 'file:%s'}"), path);
	struct config *c = good(yaml, NULL);
	assert_string_equal(c->games.at[0].amp.secret, "from a file");
	config_free(c);
	unlink(path);
}

static void a_listener_says_its_game_and_what_its_proxy_speaks(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct config_listen l;
	const char *why;
	assert_true(config_listen_parse(
		&arena, SPAN("telnets://h:1?max=5&proxy=any&game=My%20M%26D"), &l, &why));
	assert_int_equal(l.proxy, PROXY_ANY);
	assert_string_equal(l.game, "My M&D");
	assert_int_equal(l.max, 5);
	assert_true(l.tls);
	assert_true(config_listen_parse(&arena, SPAN("telnet+unix:/x?proxy=v1"), &l, &why));
	assert_int_equal(l.proxy, PROXY_V1);
	assert_string_equal(l.game, "");
	assert_false(config_listen_parse(&arena, SPAN("http://h:1?proxy=v1"), &l, &why));
	assert_string_equal(why, "?proxy= and ?game= are for telnet and telnets only");
	assert_false(config_listen_parse(&arena, SPAN("telnet://h:1?x=1"), &l, &why));
	assert_non_null(strstr(why, "joined by &"));
	arena_fini(&arena);
}

static void an_address_to_dial_has_a_port(void **state)
{
	(void)state;
	static const char *const yes[] = {"h:1", "[::1]:4001", "10.0.0.1:65535", "unix:/run/x"};
	static const char *const no[] = {"", "h", "h:", "h:0", ":1", "::1:1", "[h]:1", "h:65536",
		"unix:", "h:1/", "telnet://h:1", "h h:1"};
	for (size_t i = 0; i < countof(yes); i++)
		assert_true(config_dial_ok(span_str(yes[i])));
	for (size_t i = 0; i < countof(no); i++)
		assert_false(config_dial_ok(span_str(no[i])));
}

static void a_game_by_the_api_needs_its_identity_and_should_have_a_key(void **state)
{
	(void)state;
	refused(MUD "games: [{name: Beta, link: rpc}]\n",
		"t.yaml:3:16: games[0].name: no identity is called so");
	config_free(good(MUD "games: [{name: alpha, link: rpc}]\n",
		"t.yaml:3:29: games[0].link: no key of api.auth.api_keys with the permission "
		"players"));
	config_free(good(MUD "games: [{name: Alpha, link: rpc}]\n"
			     "api: {auth: {api_keys: [{key: k, permissions: [tell]}]}}\n",
		"games[0].link: no key"));
	config_free(good(MUD "games: [{name: Alpha, link: rpc}]\n"
			     "api: {auth: {api_keys: [{key: k, permissions: [players]}]}}\n",
		NULL));
	config_free(good(MUD "games: [{name: Beta, link: rpc}]\n"
			     "api: {auth: {api_keys: [{key: k, mud_name: Beta}]}}\n",
		"no identity is called \"Beta\"; one is added"));
}

static const struct {
	const char *yaml, *want;
} faults[] = {
	{MUD "games: [{name: G}]\n", "games[0].link: must be given"},
	{MUD "games: [{name: G, link: ssh}]\n", "allowed is one of "},
	{MUD "games: [{name: G, link: amp}, {name: g, link: amp}]\n",
		"t.yaml:3:38: games[1].name: another game has this name"},
	{AMP(", address: 4001"), "games[0].address: allowed is HOST:PORT"},
	{TEL(", address: 'unix:'"), "games[0].address: allowed is HOST:PORT"},
	{MUD "games: [{name: Alpha, link: rpc, address: 'h:1'}]\n",
		"games[0].address: not with link rpc"},
	{TEL(", telnet: {again: script}"), "games[0].telnet.script: has no steps"},
	{TEL(", telnet: {charset: EBCDIC}"), "games[0].telnet.charset: no charset we know"},
	{TEL(", telnet: {again: connect, connect: 'connect {name}'}"),
		"games[0].telnet.connect: must have {name} and {password} in it"},
	{TEL(", notices: {down: \"a\\nb\"}"), "games[0].notices.down: "},
	{TEL(", greeting: \"a\\x07b\""), "games[0].greeting: "},
	{TEL(", greeting: \"a\\0b\""), "games[0].greeting: "},
	{AMP("") "players: {default_game: H}\n", "t.yaml:4:25: players.default_game: \"H\" is not"},
	{AMP("") "players: {bans: [10.0.0.1/8]}\n",
		"players.bans[0]: \"10.0.0.1/8\" is no network"},
	{AMP("") "players: {trusted_proxies: ['::1', h]}\n", "players.trusted_proxies[1]: \"h\""},
	{GATES("'telnet://h:1?proxy=v1'"), "t.yaml:2:10: listen[0]: ?proxy= believes nobody"},
	{GATES("'telnets+unix:/x?proxy=v1'"), "listen[0]: ?proxy= is for telnet: let the proxy"},
	{GATES("'telnet://h:1?game=H'"), "listen[0]: ?game=H: no game is called so"},
	{GATES("'telnets://h:1'"), "listen[0]: h:1: needs tls.certificate and tls.key"},
	{GATES("'telnet://h:1', 'http://h:1'"), "another listener has the same address"},
	{"mud: {name: A}\nlisten: ['telnet://h:1']\n",
		"listen[0]: players come here, but games is empty"},
	{MUD "router: {embedded: {listen: 'telnet://h:1'}}\n", "this listener is mudmode://"},
};

static void what_cannot_work_is_refused_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(faults); i++)
		refused(faults[i].yaml, faults[i].want);
}

static void a_unix_socket_is_its_own_trust(void **state)
{
	(void)state;
	config_free(good(GATES("'telnet+unix:/run/x?proxy=v2'"), NULL));
	config_free(good(
		GATES("'telnet://h:1?proxy=v2'") "players: {trusted_proxies: 10.0.0.0/8}\n", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_demonstration_has_a_game),
		TEST(a_telnet_port_is_open_by_default_when_there_are_games),
		TEST(what_is_not_given_has_its_default),
		TEST(input_while_down_is_a_word_or_a_mapping),
		TEST(a_dump_can_be_read_again),
		TEST(the_secret_of_a_game_is_never_shown),
		TEST(a_secret_may_stand_in_a_file),
		TEST(a_listener_says_its_game_and_what_its_proxy_speaks),
		TEST(an_address_to_dial_has_a_port),
		TEST(a_game_by_the_api_needs_its_identity_and_should_have_a_key),
		TEST(what_cannot_work_is_refused_with_its_place),
		TEST(a_unix_socket_is_its_own_trust),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
