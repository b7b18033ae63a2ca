// SPDX-License-Identifier: MIT
#include "bed.h"

#include "base/clock.h"
#include "base/metric.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void one_too_many_is_told_so(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	int64_t refused = metric_get(METRIC_REFUSED);
	bed_listen(b, &(struct listener_spec){.max = 2});
	int one = peer_new(b), two = peer_new(b);
	bed_until(b, b->opened == 2);
	int three = peer_new(b);
	peer_send(b, three, SPAN("GET / HTTP/1.1\r\n\r\n"));
	assert_int_equal(peer_read(b, three, &got, 100), PEER_EOF);
	check_text(buf_bytes(&got), "no room\n");
	assert_int_equal(metric_get(METRIC_REFUSED), refused + 1);
	close(one);
	bed_until(b, net_count(b->net) == 1);
	int four = peer_new(b); // there is room again
	bed_until(b, b->opened == 3);
	close(two);
	close(three);
	close(four);
	buf_fini(&got);
}

static void a_new_limit_counts_the_old_conns(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	struct listener_spec spec = {.name = "bed",
		.host = "127.0.0.1",
		.max = 1,
		.to = {.face = &face_bed, .owner = b}};
	bed_listen(b, &(struct listener_spec){0});
	int one = peer_new(b);
	bed_until(b, b->opened == 1);
	listener_adopt(b->listener, &spec);
	int two = peer_new(b);
	assert_int_equal(peer_read(b, two, &got, 100), PEER_EOF);
	check_text(buf_bytes(&got), "no room\n");
	assert_true(conn_is_open(b->open[0]));
	close(one);
	close(two);
	buf_fini(&got);
}

static void a_listener_knows_itself_again(void **state)
{
	struct bed *b = *state;
	static const struct face other_face = {.name = "other"};
	struct tls *tls = tls_new();
	struct listener_spec same = {
		.name = "x", .host = "127.0.0.1", .max = 7, .to = {.face = &face_bed}};
	struct listener_spec host = same, port = same, path = same, face = same, secure = same;
	host.host = "127.0.0.2";
	port.port = 1;
	path.host = NULL;
	path.path = "/nowhere";
	face.to.face = &other_face;
	secure.to.tls = tls;
	bed_listen(b, &(struct listener_spec){0});
	assert_string_equal(listener_name(b->listener), "bed");
	assert_true(listener_is(b->listener, &same));
	assert_false(listener_is(b->listener, &host));
	assert_false(listener_is(b->listener, &port));
	assert_false(listener_is(b->listener, &path));
	assert_false(listener_is(b->listener, &face));
	assert_false(listener_is(b->listener, &secure));
	tls_free(tls);
}

static void a_closed_listener_leaves_its_conns(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = bed_echo;
	uint16_t port = bed_port(b);
	int fd = peer_new(b);
	bed_until(b, b->opened == 1);
	listener_close(b->listener);
	listener_close(b->listener);
	bed_turn(b, -1);
	peer_send(b, fd, SPAN("still here\n"));
	peer_expect(b, fd, "still here\n");
	b->listener = NULL; // goes with its last conn
	int late = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_not_equal(connect(late, (struct sockaddr *)&at, sizeof at), 0);
	close(late);
	close(fd);
}

static void close_listener(struct bed *b, struct conn *c)
{
	(void)c;
	if (b->listener)
		listener_close(b->listener);
	b->listener = NULL;
}

static void a_face_may_close_the_listener_it_came_from(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_open = close_listener;
	uint16_t port = bed_port(b);
	int one = peer_at(port), two = peer_at(port); // both wait to be accepted
	bed_until(b, b->opened);
	bed_turn(b, -1);
	assert_int_equal(b->opened, 1);
	close(one);
	close(two);
}

static size_t tries;

int accept4(int fd, struct sockaddr *at, socklen_t *n, int flags)
{
	tries++;
	return (int)syscall(SYS_accept4, fd, at, n, flags);
}

