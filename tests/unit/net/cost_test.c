// SPDX-License-Identifier: MIT
// What a request costs in system calls, and what an idle connection holds.  The calls are counted
// by standing in front of the C library's.
#include "bed.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	size_t recv, send, epoll_ctl, timer_start;
} calls;

ssize_t recv(int fd, void *p, size_t n, int flags)
{
	calls.recv++;
	return syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
	calls.send++;
	return syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	calls.send++;
	return syscall(SYS_sendmsg, fd, m, flags);
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *e)
{
	calls.epoll_ctl++;
	return (int)syscall(SYS_epoll_ctl, epfd, op, fd, e);
}

int uv_timer_start(uv_timer_t *h, uv_timer_cb run, uint64_t ms, uint64_t repeat)
{
	static int (*real)(uv_timer_t *, uv_timer_cb, uint64_t, uint64_t);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "uv_timer_start");
	calls.timer_start++;
	return real(h, run, ms, repeat);
}

static void echo_and_wait(struct bed *b, struct conn *c, struct span body)
{
	bed_echo(b, c, body);
	conn_deadline(c, 60000, CLOSE_IDLE);
}

static void ask(struct bed *b, int fd, const char *request, int times)
{
	for (int i = 0; i < times; i++) {
		assert_int_equal(write(fd, request, strlen(request)), strlen(request));
		peer_expect(b, fd, request);
	}
}

static void a_request_costs_one_read_and_one_write(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = echo_and_wait;
	int fd = peer_new(b);
	ask(b, fd, "warm up\n", 3);
	memset(&calls, 0, sizeof calls);
	ask(b, fd, "hello\n", 100);
	assert_int_equal(calls.recv, 100);
	assert_int_equal(calls.send, 100);
	assert_int_equal(calls.epoll_ctl, 0);
	assert_int_equal(calls.timer_start, 0);
	close(fd);
}

static void requests_that_come_together_are_answered_together(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = echo_and_wait;
	int fd = peer_new(b);
	ask(b, fd, "warm up\n", 3);
	memset(&calls, 0, sizeof calls);
	ask(b, fd, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", 1);
	assert_int_equal(calls.recv, 1);
	assert_int_equal(calls.send, 1);
	close(fd);
}

static void a_turn_of_shared_messages_is_one_write_each(void **state)
{
	struct bed *b = *state;
	enum { N = 50 };
	int fd[N];
	struct blob *one = blob_new(8), *two = blob_new(8);
	blob_append(one, SPAN("aabb"));
	blob_append(two, SPAN("cc"));
	bed_listen(b, &(struct listener_spec){0});
	for (size_t i = 0; i < N; i++) {
		fd[i] = peer_new(b);
		bed_until(b, b->opened == i + 1);
	}
	memset(&calls, 0, sizeof calls);
	for (size_t i = 0; i < N; i++) {
		conn_share(b->open[i], one, 0, 2);
		conn_share(b->open[i], one, 2, 4);
		conn_write(b->open[i], SPAN("own"));
		conn_share(b->open[i], two, 0, 2);
	}
	for (size_t i = 0; i < N; i++)
		peer_expect(b, fd[i], "aabbowncc");
	assert_int_equal(calls.send, N);
	assert_int_equal(calls.epoll_ctl, 0);
	for (size_t i = 0; i < N; i++)
		close(fd[i]);
	blob_unref(one);
	blob_unref(two);
}

static void a_reader_that_lags_behind_costs_no_registering_per_write(void **state)
{
	struct bed *b = *state;
	struct span much = pattern(900 << 10);
	struct buf got = {0};
	int small = 32768;
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	bed_until(b, b->opened);
	setsockopt(b->open[0]->end.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	memset(&calls, 0, sizeof calls);
	conn_write(b->open[0], much);
	assert_int_equal(peer_read(b, fd, &got, much.n), PEER_OPEN);
	assert_true(calls.send > 5);
	assert_true(calls.epoll_ctl <= 6); // reading off, writing on; and the other way round
	close(fd);
	buf_fini(&got);
	free((char *)much.p);
}

static void an_idle_conn_holds_little(void **state)
{
	struct bed *b = *state;
	enum { N = 1000, LITTLE_BYTES = 1228 };
	struct rlimit l;
	int *fd = mem_array(N, sizeof *fd);
	getrlimit(RLIMIT_NOFILE, &l);
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
	if (l.rlim_max < 2 * N + 100 ||
		!mallinfo2().uordblks) { // a sanitizer's heap is not counted
		free(fd);
		skip();
	}
	b->quiet = true;
	b->on_msg = bed_echo;
	bed_listen(b, &(struct listener_spec){0});
	for (size_t i = 0; i < N + 10; i++) { // the first few pay for what all share
		static size_t before;
		int f = peer_new(b);
		bed_until(b, b->opened == i + 1);
		ask(b, f, "hello\n", 1);
		if (i == 9)
			before = mallinfo2().uordblks;
		if (i < 10)
			continue;
		fd[i - 10] = f;
		if (i != N + 9)
			continue;
		size_t each = (mallinfo2().uordblks - before) / N;
		print_message("idle: %zu bytes each, %zu of them struct conn\n", each,
			sizeof(struct conn));
		assert_true(each <= LITTLE_BYTES);
	}
	for (size_t i = 0; i < N; i++)
		close(fd[i]);
	free(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(a_request_costs_one_read_and_one_write),
		BED_TEST(requests_that_come_together_are_answered_together),
		BED_TEST(a_turn_of_shared_messages_is_one_write_each),
		BED_TEST(a_reader_that_lags_behind_costs_no_registering_per_write),
		BED_TEST(an_idle_conn_holds_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
