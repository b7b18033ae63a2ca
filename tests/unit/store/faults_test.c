// SPDX-License-Identifier: MIT
// What the world does to the SQLite file while we want to write: locks, read-only places, a place
// that is gone.  Root, for whom nothing is read-only, becomes nobody for that.
#include "store_bed.h"

#include "base/log.h"
#include "base/mem.h"
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static sqlite3 *intruder(const char *path, const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static void leave(sqlite3 *db)
{
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

// --- locks

static void what_comes_while_another_program_holds_the_file_is_written_later(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "a", "1");
	loop_run(&b->loop);
	sqlite3 *other = intruder(b->path, "BEGIN EXCLUSIVE");
	bed_put(b, "t", "b", "2");
	bed_check_said(b, "2:held ");
	bed_check_health(b, false, "another program has locked it");
	bed_check_health(b, false, "since 20");
	bed_check_rows(b, "t", "a=1 b=2 ");
	leave(other);
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "4:ok ");
	bed_check_health(b, true, "");
	bed_reopen(b);
	bed_check_rows(b, "t", "a=1 b=2 c=3 ");
}

static void a_file_locked_for_writing_at_start_is_served(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "a", "1");
	bed_close(b);
	sqlite3 *other = intruder(b->path, "BEGIN IMMEDIATE");
	bed_open(b);
	bed_check_health(b, false, "another program has locked it");
	bed_check_rows(b, "t", "a=1 ");
	bed_put(b, "t", "b", "2");
	bed_check_said(b, "2:held ");
	leave(other);
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "3:ok ");
	bed_reopen(b);
	bed_check_rows(b, "t", "a=1 b=2 c=3 ");
}

// Without the passwords in it, a start would harm.
static void a_file_that_cannot_be_read_for_a_lock_is_refused(void **state)
{
	struct bed *b = *state;
	bed_close(b);
	sqlite3 *other = intruder(b->path,
		"PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE x (y); COMMIT");
	bed_check_refused(b, b->path);
	assert_non_null(strstr(b->why.p, "another program has locked it: end that one"));
	leave(other);
}

// --- places

static uid_t be_nobody(const struct bed *b)
{
	enum { NOBODY = 65534 };
	static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
	char path[128];
	uid_t me = geteuid();
	if (me)
		return me;
	for (size_t i = 0; i < countof(suffixes); i++) {
		snprintf(path, sizeof path, "%s%s", b->path, suffixes[i]);
		if (access(path, F_OK) == 0)
			assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	}
	snprintf(path, sizeof path, "%s/state", b->dir);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_int_equal(chmod(b->dir, 0711), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	return me;
}

static void be_again(uid_t me)
{
	assert_int_equal(seteuid(me), 0);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0); // LeakSanitizer looks into itself
}

static void protect(const struct bed *b, mode_t folder, mode_t file)
{
	char dir[80], lock[112];
	snprintf(dir, sizeof dir, "%s/state", b->dir);
	snprintf(lock, sizeof lock, "%s.lock", b->path);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(chmod(b->path, file), 0);
	(void)!chmod(lock, folder == 0500 ? file : 0600);
	assert_int_equal(chmod(dir, folder), 0);
}

static void check_served_until_writable(struct bed *b, const char *part)
{
	bed_open(b);
	bed_check_health(b, false, part);
	bed_put(b, "t", "b", "2");
	bed_check_said(b, "1:held ");
	bed_check_rows(b, "t", "a=1 b=2 ");
	protect(b, 0700, 0600);
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "3:ok ");
	bed_check_health(b, true, "");
	bed_reopen(b);
	bed_check_rows(b, "t", "a=1 b=2 c=3 ");
}

static void a_read_only_place_is_served_from_and_changes_are_held(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "a", "1");
	bed_close(b);
	uid_t me = be_nobody(b);
	protect(b, 0500, 0400);
	check_served_until_writable(b, "Permission denied");
	bed_close(b);
	be_again(me);
}

