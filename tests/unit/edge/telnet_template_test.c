// SPDX-License-Identifier: MIT
#include "check.h"

#include "edge/link/telnet_priv.h"

#define CONNECT "connect {name} {password}"

static void check_read(
	const char *pattern, const char *line, const char *name, const char *password)
{
	struct again_secret s = {0};
	assert_true(template_read(pattern, span_str(line), &s));
	assert_string_equal(s.name, name);
	assert_string_equal(s.password, password);
	assert_int_equal(s.has_name, *name != '\0');
	assert_int_equal(s.has_password, *password != '\0');
}

static void names_and_passwords_are_understood(void **state)
{
	(void)state;
	check_read(CONNECT, "connect Bob secret", "Bob", "secret");
	check_read(CONNECT, "  CONNECT   Bob   secret  ", "Bob", "secret");
	check_read(CONNECT, "co Bob secret", "Bob", "secret");
	check_read(CONNECT, "connect \"Bob the Great\" two words", "Bob the Great", "two words");
	check_read("{name}", "Bob the Great", "Bob the Great", "");
	check_read("{password}", " p4ss ", "", "p4ss");
	check_read("{name}/{password}", "Bob/secret", "Bob", "secret");
	check_read("login {name},{password};", "login a,b;", "a", "b");
}

static void what_is_no_login_is_left_alone(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "connect", "connect Bob", "connect Bob ", "c Bob x",
		"connects Bob x", "create Bob x", "say connect Bob x", "connect \"\" x"};
	for (size_t i = 0; i < countof(lines); i++) {
		struct again_secret s = {.name = "kept", .has_name = true};
		assert_false(template_read(CONNECT, span_str(lines[i]), &s));
		assert_string_equal(s.name, "kept");
		assert_false(s.has_password);
	}
}

static void what_is_too_long_is_not_learned(void **state)
{
	(void)state;
	struct again_secret s = {0};
	char line[AGAIN_PASSWORD_MAX + 2];
	memset(line, 'x', sizeof line);
	assert_false(template_read("{password}", span_of(line, AGAIN_PASSWORD_MAX + 1), &s));
	assert_true(template_read("{password}", span_of(line, AGAIN_PASSWORD_MAX), &s));
	assert_false(template_read("{name}", span_of(line, AGAIN_NAME_MAX + 1), &s));
	assert_true(template_read("{name}", span_of(line, AGAIN_NAME_MAX), &s));
}

static void a_line_is_made_as_it_was_read(void **state)
{
	(void)state;
	struct again_secret s = {.name = "Bob the Great", .password = "two words"};
	struct buf out = {0};
	template_write(CONNECT, &s, &out);
	check_text(buf_bytes(&out), "connect \"Bob the Great\" two words");
	buf_clear(&out);
	template_write("{name}", &s, &out);
	check_text(buf_bytes(&out), "Bob the Great");
	buf_clear(&out);
	template_write("", &s, &out);
	check_text(buf_bytes(&out), "");
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_and_passwords_are_understood),
		TEST(what_is_no_login_is_left_alone),
		TEST(what_is_too_long_is_not_learned),
		TEST(a_line_is_made_as_it_was_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
