// SPDX-License-Identifier: MIT
// Every kind of rule against every kind of talk, by whom, where and how long; without sockets and
// without a store.
#include "hub_rig.h"

enum { NOW_S = 1767323045 }; // RIG_WALL_US

static struct moderation *of(struct rig *r)
{
	return &r->hub.moderation;
}

static const struct moderation_rule *add(struct rig *r, struct moderation_spec spec)
{
	struct buf why = {0};
	spec.by = SPAN("AlphaMUD");
	const struct moderation_rule *rule = moderation_add(of(r), &spec, &why);
	if (!rule)
		fail_msg("%.*s", (int)why.n, why.p);
	buf_fini(&why);
	return rule;
}

static void check_no(struct rig *r, struct moderation_spec spec, const char *part)
{
	struct buf why = {0};
	assert_null(moderation_add(of(r), &spec, &why));
	buf_char(&why, '\0');
	if (!strstr(why.p, part))
		fail_msg("%s", why.p);
	buf_fini(&why);
}

static const struct moderation_rule *judge(
	struct rig *r, enum talk talk, const char *user, const char *mud)
{
	struct utterance u = {.talk = talk, .user = span_str(user), .mud = span_str(mud)};
	struct arena arena = {0};
	const struct moderation_rule *rule = moderation_judge(of(r), r->mud, &u, &arena);
	arena_fini(&arena);
	return rule;
}

static bool is_stopped(struct rig *r, enum talk talk, const char *user, const char *mud)
{
	return judge(r, talk, user, mud) != NULL;
}

#define SPEC(...) ((struct moderation_spec){__VA_ARGS__})
#define MUTE      .kind = MODERATION_MUTE
#define BAN       .kind = MODERATION_BAN
#define WORD      .kind = MODERATION_WORD
#define BOB       .user = SPAN("bob"), .mud = SPAN("Frog MUD")

// --- kinds and talk ---

static void every_kind_stops_what_it_is_for(void **state)
{
	static const struct {
		struct moderation_spec spec;
		bool line, tell, request, answer;
	} rows[] = {
		{{MUTE, BOB}, true, false, false, false},
		{{BAN, BOB}, true, true, true, false},
		{{WORD, .pattern = {"x", 1}, .drop = true}, true, true, false, false},
		{{.kind = MODERATION_OFF}, true, true, true, true},
	};
	struct rig *r = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		const bool want[] = {rows[i].line, rows[i].tell, rows[i].request, rows[i].answer};
		uint64_t id = add(r, rows[i].spec)->id;
		for (enum talk talk = TALK_LINE; talk <= TALK_ANSWER; talk++) {
			struct span texts[] = {SPAN("Bob"), SPAN("an x it is")};
			struct utterance u = {talk, SPAN("bob"), SPAN("Frog MUD"), texts, 2};
			const struct moderation_rule *rule =
				moderation_judge(of(r), r->mud, &u, NULL);
			assert_int_equal(rule != NULL, want[talk]);
			assert_true(!rule || rule->id == id);
		}
		if (rows[i].spec.kind != MODERATION_OFF)
			assert_true(moderation_remove(of(r), id));
	}
}

static void what_is_stopped_is_counted_by_kind(void **state)
{
	struct rig *r = *state;
	int64_t mutes = metric_get(METRIC_MODERATED_MUTE), bans = metric_get(METRIC_MODERATED_BAN);
	add(r, SPEC(MUTE, BOB));
	add(r, SPEC(BAN, .mud = SPAN("Toad")));
	judge(r, TALK_LINE, "bob", "Frog MUD");
	judge(r, TALK_TELL, "bob", "Frog MUD");
	judge(r, TALK_TELL, "eve", "Toad");
	assert_int_equal(metric_get(METRIC_MODERATED_MUTE) - mutes, 1);
	assert_int_equal(metric_get(METRIC_MODERATED_BAN) - bans, 1);
}

