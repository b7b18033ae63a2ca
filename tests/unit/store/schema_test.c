// SPDX-License-Identifier: MIT
// Schema steps, with steps of our own behind the real ones.
#include "check.h"

#include "base/mem.h"
#include "store/sqlite.h"
#include <stdlib.h>

static const char *const next[] = {NULL, // the real first step
	"ALTER TABLE record ADD COLUMN at INTEGER NOT NULL DEFAULT 7",
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER) STRICT, WITHOUT ROWID;"
	"INSERT INTO meta (name, value) SELECT 'records', count(*) FROM record",
	NULL};

struct scene {
	sqlite3 *db;
	const char *steps[5];
};

static int64_t ask(const struct scene *s, const char *sql)
{
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static void run(const struct scene *s, const char *sql)
{
	assert_int_equal(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int set_up(void **state)
{
	struct scene *s = mem_zalloc(sizeof *s);
	assert_int_equal(sqlite3_open(":memory:", &s->db), SQLITE_OK);
	assert_true(sqlite_migrate(s->db, sqlite_steps, 0));
	run(s, "INSERT INTO record VALUES ('t', x'61', x'31')");
	memcpy(s->steps, next, sizeof next);
	s->steps[0] = sqlite_steps[0];
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	assert_int_equal(sqlite3_close(s->db), SQLITE_OK);
	free(s);
	return 0;
}

static void a_new_file_is_of_the_newest_version(void **state)
{
	struct scene *s = *state;
	assert_int_equal(ask(s, "PRAGMA user_version"), sqlite_version(sqlite_steps));
	assert_int_equal(ask(s, "PRAGMA application_id"), SQLITE_APPLICATION_ID);
	assert_true(sqlite_migrate(s->db, sqlite_steps, sqlite_version(sqlite_steps)));
	assert_int_equal(ask(s, "SELECT count(*) FROM record"), 1);
}

static void an_old_file_takes_the_steps_it_lacks_and_keeps_its_records(void **state)
{
	struct scene *s = *state;
	assert_int_equal(sqlite_version(s->steps), 3);
	assert_true(sqlite_migrate(s->db, s->steps, 1));
	assert_int_equal(ask(s, "PRAGMA user_version"), 3);
	assert_int_equal(ask(s, "SELECT at FROM record WHERE value = x'31'"), 7);
	assert_int_equal(ask(s, "SELECT value FROM meta WHERE name = 'records'"), 1);
	assert_true(sqlite_migrate(s->db, s->steps, 3)); // and none twice
}

static void a_step_that_fails_leaves_the_version_before_it_whole(void **state)
{
	struct scene *s = *state;
	s->steps[2] = "CREATE TABLE meta (name); INSERT INTO absent VALUES (1)";
	assert_false(sqlite_migrate(s->db, s->steps, 1));
	run(s, "ROLLBACK"); // as closing the file does
	assert_int_equal(ask(s, "PRAGMA user_version"), 2);
	assert_int_equal(ask(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'"), 0);
	assert_int_equal(ask(s, "SELECT at FROM record"), 7);
	s->steps[2] = next[2]; // repaired, it goes on from there
	assert_true(sqlite_migrate(s->db, s->steps, 2));
	assert_int_equal(ask(s, "PRAGMA user_version"), 3);
}

#define SCHEMA_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCHEMA_TEST(a_new_file_is_of_the_newest_version),
		SCHEMA_TEST(an_old_file_takes_the_steps_it_lacks_and_keeps_its_records),
		SCHEMA_TEST(a_step_that_fails_leaves_the_version_before_it_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
