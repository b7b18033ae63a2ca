// SPDX-License-Identifier: MIT
// Rules over restarts, with a disk that works and one that does not.
#include "hub_rig.h"

#include "hub/moderation_store.h"
#include "net/loop.h"
#include <ftw.h>
#include <unistd.h>

struct bed {
	struct rig *rig;
	struct loop loop;
	struct store *store;
	struct moderation_store kept;
	char dir[64], path[96];
};

static void bed_open(struct bed *b)
{
	struct buf why = {0};
	loop_init(&b->loop);
	b->store = store_open(&b->loop, &(struct store_config){.path = b->path}, &why);
	assert_non_null(b->store);
	assert_true(moderation_store_open(&b->kept, &b->rig->hub.moderation, b->store, &why));
	assert_int_equal(why.n, 0);
}

static void bed_close(struct bed *b)
{
	moderation_store_close(&b->kept);
	store_close(b->store);
	loop_fini(&b->loop);
}

static int set_up(void **state)
{
	struct bed *b = mem_zalloc(sizeof *b);
	rig_setup((void **)&b->rig);
	strcpy(b->dir, "/tmp/moderation_test.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->path, sizeof b->path, "%s/records.db", b->dir);
	bed_open(b);
	*state = b;
	return 0;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *f)
{
	(void)s, (void)type, (void)f;
	return remove(path);
}

static int tear_down(void **state)
{
	struct bed *b = *state;
	bed_close(b);
	nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	rig_teardown((void **)&b->rig);
	free(b);
	return 0;
}

// A new process, as far as the rules can tell.
static void restart(struct bed *b)
{
	bed_close(b);
	moderation_fini(&b->rig->hub.moderation);
	moderation_init(&b->rig->hub.moderation, &b->rig->hub);
	bed_open(b);
}

static void put_rules(struct bed *b, struct buf *out)
{
	struct map *rules = &b->rig->hub.moderation.rules;
	buf_clear(out);
	for (struct map_at at = map_first(rules); at.value; at = map_next(at)) {
		const struct moderation_rule *r = at.value;
		const struct moderation_spec *s = &r->spec;
		buf_printf(out, "%llu %s %.*s %.*s@%.*s %.*s %d %d %llu '%.*s' %.*s %llu\n",
			(unsigned long long)r->id, moderation_word(s->kind), (int)s->scope.n,
			s->scope.p, (int)s->user.n, s->user.p, (int)s->mud.n, s->mud.p,
			(int)s->pattern.n, s->pattern.p, s->regex, s->drop,
			(unsigned long long)s->until_s, (int)s->reason.n, s->reason.p, (int)s->by.n,
			s->by.p, (unsigned long long)r->created_s);
	}
}

static const struct moderation_rule *add(struct bed *b, struct moderation_spec spec)
{
	struct buf why = {0};
	spec.by = SPAN("AlphaMUD");
	const struct moderation_rule *r = moderation_add(&b->rig->hub.moderation, &spec, &why);
	assert_non_null(r);
	return r;
}

#define SPEC(...) ((struct moderation_spec){__VA_ARGS__})

static void rules_are_the_same_after_a_restart(void **state)
{
	struct bed *b = *state;
	struct buf before = {0}, after = {0};
	struct moderation *m = &b->rig->hub.moderation;
	uint64_t gone;
	add(b, SPEC(.kind = MODERATION_MUTE,
		       .user = SPAN("B\xc3\xb6"
				    "b"),
		       .mud = SPAN("Frog MUD"), .reason = SPAN("a, b: c"), .until_s = 4000000000));
	gone = add(b, SPEC(.kind = MODERATION_BAN, .mud = SPAN("Toad")))->id;
	add(b, SPEC(.kind = MODERATION_BAN, .user = SPAN("eve"), .scope = SPAN("AlphaMUD")));
	add(b, SPEC(.kind = MODERATION_WORD, .pattern = SPAN(" a|b{2} "), .regex = true,
		       .drop = true));
	assert_true(moderation_remove(m, gone));
	assert_true(moderation_switch(
		m, false, &SPEC(.by = SPAN("AlphaMUD"), .reason = SPAN("peace")), NULL));
	put_rules(b, &before);
	restart(b);
	put_rules(b, &after);
	check_bytes(buf_bytes(&after), buf_bytes(&before));
	assert_int_equal(map_count(&m->rules), 4);
	assert_non_null(moderation_off(m, b->rig->mud));
	assert_true(moderation_switch(m, true, &SPEC(.by = SPAN("AlphaMUD")), NULL));
	restart(b);
	assert_null(moderation_off(m, b->rig->mud));
	assert_true(add(b, SPEC(.kind = MODERATION_BAN, .mud = SPAN("Newt")))->id > gone);
	buf_fini(&before);
	buf_fini(&after);
}

static void a_rule_whose_time_is_over_is_gone_after_a_restart(void **state)
{
	struct bed *b = *state;
	struct moderation *m = &b->rig->hub.moderation;
	add(b, SPEC(.kind = MODERATION_BAN, .mud = SPAN("Toad"), .until_s = 1767323055));
	clock_set(RIG_NOW_MS, RIG_WALL_US + 10000000);
	restart(b);
	moderation_sweep(m);
	assert_int_equal(map_count(&m->rules), 0);
	clock_set(RIG_NOW_MS, RIG_WALL_US);
	restart(b);
	assert_int_equal(map_count(&m->rules), 0);
}

static void words_of_the_configuration_are_not_kept(void **state)
{
	static const char *const words[] = {"darn"};
	struct bed *b = *state;
	moderation_configure(&b->rig->hub.moderation, words, 1);
	restart(b);
	assert_int_equal(map_count(&b->rig->hub.moderation.rules), 0);
}

static void a_record_that_cannot_be_read_costs_only_itself(void **state)
{
	static const char *const bad[] = {"", "1\n", "2\nmute\n0\n0\n0\n0\n\nbob\n\n\n\n\n",
		"1\nhush\n0\n0\n0\n0\n\nbob\n\n\n\n\n", "1\nmute\n0\n0\n-1\n0\n\nbob\n\n\n\n\n",
		"1\nword\n1\n0\n0\n0\n\n\n\n(\n\n\n", "1\nmute\n0\n0\n0\n0\n\n\n\n\n\n\n"};
	struct bed *b = *state;
	add(b, SPEC(.kind = MODERATION_BAN, .mud = SPAN("Toad")));
	for (size_t i = 0; i < countof(bad); i++) {
		char key[24];
		snprintf(key, sizeof key, "%019zu", 100 + i);
		store_put(
			b->store, SPAN("moderation"), span_str(key), span_str(bad[i]), NULL, NULL);
	}
	store_put(b->store, SPAN("moderation"), SPAN("x"), SPAN("1\n"), NULL, NULL);
	restart(b);
	assert_int_equal(map_count(&b->rig->hub.moderation.rules), 1);
}

static void a_rule_the_disk_does_not_take_is_in_force_and_admins_are_told(void **state)
{
	struct bed *b = *state;
	struct ear *ear = &b->rig->ears[0];
	rig_open(b->rig, b->rig->mud, 0, WIRE_LINE, RIGHT_ADMIN);
	store_fail_next(b->store, 1);
	uint64_t id = add(b, SPEC(.kind = MODERATION_BAN, .mud = SPAN("Toad")))->id;
	assert_int_equal(ear->n, 1);
	while (ear->n == 1)
		uv_run(&b->loop.uv, UV_RUN_ONCE);
	check_text(buf_bytes(&ear->told), "0:moderation_changed 1;0:moderation_changed 2;");
	assert_non_null(moderation_find(&b->rig->hub.moderation, id));
	store_fail_next(b->store, 1);
	moderation_remove(&b->rig->hub.moderation, id);
	assert_int_equal(ear->n, 3);
	while (ear->n == 3)
		uv_run(&b->loop.uv, UV_RUN_ONCE);
	assert_null(moderation_find(&b->rig->hub.moderation, id));
}

static void a_rule_a_full_disk_does_not_take_is_kept_when_it_can(void **state)
{
	struct bed *b = *state;
	struct ear *ear = &b->rig->ears[0];
	rig_open(b->rig, b->rig->mud, 0, WIRE_LINE, RIGHT_ADMIN);
	store_hold_next(b->store, 1);
	uint64_t id = add(b, SPEC(.kind = MODERATION_BAN, .mud = SPAN("Toad")))->id;
	loop_run(&b->loop);
	assert_int_equal(ear->n, 1); // nobody is told that it is lost
	restart(b);
	assert_non_null(moderation_find(&b->rig->hub.moderation, id));
}

#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(rules_are_the_same_after_a_restart),
		BED_TEST(a_rule_whose_time_is_over_is_gone_after_a_restart),
		BED_TEST(words_of_the_configuration_are_not_kept),
		BED_TEST(a_record_that_cannot_be_read_costs_only_itself),
		BED_TEST(a_rule_the_disk_does_not_take_is_in_force_and_admins_are_told),
		BED_TEST(a_rule_a_full_disk_does_not_take_is_kept_when_it_can),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