static void a_mute_does_not_hide_a_ban_of_the_same_user(void **state)
{
	struct rig *r = *state;
	add(r, SPEC(MUTE, BOB));
	add(r, SPEC(BAN, BOB));
	assert_true(is_stopped(r, TALK_TELL, "bob", "Frog MUD"));
	assert_int_equal(map_count(&of(r)->rules), 2);
}

// --- whom ---

static void names_are_compared_as_people_read_them(void **state)
{
	static const struct {
		const char *user, *mud;
		bool stopped;
	} rows[] = {
		{"bob", "Frog MUD", true},
		{"BOB", "FROG mud", true},
		{" bob ", "Frog MUD", true},
		{"b\x01ob\x7f", "Frog\tMUD", false},
		{"b\x01ob\x7f", "Frog MUD", true},
		{"bob\xc2\x85", "Frog MUD", true},
		{"\x01 bob \x01", "Frog MUD", true},
		{"bobby", "Frog MUD", false},
		{"bo", "bFrog MUD", false},
		{"", "Frog MUD", false},
		{"bob", "Frog", false},
		{"bob", "", false},
	};
	struct rig *r = *state;
	add(r, SPEC(MUTE, .user = SPAN("Bob"), .mud = SPAN("frog MUD")));
	for (size_t i = 0; i < countof(rows); i++)
		if (is_stopped(r, TALK_LINE, rows[i].user, rows[i].mud) != rows[i].stopped)
			fail_msg("%s@%s", rows[i].user, rows[i].mud);
}

static void either_half_may_be_anybody(void **state)
{
	struct rig *r = *state;
	add(r, SPEC(MUTE, .mud = SPAN("Frog")));
	add(r, SPEC(BAN, .user = SPAN("eve")));
	assert_true(is_stopped(r, TALK_LINE, "anybody", "frog"));
	assert_true(is_stopped(r, TALK_LINE, "", "frog"));
	assert_false(is_stopped(r, TALK_TELL, "anybody", "frog"));
	assert_true(is_stopped(r, TALK_TELL, "Eve", "frog"));
	assert_true(is_stopped(r, TALK_TELL, "Eve", "Toad"));
	assert_false(is_stopped(r, TALK_LINE, "bob", "Toad"));
}

static void a_very_long_name_is_nobodys(void **state)
{
	struct rig *r = *state;
	char name[1000];
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	add(r, SPEC(MUTE, .user = span_of(name, MODERATION_NAME_MAX)));
	assert_false(is_stopped(r, TALK_LINE, name, name));
	name[MODERATION_NAME_MAX] = '\0';
	assert_true(is_stopped(r, TALK_LINE, name, "Frog"));
}

static void a_scope_is_one_identity_or_all(void **state)
{
	struct rig *r = *state;
	struct identity *beta = hub_add_identity(&r->hub, "BetaMUD");
	struct utterance u = {TALK_LINE, SPAN("bob"), SPAN("Frog MUD"), NULL, 0};
	add(r, SPEC(MUTE, BOB, .scope = SPAN("betamud")));
	assert_false(is_stopped(r, TALK_LINE, "bob", "Frog MUD"));
	assert_non_null(moderation_judge(of(r), beta, &u, NULL));
	add(r, SPEC(MUTE, BOB));
	assert_true(is_stopped(r, TALK_LINE, "bob", "Frog MUD"));
}

// --- words ---

static void words_are_masked_in_every_text_by_all_rules(void **state)
{
	struct rig *r = *state;
	struct arena arena = {0};
	struct span texts[] = {SPAN("Darn Bob"), SPAN("oh heck, d\xc3\xa4rn darn")};
	struct utterance u = {TALK_TELL, SPAN("bob"), SPAN("Frog"), texts, 2};
	int64_t words = metric_get(METRIC_MODERATED_WORD);
	add(r, SPEC(WORD, .pattern = SPAN("darn")));
	add(r, SPEC(WORD, .pattern = SPAN("he+ck|d\xc3\xa4rn"), .regex = true));
	assert_null(moderation_judge(of(r), r->mud, &u, &arena));
	check_text(texts[0], "**** Bob");
	check_text(texts[1], "oh ****, **** ****");
	assert_int_equal(metric_get(METRIC_MODERATED_WORD) - words, 1);
	arena_fini(&arena);
}

