// SPDX-License-Identifier: MIT
#include "check.h"

#include "edge/hello.h"
#include <stdio.h>
#include <stdlib.h>

static void note(void *owner, struct span package, struct span json)
{
	buf_printf(owner, "%.*s %.*s\n", (int)package.n, package.p, (int)json.n, json.p);
}

static void check_said(const struct hello *h, bool msdp, const char *want)
{
	struct buf said = {0};
	hello_each(h, msdp, note, &said);
	check_text(buf_bytes(&said), want);
	buf_fini(&said);
}

static void take(struct hello *h, const char *package, const char *json)
{
	hello_take(h, span_str(package), span_str(json));
}

static void what_a_client_says_of_itself_is_remembered_in_order(void **state)
{
	(void)state;
	struct hello h = {0};
	take(&h, "Core.Hello", "{\"client\":\"Mudlet\"}");
	take(&h, "Core.Supports.Set", "[\"Char 1\"]");
	take(&h, "Char.Login.Credentials", "{\"password\":\"secret\"}");
	take(&h, "Room.Info", "");
	take(&h, "core.supports.add", "[\"Room 1\"]");
	check_said(&h, false,
		"Core.Hello {\"client\":\"Mudlet\"}\nCore.Supports.Set [\"Char 1\"]\n"
		"core.supports.add [\"Room 1\"]\n");
	check_said(&h, true, "");
	hello_fini(&h);
}

static void a_new_set_replaces_all_that_was_said_of_modules(void **state)
{
	(void)state;
	struct hello h = {0};
	take(&h, "Core.Supports.Set", "[\"Char 1\"]");
	take(&h, "Core.Supports.Add", "[\"Room 1\"]");
	take(&h, "Core.Hello", "{\"client\":\"a\"}");
	take(&h, "Core.Supports.Set", "[\"Comm 1\"]");
	take(&h, "Core.Hello", "{\"client\":\"b\"}");
	check_said(&h, false, "Core.Supports.Set [\"Comm 1\"]\nCore.Hello {\"client\":\"b\"}\n");
	hello_fini(&h);
}

static void reports_of_msdp_are_remembered_and_nothing_else_of_it(void **state)
{
	(void)state;
	struct hello h = {0};
	take(&h, "MSDP", "{\"REPORT\":[\"HEALTH\"]}");
	take(&h, "MSDP", "{\"LIST\":\"COMMANDS\"}");
	take(&h, "MSDP", "{\"REPORT\":\"ROOM\"}");
	take(&h, "MSDP", "{\"REPORT\":[\"HEALTH\"]}");
	take(&h, "MSDP", "no json");
	check_said(&h, true, "MSDP {\"REPORT\":\"ROOM\"}\nMSDP {\"REPORT\":[\"HEALTH\"]}\n");
	check_said(&h, false, "");
	hello_fini(&h);
}

static void it_has_an_end(void **state)
{
	(void)state;
	struct hello h = {0};
	char json[32];
	for (int i = 0; i < 10000; i++) {
		snprintf(json, sizeof json, "[\"Module%d 1\"]", i);
		take(&h, "Core.Supports.Add", json);
	}
	assert_in_range(h.said.n, HELLO_MAX / 2, HELLO_MAX);
	hello_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_client_says_of_itself_is_remembered_in_order),
		TEST(a_new_set_replaces_all_that_was_said_of_modules),
		TEST(reports_of_msdp_are_remembered_and_nothing_else_of_it),
		TEST(it_has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
