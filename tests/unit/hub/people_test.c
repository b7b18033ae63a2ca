// SPDX-License-Identifier: MIT
#include "check.h"

#include "hub/people.h"
#include <stdio.h>

enum { NOW = 1000 };

static bool put(struct people *p, const char *mud, const char *user, struct person person)
{
	return people_put(p, &(struct person_key){span_str(mud), span_str(user)}, &person, NOW);
}

static const struct person *find(
	const struct people *p, const char *mud, const char *user, uint64_t now)
{
	return people_find(p, &(struct person_key){span_str(mud), span_str(user)}, now);
}

static void a_person_is_found_in_any_case_and_at_his_mud_only(void **state)
{
	struct people p = {0};
	(void)state;
	put(&p, "Two Rivers", "Bob", (struct person){SPAN("Sir Bob"), PERSON_MALE});
	check_text(find(&p, "two rivers", "BOB", NOW)->visname, "Sir Bob");
	assert_null(find(&p, "two", "rivers\nbob", NOW));
	assert_null(find(&p, "Elsewhere", "bob", NOW));
	people_fini(&p);
}

static void only_what_differs_is_news(void **state)
{
	struct people p = {0};
	(void)state;
	assert_true(put(&p, "A", "bob", (struct person){SPAN("Bob"), PERSON_MALE}));
	assert_false(put(&p, "a", "Bob", (struct person){SPAN("Bob"), PERSON_MALE}));
	assert_true(put(&p, "A", "bob", (struct person){SPAN("Bob"), PERSON_FEMALE}));
	assert_true(put(&p, "A", "bob", (struct person){SPAN("Bobby"), PERSON_FEMALE}));
	assert_int_equal(map_count(&p.known), 1);
	people_fini(&p);
}

static void news_are_fresh_for_an_hour(void **state)
{
	struct people p = {0};
	(void)state;
	put(&p, "A", "bob", (struct person){SPAN("Bob"), PERSON_MALE});
	assert_non_null(find(&p, "A", "bob", NOW + PEOPLE_FRESH_MS - 1));
	assert_null(find(&p, "A", "bob", NOW + PEOPLE_FRESH_MS));
	people_fini(&p);
}

static void so_many_are_kept_and_those_not_heard_of_longest_go(void **state)
{
	struct people p = {0};
	char name[16];
	(void)state;
	for (int i = 0; i < PEOPLE_MAX; i++) {
		snprintf(name, sizeof name, "u%d", i);
		put(&p, "A", name, (struct person){SPAN("x"), PERSON_NEUTER});
	}
	put(&p, "A", "u0", (struct person){SPAN("x"), PERSON_NEUTER}); // heard of again
	put(&p, "A", "new", (struct person){SPAN("x"), PERSON_NEUTER});
	assert_int_equal(map_count(&p.known), PEOPLE_MAX);
	assert_non_null(find(&p, "A", "u0", NOW));
	assert_non_null(find(&p, "A", "new", NOW));
	assert_null(find(&p, "A", "u1", NOW));
	people_fini(&p);
}

static void their_bytes_are_bounded(void **state)
{
	enum { LONG = 1024 };
	static char visname[LONG];
	struct people p = {0};
	char name[16];
	(void)state;
	memset(visname, 'x', sizeof visname);
	for (int i = 0; i < 2 * PEOPLE_BYTES_MAX / LONG; i++) {
		snprintf(name, sizeof name, "u%d", i);
		put(&p, "A", name, (struct person){span_of(visname, LONG), PERSON_NEUTER});
		assert_true(p.bytes <= PEOPLE_BYTES_MAX);
	}
	assert_non_null(find(&p, "A", name, NOW));
	people_fini(&p);
	assert_true(map_count(&p.known) == 0);
}

static void genders_have_words(void **state)
{
	(void)state;
	assert_string_equal(person_gender(PERSON_MALE), "male");
	assert_string_equal(person_gender(PERSON_FEMALE), "female");
	assert_string_equal(person_gender(PERSON_NEUTER), "neuter");
	assert_string_equal(person_gender(-5), "neuter");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_person_is_found_in_any_case_and_at_his_mud_only),
		TEST(only_what_differs_is_news),
		TEST(news_are_fresh_for_an_hour),
		TEST(so_many_are_kept_and_those_not_heard_of_longest_go),
		TEST(their_bytes_are_bounded),
		TEST(genders_have_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
