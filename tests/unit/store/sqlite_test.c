// SPDX-License-Identifier: MIT
// What only a file can suffer: kill -9, damage, a second daemon, a full disk.  For these the test
// starts itself as another program: sqlite_test writer|holder|filler PATH.
#include "store_bed.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static mode_t mode_of(const struct bed *b, const char *suffix)
{
	char path[128];
	struct stat st;
	snprintf(path, sizeof path, "%s%s", b->path, suffix);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void files_are_private(void **state)
{
	struct bed *b = *state;
	char dir[80];
	struct stat st;
	snprintf(dir, sizeof dir, "%s/state", b->dir);
	bed_put_quietly(b, "t", "k", "v");
	loop_run(&b->loop);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
	for (size_t i = 0; i < countof(suffixes); i++)
		assert_int_equal(mode_of(b, suffixes[i]), 0600);
	bed_close(b);
	assert_int_equal(chmod(b->path, 0644), 0);
	bed_open(b);
	assert_int_equal(mode_of(b, ""), 0600);
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

// What a file refuses for good: ours has no such rule, one of a later version may.
static void refuse(const struct bed *b, const char *value)
{
	char text[200];
	snprintf(text, sizeof text,
		"CREATE TRIGGER rule BEFORE INSERT ON record WHEN NEW.value = CAST('%s' AS BLOB)"
		" BEGIN SELECT RAISE(ABORT, 'never'); END",
		value);
	sql(b->path, text);
}

static void hold(struct bed *b, const char *key, const char *value)
{
	store_hold_next(b->s, 1);
	bed_put_quietly(b, "t", key, value);
	loop_run(&b->loop);
}

static void a_held_change_that_is_refused_for_good_does_not_stop_what_comes_later(void **state)
{
	struct bed *b = *state;
	int64_t lost = metric_get(METRIC_STORE_LOST);
	refuse(b, "bad");
	hold(b, "a", "1");
	hold(b, "b", "bad");
	hold(b, "c", "3");
	bed_put(b, "t", "d", "4");
	bed_check_said(b, "4:ok ");
	bed_check_health(b, true, "");
	assert_int_equal(metric_get(METRIC_STORE_LOST) - lost, 1);
	bed_reopen(b);
	bed_check_rows(b, "t", "a=1 c=3 d=4 ");
}

static void alone_it_is_dropped_by_the_first_that_can_be_written(void **state)
{
	struct bed *b = *state;
	refuse(b, "bad");
	hold(b, "b", "bad");
	bed_put(b, "t", "c", "bad"); // whose fault is it?
	bed_check_said(b, "2:failed ");
	bed_check_rows(b, "t", "b=bad ");
	bed_put(b, "t", "d", "4");
	bed_check_said(b, "4:ok ");
	bed_check_rows(b, "t", "d=4 ");
}

static void when_nothing_can_be_written_what_is_held_stays(void **state)
{
	struct bed *b = *state;
	hold(b, "a", "1");
	hold(b, "b", "2");
	sql(b->path, "ALTER TABLE record RENAME TO mine");
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "3:failed ");
	sql(b->path, "ALTER TABLE mine RENAME TO record");
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "4:ok ");
	bed_check_rows(b, "t", "a=1 b=2 c=3 ");
}

static void what_is_refused_takes_no_held_change_with_it(void **state)
{
	struct bed *b = *state;
	refuse(b, "bad");
	hold(b, "a", "1");
	bed_put(b, "t", "b", "bad");
	bed_check_said(b, "2:failed ");
	bed_reopen(b);
	bed_check_rows(b, "t", "a=1 ");
}

static size_t count_asides(const struct bed *b)
{
	char pattern[128];
	glob_t found;
	snprintf(pattern, sizeof pattern, "%s.damaged-*", b->path);
	size_t n = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return n;
}

static void newer_schema_is_refused_untouched(void **state)
{
	struct bed *b = *state;
	bed_put_quietly(b, "t", "k", "v");
	bed_close(b);
	sql(b->path, "PRAGMA user_version = 2");
	bed_check_refused(b, "newer version of this program (schema 2, this one knows 1)");
	assert_int_equal(count_asides(b), 0);
	sql(b->path, "PRAGMA user_version = 1");
	bed_open(b);
	bed_check_rows(b, "t", "k=v ");
}

