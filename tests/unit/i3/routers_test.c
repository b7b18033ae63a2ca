// SPDX-License-Identifier: MIT
// Which router comes next, and whither lists of routers may send us, without a router.
#include "i3_rig.h"

enum { HOUR_MS = 3600 * SECOND_MS };

struct scene {
	struct bed *bed;
	struct i3_link *link;
	struct arena arena;
};

static int set_up(void **state)
{
	struct scene *s = *state = mem_zalloc(sizeof *s);
	clock_set(1000000, 1700000000000000);
	s->bed = bed_open();
	s->bed->fallback[0] = (struct config_router_address){"*two", "192.0.2.2", 8080, {22}};
	s->bed->config.router.primary =
		(struct config_router_address){"*one", "192.0.2.1", 8080, {11}};
	s->bed->config.router.fallback.n = 1;
	s->bed->config.router.follow_list = true;
	s->bed->i3 = i3_new(s->bed->net, &s->bed->hub, s->bed->store, &s->bed->config, NULL);
	s->link = bed_link(s->bed, "Example");
	routers_dial(s->link);
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	bed_close(s->bed);
	arena_fini(&s->arena);
	clock_set(0, 0);
	free(s);
	return 0;
}

static void pass(uint64_t ms)
{
	clock_set(clock_ms() + ms, 1700000000000000);
}

static void hear(struct scene *s, const char *list)
{
	struct value v;
	struct lpc_error error;
	struct span text = span_str(list);
	assert_true(lpc_read(&s->arena, &text, &v, &error));
	routers_heard(s->link, &v);
}

// What a link does with a goal.
static void go(struct scene *s, bool welcome)
{
	routers_try(s->link, s->link->routers.goal);
	routers_dial(s->link);
	if (welcome)
		routers_ready(s->link);
	else
		assert_true(routers_back(s->link));
}

static const char *at(struct scene *s, unsigned which)
{
	return routers_route(s->link, which).name;
}

static void entries_of_a_list_are_names_with_addresses_in_digits(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"({\"*x\",\"192.0.2.9 8080\",})", true},
		{"({\"*x\",\"2001:db8::1 1\",\"more\",})", true},
		{"({\"*x\",\"192.0.2.9  8080 \",})", true},
		{"({\"*x\",\"192.0.2.9:8080\",})", false},
		{"({\"*x\",\"192.0.2.9\",})", false},
		{"({\"*x\",\"192.0.2.9 0\",})", false},
		{"({\"*x\",\"192.0.2.9 65536\",})", false},
		{"({\"*x\",\"192.0.2.9 80 80\",})", false},
		{"({\"*x\",\"example.org 8080\",})", false},
		{"({\"*x\",\" 8080\",})", false},
		{"({\"\",\"192.0.2.9 8080\",})", false},
		{"({\"a\rb\",\"192.0.2.9 8080\",})", false},
		{"({\"*x\",8080,})", false},
		{"({7,\"192.0.2.9 8080\",})", false},
		{"({\"*x\",})", false},
		{"({})", false},
		{"0", false},
		{"\"*x\"", false},
		{"([\"*x\":\"192.0.2.9 8080\",])", false},
	};
	struct scene *s = *state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct learned_router r;
		struct value v;
		struct lpc_error error;
		struct span text = span_str(cases[i].text);
		assert_true(lpc_read(&s->arena, &text, &v, &error));
		if (learned_read(&v, &r) != cases[i].good)
			fail_msg("%s", cases[i].text);
	}
	char longest[2 * LEARNED_NAME_BYTES];
	memset(longest, 'x', sizeof longest);
	for (size_t n = LEARNED_NAME_BYTES - 1; n <= LEARNED_NAME_BYTES; n++) {
		struct value pair[] = {value_span(span_of(longest, n)), value_str("192.0.2.9 80")};
		struct value v = value_array(pair, 2);
		struct learned_router r;
		assert_int_equal(learned_read(&v, &r), n < LEARNED_NAME_BYTES);
	}
}

static void learned_routers_come_after_the_configured_ones(void **state)
{
	struct scene *s = *state;
	hear(s, "({({\"*one\",\"203.0.113.1 1\",}),0,({\"*x\",}),({\"*new\",\"192.0.2.3 99\",}),"
		"({\"*two\",\"203.0.113.2 1\",}),})");
	assert_int_equal(s->link->routers.goal, ROUTERS_NONE);
	const char *const order[] = {"*two", "*new", "*one"};
	for (size_t i = 0; i < countof(order); i++) {
		routers_next(s->link);
		struct route r = routers_route(s->link, s->link->routers.at);
		assert_string_equal(r.name, order[i]);
		assert_string_equal(r.host, i == 0   ? "192.0.2.2"
					    : i == 1 ? "192.0.2.3"
						     : "192.0.2.1");
		assert_int_equal(r.password, i == 0 ? 22 : i == 1 ? 0 : 11);
	}
}

