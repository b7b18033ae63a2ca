// SPDX-License-Identifier: MIT
// src/base: the parts everything else stands on, each by its contract in the header.
#include "check.h"

#include "base/blob.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/value.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Runs f in a child and says whether it aborted.
static bool aborts(void (*f)(void))
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		const struct rlimit none = {0};
		setrlimit(RLIMIT_CORE, &none);
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		f();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

// ---- span

static void spans_compare_bytes_and_not_text(void **state)
{
	struct span none = {0};
	(void)state;
	assert_true(span_eq(none, SPAN("")));
	assert_true(span_eq(SPAN("a\0b"), SPAN("a\0b")));
	assert_false(span_eq(SPAN("a\0b"), SPAN("a\0c")));
	assert_false(span_eq(SPAN("a"), SPAN("ab")));
	assert_true(span_is(SPAN("abc"), "abc"));
	assert_false(span_is(SPAN("abc\0"), "abc"));
	assert_int_equal(span_str(NULL).n, 0);
	assert_true(span_cmp(SPAN("a"), SPAN("b")) < 0);
	assert_true(span_cmp(SPAN("ab"), SPAN("a")) > 0);
	assert_true(span_cmp(SPAN("\x80"), SPAN("a")) > 0);
	assert_int_equal(span_cmp(none, SPAN("")), 0);
	assert_true(span_cmp(none, SPAN("a")) < 0);
}

static void spans_fold_case_of_ascii_only(void **state)
{
	(void)state;
	assert_true(span_caseeq(SPAN("Content-Length"), SPAN("cONTENT-lENGTH")));
	assert_false(span_caseeq(SPAN("a"), SPAN("ab")));
	assert_false(span_caseeq(SPAN("[a"), SPAN("{a"))); // one bit apart, like letters
	assert_false(span_caseeq(SPAN("@"), SPAN("`")));
	assert_false(span_caseeq(SPAN("\xc9"), SPAN("\xe9")));
}

static void spans_are_cut(void **state)
{
	struct span s = SPAN("hello");
	(void)state;
	check_text(span_take(&s, 2), "he");
	check_text(s, "llo");
	check_text(span_take(&s, 3), "llo");
	assert_int_equal(s.n, 0);
	assert_true(span_starts(SPAN("hello"), SPAN("he")));
	assert_true(span_starts(SPAN("hello"), SPAN("")));
	assert_false(span_starts(SPAN("he"), SPAN("hello")));
	assert_true(span_ends(SPAN("hello"), SPAN("llo")));
	assert_false(span_ends(SPAN("lo"), SPAN("llo")));
	assert_false(span_ends(SPAN("hello"), SPAN("hel")));
	check_text(span_trim(SPAN(" \t\r\n a b \n")), "a b");
	check_text(span_trim(SPAN(" \t ")), "");
	check_text(span_trim(SPAN("\va\f")), "\va\f");
	check_text(span_until(SPAN("key=value=x"), '='), "key");
	check_text(span_until(SPAN("none"), '='), "none");
	check_text(span_until((struct span){0}, '='), "");
}

static void take_too_much(void)
{
	struct span s = SPAN("ab");
	span_take(&s, 3);
}

static void taking_more_than_there_is_is_a_bug(void **state)
{
	(void)state;
	assert_true(aborts(take_too_much));
}

static void reads_whole_decimal_numbers_only(void **state)
{
	static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "a", "1a", "/",
		":", "00000000000000000000", "10000000000000000000", "99999999999999999999"};
	uint64_t n = 1;
	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_false(span_uint(span_str(bad[i]), UINT64_MAX, &n));
	assert_true(span_uint(SPAN("0"), 0, &n) && n == 0);
	assert_true(span_uint(SPAN("007"), 7, &n) && n == 7);
	assert_true(span_uint(SPAN("65535"), 65535, &n) && n == 65535);
	assert_false(span_uint(SPAN("65536"), 65535, &n));
	assert_true(span_uint(SPAN("9999999999999999999"), UINT64_MAX, &n));
	assert_true(n == UINT64_C(9999999999999999999));
}

