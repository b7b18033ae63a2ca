// SPDX-License-Identifier: MIT
// The Q method: who is answered what, and that it ends.
#include "check.h"
#include "proto/telnet_q.h"

struct peer {
	struct telnet_q q;
	struct buf out;
};

static void init(struct peer *p)
{
	*p = (struct peer){0};
	telnet_q_init(&p->q);
}

static void want(
	struct peer *p, enum telnet_option o, enum telnet_side side, bool on, const char *sent)
{
	telnet_q_ask(&p->q, o, side, on, &p->out);
	check_text(buf_bytes(&p->out), sent);
	buf_clear(&p->out);
}

static struct telnet_answer hear(
	struct peer *p, enum telnet_command verb, uint8_t number, const char *answer)
{
	struct telnet_answer a = telnet_q_take(&p->q, verb, number, &p->out);
	check_text(buf_bytes(&p->out), answer);
	buf_clear(&p->out);
	return a;
}

static void test_policies_are_the_tables(void **unused)
{
	(void)unused;
	struct peer p;
	init(&p);
	assert_int_equal(telnet_number(TELNET_OPT_GMCP), 201);
	assert_int_equal(telnet_option_of(31), TELNET_OPT_NAWS);
	assert_int_equal(telnet_option_of(99), TELNET_OPTIONS);
	assert_int_equal(p.q.policy[TELNET_OPT_NAWS][TELNET_HIM], TELNET_OFFER);
	assert_int_equal(p.q.policy[TELNET_OPT_NAWS][TELNET_US], TELNET_NEVER);
	assert_int_equal(p.q.policy[TELNET_OPT_ECHO][TELNET_US], TELNET_AGREE);
}

static void test_an_agreed_option_is_answered_once(void **unused)
{
	(void)unused;
	struct peer p;
	init(&p);
	assert_int_equal(hear(&p, TELNET_WILL, 31, "\xff\xfd\x1f").change, TELNET_ON);
	assert_int_equal(hear(&p, TELNET_WILL, 31, "").change, TELNET_SAME);
	assert_true(telnet_q_is_on(&p.q, TELNET_OPT_NAWS, TELNET_HIM));
	assert_false(telnet_q_is_on(&p.q, TELNET_OPT_NAWS, TELNET_US));
	assert_int_equal(hear(&p, TELNET_WONT, 31, "\xff\xfe\x1f").change, TELNET_OFF);
	assert_int_equal(hear(&p, TELNET_WONT, 31, "").change, TELNET_SAME);
	buf_fini(&p.out);
}

static void test_what_we_never_do_is_refused(void **unused)
{
	(void)unused;
	struct peer p;
	init(&p);
	hear(&p, TELNET_DO, 31, "\xff\xfc\x1f");
	struct telnet_answer a = hear(&p, TELNET_WILL, 99, "\xff\xfe\x63");
	assert_int_equal(a.option, TELNET_OPTIONS);
	hear(&p, TELNET_DONT, 99, "");
	hear(&p, TELNET_WONT, 99, "");
	buf_fini(&p.out);
}

static void test_an_answer_is_never_answered(void **unused)
{
	(void)unused;
	struct peer p;
	init(&p);
	want(&p, TELNET_OPT_GMCP, TELNET_US, true, "\xff\xfb\xc9");
	want(&p, TELNET_OPT_GMCP, TELNET_US, true, "");
	assert_true(telnet_q_is_asked(&p.q, TELNET_OPT_GMCP, TELNET_US));
	assert_int_equal(hear(&p, TELNET_DO, 201, "").change, TELNET_ON);
	assert_false(telnet_q_is_asked(&p.q, TELNET_OPT_GMCP, TELNET_US));
	want(&p, TELNET_OPT_MXP, TELNET_US, true, "\xff\xfb\x5b");
	assert_int_equal(hear(&p, TELNET_DONT, 91, "").change, TELNET_REFUSED);
	assert_false(telnet_q_is_asked(&p.q, TELNET_OPT_MXP, TELNET_US));
	assert_int_equal(hear(&p, TELNET_DONT, 91, "").change, TELNET_SAME);
	buf_fini(&p.out);
}

static void test_a_change_of_mind_waits_its_turn(void **unused)
{
	(void)unused;
	struct peer p;
	init(&p);
	want(&p, TELNET_OPT_ECHO, TELNET_US, true, "\xff\xfb\x01");
	want(&p, TELNET_OPT_ECHO, TELNET_US, false, "");
	assert_int_equal(hear(&p, TELNET_DO, 1, "\xff\xfc\x01").change, TELNET_SAME);
	assert_false(telnet_q_is_on(&p.q, TELNET_OPT_ECHO, TELNET_US));
	want(&p, TELNET_OPT_ECHO, TELNET_US, true, "");
	hear(&p, TELNET_DONT, 1, "\xff\xfb\x01");
	assert_int_equal(hear(&p, TELNET_DO, 1, "").change, TELNET_ON);
	want(&p, TELNET_OPT_ECHO, TELNET_US, false, "\xff\xfc\x01");
	want(&p, TELNET_OPT_ECHO, TELNET_US, true, "");
	want(&p, TELNET_OPT_ECHO, TELNET_US, false, "");
	assert_int_equal(hear(&p, TELNET_DONT, 1, "").change, TELNET_OFF);
	want(&p, TELNET_OPT_ECHO, TELNET_US, true, "\xff\xfb\x01");
	want(&p, TELNET_OPT_ECHO, TELNET_US, false, "");
	assert_int_equal(hear(&p, TELNET_DONT, 1, "").change, TELNET_REFUSED);
	want(&p, TELNET_OPT_ECHO, TELNET_US, false, "");
	buf_fini(&p.out);
}