static void database_of_others_is_refused_untouched(void **state)
{
	struct bed *b = *state;
	bed_close(b);
	snprintf(b->path, sizeof b->path, "%s/other.db", b->dir);
	sql(b->path, "CREATE TABLE theirs (x)");
	bed_check_refused(b, "not a store of this program");
	sql(b->path, "INSERT INTO theirs VALUES (1)");
	assert_int_equal(count_asides(b), 0);
}

static void unusable_places_are_refused(void **state)
{
	struct bed *b = *state;
	char places[3][96];
	snprintf(places[0], sizeof places[0], "%s/state/records.db/x", b->dir); // under a file
	snprintf(places[1], sizeof places[1], "%s/state", b->dir);              // a folder
	snprintf(places[2], sizeof places[2], "/proc/no/such/place.db");        // cannot be made
	bed_close(b);
	for (size_t i = 0; i < countof(places); i++) {
		memcpy(b->path, places[i], sizeof places[i]);
		bed_check_refused(b, places[i][1] == 'p' ? "/proc/no" : places[i]);
	}
	b->path[0] = '\0';
	bed_check_refused(b, "needs the path of its file");
}

static void turn_that_fails_midway_leaves_nothing(void **state)
{
	struct bed *b = *state;
	sql(b->path, "CREATE TRIGGER trap BEFORE INSERT ON record WHEN new.value = x'21' BEGIN"
		     " SELECT RAISE(FAIL, 'it is a trap'); END");
	bed_put(b, "t", "a", "1");
	bed_put(b, "t", "b", "!");
	bed_put(b, "t", "c", "3");
	bed_check_said(b, "1:failed 2:failed 3:failed ");
	bed_check_health(b, false, "it is a trap");
	bed_put(b, "t", "d", "4");
	bed_check_said(b, "4:ok ");
	bed_check_health(b, true, "");
	bed_reopen(b);
	bed_check_rows(b, "t", "d=4 ");
}

// ---- damage

// The bytes of a closed store of many pages.
static void make_pages(struct bed *b, struct buf *bytes)
{
	char key[16], value[400];
	memset(value, 'v', sizeof value);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "key%03d", i);
		store_put(b->s, SPAN("t"), span_str(key), span_of(value, sizeof value), NULL, NULL);
	}
	bed_close(b);
	int fd = open(b->path, O_RDONLY);
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(buf_reserve(bytes, (size_t)st.st_size));
	assert_int_equal(read(fd, bytes->p, (size_t)st.st_size), st.st_size);
	bytes->n = (size_t)st.st_size;
	close(fd);
}

static void write_file(const char *path, struct span bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
	close(fd);
}

static void check_file(const char *path, struct span want)
{
	char *got = mem_alloc(want.n + 1);
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, got, want.n + 1), want.n);
	assert_memory_equal(got, want.p, want.n);
	close(fd);
	free(got);
}

static void count_row(void *owner, struct span key, struct span value)
{
	assert_int_equal(key.n, 6);
	assert_int_equal(value.n, 400);
	++*(int *)owner;
}

// The damaged file is kept byte for byte; it is removed for the next round, with its -wal and -shm.
static void check_aside(struct bed *b, struct span damaged)
{
	char pattern[128];
	glob_t found;
	snprintf(pattern, sizeof pattern, "%s.damaged-*", b->path);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	check_file(found.gl_pathv[0], damaged); // the shortest name comes first
	bed_check_health(b, true, found.gl_pathv[0]);
	for (size_t i = 0; i < found.gl_pathc; i++)
		assert_int_equal(unlink(found.gl_pathv[i]), 0);
	globfree(&found);
}

enum fate { FATE_WHOLE, FATE_NEW, FATE_REFUSED };

// Whatever the damage: all records, or a new store and the old one kept, or a refusal that leaves
// the file alone.  Never a crash, never a store that lost records and says nothing.
static enum fate open_damaged(struct bed *b, struct span bytes)
{
	write_file(b->path, bytes);
	if (!bed_try_open(b)) {
		assert_true(b->why.n > 0);
		assert_int_equal(count_asides(b), 0);
		check_file(b->path, bytes);
		return FATE_REFUSED;
	}
	int rows = 0;
	assert_true(store_scan_now(b->s, SPAN("t"), count_row, &rows, &b->why));
	if (count_asides(b)) {
		assert_int_equal(rows, 0);
		check_aside(b, bytes);
		bed_put(b, "t", "new", "life");
		bed_check_said(b, "1:ok ");
		bed_close(b);
		return FATE_NEW;
	}
	if (rows != 100)
		fail_msg("%d rows of a file of %zu bytes, and no complaint", rows, bytes.n);
	bed_check_health(b, true, "");
	bed_close(b);
	return FATE_WHOLE;
}