static void asterisks_do_not_hide_what_is_to_be_dropped(void **state)
{
	struct rig *r = *state;
	struct arena arena = {0};
	struct span texts[] = {SPAN("darn gold")};
	struct utterance u = {TALK_TELL, SPAN("bob"), SPAN("Frog"), texts, 1};
	add(r, SPEC(WORD, .pattern = SPAN("gold")));
	uint64_t id = add(r, SPEC(WORD, .pattern = SPAN("darn gold"), .drop = true))->id;
	const struct moderation_rule *rule = moderation_judge(of(r), r->mud, &u, &arena);
	assert_true(rule && rule->id == id);
	arena_fini(&arena);
}

static void controls_do_not_hide_a_word(void **state)
{
	struct rig *r = *state;
	struct arena arena = {0};
	struct span texts[] = {SPAN("d\x01"
				    "a\x7f"
				    "r\xc2\x85"
				    "n\t\xc3\xa4\n")};
	struct utterance u = {TALK_TELL, SPAN("bob"), SPAN("Frog"), texts, 1};
	add(r, SPEC(WORD, .pattern = SPAN("darn")));
	assert_null(moderation_judge(of(r), r->mud, &u, &arena));
	check_text(texts[0], "****\t\xc3\xa4\n");
	arena_fini(&arena);
}

static void words_of_another_scope_are_let_be(void **state)
{
	struct rig *r = *state;
	struct span texts[] = {SPAN("darn")};
	struct utterance u = {TALK_LINE, SPAN("bob"), SPAN("Frog"), texts, 1};
	hub_add_identity(&r->hub, "BetaMUD");
	add(r, SPEC(WORD, .pattern = SPAN("darn"), .scope = SPAN("BetaMUD")));
	assert_null(moderation_judge(of(r), r->mud, &u, NULL));
	check_text(texts[0], "darn");
}

static void words_of_the_configuration_follow_it(void **state)
{
	static const char *const first[] = {"darn", "\x01 bad", "heck"}, *const then[] = {"gosh"};
	struct rig *r = *state;
	uint64_t own = add(r, SPEC(WORD, .pattern = SPAN("darn"), .drop = true))->id;
	moderation_configure(of(r), first, 3);
	assert_int_equal(of(r)->n_words, 3);
	moderation_configure(of(r), then, 1);
	assert_int_equal(of(r)->n_words, 2);
	for (struct map_at at = map_first(&of(r)->rules); at.value; at = map_next(at)) {
		const struct moderation_rule *rule = at.value;
		assert_int_equal(rule->fixed, rule->id != own);
		assert_int_equal(moderation_remove(of(r), rule->id), rule->id == own);
	}
	assert_int_equal(of(r)->n_words, 1);
}

// --- time ---

static void a_rule_ends_by_the_clock_and_says_so(void **state)
{
	struct rig *r = *state;
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ADMIN);
	add(r, SPEC(MUTE, BOB, .until_s = NOW_S + 10));
	uint64_t later = add(r, SPEC(MUTE, .mud = SPAN("Toad"), .until_s = NOW_S + 20))->id;
	check_text(buf_bytes(&r->ears[0].told), "0:moderation_changed 1;0:moderation_changed 2;");
	clock_set(RIG_NOW_MS, RIG_WALL_US + 9999999);
	assert_true(is_stopped(r, TALK_LINE, "bob", "Frog MUD"));
	clock_set(RIG_NOW_MS, RIG_WALL_US + 10000000);
	assert_false(is_stopped(r, TALK_LINE, "bob", "Frog MUD"));
	assert_true(is_stopped(r, TALK_LINE, "bob", "Toad"));
	assert_true(span_ends(buf_bytes(&r->ears[0].told), SPAN("0:moderation_changed 10000001;")));
	assert_int_equal(map_count(&of(r)->rules), 1);
	clock_set(RIG_NOW_MS, RIG_WALL_US + 20000000);
	assert_null(moderation_find(of(r), later));
}

