// SPDX-License-Identifier: MIT
// A peer that does not read costs references and, in the end, only itself.
#include "bed.h"

#include "base/clock.h"
#include <sys/socket.h>
#include <unistd.h>

enum { READERS = 8, BLOB_BYTES = 4096 };

struct room {
	int fd[READERS];
	struct buf got[READERS];
	struct blob *blob;
	size_t said; // times the blob was sent to all
};

static void narrow(int fd)
{
	int small = 64 << 10;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
}

static void room_open(struct bed *b, struct room *r, const struct conn_limits *limits)
{
	struct span bytes = pattern(BLOB_BYTES);
	r->blob = blob_new(BLOB_BYTES);
	blob_append(r->blob, bytes);
	free((char *)bytes.p);
	bed_listen(b, &(struct listener_spec){0});
	for (size_t i = 0; i < READERS; i++) {
		r->fd[i] = peer_new(b);
		bed_until(b, b->opened == i + 1);
		conn_limit(b->open[i], limits);
	}
	narrow(r->fd[0]);
	narrow(b->open[0]->end.fd);
}

// Everybody but the first reads on.
static void room_say(struct bed *b, struct room *r)
{
	r->said++;
	for (size_t i = 0; i < READERS; i++)
		if (b->open[i])
			conn_share(b->open[i], r->blob, 0, BLOB_BYTES);
	for (size_t i = 1; i < READERS; i++) {
		buf_clear(&r->got[i]);
		assert_int_equal(peer_read(b, r->fd[i], &r->got[i], BLOB_BYTES), PEER_OPEN);
		check_bytes(buf_bytes(&r->got[i]), span_of(r->blob->p, BLOB_BYTES));
	}
}

static void room_close(struct bed *b, struct room *r)
{
	assert_int_equal(b->closed, 1);
	assert_int_equal(b->why, CLOSE_SLOW);
	assert_null(b->open[0]);
	room_say(b, r);
	for (size_t i = 0; i < READERS; i++) {
		close(r->fd[i]);
		buf_fini(&r->got[i]);
	}
	bed_until(b, net_count(b->net) == 0);
	assert_int_equal(r->blob->refs, 1);
	blob_unref(r->blob);
}

static void the_byte_bound_ends_only_the_slow_one(void **state)
{
	struct bed *b = *state;
	struct room r = {0};
	static const struct conn_limits limits = {256 << 10, 60000};
	room_open(b, &r, &limits);
	while (!b->closed) {
		room_say(b, &r);
		if (!b->open[0])
			break;
		assert_true(conn_unsent(b->open[0]) <= limits.out_max + BLOB_BYTES);
		assert_int_equal(r.blob->refs, 1 + b->open[0]->out.n); // references, not copies
	}
	assert_true(r.said > limits.out_max / BLOB_BYTES);
	assert_true(r.said < 4 * limits.out_max / BLOB_BYTES);
	room_close(b, &r);
}

static void the_age_bound_ends_only_the_slow_one(void **state)
{
	struct bed *b = *state;
	struct room r = {0};
	static const struct conn_limits limits = {256 << 20, 30};
	room_open(b, &r, &limits);
	while (!b->open[0]->end.blocked)
		room_say(b, &r);
	uint64_t blocked = clock_ms();
	bed_until(b, b->closed);
	clock_update();
	assert_true(clock_ms() >= blocked + 25);
	room_close(b, &r);
}

static void many_tiny_pieces_are_bounded_by_their_number(void **state)
{
	struct bed *b = *state;
	struct room r = {0};
	static const struct conn_limits limits = {256 << 20, 60000};
	room_open(b, &r, &limits);
	while (!b->open[0]->end.blocked)
		room_say(b, &r);
	for (int i = 0; i < 70000; i++)
		conn_share(b->open[0], r.blob, 0, 1);
	bed_until(b, b->closed);
	room_close(b, &r);
}

// Behind for longer than the age bound, but never with the same bytes.
static void a_reader_that_keeps_up_may_have_a_backlog_for_ever(void **state)
{
	struct bed *b = *state;
	struct room r = {0};
	static const struct conn_limits limits = {256 << 20, 200};
	struct buf got = {0};
	room_open(b, &r, &limits);
	while (!b->open[0]->end.blocked)
		room_say(b, &r);
	uint64_t began = clock_ms();
	while (clock_ms() < began + 3 * limits.out_age_ms) {
		while (conn_unsent(b->open[0]) < (size_t)64 * BLOB_BYTES)
			conn_share(b->open[0], r.blob, 0, BLOB_BYTES);
		buf_clear(&got);
		peer_read(b, r.fd[0], &got, BLOB_BYTES);
		uv_run(&b->loop.uv, UV_RUN_NOWAIT);
		clock_update();
		assert_int_equal(b->closed, 0);
		assert_true(conn_unsent(b->open[0]) > 0);
	}
	for (int i = 0; i < 256; i++) // more than the kernel can hide
		conn_share(b->open[0], r.blob, 0, BLOB_BYTES);
	bed_until(b, b->closed); // and once it reads no more it ends
	buf_fini(&got);
	room_close(b, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(the_byte_bound_ends_only_the_slow_one),
		BED_TEST(the_age_bound_ends_only_the_slow_one),
		BED_TEST(many_tiny_pieces_are_bounded_by_their_number),
		BED_TEST(a_reader_that_keeps_up_may_have_a_backlog_for_ever),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
