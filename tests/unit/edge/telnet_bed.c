// SPDX-License-Identifier: MIT
#include "telnet_bed.h"

#include "base/clock.h"
#include "base/log.h"
#include "proto/zstream.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static struct bed *of(struct player *p)
{
	return (struct bed *)(void *)p;
}

static void on_settled(struct player *p)
{
	buf_lit(&of(p)->said, "settled|");
}

static void on_line(struct player *p, struct span line)
{
	buf_lit(&of(p)->said, "line:");
	buf_span(&of(p)->said, line);
	buf_lit(&of(p)->said, "|");
}

static void on_changed(struct player *p, unsigned what)
{
	of(p)->changes++;
	if (!of(p)->quiet_changes)
		buf_printf(&of(p)->said, "changed:%u|", what);
}

static void on_oob(struct player *p, struct span package, struct span json)
{
	buf_printf(&of(p)->said, "oob:%.*s %.*s|", (int)package.n, package.p, (int)json.n, json.p);
}

static void on_mssp(struct player *p, struct buf *pairs)
{
	(void)p;
	buf_lit(pairs, "NAME\0Dragon\xff\0PLAYERS\0"
		       "3\0PORT\0"
		       "4000\0PORT\0"
		       "4001\0");
}

static void on_gone(struct player *p, enum conn_close why)
{
	buf_printf(&of(p)->said, "gone:%s|", close_word(why));
	of(p)->terminal = NULL;
	of(p)->conn = NULL;
}

static void on_drained(struct player *p)
{
	buf_lit(&of(p)->said, "drained|");
}

static const struct terminal_events events = {
	on_settled, on_line, on_changed, on_oob, on_mssp, on_drained, on_gone};

static void on_open(struct conn *c)
{
	struct bed *b = conn_owner(c);
	b->conn = c;
	b->terminal = telnet_open(b->all, c, &events, (struct player *)(void *)b);
}

static const struct face face_bed = {.name = "bed", .on_open = on_open};

static void on_turn_end(struct turn_end *e)
{
	struct bed *b = container_of(e, struct bed, flush);
	if (telnets_flush(b->all))
		loop_again(net_loop(b->net));
	shows_seal(&b->shows);
}

void bed_open(struct bed *b)
{
	int pair[2];
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	b->fd = pair[1];
	assert_non_null(
		conn_accept(b->net, pair[0], &(struct conn_for){.face = &face_bed, .owner = b}));
}

struct bed *bed_new(void)
{
	struct bed *b = mem_zalloc(sizeof *b);
	signal(SIGPIPE, SIG_IGN);
	loop_init(&b->loop);
	b->flush.run = on_turn_end;
	loop_at_turn_end(&b->loop, &b->flush);
	b->net = net_new(&b->loop);
	b->config.players.lines_per_second = 1000;
	b->config.players.lines_burst = 10000;
	b->config.players.compression = true;
	b->all = telnets_new(&(struct telnets_parts){.shows = &b->shows, .config = &b->config});
	bed_open(b);
	return b;
}