static void flipped_header_bytes_lose_nothing_silently(void **state)
{
	struct bed *b = *state;
	struct buf bytes = {0};
	int fates[3] = {0};
	make_pages(b, &bytes);
	for (int i = 0; i < 108; i++) { // file header, then the first page's own
		bytes.p[i] = (char)~bytes.p[i];
		fates[open_damaged(b, buf_bytes(&bytes))]++;
		bytes.p[i] = (char)~bytes.p[i];
	}
	assert_true(fates[FATE_NEW] >= 20);
	assert_true(fates[FATE_WHOLE] >= 20);
	assert_int_equal(open_damaged(b, buf_bytes(&bytes)), FATE_WHOLE);
	buf_fini(&bytes);
}

static void shortened_and_overwritten_files_are_set_aside(void **state)
{
	struct bed *b = *state;
	struct buf bytes = {0};
	make_pages(b, &bytes);
	size_t sizes[] = {
		0, 1, 99, 100, 511, 512, 4095, 4096, 4097, 8192, bytes.n - 4096, bytes.n - 1};
	for (size_t i = 0; i < countof(sizes); i++)
		assert_int_equal(open_damaged(b, span_of(bytes.p, sizes[i])), FATE_NEW);
	for (size_t page = 0; page < bytes.n; page += 4096) {
		char saved[64];
		memcpy(saved, bytes.p + page, sizeof saved);
		memset(bytes.p + page, 0x5a, sizeof saved);
		assert_int_equal(open_damaged(b, buf_bytes(&bytes)), FATE_NEW);
		memcpy(bytes.p + page, saved, sizeof saved);
	}
	assert_int_equal(open_damaged(b, SPAN("These are my notes, not a database.\n")), FATE_NEW);
	buf_fini(&bytes);
}

static void log_without_its_file_is_set_aside(void **state)
{
	struct bed *b = *state;
	char wal[128];
	bed_close(b);
	assert_int_equal(unlink(b->path), 0);
	snprintf(wal, sizeof wal, "%s-wal", b->path);
	write_file(wal, SPAN("records that were never copied into the file"));
	bed_open(b);
	assert_int_equal(count_asides(b), 1);
	bed_check_health(b, true, ".damaged-");
	bed_put(b, "t", "new", "life");
	bed_check_said(b, "1:ok ");
}

static void damage_is_logged_as_error(void **state)
{
	struct bed *b = *state;
	char path[96], line[1024] = "";
	bed_close(b);
	snprintf(path, sizeof path, "%s/log", b->dir);
	assert_true(log_open(path));
	log_threshold = LOG_ERROR;
	write_file(b->path, SPAN("not a database at all"));
	bed_open(b);
	log_threshold = LOG_CRITICAL;
	int fd = open(path, O_RDONLY);
	assert_true(read(fd, line, sizeof line - 1) > 0);
	close(fd);
	assert_non_null(strstr(line, " error store_damaged path="));
	assert_non_null(strstr(line, ".damaged-"));
}

// ---- other processes

struct child {
	pid_t pid;
	int to, from;
};