static void test_no_answered_with_yes_is_no(void **unused)
{
	(void)unused;
	struct peer p;
	init(&p);
	hear(&p, TELNET_DO, 3, "\xff\xfb\x03");
	want(&p, TELNET_OPT_SGA, TELNET_US, false, "\xff\xfc\x03");
	assert_int_equal(hear(&p, TELNET_DO, 3, "").change, TELNET_OFF);
	assert_false(telnet_q_is_on(&p.q, TELNET_OPT_SGA, TELNET_US));
	buf_fini(&p.out);
}

// One that answers everything with the same question again.
static void test_a_loop_of_two_that_both_answer_ends(void **unused)
{
	(void)unused;
	struct peer p;
	size_t rounds = 0;
	init(&p);
	telnet_q_take(&p.q, TELNET_WILL, 99, &p.out);
	while (p.out.n) {
		assert_true(++rounds < 1000);
		buf_clear(&p.out);
		telnet_q_take(&p.q, TELNET_WILL, 99, &p.out);
	}
	assert_int_equal(rounds, TELNET_FLIPS_MAX);
	// It is over for good, and what is not answered is not agreed either.
	assert_int_equal(hear(&p, TELNET_WILL, 31, "").change, TELNET_SAME);
	assert_false(telnet_q_is_on(&p.q, TELNET_OPT_NAWS, TELNET_HIM));
	// What we ask ourselves still works.
	want(&p, TELNET_OPT_ECHO, TELNET_US, true, "\xff\xfb\x01");
	assert_int_equal(hear(&p, TELNET_DO, 1, "").change, TELNET_ON);
	assert_int_equal(hear(&p, TELNET_DONT, 1, "").change, TELNET_OFF);
	buf_fini(&p.out);
}

static void test_two_of_us_come_to_an_end(void **unused)
{
	(void)unused;
	struct peer a, b;
	init(&a);
	init(&b);
	for (unsigned i = 0; i < TELNET_OPTIONS; i++)
		for (unsigned side = 0; side < 2; side++) {
			telnet_q_ask(&a.q, i, side, true, &a.out);
			telnet_q_ask(&b.q, i, side, true, &b.out);
		}
	for (int turn = 0; a.out.n || b.out.n; turn++) {
		struct peer *from = turn % 2 ? &b : &a, *to = turn % 2 ? &a : &b;
		assert_true(turn < 10);
		for (size_t i = 0; i + 3 <= from->out.n; i += 3)
			telnet_q_take(&to->q, (uint8_t)from->out.p[i + 1],
				(uint8_t)from->out.p[i + 2], &to->out);
		buf_clear(&from->out);
	}
	for (unsigned i = 0; i < TELNET_OPTIONS; i++)
		for (unsigned side = 0; side < 2; side++) {
			assert_false(telnet_q_is_asked(&a.q, i, side));
			assert_int_equal(
				telnet_q_is_on(&a.q, i, side), telnet_q_is_on(&b.q, i, !side));
		}
	buf_fini(&a.out);
	buf_fini(&b.out);
}

static void test_sixty_four_options_flapping_cost_a_bounded_answer(void **unused)
{
	(void)unused;
	struct peer p;
	init(&p);
	for (int round = 0; round < 100; round++)
		for (unsigned n = 0; n < 64; n++) {
			telnet_q_take(&p.q, TELNET_WILL, (uint8_t)n, &p.out);
			telnet_q_take(&p.q, TELNET_DO, (uint8_t)n, &p.out);
			telnet_q_take(&p.q, TELNET_WONT, (uint8_t)n, &p.out);
			telnet_q_take(&p.q, TELNET_DONT, (uint8_t)n, &p.out);
		}
	assert_int_equal(p.out.n, 3 * TELNET_FLIPS_MAX);
	for (unsigned i = 0; i < TELNET_OPTIONS; i++)
		assert_false(
			telnet_q_is_on(&p.q, i, TELNET_US) || telnet_q_is_on(&p.q, i, TELNET_HIM));
	buf_fini(&p.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_policies_are_the_tables),
		TEST(test_an_agreed_option_is_answered_once),
		TEST(test_what_we_never_do_is_refused),
		TEST(test_an_answer_is_never_answered),
		TEST(test_a_change_of_mind_waits_its_turn),
		TEST(test_no_answered_with_yes_is_no),
		TEST(test_a_loop_of_two_that_both_answer_ends),
		TEST(test_two_of_us_come_to_an_end),
		TEST(test_sixty_four_options_flapping_cost_a_bounded_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
