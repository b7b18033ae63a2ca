// SPDX-License-Identifier: MIT
#include "check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "hub/presence.h"
#include <stdio.h>

static void put_all(struct presence *p, const struct value *users, uint64_t now_ms)
{
	struct presence_news all = {.users = users};
	assert_int_equal(presence_hear(p, &all, now_ms), PRESENCE_TAKEN);
}

static void put(struct presence *p, const char *name, uint64_t now_ms)
{
	struct value pair[] = {value_str("name"), value_str(name)};
	struct value user = value_map(pair, 1), users = value_array(&user, 1);
	put_all(p, &users, now_ms);
}

static void what_was_said_holds_for_its_lease(void **state)
{
	struct presence p = {0};
	(void)state;
	assert_false(presence_known(&p, 0));
	put(&p, "Ann", 1000);
	assert_true(presence_known(&p, 1000 + PRESENCE_LEASE_MS - 1));
	assert_false(presence_known(&p, 1000 + PRESENCE_LEASE_MS));
	put(&p, "Ann", 50000);
	assert_true(presence_known(&p, 50000 + PRESENCE_LEASE_MS - 1));
	presence_fini(&p);
}

static void an_empty_list_is_knowledge_too(void **state)
{
	struct presence p = {0};
	struct value none = value_array(NULL, 0);
	(void)state;
	put_all(&p, &none, 0);
	assert_true(presence_known(&p, 0));
	assert_null(presence_find(&p, SPAN("ann")));
	presence_fini(&p);
}

static void names_are_found_in_any_case_and_the_last_list_counts(void **state)
{
	struct presence p = {0};
	(void)state;
	put(&p, "Ann", 0);
	assert_non_null(presence_find(&p, SPAN("aNN")));
	put(&p, "Bob", 0);
	assert_null(presence_find(&p, SPAN("Ann")));
	check_text(value_text(value_get(presence_find(&p, SPAN("bob")), "name")), "Bob");
	presence_fini(&p);
}

// --- changes ---

static struct arena arena;

// "Ann=1 Bob=2": names with an idle time each.
static struct value people(const char *text)
{
	struct value_list all = {.arena = &arena};
	for (struct span rest = span_str(text); rest.n;) {
		struct span one = span_take(&rest, span_until(rest, ' ').n);
		struct span name = span_until(one, '=');
		struct value_list user = {.arena = &arena};
		uint64_t idle = 0;
		(void)!span_uint(span_of(one.p + name.n + 1, one.n - name.n - 1), 1000, &idle);
		value_pair(&user, "name", value_span(name));
		value_pair(&user, "idle", value_int((int64_t)idle));
		value_push(&all, value_list_map(&user));
		if (rest.n)
			span_take(&rest, 1);
	}
	return value_list_array(&all);
}

static enum presence_said change(
	struct presence *p, const char *users, const struct value *gone, uint64_t now_ms)
{
	struct value v = people(users);
	struct presence_news news = {.delta = true, .users = &v, .gone = gone};
	return presence_hear(p, &news, now_ms);
}

static void check_people(const struct presence *p, const char *want)
{
	struct buf text = {0};
	for (struct map_at at = map_first(&p->users); at.value; at = map_next(at)) {
		const struct value *facts = presence_facts(at);
		struct span name = value_text(value_get(facts, "name"));
		buf_printf(&text, "%s%.*s=%d", text.n ? " " : "", (int)name.n, name.p,
			(int)value_get(facts, "idle")->i);
	}
	check_text(buf_bytes(&text), want);
	buf_fini(&text);
}

static void changes_apply_to_what_was_said_and_keep_the_order(void **state)
{
	struct presence p = {0};
	struct value first = people("Cid=1 Ann=2 Bob=3");
	struct value gone = VALUE_LIST(value_str("cID"), value_str("nobody"), value_str("CID"));
	(void)state;
	put_all(&p, &first, 0);
	assert_int_equal(change(&p, "ANN=9 Dan=4", &gone, 100), PRESENCE_TAKEN);
	check_people(&p, "ANN=9 Bob=3 Dan=4");
	struct value bob = VALUE_LIST(value_str("bob"));
	assert_int_equal(change(&p, "Bob=0", &bob, 100), PRESENCE_TAKEN); // back again
	check_people(&p, "ANN=9 Dan=4 Bob=0");
	presence_fini(&p);
	arena_fini(&arena);
}