static struct child start(const char *role, const char *path)
{
	int in[2], out[2];
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl("/proc/self/exe", "sqlite_test", role, path, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	return (struct child){pid, in[1], out[0]};
}

static int finish(struct child *c)
{
	int status;
	close(c->to);
	close(c->from);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	return status;
}

static bool read_number(int fd, uint64_t *n)
{
	return read(fd, n, sizeof *n) == sizeof *n;
}

static void write_number(uint64_t n)
{
	ensure(write(STDOUT_FILENO, &n, sizeof n) == sizeof n);
}

static void open_as_child(struct bed *b, const char *path)
{
	*b = (struct bed){.backend = &store_sqlite};
	snprintf(b->path, sizeof b->path, "%s", path);
	if (!bed_try_open(b))
		die("%.*s", (int)b->why.n, b->why.p);
}

static void second_daemon_is_refused(void **state)
{
	struct bed *b = *state;
	char sentence[160];
	uint64_t ready;
	bed_put_quietly(b, "t", "k", "v");
	bed_close(b);
	struct child c = start("holder", b->path);
	assert_true(read_number(c.from, &ready));
	snprintf(sentence, sizeof sentence, "%s is in use by process %d", b->path, (int)c.pid);
	bed_check_refused(b, sentence);
	assert_int_equal(finish(&c), 0);
	bed_open(b);
	bed_check_rows(b, "t", "k=v ");
}

static int be_holder(const char *path)
{
	struct bed b;
	char c;
	open_as_child(&b, path);
	write_number(1);
	ensure(read(STDIN_FILENO, &c, 1) == 0);
	bed_close(&b);
	return 0;
}

enum { LEFT, RIGHT, PAIRS_MAX = 1 << 16, PAIR_BYTES = 300 };

struct writer {
	struct bed bed;
	uint64_t first, next; // numbers of pairs
};

static void put_pair(struct writer *w);

static void on_pair(void *owner, uint64_t id, enum store_result r)
{
	struct writer *w = owner;
	ensure(r == STORE_OK);
	write_number(w->first + id / 2 - 1);
	put_pair(w);
}

// Two records in one turn: both or none may be found later.
static void put_pair(struct writer *w)
{
	char key[32], value[PAIR_BYTES];
	uint64_t n = w->next++;
	memset(value, (int)('a' + n % 26), sizeof value);
	for (int side = LEFT; side <= RIGHT; side++) {
		snprintf(key, sizeof key, "%d%08llu", side, (unsigned long long)n);
		store_put(w->bed.s, SPAN("pairs"), span_str(key), span_of(value, sizeof value),
			side == RIGHT ? on_pair : NULL, w);
	}
}

static void after_pair(void *owner, struct span key, struct span value)
{
	struct writer *w = owner;
	(void)value;
	span_take(&key, 1);
	ensure(span_uint(key, PAIRS_MAX - 1, &w->first));
	w->first++;
}

static int be_writer(const char *path)
{
	struct writer w = {0};
	open_as_child(&w.bed, path);
	ensure(store_scan_now(w.bed.s, SPAN("pairs"), after_pair, &w, &w.bed.why));
	w.next = w.first;
	for (int i = 0; i < 8; i++)
		put_pair(&w);
	loop_run(&w.bed.loop);
	return 0;
}

struct found {
	bool is[2][PAIRS_MAX];
	size_t rows;
};

static void find_pair(void *owner, struct span key, struct span value)
{
	struct found *f = owner;
	uint64_t n;
	int side = span_take(&key, 1).p[0] - '0';
	assert_true(span_uint(key, PAIRS_MAX - 1, &n));
	assert_int_equal(value.n, PAIR_BYTES);
	for (size_t i = 0; i < value.n; i++)
		assert_int_equal(value.p[i], 'a' + n % 26);
	f->is[side][n] = true;
	f->rows++;
}

// The clock only varies the moment of the kill between one answer and the next.
static void spin_us(uint64_t us)
{
	uint64_t end = clock_wall_us() + us;
	while (clock_wall_us() < end)
		;
}

static void check_pairs(struct bed *b, const bool *acknowledged)
{
	struct found *f = mem_zalloc(sizeof *f);
	bed_open(b);
	bed_check_health(b, true, "");
	assert_true(store_scan_now(b->s, SPAN("pairs"), find_pair, f, &b->why));
	for (size_t n = 0; n < PAIRS_MAX; n++) {
		assert_int_equal(f->is[LEFT][n], f->is[RIGHT][n]);
		if (acknowledged[n] && !f->is[LEFT][n])
			fail_msg("%zu was acknowledged and is gone", n);
	}
	assert_true(f->rows > 0);
	bed_close(b);
	free(f);
}

static void kill_loses_nothing_acknowledged(void **state)
{
	struct bed *b = *state;
	bool *acknowledged = mem_zalloc(PAIRS_MAX);
	bed_close(b);
	for (unsigned round = 0; round < 20; round++) {
		uint64_t n;
		struct child c = start("writer", b->path);
		for (unsigned i = 0; i <= round * 13 % 57; i++) {
			assert_true(read_number(c.from, &n));
			acknowledged[n] = true;
		}
		spin_us(round * 149 % 1500);
		assert_int_equal(kill(c.pid, SIGKILL), 0);
		while (read_number(c.from, &n))
			acknowledged[n] = true;
		assert_true(WIFSIGNALED(finish(&c)));
		check_pairs(b, acknowledged);
	}
	free(acknowledged);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;
	ensure(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = bytes;
	ensure(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void on_filled(void *owner, uint64_t id, enum store_result r)
{
	(void)id;
	*(enum store_result *)owner = r;
}

static enum store_result fill(struct bed *b, uint64_t n)
{
	static char value[64 << 10];
	char key[16];
	enum store_result r = STORE_OK;
	snprintf(key, sizeof key, "%04llu", (unsigned long long)n);
	store_put(b->s, SPAN("t"), span_str(key), span_of(value, sizeof value), on_filled, &r);
	loop_run(&b->loop);
	return r;
}

// One turn of more than SQLite's page cache: it fails before its end is reached.
static void spill(struct bed *b)
{
	char *big = mem_zalloc(STORE_VALUE_MAX_BYTES);
	enum store_result r = STORE_OK;
	for (char key = 'a'; key < 'i'; key++) {
		struct span value = span_of(big, STORE_VALUE_MAX_BYTES);
		store_put(b->s, SPAN("t"), span_of(&key, 1), value, on_filled, &r);
	}
	loop_run(&b->loop);
	ensure(r == STORE_HELD);
	free(big);
}

// Says how many records were taken before the disk was full; the next is held too, and the one
// after, when there is room again, is written with those.
static int be_filler(const char *path)
{
	struct bed b;
	struct buf words = {0};
	uint64_t n = 0;
	signal(SIGXFSZ, SIG_IGN);
	open_as_child(&b, path);
	limit_files(512 << 10);
	while (n < 100 && fill(&b, n) == STORE_OK)
		n++;
	write_number(n);
	ensure(n > 0 && n < 100);
	ensure(!store_health(b.s, &words));
	buf_char(&words, '\0');
	if (!strstr(words.p, "cannot write ") || !strstr(words.p, "File too large"))
		die("health says \"%s\"", words.p);
	ensure(fill(&b, n + 1) == STORE_HELD);
	spill(&b);
	limit_files(RLIM_INFINITY);
	for (int i = 0; fill(&b, n + 2) != STORE_OK; i++) { // eight megabytes are not tried at once
		ensure(i < 400);
		uv_sleep(50);
	}
	buf_clear(&words);
	ensure(store_health(b.s, &words) && words.n == 0);
	buf_fini(&words);
	bed_close(&b);
	return 0;
}

static void note_key(void *owner, struct span key, struct span value)
{
	assert_true(value.n == 64 << 10 || value.n == STORE_VALUE_MAX_BYTES);
	buf_span(owner, key);
	buf_char(owner, ' ');
}

static void a_full_disk_loses_nothing(void **state)
{
	struct bed *b = *state;
	struct buf got = {0}, want = {0};
	uint64_t n;
	bed_close(b);
	struct child c = start("filler", b->path);
	assert_true(read_number(c.from, &n));
	assert_int_equal(finish(&c), 0);
	for (uint64_t i = 0; i <= n + 2; i++)
		buf_printf(&want, "%04llu ", (unsigned long long)i);
	buf_lit(&want, "a b c d e f g h ");
	bed_open(b);
	assert_true(store_scan_now(b->s, SPAN("t"), note_key, &got, &b->why));
	check_bytes(buf_bytes(&got), buf_bytes(&want));
	buf_fini(&got);
	buf_fini(&want);
}

static const struct CMUnitTest tests[] = {
	BED_TEST(a_held_change_that_is_refused_for_good_does_not_stop_what_comes_later),
	BED_TEST(alone_it_is_dropped_by_the_first_that_can_be_written),
	BED_TEST(when_nothing_can_be_written_what_is_held_stays),
	BED_TEST(what_is_refused_takes_no_held_change_with_it),
	BED_TEST(files_are_private),
	BED_TEST(newer_schema_is_refused_untouched),
	BED_TEST(database_of_others_is_refused_untouched),
	BED_TEST(turn_that_fails_midway_leaves_nothing),
	BED_TEST(unusable_places_are_refused),
	BED_TEST(flipped_header_bytes_lose_nothing_silently),
	BED_TEST(shortened_and_overwritten_files_are_set_aside),
	BED_TEST(log_without_its_file_is_set_aside),
	BED_TEST(damage_is_logged_as_error),
	BED_TEST(second_daemon_is_refused),
	BED_TEST(kill_loses_nothing_acknowledged),
	BED_TEST(a_full_disk_loses_nothing),
};

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*be)(const char *path);
	} roles[] = {{"holder", be_holder}, {"writer", be_writer}, {"filler", be_filler}};
	log_threshold = LOG_CRITICAL; // the failures here are meant
	for (size_t i = 0; argc == 3 && i < countof(roles); i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			return roles[i].be(argv[2]);
	return bed_run_tests(&store_sqlite, tests, countof(tests));
}
