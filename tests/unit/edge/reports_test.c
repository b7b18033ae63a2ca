// SPDX-License-Identifier: MIT
#include "check.h"

#include "edge/reports.h"
#include <stdio.h>
#include <stdlib.h>

static void note(void *owner, struct span json)
{
	buf_printf(owner, "%.*s\n", (int)json.n, json.p);
}

static void check_said(const struct reports *r, const char *want)
{
	struct buf said = {0};
	reports_each(r, note, &said);
	check_text(buf_bytes(&said), want);
	buf_fini(&said);
}

static void what_is_to_be_reported_is_remembered_and_nothing_else(void **state)
{
	(void)state;
	struct reports r = {0};
	reports_take(&r, SPAN("{\"REPORT\":[\"HEALTH\"]}"));
	reports_take(&r, SPAN("{\"LIST\":\"COMMANDS\"}"));
	reports_take(&r, SPAN("{\"REPORT\":\"ROOM\"}"));
	reports_take(&r, SPAN("[\"REPORT\"]"));
	reports_take(&r, SPAN("no json"));
	check_said(&r, "{\"REPORT\":[\"HEALTH\"]}\n{\"REPORT\":\"ROOM\"}\n");
	reports_fini(&r);
}

static void the_last_word_counts(void **state)
{
	(void)state;
	struct reports r = {0};
	reports_take(&r, SPAN("{\"REPORT\":\"ROOM\"}"));
	reports_take(&r, SPAN("{\"REPORT\":\"HEALTH\"}"));
	reports_take(&r, SPAN("{\"UNREPORT\":\"ROOM\"}"));
	reports_take(&r, SPAN("{\"REPORT\":\"ROOM\"}"));
	check_said(&r, "{\"REPORT\":\"HEALTH\"}\n{\"UNREPORT\":\"ROOM\"}\n{\"REPORT\":\"ROOM\"}\n");
	reports_fini(&r);
}

static void it_has_an_end(void **state)
{
	(void)state;
	struct reports r = {0};
	char json[48];
	for (int i = 0; i < 10000; i++) {
		snprintf(json, sizeof json, "{\"REPORT\":\"VARIABLE%d\"}", i);
		reports_take(&r, span_str(json));
	}
	assert_in_range(r.said.n, REPORTS_MAX / 2, REPORTS_MAX);
	reports_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_to_be_reported_is_remembered_and_nothing_else),
		TEST(the_last_word_counts),
		TEST(it_has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