static void duplicates_end_with_nul(void **state)
{
	char *copy = span_dup(span_of("abcdef", 3)), *empty = span_dup((struct span){0});
	(void)state;
	assert_string_equal(copy, "abc");
	assert_string_equal(empty, "");
	assert_null(mem_str(NULL));
	free(copy);
	free(empty);
}

// ---- buf

static void bufs_grow_up_to_their_maximum_and_then_say_so(void **state)
{
	struct buf b = {.max = 1000};
	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_char(&b, (char)('a' + i % 26));
	assert_false(b.failed);
	assert_int_equal(b.n, 1000);
	assert_true(b.cap <= 1000);
	assert_int_equal(b.p[999], 'a' + 999 % 26);
	buf_char(&b, 'x');
	assert_true(b.failed);
	assert_int_equal(b.n, 1000);
	buf_clear(&b);
	assert_false(b.failed);
	buf_put(&b, "abc", 3);
	check_text(buf_bytes(&b), "abc");
	buf_fini(&b);
	assert_int_equal(b.max, 1000);
	assert_null(b.p);
}

static void failure_of_a_buf_is_sticky(void **state)
{
	struct buf b = {.max = 8};
	(void)state;
	buf_str(&b, "1234");
	buf_str(&b, "56789");
	assert_true(b.failed);
	buf_char(&b, '5'); // would fit, but the text before it is missing
	buf_printf(&b, "%d", 6);
	buf_int(&b, 7);
	assert_false(buf_reserve(&b, 1));
	check_text(buf_bytes(&b), "1234");
	buf_fini(&b);
}

static void a_size_that_wraps_does_not_fit(void **state)
{
	struct buf b = {0};
	(void)state;
	buf_str(&b, "x");
	assert_false(buf_reserve(&b, SIZE_MAX));
	assert_true(b.failed);
	buf_fini(&b);
	assert_false(buf_reserve(&b, BUF_MAX_DEFAULT + 1));
	buf_fini(&b);
}

static void bufs_print_and_drop(void **state)
{
	struct buf b = {0};
	(void)state;
	buf_printf(&b, "%s=%d", "n", -5);
	buf_lit(&b, ";");
	buf_span(&b, SPAN("a\0b"));
	check_bytes(buf_bytes(&b), SPAN("n=-5;a\0b"));
	buf_drop(&b, 5);
	check_bytes(buf_bytes(&b), SPAN("a\0b"));
	buf_drop(&b, 0);
	buf_drop(&b, 3);
	assert_int_equal(b.n, 0);
	buf_printf(&b, "%s", "");
	for (int i = 0; i < 500; i++)
		buf_printf(&b, "%05d", i);
	assert_int_equal(b.n, 2500);
	check_text(span_of(b.p + 2495, 5), "00499");
	buf_fini(&b);
}

static void bufs_print_every_integer(void **state)
{
	static const int64_t rows[] = {0, 1, -1, 9, 10, -10, 1234567890, INT64_MAX, INT64_MIN};
	struct buf b = {0};
	char want[24];
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&b);
		buf_int(&b, rows[i]);
		snprintf(want, sizeof want, "%lld", (long long)rows[i]);
		check_text(buf_bytes(&b), want);
	}
	buf_fini(&b);
}

// ---- blob

static void blobs_keep_what_was_written_while_they_grow(void **state)
{
	struct blob *b = blob_new(4), *same;
	(void)state;
	for (int i = 0; i < 1000; i++)
		blob_append(b, SPAN("0123456789"));
	blob_append(b, (struct span){0});
	assert_int_equal(b->n, 10000);
	for (uint32_t i = 0; i < b->n; i++)
		assert_int_equal(b->p[i], '0' + i % 10);
	same = blob_ref(b);
	assert_ptr_equal(same, b);
	blob_unref(b);
	assert_int_equal(same->refs, 1); // still there for the other
	assert_int_equal(same->p[9999], '9');
	blob_unref(same);
	blob_unref(NULL);
}

// ---- arena

