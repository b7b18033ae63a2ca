// SPDX-License-Identifier: MIT
// Coalescing: never more than was asked for, nothing dropped, nothing out of order.
#include "check.h"

#include "bridge/coalesce.h"
#include <stdlib.h>

#define LINE(name, text)                                                                           \
	{                                                                                          \
		SPAN("bot"), SPAN("1"), SPAN(name), SPAN(name), SPAN(text)                         \
	}

static struct coalesce asking(uint32_t messages, uint32_t interval_ms, uint32_t units)
{
	struct coalesce c;
	assert_true(coalesce_init(&c, &(struct coalesce_wish){messages, interval_ms, units}));
	return c;
}

static void check_put(const struct coalesce_line *at, size_t n, const char *want)
{
	struct buf b = {0};
	coalesce_put(at, n, &b);
	check_text(buf_bytes(&b), want);
	buf_fini(&b);
}

static void without_a_wish_each_line_is_a_message(void **state)
{
	struct coalesce c = asking(0, 1, 2000);
	struct coalesce_line at[3] = {LINE("a", "x"), LINE("a", "y"), LINE("a", "z")};
	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(coalesce_take(&c, at, 3, 5), 1);
	assert_int_equal(coalesce_take(&c, at, 0, 5), 0);
	assert_int_equal(coalesce_due_ms(&c), 0);
}

static void lines_are_joined_only_when_more_wait_than_may_be_sent(void **state)
{
	struct coalesce c = asking(2, 1000, 2000);
	struct coalesce_line at[4] = {
		LINE("a", "1"), LINE("a", "2"), LINE("b", "3"), LINE("a", "4")};
	(void)state;
	assert_int_equal(coalesce_take(&c, at, 2, 100), 1);
	assert_int_equal(coalesce_take(&c, at + 1, 1, 200), 1);
	assert_int_equal(coalesce_take(&c, at + 2, 2, 1099), 0);
	assert_int_equal(coalesce_due_ms(&c), 1100);
	assert_int_equal(coalesce_take(&c, at + 2, 2, 1100), 2);
	assert_int_equal(coalesce_due_ms(&c), 1200);
	assert_int_equal(coalesce_take(&c, at, 4, 1100), 0);
	assert_int_equal(coalesce_take(&c, at, 4, 1200), 4);
	assert_int_equal(coalesce_take(&c, at, 1, 2199), 1);
}

static void one_authors_lines_stand_alone_and_others_are_named(void **state)
{
	struct coalesce_line at[4] = {LINE("Ann", "hi"), LINE("Ann", "a\nb"),
		LINE("Bob", "c\nAnn: d"), LINE("E\nvil", "e\r\nf\rg")};
	(void)state;
	check_put(at, 1, "hi");
	check_put(at, 2, "hi\na\nb");
	check_put(at, 4,
		"Ann: hi\nAnn: a\nAnn: b\nBob: c\nBob: Ann: d\nE vil: e\nE vil: f\nE vil: g");
	check_put(at, 0, "");
}

static void authors_of_one_name_are_two(void **state)
{
	struct coalesce_line at[2] = {LINE("Ann", "x"), LINE("Ann", "y")};
	(void)state;
	at[1].author_id = SPAN("other");
	check_put(at, 2, "Ann: x\nAnn: y");
}

static void other_channels_and_types_are_never_joined(void **state)
{
	struct coalesce c = asking(1, 1, 2000);
	struct coalesce_line at[3] = {LINE("a", "x"), LINE("a", "y"), LINE("a", "z")};
	(void)state;
	at[2].channel = SPAN("2");
	assert_int_equal(coalesce_take(&c, at, 3, 1), 2);
	at[1].type = SPAN("mod");
	assert_int_equal(coalesce_take(&c, at, 3, 2), 1);
}

// 100 units: "xxx…" is cut off where the next line would be one too much.
static void the_size_is_in_utf16_units_with_names_and_line_ends(void **state)
{
	char text[101];
	struct coalesce_line at[2] = {LINE("Ann", "x"), LINE("Ann", "y")};
	(void)state;
	memset(text, 'x', 100);
	at[0].content = span_of(text, 98);
	for (int i = 0; i < 3; i++) {
		struct coalesce c = asking(1, 1, 100);
		at[1].content = i == 0   ? SPAN("\xc3\xbc")
				: i == 1 ? SPAN("yy")
					 : SPAN("\xf0\x9f\x98\x80");
		assert_int_equal(coalesce_take(&c, at, 2, 1), i == 0 ? 2 : 1);
	}
	struct coalesce c = asking(1, 1, 100);
	at[1] = (struct coalesce_line)LINE("B", "y\nz");
	at[0].content = span_of(text, 100 - 5 - 1 - 4 - 1 - 4); // "Ann: …", "B: y", "B: z"
	assert_int_equal(coalesce_take(&c, at, 2, 1), 2);
	at[0].content.n++;
	assert_int_equal(coalesce_take(&c, at, 2, 2), 1);
	at[0].content = span_of(text, 100);
	at[1].content = SPAN("");
	assert_int_equal(coalesce_take(&c, at, 2, 3), 1);
}