static void a_change_needs_something_that_holds(void **state)
{
	struct presence p = {0};
	struct value none = people("");
	(void)state;
	assert_int_equal(change(&p, "Ann=1", NULL, 0), PRESENCE_STALE);
	put_all(&p, &none, 1000);
	assert_int_equal(change(&p, "Ann=1", NULL, 1000 + PRESENCE_LEASE_MS), PRESENCE_STALE);
	assert_null(presence_find(&p, SPAN("ann")));
	presence_fini(&p);
	arena_fini(&arena);
}

static void an_empty_change_renews_for_as_long_as_the_list_said(void **state)
{
	struct presence p = {0};
	struct value none = people("");
	struct presence_news news = {.users = &none, .lease_ms = 60000};
	(void)state;
	assert_int_equal(presence_hear(&p, &news, 1000), PRESENCE_TAKEN);
	assert_int_equal(change(&p, "", NULL, 50000), PRESENCE_TAKEN);
	assert_true(presence_known(&p, 109999));
	assert_false(presence_known(&p, 110000));
	put_all(&p, &none, 200000); // which says nothing about it
	assert_false(presence_known(&p, 200000 + PRESENCE_LEASE_MS));
	presence_fini(&p);
	arena_fini(&arena);
}

static struct value crowd(int n, const char *title)
{
	struct value_list all = {.arena = &arena};
	for (int i = 0; i < n; i++) {
		char name[20];
		struct value_list user = {.arena = &arena};
		int length = snprintf(name, sizeof name, "u%d", i);
		struct span kept = arena_span(&arena, span_of(name, (size_t)length));
		value_pair(&user, "name", value_span(kept));
		value_pair(&user, "title", value_str(title));
		value_push(&all, value_list_map(&user));
	}
	return value_list_array(&all);
}

static void a_crowd_is_taken_up_to_its_bounds_and_all_or_nothing(void **state)
{
	static char much[1000];
	struct presence p = {0};
	struct value most = crowd(PRESENCE_USERS_MAX, "t");
	struct value over = crowd(PRESENCE_USERS_MAX + 1, "t");
	struct value one = VALUE_LIST(value_str("u0"));
	(void)state;
	memset(much, 'x', sizeof much - 1);
	struct value fat = crowd(PRESENCE_BYTES_MAX / 1000, much);
	struct presence_news news = {.users = &most};
	assert_int_equal(presence_hear(&p, &news, 0), PRESENCE_TAKEN);
	news.users = &over;
	assert_int_equal(presence_hear(&p, &news, 0), PRESENCE_TOO_MANY);
	news.users = &fat;
	assert_int_equal(presence_hear(&p, &news, 0), PRESENCE_TOO_BIG);
	assert_int_equal(presence_count(&p), PRESENCE_USERS_MAX);
	assert_int_equal(change(&p, "new=1", NULL, 0), PRESENCE_TOO_MANY);
	assert_int_equal(change(&p, "u5=1", NULL, 0), PRESENCE_TAKEN); // nobody more
	assert_int_equal(change(&p, "new=1", &one, 0), PRESENCE_TAKEN);
	assert_null(presence_find(&p, SPAN("U0")));
	one = VALUE_LIST(value_str("u5"));
	assert_int_equal(change(&p, "u5=1 more=1", &one, 0), PRESENCE_TOO_MANY); // u5 is back
	assert_non_null(presence_find(&p, SPAN("u5")));
	presence_fini(&p);
	assert_int_equal(p.bytes, 0);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_said_holds_for_its_lease),
		TEST(an_empty_list_is_knowledge_too),
		TEST(names_are_found_in_any_case_and_the_last_list_counts),
		TEST(changes_apply_to_what_was_said_and_keep_the_order),
		TEST(a_change_needs_something_that_holds),
		TEST(an_empty_change_renews_for_as_long_as_the_list_said),
		TEST(a_crowd_is_taken_up_to_its_bounds_and_all_or_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