static void a_read_only_file_is_served_from_and_changes_are_held(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "a", "1");
	bed_close(b);
	uid_t me = be_nobody(b);
	protect(b, 0700, 0400);
	check_served_until_writable(b, "make the file writable");
	bed_close(b);
	be_again(me);
}

static void a_file_that_may_not_be_read_is_refused_in_words(void **state)
{
	struct bed *b = *state;
	bed_close(b);
	uid_t me = be_nobody(b);
	protect(b, 0700, 0000);
	bed_check_refused(b, b->path);
	protect(b, 0500, 0600);
	assert_int_equal(chmod(b->path, 0000), 0);
	bed_check_refused(b, "Permission denied");
	be_again(me);
}

// No file and no way to make one: a place that is not mounted must not look like a first start.
static void a_place_where_no_file_can_be_made_is_refused(void **state)
{
	struct bed *b = *state;
	bed_close(b);
	uid_t me = be_nobody(b);
	assert_int_equal(unlink(b->path), 0);
	char dir[80];
	snprintf(dir, sizeof dir, "%s/state", b->dir);
	assert_int_equal(chmod(dir, 0500), 0);
	bed_check_refused(b, "Permission denied");
	be_again(me);
}

// While it could only be read it was removed: no new one is begun behind our back.
static void a_file_that_is_gone_is_not_begun_anew(void **state)
{
	struct bed *b = *state;
	char kept[112];
	bed_put_quietly(b, "t", "a", "1");
	bed_close(b);
	uid_t me = be_nobody(b);
	protect(b, 0500, 0400);
	bed_open(b);
	protect(b, 0700, 0600);
	snprintf(kept, sizeof kept, "%s.elsewhere", b->path);
	assert_int_equal(rename(b->path, kept), 0);
	bed_put(b, "t", "b", "2");
	bed_check_said(b, "1:held ");
	bed_check_health(b, false, "is gone");
	assert_int_equal(access(b->path, F_OK), -1);
	assert_int_equal(rename(kept, b->path), 0);
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "2:ok ");
	bed_check_rows(b, "t", "a=1 b=2 c=3 ");
	bed_close(b);
	be_again(me);
}

static void the_last_words_of_a_store_that_could_not_write_are_in_the_log(void **state)
{
	struct bed *b = *state;
	char path[96], text[2048] = "";
	snprintf(path, sizeof path, "%s/log", b->dir);
	assert_true(log_open(path));
	log_threshold = LOG_INFO;
	sqlite3 *other = intruder(b->path, "BEGIN IMMEDIATE");
	bed_put(b, "t", "a", "1");
	bed_check_said(b, "1:held ");
	bed_close(b);
	log_threshold = LOG_CRITICAL;
	leave(other);
	int fd = open(path, O_RDONLY);
	assert_true(read(fd, text, sizeof text - 1) > 0);
	close(fd);
	assert_non_null(strstr(text, "error store_failed why=\"cannot write "));
	assert_non_null(strstr(text, "error store_lost held_changes=1 "));
}

static const struct CMUnitTest tests[] = {
	BED_TEST(what_comes_while_another_program_holds_the_file_is_written_later),
	BED_TEST(a_file_locked_for_writing_at_start_is_served),
	BED_TEST(a_file_that_cannot_be_read_for_a_lock_is_refused),
	BED_TEST(a_read_only_place_is_served_from_and_changes_are_held),
	BED_TEST(a_read_only_file_is_served_from_and_changes_are_held),
	BED_TEST(a_file_that_may_not_be_read_is_refused_in_words),
	BED_TEST(a_place_where_no_file_can_be_made_is_refused),
	BED_TEST(a_file_that_is_gone_is_not_begun_anew),
	BED_TEST(the_last_words_of_a_store_that_could_not_write_are_in_the_log),
};

int main(void)
{
	log_threshold = LOG_CRITICAL; // the failures here are meant
	return bed_run_tests(&store_sqlite, tests, countof(tests));
}