static void arenas_align_and_keep_apart(void **state)
{
	struct arena a = {0};
	unsigned char *parts[200];
	(void)state;
	for (size_t i = 0; i < countof(parts); i++) {
		parts[i] = arena_alloc(&a, i * 3);
		assert_int_equal((uintptr_t)parts[i] % 16, 0);
		memset(parts[i], (int)i, i * 3);
	}
	char *big = arena_alloc(&a, 1 << 20);
	memset(big, 'x', 1 << 20);
	for (size_t i = 0; i < countof(parts); i++)
		for (size_t k = 0; k < i * 3; k++)
			assert_int_equal(parts[i][k], i);
	arena_fini(&a);
	assert_null(a.block);
}

static void a_cleared_arena_gives_the_same_memory_again(void **state)
{
	struct arena a = {0};
	(void)state;
	void *first = arena_alloc(&a, 100);
	for (int i = 0; i < 100; i++)
		memset(arena_alloc(&a, 10000), 'x', 10000);
	arena_clear(&a);
	assert_ptr_equal(arena_alloc(&a, 100), first);
	arena_clear(&a);
	arena_clear(&a);
	check_text(arena_span(&a, SPAN("copy")), "copy");
	assert_int_equal(arena_span(&a, (struct span){0}).n, 0);
	arena_fini(&a);
	arena_fini(&a);
}

// ---- list

struct item {
	int n;
	struct link link;
};

static int sum(struct link *head)
{
	int digits = 0;
	list_each(at, head) digits = digits * 10 + container_of(at, struct item, link)->n;
	return digits;
}

static void lists_keep_order_and_survive_removal_while_walking(void **state)
{
	struct link head;
	struct item items[5];
	(void)state;
	list_init(&head);
	assert_true(list_empty(&head));
	for (int i = 0; i < 5; i++) {
		items[i].n = i + 1;
		list_append(&head, &items[i].link);
	}
	assert_int_equal(sum(&head), 12345);
	list_each(at, &head) if (container_of(at, struct item, link)->n % 2) list_unlink(at);
	assert_int_equal(sum(&head), 24);
	list_unlink(&items[0].link); // again: harmless
	assert_int_equal(sum(&head), 24);
	list_append(&head, &items[0].link);
	assert_int_equal(sum(&head), 241);
	list_unlink(&items[1].link);
	list_unlink(&items[3].link);
	list_unlink(&items[0].link);
	assert_true(list_empty(&head));
}

// ---- map

static void maps_find_replace_and_take(void **state)
{
	struct map m = {0};
	int a, b, c;
	char key[] = "key";
	(void)state;
	assert_null(map_find(&m, SPAN("key")));
	assert_null(map_take(&m, SPAN("key")));
	assert_int_equal(map_count(&m), 0);
	assert_null(map_put(&m, span_str(key), &a));
	key[0] = 'K'; // the map has its own copy
	assert_ptr_equal(map_find(&m, SPAN("key")), &a);
	assert_null(map_find(&m, SPAN("Key")));
	assert_ptr_equal(map_put(&m, SPAN("key"), &b), &a);
	assert_ptr_equal(map_find(&m, SPAN("key")), &b);
	assert_null(map_put(&m, SPAN("key\0"), &c));
	assert_null(map_put(&m, (struct span){0}, &a));
	assert_ptr_equal(map_find(&m, SPAN("")), &a);
	assert_int_equal(map_count(&m), 3);
	assert_ptr_equal(map_take(&m, SPAN("key")), &b);
	assert_null(map_find(&m, SPAN("key")));
	assert_ptr_equal(map_find(&m, SPAN("key\0")), &c);
	map_fini(&m);
	assert_int_equal(map_count(&m), 0);
}

static void maps_walk_in_order_of_insertion_while_entries_leave(void **state)
{
	struct map m = {0};
	static char marks[1000];
	char key[16];
	size_t seen = 0;
	(void)state;
	for (size_t i = 0; i < countof(marks); i++) {
		snprintf(key, sizeof key, "%zu", i);
		map_put(&m, span_str(key), &marks[i]);
	}
	for (struct map_at at = map_first(&m); at.value; at = map_next(at)) {
		assert_ptr_equal(at.value, &marks[seen]);
		snprintf(key, sizeof key, "%zu", seen);
		check_text(at.key, key);
		if (seen++ % 2)
			assert_ptr_equal(map_take(&m, at.key), at.value);
	}
	assert_int_equal(seen, countof(marks));
	assert_int_equal(map_count(&m), countof(marks) / 2);
	map_fini(&m);
}

