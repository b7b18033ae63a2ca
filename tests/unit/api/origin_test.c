// SPDX-License-Identifier: MIT
#include "api_rig.h"

static void pages_may_connect_from_where_the_configuration_says(void **state)
{
	static const struct {
		const char *allowed[3], *origin, *host;
		bool good;
	} rows[] = {
		{{"self"}, NULL, "mud.example", true}, // no browser
		{{NULL}, NULL, "mud.example", true},
		{{NULL}, "http://mud.example", "mud.example", false},
		{{"self"}, "http://mud.example", "mud.example", true},
		{{"self"}, "https://mud.example", "mud.example", true},
		{{"self"}, "http://MUD.example", "mud.Example:80", true},
		{{"self"}, "https://mud.example", "mud.example:443", true},
		{{"self"}, "http://mud.example", "mud.example:443", false},
		{{"self"}, "http://mud.example:8080", "mud.example:8080", true},
		{{"self"}, "http://mud.example:8080", "mud.example:8081", false},
		{{"self"}, "http://mud.example:8080", "mud.example", false},
		{{"self"}, "http://mud.example.evil", "mud.example", false},
		{{"self"}, "http://evil-mud.example", "mud.example", false},
		{{"self"}, "http://[::1]:8080", "[::1]:8080", true},
		{{"self"}, "http://[::1]:8080", "[::2]:8080", false},
		{{"self"}, "http://[::1", "[::1", false},
		{{"self"}, "file://", "", false},
		{{"self"}, "moz-extension://abc", "abc", false},
		{{"self"}, "http://mud.example:8080x", "mud.example:8080x", false},
		{{"self"}, "http://mud.example:99999", "mud.example:99999", false},
		{{"self"}, "http://mud.example:", "mud.example:", false},
		{{"self"}, "null", "null", false},
		{{"self"}, "http://", "", false},
		{{"self"}, "self", "self", false},
		{{"*"}, "null", "mud.example", true},
		{{"*"}, "http://evil.example", "mud.example", true},
		{{"https://play.example"}, "https://play.example", "x", true},
		{{"https://play.example"}, "https://play.example:443", "x", true},
		{{"https://play.example:443"}, "HTTPS://Play.Example", "x", true},
		{{"https://play.example"}, "http://play.example", "x", false},
		{{"https://play.example"}, "https://play.example:8443", "x", false},
		{{"https://play.example"}, "https://sub.play.example", "x", false},
		{{"https://play.example"}, "http://x", "x", false}, // self is not implied
		{{"self", "https://play.example"}, "http://x", "x", true},
		{{"self", "https://play.example"}, "https://play.example", "x", true},
		{{"moz-extension://abc"}, "moz-extension://abc", "x", true},
		{{"nonsense"}, "nonsense", "x", false},
	};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct http_request r = {.n = rows[i].origin ? 2 : 1};
		struct config_texts allowed = {.at = (const char **)(uintptr_t)rows[i].allowed};
		while (allowed.n < 3 && allowed.at[allowed.n])
			allowed.n++;
		r.headers[0] = (struct http_header){SPAN("Host"), span_str(rows[i].host)};
		r.headers[1] = (struct http_header){SPAN("origin"), span_str(rows[i].origin)};
		if (origin_allowed(&allowed, &r) != rows[i].good)
			fail_msg("%s at %s, allowed %s", rows[i].origin, rows[i].host,
				rows[i].allowed[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_may_connect_from_where_the_configuration_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
