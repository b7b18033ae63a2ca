// SPDX-License-Identifier: MIT
#include "bed.h"

#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void on_failed(void *owner, const char *why)
{
	struct bed *b = owner;
	(void)why;
	buf_str(&b->said, "failed ");
}

static struct dial_to to_port(struct bed *b, const char *host, uint16_t port)
{
	return (struct dial_to){.host = host,
		.port = port,
		.timeout_ms = 5000,
		.conn = {.face = &face_bed, .owner = b},
		.on_failed = on_failed};
}

// A port nobody listens on: bound, but not listened at.
static int taken_port(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	getsockname(fd, (struct sockaddr *)&at, &n);
	*port = ntohs(at.sin_port);
	return fd;
}

static void both_ends_meet(void **state)
{
	struct bed *b = *state;
	struct dial *d;
	bed_listen(b, &(struct listener_spec){0});
	struct dial_to to = to_port(b, "127.0.0.1", bed_port(b));
	dial_watch(dial_open(b->net, &to), &d);
	assert_non_null(d);
	assert_int_equal(b->said.n, 0);
	bed_until(b, b->opened == 2);
	assert_null(d);
	conn_write(b->open[0], SPAN("hello\n"));
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("msg:hello ")));
	conn_write(b->open[1], SPAN("hi\n"));
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("msg:hi ")));
	conn_close(b->open[0], CLOSE_DONE);
	bed_until(b, net_count(b->net) == 0);
	check_text(buf_bytes(&b->said), "open open msg:hello msg:hi close:done close:eof ");
}

static void a_unix_socket_is_met_by_its_path(void **state)
{
	struct bed *b = *state;
	char dir[] = "/tmp/dial_test.XXXXXX", path[64], longest[200] = "/";
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	bed_listen(b, &(struct listener_spec){.path = path});
	struct dial_to to = to_port(b, NULL, 0);
	to.path = path;
	dial_open(b->net, &to);
	assert_int_equal(b->said.n, 0);
	bed_until(b, b->opened == 2);
	listener_close(b->listener);
	b->listener = NULL;
	unlink(path);
	buf_clear(&b->said);
	dial_open(b->net, &to);
	bed_until(b, b->said.n);
	check_text(buf_bytes(&b->said), "close:unreachable ");
	memset(longest, 'x', sizeof longest - 1);
	to.path = longest;
	buf_clear(&b->said);
	dial_open(b->net, &to);
	bed_until(b, b->said.n);
	check_text(buf_bytes(&b->said), "failed ");
	rmdir(dir);
}

static void a_closed_port_is_unreachable(void **state)
{
	struct bed *b = *state;
	uint16_t port;
	int fd = taken_port(&port);
	struct dial_to to = to_port(b, "127.0.0.1", port);
	for (to.attempt = 0; to.attempt < 4; to.attempt++) {
		buf_clear(&b->said);
		dial_open(b->net, &to);
		bed_until(b, b->said.n);
		check_text(buf_bytes(&b->said), "close:unreachable ");
	}
	close(fd);
}

static void a_host_that_is_none_fails_later(void **state)
{
	struct bed *b = *state;
	char longest[300];
	const char *hosts[] = {"host.invalid", "with space", longest};
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	for (size_t i = 0; i < countof(hosts); i++) {
		struct dial_to to = to_port(b, hosts[i], 1);
		buf_clear(&b->said);
		dial_open(b->net, &to);
		assert_int_equal(b->said.n, 0);
		bed_until(b, b->said.n);
		check_text(buf_bytes(&b->said), "failed ");
	}
}

static void after_cancelling_nothing_is_heard(void **state)
{
	struct bed *b = *state;
	struct dial *d[2];
	bed_listen(b, &(struct listener_spec){0});
	struct dial_to good = to_port(b, "127.0.0.1", bed_port(b));
	struct dial_to bad = to_port(b, "with space", 1);
	dial_watch(dial_open(b->net, &good), &d[0]);
	dial_watch(dial_open(b->net, &bad), &d[1]);
	dial_cancel(d[0]);
	dial_cancel(d[1]);
	assert_null(d[0]);
	dial_cancel(d[0]);
	struct dial_to after = good; // once this is through, so were they
	dial_open(b->net, &after);
	bed_until(b, b->opened == 2);
	for (int i = 0; i < 10; i++)
		bed_turn(b, -1);
	check_text(buf_bytes(&b->said), "open open ");
}

// A listener whose backlog is full: connecting hangs until our own deadline.
static void connecting_has_a_deadline(void **state)
{
	struct bed *b = *state;
	uint16_t port;
	int fd = taken_port(&port), filler[4];
	assert_int_equal(listen(fd, 0), 0);
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (size_t i = 0; i < countof(filler); i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(filler[i], (struct sockaddr *)&at, sizeof at);
	}
	struct dial_to to = to_port(b, "127.0.0.1", port);
	to.timeout_ms = 20;
	dial_open(b->net, &to);
	bed_until(b, b->said.n);
	check_text(buf_bytes(&b->said), "close:unreachable ");
	for (size_t i = 0; i < countof(filler); i++)
		close(filler[i]);
	close(fd);
}

static void pauses_double_up_to_the_cap_and_a_tenth(void **state)
{
	(void)state;
	static const uint32_t base[] = {100, 200, 400, 800, 1000, 1000, 1000};
	bool varied = false;
	for (int round = 0; round < 200; round++) {
		struct backoff b = {.base_ms = 100, .cap_ms = 1000};
		for (size_t i = 0; i < countof(base); i++) {
			uint32_t ms = backoff_next(&b);
			assert_in_range(ms, base[i], base[i] + base[i] / 10);
			varied |= ms != base[i];
		}
		backoff_reset(&b);
		assert_in_range(backoff_next(&b), 100, 110);
	}
	assert_true(varied);
	struct backoff b = {.base_ms = 60000, .cap_ms = 3600000};
	for (int i = 0; i < 100; i++)
		assert_true(backoff_next(&b) <= 3960000);
}

int main(void)
{
	assert_true(sodium_init() >= 0);
	const struct CMUnitTest tests[] = {
		BED_TEST(both_ends_meet),
		BED_TEST(a_unix_socket_is_met_by_its_path),
		BED_TEST(a_closed_port_is_unreachable),
		BED_TEST(a_host_that_is_none_fails_later),
		BED_TEST(after_cancelling_nothing_is_heard),
		BED_TEST(connecting_has_a_deadline),
		TEST(pauses_double_up_to_the_cap_and_a_tenth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
