// SPDX-License-Identifier: MIT
#include "bed.h"

#include "base/clock.h"
#include "proto/codecs.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

// --- the face ---

static void note(struct bed *b, const char *what, struct span rest)
{
	if (!b->quiet)
		buf_printf(&b->said, "%s%.*s ", what, (int)rest.n, rest.p);
}

static void on_open(struct conn *c)
{
	struct bed *b = conn_owner(c);
	assert_true(b->opened < BED_CONNS_MAX);
	b->open[b->opened++] = c;
	note(b, "open", SPAN(""));
	conn_use(c, &codec_line, 65536);
	if (b->on_open)
		b->on_open(b, c);
}

static void on_secure(struct conn *c)
{
	struct bed *b = conn_owner(c);
	b->secured++;
	conn_use(c, &codec_line, 65536);
	note(b, "secure", SPAN(""));
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct bed *b = conn_owner(c);
	if (b->on_msg)
		b->on_msg(b, c, msg->body);
	else
		note(b, "msg:", msg->body);
}

static void on_bad(struct conn *c, struct codec_msg *msg)
{
	struct bed *b = conn_owner(c);
	note(b, "bad:", span_str(msg->why));
	if (b->on_bad)
		b->on_bad(b, c);
}

static void on_deadline(struct conn *c)
{
	struct bed *b = conn_owner(c);
	b->deadlines++;
	note(b, "deadline", SPAN(""));
}

static void on_drain(struct conn *c)
{
	struct bed *b = conn_owner(c);
	b->drains++;
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct bed *b = conn_owner(c);
	b->closed++;
	b->why = why;
	for (size_t i = 0; i < b->opened; i++)
		if (b->open[i] == c)
			b->open[i] = NULL;
	note(b, "close:", span_str(close_word(why)));
	if (b->on_close)
		b->on_close(b, c);
}

#define FULL "no room\n"
const struct face face_bed = {
	.name = "bed",
	.on_open = on_open,
	.on_secure = on_secure,
	.on_msg = on_msg,
	.on_bad = on_bad,
	.on_drain = on_drain,
	.on_close = on_close,
	.full = {FULL, sizeof FULL - 1},
};
const struct face face_bed_deadline = {
	.name = "bed",
	.on_open = on_open,
	.on_msg = on_msg,
	.on_deadline = on_deadline,
	.on_close = on_close,
};

void bed_echo(struct bed *b, struct conn *c, struct span body)
{
	(void)b;
	conn_write(c, body);
	conn_write(c, SPAN("\n"));
}

// --- the bed ---

struct bed *bed_new(void)
{
	struct bed *b = mem_zalloc(sizeof *b);
	signal(SIGPIPE, SIG_IGN);
	loop_init(&b->loop);
	b->net = net_new(&b->loop);
	return b;
}

void bed_free(struct bed *b)
{
	if (b->listener)
		listener_close(b->listener);
	b->on_close = NULL;
	net_close_all(b->net, CLOSE_RESET);
	bed_until(b, net_count(b->net) == 0);
	net_free(b->net);
	loop_fini(&b->loop);
	tls_free(b->tls);
	buf_fini(&b->said);
	free(b);
}

int bed_set_up(void **state)
{
	*state = bed_new();
	return 0;
}

int bed_tear_down(void **state)
{
	bed_free(*state);
	return 0;
}

void bed_listen(struct bed *b, const struct listener_spec *from)
{
	struct listener_spec spec = *from;
	struct buf why = {0};
	spec.name = "bed";
	if (!spec.path)
		spec.host = "127.0.0.1";
	if (!spec.max)
		spec.max = BED_CONNS_MAX;
	if (!spec.to.face)
		spec.to.face = &face_bed;
	spec.to.owner = b;
	b->listener = listener_open(b->net, &spec, &why);
	if (!b->listener)
		fail_msg("%.*s", (int)why.n, why.p);
}

uint16_t bed_port(const struct bed *b)
{
	return (uint16_t)strtoul(strrchr(listener_at(b->listener), ':') + 1, NULL, 10);
}

void bed_turn(struct bed *b, int fd)
{
	uv_run(&b->loop.uv, UV_RUN_NOWAIT);
	int ms = uv_backend_timeout(&b->loop.uv);
	struct pollfd at[2] = {
		{.fd = uv_backend_fd(&b->loop.uv), .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	if (ms != 0)
		poll(at, 2, ms < 0 || ms > 50 ? 50 : ms);
	uv_run(&b->loop.uv, UV_RUN_NOWAIT);
}

uint64_t bed_patience(void)
{
	clock_update();
	return clock_ms() + BED_WAIT_MS;
}

void bed_check_patience(uint64_t until, const char *what)
{
	clock_update();
	if (clock_ms() > until)
		fail_msg("waited in vain for %s", what);
}

// --- the other end ---

int peer_at(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

int peer_new(struct bed *b)
{
	return peer_at(bed_port(b));
}

void peer_send(struct bed *b, int fd, struct span s)
{
	for (uint64_t until = bed_patience(); s.n; bed_check_patience(until, "the loop to read")) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			bed_turn(b, -1);
		} else {
			span_take(&s, (size_t)n);
		}
	}
}

enum peer_end peer_read(struct bed *b, int fd, struct buf *into, size_t want)
{
	char some[65536];
	for (uint64_t until = bed_patience(); into->n < want;
		bed_check_patience(until, "bytes or an end")) {
		ssize_t n = read(fd, some, min_size(sizeof some, want - into->n));
		if (n > 0)
			buf_put(into, some, (size_t)n);
		else if (n == 0)
			return PEER_EOF;
		else if (errno != EAGAIN)
			return PEER_RESET;
		else
			bed_turn(b, fd);
	}
	return PEER_OPEN;
}

void peer_expect(struct bed *b, int fd, const char *text)
{
	struct buf got = {0};
	peer_read(b, fd, &got, strlen(text));
	check_text(buf_bytes(&got), text);
	buf_fini(&got);
}

struct span pattern(size_t n)
{
	char *p = mem_alloc(n);
	uint32_t x = 2463534242;
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13, x ^= x >> 17, x ^= x << 5;
		p[i] = (char)('a' + x % 26);
	}
	return span_of(p, n);
}
