// SPDX-License-Identifier: MIT
#include "check.h"

#include "base/buf.h"
#include "net/outq.h"

enum { IOV_MAX_HERE = 64 };

static void put_front(const struct outq *q, struct buf *out)
{
	struct iovec iov[IOV_MAX_HERE];
	int n = outq_gather(q, iov, IOV_MAX_HERE);
	for (int i = 0; i < n; i++)
		buf_put(out, iov[i].iov_base, iov[i].iov_len);
}

static struct blob *blob_of(const char *text)
{
	struct blob *b = blob_new(4);
	blob_append(b, span_str(text));
	return b;
}

static void copies_and_references_keep_their_order(void **state)
{
	(void)state;
	struct outq q = {0};
	struct buf got = {0};
	struct blob *b = blob_of("shared");
	outq_put(&q, SPAN("a"));
	outq_put(&q, SPAN("b"));
	outq_share(&q, b, 0, 6);
	outq_put(&q, SPAN("c"));
	outq_share(&q, b, 2, 4);
	put_front(&q, &got);
	check_text(buf_bytes(&got), "absharedcar");
	assert_int_equal(q.bytes, 11);
	buf_fini(&got);
	outq_fini(&q);
	assert_int_equal(b->refs, 1);
	blob_unref(b);
}

static void neighbours_in_a_blob_are_one_chunk(void **state)
{
	(void)state;
	struct outq q = {0};
	struct blob *b = blob_of("onetwothree");
	outq_share(&q, b, 0, 3);
	outq_share(&q, b, 3, 6);
	outq_share(&q, b, 6, 11);
	assert_int_equal(q.n, 1);
	assert_int_equal(b->refs, 2);
	outq_share(&q, b, 0, 3); // not a neighbour
	assert_int_equal(q.n, 2);
	outq_fini(&q);
	blob_unref(b);
}

static void a_blob_may_grow_while_it_is_queued(void **state)
{
	(void)state;
	struct outq q = {0};
	struct buf got = {0};
	struct blob *b = blob_of("abc");
	outq_share(&q, b, 0, 3);
	for (int i = 0; i < 1000; i++)
		blob_append(b, SPAN("defghijklm"));
	put_front(&q, &got);
	check_text(buf_bytes(&got), "abc");
	buf_fini(&got);
	outq_fini(&q);
	blob_unref(b);
}

static void what_is_dropped_never_comes_again(void **state)
{
	(void)state;
	struct blob *b = blob_of("0123456789");
	for (size_t step = 1; step <= 23; step++) {
		struct outq q = {0};
		struct buf got = {0}, all = {0};
		outq_share(&q, b, 0, 10);
		outq_put(&q, SPAN("abc"));
		outq_share(&q, b, 0, 10);
		while (!outq_empty(&q)) {
			size_t n = min_size(step, q.bytes);
			buf_clear(&got);
			put_front(&q, &got);
			buf_put(&all, got.p, n);
			outq_drop(&q, n);
		}
		check_text(buf_bytes(&all), "0123456789abc0123456789");
		assert_null(q.at); // empty, it holds nothing
		assert_int_equal(b->refs, 1);
		buf_fini(&got);
		buf_fini(&all);
	}
	blob_unref(b);
}

static void nothing_adds_nothing(void **state)
{
	(void)state;
	struct outq q = {0};
	struct blob *b = blob_of("x");
	outq_put(&q, SPAN(""));
	outq_share(&q, b, 1, 1);
	assert_true(outq_empty(&q));
	assert_int_equal(q.n, 0);
	assert_int_equal(b->refs, 1);
	outq_fini(&q);
	blob_unref(b);
}

// A peer that reads slowly may be behind by more pieces than a 16-bit count holds.
static void seventy_thousand_chunks_are_kept(void **state)
{
	(void)state;
	struct outq q = {0};
	struct blob *b = blob_of("xy");
	for (int i = 0; i < 70000; i++)
		outq_share(&q, b, 0, 1);
	assert_int_equal(q.n, 70000);
	outq_drop(&q, 69999);
	assert_int_equal(q.bytes, 1);
	for (int i = 0; i < 70000; i++)
		outq_share(&q, b, 0, 1);
	outq_drop(&q, 70001);
	assert_true(outq_empty(&q));
	assert_int_equal(b->refs, 1);
	blob_unref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copies_and_references_keep_their_order),
		TEST(neighbours_in_a_blob_are_one_chunk),
		TEST(a_blob_may_grow_while_it_is_queued),
		TEST(what_is_dropped_never_comes_again),
		TEST(nothing_adds_nothing),
		TEST(seventy_thousand_chunks_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