static void the_switch_comes_on_by_itself_at_the_end_of_a_turn(void **state)
{
	struct rig *r = *state;
	rig_open(r, r->mud, 0, WIRE_LINE, 0);
	moderation_switch(of(r), false, &SPEC(.until_s = NOW_S + 2), NULL);
	hub_turn_end(&r->hub);
	assert_int_equal(r->ears[0].n, 1);
	clock_set(RIG_NOW_MS, RIG_WALL_US + 2000000);
	hub_turn_end(&r->hub);
	assert_int_equal(r->ears[0].n, 2);
	assert_null(moderation_off(of(r), r->mud));
}

static void many_rules_may_end_at_once(void **state)
{
	struct rig *r = *state;
	char name[16];
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "user%d", i);
		add(r, SPEC(BAN, .user = span_str(name), .until_s = NOW_S + 1 + (uint64_t)i % 3));
	}
	moderation_switch(of(r), false, &SPEC(.until_s = NOW_S + 2), NULL);
	clock_set(RIG_NOW_MS, RIG_WALL_US + 5000000);
	assert_null(moderation_off(of(r), r->mud));
	assert_int_equal(map_count(&of(r)->rules), 0);
	assert_int_equal(map_count(&of(r)->parties), 0);
}

// --- adding and removing ---

static void what_cannot_be_a_rule_is_refused_in_words(void **state)
{
	struct rig *r = *state;
	check_no(r, SPEC(MUTE), "needs a user");
	check_no(r, SPEC(MUTE, .user = SPAN("  ")), "nothing to see");
	check_no(r, SPEC(MUTE, .user = SPAN("bob"), .mud = SPAN("\xc2\x80")), "nothing to see");
	check_no(r, SPEC(MUTE, .user = SPAN("b\nob")), "control");
	check_no(r, SPEC(MUTE, BOB, .reason = SPAN("\x1b[31m")), "control");
	check_no(r, SPEC(MUTE, BOB, .until_s = NOW_S), "passed");
	check_no(r, SPEC(MUTE, BOB, .scope = SPAN("Nobody")), "no MUD");
	check_no(r, SPEC(WORD), "pattern");
	check_no(r, SPEC(WORD, .pattern = SPAN("("), .regex = true), "(");
	assert_int_equal(map_count(&of(r)->rules), 0);
	assert_int_equal(map_count(&of(r)->parties), 0);
}

static void a_rule_that_says_the_same_replaces_the_older(void **state)
{
	struct rig *r = *state;
	uint64_t first = add(r, SPEC(MUTE, BOB, .reason = SPAN("one")))->id;
	const struct moderation_rule *second = add(
		r, SPEC(MUTE, .user = SPAN("BOB"), .mud = SPAN("frog mud"), .reason = SPAN("two")));
	assert_null(moderation_find(of(r), first));
	check_text(second->spec.reason, "two");
	add(r, SPEC(WORD, .pattern = SPAN("x")));
	add(r, SPEC(WORD, .pattern = SPAN("x"), .drop = true));
	add(r, SPEC(WORD, .pattern = SPAN("x"), .regex = true));
	assert_int_equal(of(r)->n_words, 2);
	assert_int_equal(map_count(&of(r)->rules), 3);
}

static void there_are_so_many_rules_and_words_and_no_more(void **state)
{
	struct rig *r = *state;
	char name[16];
	for (int i = 0; i < MODERATION_WORDS_MAX; i++) {
		snprintf(name, sizeof name, "word%d", i);
		add(r, SPEC(WORD, .pattern = span_str(name)));
	}
	check_no(r, SPEC(WORD, .pattern = SPAN("one more")), "256");
	for (int i = MODERATION_WORDS_MAX; i < MODERATION_RULES_MAX; i++) {
		snprintf(name, sizeof name, "user%d", i);
		add(r, SPEC(MUTE, .user = span_str(name)));
	}
	check_no(r, SPEC(MUTE, .user = SPAN("one more")), "10,000");
	assert_true(is_stopped(r, TALK_LINE, "user9999", "Frog"));
	assert_true(moderation_switch(of(r), false, &SPEC(.by = SPAN("x")), NULL));
	assert_non_null(moderation_off(of(r), r->mud));
}

