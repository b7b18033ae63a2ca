// SPDX-License-Identifier: MIT
#include "check.h"

#include "edge/endpoint.h"

static const struct {
	const char *text, *at;
	uint16_t port;
	bool is_path;
} good[] = {
	{"mud.example:4001", "mud.example", 4001, false},
	{"127.0.0.1:65535", "127.0.0.1", 65535, false},
	{"[2001:db8::1]:1", "2001:db8::1", 1, false},
	{"unix:/run/game", "/run/game", 0, true},
	{"unix:a:1", "a:1", 0, true},
};

static void hosts_and_paths_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		struct endpoint e;
		assert_true(endpoint_read(span_str(good[i].text), &e));
		assert_string_equal(e.at, good[i].at);
		assert_int_equal(e.port, good[i].port);
		assert_int_equal(e.is_path, good[i].is_path);
	}
}

static void what_is_none_is_empty(void **state)
{
	static const char *const bad[] = {
		"", "host", ":1", "host:", "host:65536", "host:x", "[]:1", "unix:"};
	struct endpoint e;
	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		assert_false(endpoint_read(span_str(bad[i]), &e));
		assert_string_equal(e.at, "");
	}
	assert_false(endpoint_read(SPAN("a\0b:1"), &e));
}

static void hosts_are_as_long_as_names_may_be(void **state)
{
	char text[ENDPOINT_BYTES + 2];
	struct endpoint e;
	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text + ENDPOINT_BYTES - 1, ":1", 2);
	assert_true(endpoint_read(span_of(text, ENDPOINT_BYTES + 1), &e));
	assert_int_equal(strlen(e.at), ENDPOINT_BYTES - 1);
	memcpy(text + ENDPOINT_BYTES - 1, "x:1", 3);
	assert_false(endpoint_read(span_of(text, ENDPOINT_BYTES + 2), &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_and_paths_are_read),
		cmocka_unit_test(what_is_none_is_empty),
		cmocka_unit_test(hosts_are_as_long_as_names_may_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