static void wishes_beyond_the_bounds_are_refused(void **state)
{
	static const struct coalesce_wish good = {5, 2000, 2000};
	struct coalesce c;
	struct coalesce_wish bad[6] = {good, good, good, good, good};
	(void)state;
	bad[0].messages = COALESCE_MESSAGES_MAX + 1;
	bad[1].interval_ms = 0;
	bad[2].interval_ms = COALESCE_INTERVAL_MAX_MS + 1;
	bad[3].units = COALESCE_UNITS_MIN - 1;
	bad[4].units = COALESCE_UNITS_MAX + 1;
	assert_true(coalesce_init(&c, &good));
	for (int i = 0; i < 5; i++)
		assert_false(coalesce_init(&c, &bad[i]));
}

// ---- at random

static uint32_t seed = 1;
static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

enum { LINES = 3000 };

struct world {
	struct coalesce c;
	struct coalesce_line at[LINES];
	char text[LINES][80];
	uint64_t sent_ms[LINES];
	size_t sent;
};

static void fill(struct world *w)
{
	static const char *const parts[] = {"x", "\xc3\xbc", "\xf0\x9f\x98\x80", "\n", " "};
	static const struct span names[] = {{"Ann", 3}, {"B\xc3\xb6", 3}, {"Bob", 3}};
	static const struct span channels[] = {{"1", 1}, {"1", 1}, {"1", 1}, {"2", 1}};
	for (int i = 0; i < LINES; i++) {
		size_t n = 0;
		for (uint32_t k = 1 + draw(18); k; k--) {
			const char *part = parts[draw(countof(parts))];
			memcpy(w->text[i] + n, part, strlen(part));
			n += strlen(part);
		}
		struct span name = names[draw(3) * draw(2)];
		w->at[i] = (struct coalesce_line){SPAN("bot"), channels[draw(64) == 0 ? 3 : 0],
			name, name, span_of(w->text[i], n)};
	}
}

static size_t units_of(struct span s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] >> 6 != 2) + ((unsigned char)s.p[i] >> 3 == 30);
	return n;
}

static void check_one(struct world *w, size_t first, size_t n, uint64_t now)
{
	struct buf b = {0};
	coalesce_put(&w->at[first], n, &b);
	if (n > 1 && units_of(buf_bytes(&b)) > w->c.wish.units)
		fail_msg("%zu lines are %zu units", n, units_of(buf_bytes(&b)));
	const char *from = b.p;
	for (size_t i = first; i < first + n; i++) {
		struct span word = span_until(w->at[i].content, '\n');
		const char *found = memmem(from, b.n - (size_t)(from - b.p), word.p, word.n);
		assert_non_null(found);
		from = found + word.n;
		assert_true(span_eq(w->at[i].channel, w->at[first].channel));
	}
	buf_fini(&b);
	w->sent_ms[w->sent++] = now;
}

static void no_interval_sees_too_many_and_no_line_is_missed(void **state)
{
	struct world *w = malloc(sizeof *w);
	(void)state;
	for (int round = 0; round < 50; round++) {
		uint64_t now = 1000;
		size_t done = 0, come = 0;
		uint32_t messages = 1 + draw(6), interval = 1 + draw(3000);
		w->c = asking(messages, interval, 100 + draw(400));
		w->sent = 0;
		fill(w);
		while (done < LINES) {
			come += draw(12);
			come = come < LINES ? come : LINES;
			size_t n = coalesce_take(&w->c, w->at + done, come - done, now);
			if (n) {
				assert_true(
					now >= coalesce_due_ms(&w->c) || w->sent + 1 >= messages);
				check_one(w, done, n, now);
			} else if (come > done) {
				assert_true(coalesce_due_ms(&w->c) > now);
			}
			done += n;
			assert_true(done <= come);
			now += draw(4) ? draw(100) : 0;
		}
		for (size_t i = messages; i < w->sent; i++)
			assert_true(w->sent_ms[i] - w->sent_ms[i - messages] >= interval);
	}
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_wish_each_line_is_a_message),
		TEST(lines_are_joined_only_when_more_wait_than_may_be_sent),
		TEST(one_authors_lines_stand_alone_and_others_are_named),
		TEST(authors_of_one_name_are_two),
		TEST(other_channels_and_types_are_never_joined),
		TEST(the_size_is_in_utf16_units_with_names_and_line_ends),
		TEST(wishes_beyond_the_bounds_are_refused),
		TEST(no_interval_sees_too_many_and_no_line_is_missed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