static void changes_are_told_to_admins_of_the_scope(void **state)
{
	struct rig *r = *state;
	struct identity *beta = hub_add_identity(&r->hub, "BetaMUD");
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ADMIN);
	rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_CHANNEL);
	rig_open(r, beta, 2, WIRE_LINE, RIGHT_ADMIN);
	uint64_t id = add(r, SPEC(MUTE, BOB, .scope = SPAN("AlphaMUD")))->id;
	assert_int_equal(r->ears[0].n, 1);
	moderation_remove(of(r), id);
	assert_int_equal(r->ears[0].n, 2);
	assert_int_equal(r->ears[2].n, 0);
	add(r, SPEC(MUTE, BOB));
	assert_int_equal(r->ears[0].n, 3);
	assert_int_equal(r->ears[1].n, 0);
	assert_int_equal(r->ears[2].n, 1);
	rig_close(r, 2);
}

// --- the switch ---

static void the_switch_is_told_to_everybody_it_is_for(void **state)
{
	struct rig *r = *state;
	struct identity *beta = hub_add_identity(&r->hub, "BetaMUD");
	struct arena arena = {0};
	struct buf why = {0};
	struct moderation_spec all = {.reason = SPAN("storm"), .by = SPAN("AlphaMUD")},
			       own = {.scope = SPAN("AlphaMUD"), .by = SPAN("AlphaMUD")};
	rig_open(r, r->mud, 0, WIRE_LINE, 0);
	rig_open(r, beta, 1, WIRE_LINE, 0);
	assert_true(moderation_switch(of(r), false, &own, &why));
	assert_int_equal(r->ears[0].n, 1);
	assert_int_equal(r->ears[1].n, 0);
	assert_true(moderation_switch(of(r), false, &all, &why));
	assert_int_equal(r->ears[1].n, 1);
	assert_string_equal(
		moderation_off_words(of(r), beta, &arena), "switched off by AlphaMUD: storm");
	assert_true(moderation_switch(of(r), true, &all, &why));
	assert_null(moderation_off(of(r), beta));
	assert_string_equal(
		moderation_off_words(of(r), r->mud, &arena), "switched off by AlphaMUD");
	assert_true(moderation_switch(of(r), true, &own, &why));
	assert_null(moderation_off_words(of(r), r->mud, &arena));
	own.scope = SPAN("Nobody");
	assert_false(moderation_switch(of(r), true, &own, &why));
	assert_false(moderation_switch(of(r), false, &own, &why));
	rig_close(r, 1);
	buf_fini(&why);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(every_kind_stops_what_it_is_for),
		RIG_TEST(what_is_stopped_is_counted_by_kind),
		RIG_TEST(a_mute_does_not_hide_a_ban_of_the_same_user),
		RIG_TEST(names_are_compared_as_people_read_them),
		RIG_TEST(either_half_may_be_anybody),
		RIG_TEST(a_very_long_name_is_nobodys),
		RIG_TEST(a_scope_is_one_identity_or_all),
		RIG_TEST(words_are_masked_in_every_text_by_all_rules),
		RIG_TEST(asterisks_do_not_hide_what_is_to_be_dropped),
		RIG_TEST(controls_do_not_hide_a_word),
		RIG_TEST(words_of_another_scope_are_let_be),
		RIG_TEST(words_of_the_configuration_follow_it),
		RIG_TEST(a_rule_ends_by_the_clock_and_says_so),
		RIG_TEST(the_switch_comes_on_by_itself_at_the_end_of_a_turn),
		RIG_TEST(many_rules_may_end_at_once),
		RIG_TEST(what_cannot_be_a_rule_is_refused_in_words),
		RIG_TEST(a_rule_that_says_the_same_replaces_the_older),
		RIG_TEST(there_are_so_many_rules_and_words_and_no_more),
		RIG_TEST(changes_are_told_to_admins_of_the_scope),
		RIG_TEST(the_switch_is_told_to_everybody_it_is_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