// ---- value

static void values_find_the_last_of_equal_keys(void **state)
{
	const struct value pairs[] = {value_str("a"), value_int(1), value_int(7), value_int(2),
		value_str("a"), value_int(3)};
	struct value map = value_map(pairs, 3), number = value_int(1);
	(void)state;
	assert_int_equal(value_get(&map, "a")->i, 3);
	assert_null(value_get(&map, "b"));
	assert_null(value_get(&map, "7")); // a key that is no string is not found by text
	assert_null(value_get(&number, "a"));
	assert_int_equal(value_at(&map, 0)->type, VALUE_NULL);
	assert_int_equal(value_text(&number).n, 0);
}

static void values_beyond_an_array_are_null(void **state)
{
	struct value list = VALUE_LIST(value_int(1), value_str("x"));
	(void)state;
	assert_int_equal(value_at(&list, 0)->i, 1);
	check_text(value_text(value_at(&list, 1)), "x");
	assert_int_equal(value_at(&list, 2)->type, VALUE_NULL);
	assert_int_equal(value_at(&list, SIZE_MAX)->type, VALUE_NULL);
}

static void copies_of_values_stand_alone(void **state)
{
	char text[] = "text";
	struct value pairs[] = {value_str("k"), VALUE_LIST(value_str(text), value_float(1.5))};
	struct value map = value_map(pairs, 1);
	struct arena a = {0};
	(void)state;
	struct value copy = value_copy(&a, &map);
	assert_true(value_eq(&copy, &map));
	text[0] = 'n';
	assert_false(value_eq(&copy, &map));
	pairs[1] = value_null();
	check_text(value_text(value_at(value_get(&copy, "k"), 0)), "text");
	arena_fini(&a);
}

static void values_differ_by_type_size_and_content(void **state)
{
	const struct value rows[] = {value_null(), value_bool(false), value_bool(true),
		value_int(0), value_int(1), value_float(0), value_float(1), value_str(""),
		value_str("0"), value_array(NULL, 0), VALUE_LIST(value_int(0)),
		VALUE_LIST(value_int(1)), VALUE_LIST(value_int(0), value_int(0)),
		value_map(NULL, 0),
		value_map((const struct value[]){value_int(0), value_int(0)}, 1),
		value_map((const struct value[]){value_int(0), value_int(1)}, 1)};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		for (size_t k = 0; k < countof(rows); k++)
			assert_int_equal(value_eq(&rows[i], &rows[k]), i == k);
}

static void lists_of_values_grow(void **state)
{
	struct arena a = {0};
	struct value_list list = {.arena = &a}, pairs = {.arena = &a};
	(void)state;
	for (int i = 0; i < 1000; i++)
		value_push(&list, value_int(i));
	struct value array = value_list_array(&list);
	assert_int_equal(array.n, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(value_at(&array, i)->i, i);
	value_pair(&pairs, "a", value_int(1));
	value_pair(&pairs, "b", array);
	struct value map = value_list_map(&pairs);
	assert_int_equal(map.n, 2);
	assert_true(value_eq(value_get(&map, "b"), &array));
	arena_fini(&a);
}

// ---- clock

static void times_are_written_for_people(void **state)
{
	static const struct {
		uint64_t wall_us;
		const char *want;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000000"},
		{1, "1970-01-01T00:00:00.000001"},
		{999999, "1970-01-01T00:00:00.999999"},
		{UINT64_C(951827696789012), "2000-02-29T12:34:56.789012"},
		{UINT64_C(951827696000001), "2000-02-29T12:34:56.000001"}, // the same second again
		{UINT64_C(1767225599999999), "2025-12-31T23:59:59.999999"},
		{UINT64_C(1767225600000000), "2026-01-01T00:00:00.000000"},
		{UINT64_C(253402300799000000), "9999-12-31T23:59:59.000000"},
	};
	char text[CLOCK_TEXT_BYTES];
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		clock_text(rows[i].wall_us, text);
		assert_string_equal(text, rows[i].want);
	}
}