static void learned_routers_are_bounded_and_new_ones_replace_the_oldest(void **state)
{
	struct scene *s = *state;
	char list[100];
	for (int i = 0; i < 100; i++) {
		snprintf(list, sizeof list,
			"({({\"*one\",\"192.0.2.1 1\",}),({\"*r%d\",\"192.0.2.9 %d\",}),})", i,
			i + 1);
		hear(s, list);
	}
	const struct learned_list *all = learned_find(&s->bed->i3->learned, "Example");
	assert_int_equal(all->n, LEARNED_MAX);
	unsigned found = 0;
	for (unsigned i = 0; i < all->n; i++)
		found += !strcmp(all->at[i].name, "*r99") + !strcmp(all->at[i].name, "*one") +
			 !strcmp(all->at[i].name, "*r0");
	assert_int_equal(found, 2);
	struct buf flood = {0};
	buf_str(&flood, "({");
	for (int i = 0; i < 1000; i++)
		buf_printf(&flood, "({\"*f%d\",\"192.0.2.9 1\",}),", i);
	buf_str(&flood, "})");
	buf_char(&flood, '\0');
	hear(s, flood.p);
	assert_int_equal(all->n, LEARNED_MAX);
	buf_fini(&flood);
}

static bool is_loaded(void *of)
{
	return ((struct i3 *)of)->loaded;
}

static void learned_routers_are_known_after_a_restart(void **state)
{
	struct scene *s = *state;
	struct bed *b = s->bed;
	hear(s, "({({\"*one\",\"192.0.2.1 1\",}),({\"*new\",\"2001:db8::3 99\",}),})");
	i3_free(b->i3);
	b->i3 = i3_new(b->net, &b->hub, b->store, &b->config, NULL);
	b->identities[0].name = "Example";
	hub_identity(&b->hub, SPAN("Example"))->wanted = false;
	hub_identity(&b->hub, SPAN("Other"))->wanted = false;
	s->link = bed_link(b, "Example");
	assert_null(learned_find(&b->i3->learned, "Example"));
	i3_start(b->i3);
	bed_until(b, is_loaded, b->i3);
	struct route r = routers_route(s->link, 3);
	assert_string_equal(r.name, "*new");
	assert_string_equal(r.host, "2001:db8::3");
	assert_int_equal(r.port, 99);
}

static void a_list_is_followed_to_its_first_once_an_hour_and_not_back(void **state)
{
	struct scene *s = *state;
	hear(s, "({({\"*new\",\"192.0.2.3 99\",}),})");
	assert_string_equal(at(s, s->link->routers.goal), "*new");
	go(s, true);
	assert_string_equal(s->link->router, "*new");
	assert_string_equal(at(s, s->link->routers.preferred), "*new");
	hear(s, "({({\"*one\",\"192.0.2.1 1\",}),})");
	assert_int_equal(s->link->routers.goal, ROUTERS_NONE);
	pass(HOUR_MS);
	hear(s, "({({\"*one\",\"192.0.2.1 1\",}),})");
	assert_string_equal(at(s, s->link->routers.goal), "*one");
}

static void a_router_that_did_not_take_us_is_not_followed_to_again_and_not_preferred(void **state)
{
	struct scene *s = *state;
	hear(s, "({({\"*new\",\"192.0.2.3 99\",}),})");
	go(s, false);
	assert_string_equal(at(s, s->link->routers.at), "*one");
	assert_string_equal(at(s, s->link->routers.preferred), "*one");
	hear(s, "({({\"*new\",\"192.0.2.3 99\",}),})");
	assert_int_equal(s->link->routers.goal, ROUTERS_NONE);
}

static void routers_that_make_up_names_move_us_a_few_times_an_hour(void **state)
{
	struct scene *s = *state;
	char list[100];
	int moves = 0;
	for (int i = 0; i < 50; i++, pass(SECOND_MS)) {
		snprintf(list, sizeof list, "({({\"*r%d\",\"192.0.2.9 1\",}),})", i);
		hear(s, list);
		if (s->link->routers.goal == ROUTERS_NONE)
			continue;
		go(s, true);
		moves++;
	}
	assert_int_equal(moves, ROUTERS_SENT_MAX);
}

static void lists_are_not_followed_and_not_kept_unless_that_is_wanted(void **state)
{
	struct scene *s = *state;
	s->bed->config.router.follow_list = false;
	hear(s, "({({\"*new\",\"192.0.2.3 99\",}),})");
	assert_int_equal(s->link->routers.goal, ROUTERS_NONE);
	assert_null(learned_find(&s->bed->i3->learned, "Example"));
}