static void out_of_descriptors_it_waits_and_goes_on(void **state)
{
	struct bed *b = *state;
	struct rlimit had, none;
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = bed_echo;
	int old = peer_new(b);
	bed_until(b, b->opened == 1);
	int fd = peer_new(b);
	getrlimit(RLIMIT_NOFILE, &had);
	none = had;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	uint64_t began = bed_patience() - BED_WAIT_MS;
	tries = 0;
	bed_until(b, clock_ms() > began + 100);
	assert_in_range(tries, 1, 8); // 10, 20, 40, 80 ms apart, and not as fast as it can
	peer_send(b, old, SPAN("the others go on\n"));
	peer_expect(b, old, "the others go on\n");
	assert_int_equal(b->opened, 1);
	setrlimit(RLIMIT_NOFILE, &had);
	bed_until(b, b->opened == 2);
	peer_send(b, fd, SPAN("at last\n"));
	peer_expect(b, fd, "at last\n");
	close(old);
	close(fd);
}

static void what_cannot_be_had_is_said(void **state)
{
	struct bed *b = *state;
	char text[64];
	struct buf why = {0};
	bed_listen(b, &(struct listener_spec){0});
	struct listener_spec spec = {.name = "again",
		.host = "127.0.0.1",
		.port = bed_port(b),
		.max = 1,
		.to = {.face = &face_bed}};
	assert_null(listener_open(b->net, &spec, &why));
	snprintf(text, sizeof text, "127.0.0.1:%u: Address already in use", bed_port(b));
	check_text(buf_bytes(&why), text);
	buf_clear(&why);
	spec.host = "host.invalid";
	assert_null(listener_open(b->net, &spec, &why));
	assert_true(span_starts(buf_bytes(&why), SPAN("host.invalid: ")));
	buf_fini(&why);
}

static int unix_peer(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void a_unix_socket_is_private_and_replaces_only_a_dead_one(void **state)
{
	struct bed *b = *state;
	char dir[] = "/tmp/listener_test.XXXXXX", path[64], name[64];
	struct buf why = {0};
	struct stat st;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	struct sockaddr_un dead = {.sun_family = AF_UNIX};
	snprintf(dead.sun_path, sizeof dead.sun_path, "%s", path);
	int stale = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(stale, (struct sockaddr *)&dead, sizeof dead), 0);
	close(stale);
	bed_listen(b, &(struct listener_spec){.path = path});
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	b->on_msg = bed_echo;
	int fd = unix_peer(path);
	peer_send(b, fd, SPAN("hello\n"));
	peer_expect(b, fd, "hello\n");
	assert_string_equal(conn_peer(b->open[0], name), "unix");
	struct listener_spec again = {
		.name = "x", .path = path, .max = 1, .to = {.face = &face_bed}};
	assert_null(listener_open(b->net, &again, &why));
	assert_true(span_ends(buf_bytes(&why), SPAN("Address already in use")));
	conn_close(b->open[0], CLOSE_DONE);
	struct buf got = {0};
	assert_int_equal(peer_read(b, fd, &got, 1), PEER_EOF);
	close(fd);
	bed_until(b, net_count(b->net) <= 1); // the probe of the second listener_open
	listener_close(b->listener);
	b->listener = NULL;
	assert_int_not_equal(stat(path, &st), 0);
	assert_int_equal(rmdir(dir), 0);
	buf_fini(&why);
}

static void a_socket_that_cannot_be_watched_is_refused_alone(void **state)
{
	struct bed *b = *state;
	char path[] = "/tmp/gatehouse-file-XXXXXX";
	int fd = mkstemp(path); // the kernel does not watch files
	int64_t refused = metric_get(METRIC_REFUSED), conns = metric_get(METRIC_CONNS);
	assert_true(fd >= 0);
	assert_null(conn_accept(b->net, fd, &(struct conn_for){.face = &face_bed, .owner = b}));
	assert_int_equal(fcntl(fd, F_GETFD), -1); // closed
	assert_int_equal(metric_get(METRIC_REFUSED), refused + 1);
	assert_int_equal(metric_get(METRIC_CONNS), conns);
	assert_int_equal(b->opened, 0);
	assert_int_equal(net_count(b->net), 0);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(one_too_many_is_told_so),
		BED_TEST(a_new_limit_counts_the_old_conns),
		BED_TEST(a_listener_knows_itself_again),
		BED_TEST(a_closed_listener_leaves_its_conns),
		BED_TEST(a_face_may_close_the_listener_it_came_from),
		BED_TEST(out_of_descriptors_it_waits_and_goes_on),
		BED_TEST(what_cannot_be_had_is_said),
		BED_TEST(a_socket_that_cannot_be_watched_is_refused_alone),
		BED_TEST(a_unix_socket_is_private_and_replaces_only_a_dead_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