void bed_free(struct bed *b)
{
	net_close_all(b->net, CLOSE_RESET);
	close(b->fd);
	while (net_count(b->net))
		bed_turn(b);
	telnets_free(b->all);
	net_free(b->net);
	loop_fini(&b->loop);
	shows_fini(&b->shows);
	rich_fini(&b->rich);
	zstream_inflater_free(b->inflater);
	buf_fini(&b->wire);
	buf_fini(&b->read);
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

// --- the client ---

#define MCCP2_BEGINS IAC "\xfa\x56" IAC "\xf0"

static void inflate_all(struct bed *b, struct span in)
{
	z_stream *z = b->inflater;
	z->next_in = (Bytef *)in.p;
	z->avail_in = (uInt)in.n;
	int result = Z_OK;
	while (result == Z_OK) {
		ensure(buf_reserve(&b->read, 65536));
		z->next_out = (Bytef *)b->read.p + b->read.n;
		z->avail_out = (uInt)(b->read.cap - b->read.n);
		result = inflate(z, Z_SYNC_FLUSH);
		b->read.n = b->read.cap - z->avail_out;
	}
	assert_true(result == Z_BUF_ERROR || result == Z_STREAM_END);
	b->plain_from = b->wire.n - z->avail_in;
	if (result != Z_STREAM_END)
		return;
	b->inflated_whole = true;
	zstream_inflater_free(z);
	b->inflater = NULL;
}

static void look_at_wire(struct bed *b)
{
	while (b->plain_from < b->wire.n) {
		struct span rest = span_of(b->wire.p + b->plain_from, b->wire.n - b->plain_from);
		if (b->inflater) {
			inflate_all(b, rest);
			continue;
		}
		const char *begins = memmem(rest.p, rest.n, MCCP2_BEGINS, 5);
		size_t n = begins ? (size_t)(begins - rest.p) + 5 : rest.n;
		buf_put(&b->read, rest.p, n);
		b->plain_from += n;
		if (begins)
			b->inflater = zstream_inflater(15);
	}
}

// → something came.
static bool read_some(struct bed *b)
{
	char some[65536];
	ssize_t n = read(b->fd, some, sizeof some);
	if (n > 0)
		buf_put(&b->wire, some, (size_t)n);
	b->ended |= n == 0 || (n < 0 && errno != EAGAIN);
	look_at_wire(b);
	return n > 0;
}

void bed_turn(struct bed *b)
{
	uv_run(&b->loop.uv, UV_RUN_NOWAIT);
	int ms = uv_backend_timeout(&b->loop.uv);
	struct pollfd at = {.fd = uv_backend_fd(&b->loop.uv), .events = POLLIN};
	if (ms != 0)
		poll(&at, 1, ms < 0 || ms > 5 ? 5 : ms);
	uv_run(&b->loop.uv, UV_RUN_NOWAIT);
	read_some(b);
}

void bed_quiet(struct bed *b)
{
	int quiet = 0;
	while (quiet < 3) {
		uv_run(&b->loop.uv, UV_RUN_NOWAIT);
		quiet = read_some(b) ? 0 : quiet + 1;
	}
}

void bed_send(struct bed *b, struct span s)
{
	while (s.n) {
		ssize_t n = write(b->fd, s.p, s.n);
		if (n > 0)
			span_take(&s, (size_t)n);
		else if (errno != EAGAIN)
			break;
		bed_quiet(b);
	}
	bed_quiet(b);
}

void bed_dribble(struct bed *b, struct span s)
{
	while (s.n)
		bed_send(b, span_take(&s, 1));
}

struct span bed_read(struct bed *b)
{
	static struct buf last;
	bed_quiet(b);
	buf_fini(&last);
	last = b->read;
	b->read = (struct buf){0};
	return buf_bytes(&last);
}

void bed_forget(struct bed *b)
{
	bed_read(b);
	buf_clear(&b->said);
}

void bed_refuse_all(struct bed *b, const char *but)
{
	struct buf answers = {0};
	struct span offers = bed_read(b);
	for (size_t i = 0; i + 3 <= offers.n; i += 3) {
		uint8_t verb = (uint8_t)offers.p[i + 1], option = (uint8_t)offers.p[i + 2];
		bool yes = strchr(but, option) != NULL;
		telnet_put_ask(&answers,
			verb == TELNET_WILL ? (yes ? TELNET_DO : TELNET_DONT)
					    : (yes ? TELNET_WILL : TELNET_WONT),
			option);
	}
	bed_send(b, buf_bytes(&answers));
	buf_fini(&answers);
}

void bed_show(struct bed *b, const char *text, bool prompt, bool notice)
{
	struct showing s;
	rich_clear(&b->rich);
	rich_text(&b->rich, span_str(text));
	showing_init(&s, &b->shows, &b->rich);
	s.prompt = prompt;
	s.notice = notice;
	b->terminal->kind->show(b->terminal, &s);
	showing_fini(&s);
	bed_quiet(b);
}