static void a_list_that_is_none_changes_nothing(void **state)
{
	struct scene *s = *state;
	const char *const lists[] = {"0", "({})", "\"x\"", "([])", "({0,})", "({({}),})",
		"({({\"*new\",\"nowhere\",}),({\"*ok\",\"192.0.2.3 9\",}),})"};
	for (size_t i = 0; i < countof(lists); i++) {
		hear(s, lists[i]);
		assert_int_equal(s->link->routers.goal, ROUTERS_NONE);
	}
	assert_string_equal(at(s, 2), "*ok"); // of the last one
}

static void what_one_router_has_counted_does_not_hold_up_the_login_at_another(void **state)
{
	struct scene *s = *state;
	struct pacing *p = &s->link->pacing;
	for (unsigned which = 0; which < 2; which++) {
		s->link->routers.at = which;
		routers_dial(s->link);
		assert_true(pacing_put(p, SPAN("x"), PACE_STARTUP, clock_ms()));
		assert_true(pacing_due(p) <= clock_ms());
		free(pacing_take(p, clock_ms()));
	}
	routers_dial(s->link); // the same again
	assert_true(pacing_put(p, SPAN("x"), PACE_STARTUP, clock_ms()));
	assert_true(pacing_due(p) > clock_ms());
	pacing_clear(p);
}

// --- the way back ---

static void on_fallback(struct scene *s)
{
	struct i3_link *l = s->link;
	s->bed->config.router.connection.return_interval_s = 600;
	l->routers.at = 1;
	l->state = LINK_READY;
	home_start(l);
}

static uint64_t due_s(struct scene *s)
{
	return (uv_timer_get_due_in(&s->link->home.timer.uv) + 999) / SECOND_MS;
}

static bool is_away(void *of)
{
	return ((struct i3_link *)of)->home.state == HOME_AWAY;
}

static void the_way_back_is_looked_for_less_and_less_often(void **state)
{
	static const unsigned want[] = {600, 1200, 2400, 3600, 3600};
	struct scene *s = *state;
	s->bed->config.router.primary.host = "127.0.0.1";
	s->bed->config.router.primary.port = 1; // nobody is there
	on_fallback(s);
	for (size_t i = 0; i < countof(want); i++) {
		assert_int_equal(due_s(s), want[i]);
		s->link->home.timer.run(&s->link->home.timer);
		assert_int_equal(s->link->home.state, HOME_ASKING);
		bed_until(s->bed, is_away, s->link);
	}
	s->link->routers.at = 0;
	home_start(s->link);
	assert_int_equal(s->link->home.failures, 0);
	s->link->state = LINK_IDLE;
}

static void the_router_in_this_process_needs_no_asking(void **state)
{
	struct scene *s = *state;
	s->bed->config.router.primary.host = CONFIG_HOST_EMBEDDED;
	on_fallback(s);
	s->link->home.timer.run(&s->link->home.timer);
	assert_int_equal(s->link->home.state, HOME_PARTING);
	assert_int_equal(due_s(s), 0);
	s->link->state = LINK_IDLE;
}

static void zero_never_looks_and_a_reload_may_change_that(void **state)
{
	struct scene *s = *state;
	on_fallback(s);
	s->bed->config.router.connection.return_interval_s = 0;
	home_start(s->link);
	assert_false(uv_is_active((uv_handle_t *)&s->link->home.timer.uv));
	s->bed->config.router.connection.return_interval_s = 7;
	home_start(s->link);
	assert_int_equal(due_s(s), 7);
	s->link->state = LINK_IDLE;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(entries_of_a_list_are_names_with_addresses_in_digits),
		CASE(learned_routers_come_after_the_configured_ones),
		CASE(learned_routers_are_bounded_and_new_ones_replace_the_oldest),
		CASE(learned_routers_are_known_after_a_restart),
		CASE(a_list_is_followed_to_its_first_once_an_hour_and_not_back),
		CASE(a_router_that_did_not_take_us_is_not_followed_to_again_and_not_preferred),
		CASE(routers_that_make_up_names_move_us_a_few_times_an_hour),
		CASE(lists_are_not_followed_and_not_kept_unless_that_is_wanted),
		CASE(a_list_that_is_none_changes_nothing),
		CASE(what_one_router_has_counted_does_not_hold_up_the_login_at_another),
		CASE(the_way_back_is_looked_for_less_and_less_often),
		CASE(the_router_in_this_process_needs_no_asking),
		CASE(zero_never_looks_and_a_reload_may_change_that),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