static void a_set_clock_stands_still(void **state)
{
	(void)state;
	clock_set(1234, 5678);
	clock_update();
	assert_int_equal(clock_ms(), 1234);
	assert_int_equal(clock_wall_us(), 5678);
	clock_set(0, 0);
	clock_update();
	assert_true(clock_ms() > 0);
	assert_true(clock_wall_us() > UINT64_C(1600000000000000));
}

// ---- ids, metrics

static void uuids_have_their_form_and_differ(void **state)
{
	struct map seen = {0};
	char id[IDS_UUID_BYTES];
	(void)state;
	for (int round = 0; round < 1000; round++) {
		ids_uuid(id);
		assert_int_equal(strlen(id), 36);
		for (size_t i = 0; i < 36; i++) {
			bool dash = i == 8 || i == 13 || i == 18 || i == 23;
			assert_true(
				dash ? id[i] == '-' : strchr("0123456789abcdef", id[i]) != NULL);
		}
		assert_int_equal(id[14], '4');
		assert_non_null(strchr("89ab", id[19]));
		assert_null(map_put(&seen, span_str(id), &seen));
	}
	map_fini(&seen);
}

static void random_numbers_stay_below_their_limit_and_reach_it(void **state)
{
	unsigned seen = 0;
	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint32_t n = ids_below(7);
		assert_true(n < 7);
		seen |= 1u << n;
	}
	assert_int_equal(seen, 0x7f);
	assert_int_equal(ids_below(1), 0);
}

static void the_metrics_page_has_three_lines_for_each(void **state)
{
	struct buf page = {0};
	size_t lines = 0;
	(void)state;
	for (int i = 0; i < METRIC_COUNT; i++)
		metric_set((enum metric)i, 1000 + i);
	metric_add((enum metric)0, 5);
	assert_int_equal(metric_get((enum metric)0), 1005);
	metric_page(&page);
	for (struct span rest = buf_bytes(&page); rest.n; lines++) {
		struct span line = span_take(&rest, span_until(rest, '\n').n + 1);
		if (lines % 3 == 0)
			assert_true(span_starts(line, SPAN("# HELP ")));
		else if (lines % 3 == 1)
			assert_true(span_ends(line, SPAN(" counter\n")) ||
				    span_ends(line, SPAN(" gauge\n")));
		else
			assert_true(span_starts(span_of(line.p + line.n - 6, 6), SPAN(" 1")));
	}
	assert_int_equal(lines, 3 * METRIC_COUNT);
	buf_fini(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spans_compare_bytes_and_not_text),
		TEST(spans_fold_case_of_ascii_only),
		TEST(spans_are_cut),
		TEST(taking_more_than_there_is_is_a_bug),
		TEST(reads_whole_decimal_numbers_only),
		TEST(duplicates_end_with_nul),
		TEST(bufs_grow_up_to_their_maximum_and_then_say_so),
		TEST(failure_of_a_buf_is_sticky),
		TEST(a_size_that_wraps_does_not_fit),
		TEST(bufs_print_and_drop),
		TEST(bufs_print_every_integer),
		TEST(blobs_keep_what_was_written_while_they_grow),
		TEST(arenas_align_and_keep_apart),
		TEST(a_cleared_arena_gives_the_same_memory_again),
		TEST(lists_keep_order_and_survive_removal_while_walking),
		TEST(maps_find_replace_and_take),
		TEST(maps_walk_in_order_of_insertion_while_entries_leave),
		TEST(values_find_the_last_of_equal_keys),
		TEST(values_beyond_an_array_are_null),
		TEST(copies_of_values_stand_alone),
		TEST(values_differ_by_type_size_and_content),
		TEST(lists_of_values_grow),
		TEST(times_are_written_for_people),
		TEST(a_set_clock_stands_still),
		TEST(uuids_have_their_form_and_differ),
		TEST(random_numbers_stay_below_their_limit_and_reach_it),
		TEST(the_metrics_page_has_three_lines_for_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
