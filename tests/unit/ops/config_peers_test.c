// SPDX-License-Identifier: MIT
// The peers of the embedded router in the configuration.
#include "check.h"

#include "base/buf.h"
#include "ops/config.h"
#include <stdlib.h>

#define PEERS(list) "mud: {name: Alpha}\nlisten: []\nrouter:\n  embedded:\n    peers: " list "\n"

static struct config *parse(const char *yaml, struct config_report *report)
{
	*report = (struct config_report){0};
	return config_parse(span_str(yaml), "t.yaml", report);
}

static void a_peer_has_an_address_and_two_passwords(void **state)
{
	(void)state;
	struct config_report report;
	struct config *c = parse(
		PEERS("[{name: '*two', host: 10.0.0.2, password: 4711, their_password: 815}]"),
		&report);
	assert_non_null(c);
	assert_int_equal(c->router.embedded.peers.n, 1);
	const struct config_router_peer *p = &c->router.embedded.peers.at[0];
	assert_string_equal(p->name, "*two");
	assert_string_equal(p->host, "10.0.0.2");
	assert_int_equal(p->port, 9000);
	assert_int_equal(p->password.number, 4711);
	assert_int_equal(p->their_password.number, 815);
	assert_false(p->trusted);
	config_free(c);
	config_report_fini(&report);
}

static void their_passwords_are_never_shown(void **state)
{
	(void)state;
	struct config_report report;
	struct buf out = {0};
	struct config *c =
		parse(PEERS("[{name: '*two', host: h, password: 471147, their_password: 815815}]"),
			&report);
	assert_non_null(c);
	config_dump(c, &out);
	buf_char(&out, '\0');
	assert_non_null(strstr(out.p, "\"*two\""));
	assert_null(strstr(out.p, "471147"));
	assert_null(strstr(out.p, "815815"));
	buf_fini(&out);
	config_free(c);
	config_report_fini(&report);
	assert_null(parse(
		PEERS("[{name: '*two', host: h, password: 471147x, their_password: 1}]"), &report));
	for (size_t i = 0; i < report.n; i++)
		assert_null(strstr(report.lines[i].text, "471147"));
	config_report_fini(&report);
}

#define GOOD "host: h, password: 1, their_password: 2"

static const struct {
	const char *yaml, *says;
} faults[] = {
	{PEERS("[{" GOOD "}]"), "peers[0].name: must be given"},
	{PEERS("[{name: '*two', password: 1, their_password: 2}]"), "peers[0].host: must be given"},
	{PEERS("[{name: '*two', host: h, their_password: 2}]"), "peers[0].password: must be given"},
	{PEERS("[{name: '*two', host: h, password: 1}]"), "peers[0].their_password: must be given"},
	{PEERS("[{name: '*two', host: h, password: '', their_password: 2}]"),
		"peers[0].password: must be given"},
	{PEERS("[{name: '*two', host: h, password: 1, their_password: 0}]"),
		"peers[0].their_password: allowed is a whole number from 1"},
	{PEERS("[{name: two, " GOOD "}]"), "the name of a router begins with an asterisk"},
	{PEERS("[{name: '*Gatehouse', " GOOD "}]"), "this is our own name"},
	{PEERS("[{name: '*two', " GOOD "}, {name: '*TWO', " GOOD "}]"),
		"peers[1].name: this router is listed twice"},
	{PEERS("[{name: '*two', host: 'a b', password: 1, their_password: 2}]"),
		"peers[0].host: allowed is a host name or an address"},
	{PEERS("[{name: '*two', port: 0, " GOOD "}]"), "peers[0].port: \"0\" is not allowed"},
	{"mud: {name: A}\nlisten: []\nrouter: {primary: {host: h}, embedded: {peers: [{name: "
	 "'*b', " GOOD "}]}}\n",
		"router.embedded.peers: the embedded router is off"},
};

static void what_is_wrong_with_a_peer_is_told_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(faults); i++) {
		struct config_report report;
		bool said = false;
		assert_null(parse(faults[i].yaml, &report));
		for (size_t j = 0; j < report.n; j++)
			said = said || strstr(report.lines[j].text, faults[i].says);
		for (size_t j = 0; !said && j < report.n; j++)
			print_message("%s\n", report.lines[j].text);
		if (!said)
			fail_msg("missing: %s", faults[i].says);
		config_report_fini(&report);
	}
}

static int empty_environment(void **state)
{
	(void)state;
	return clearenv();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_peer_has_an_address_and_two_passwords),
		TEST(their_passwords_are_never_shown),
		TEST(what_is_wrong_with_a_peer_is_told_with_its_place),
	};
	return cmocka_run_group_tests(tests, empty_environment, NULL);
}
