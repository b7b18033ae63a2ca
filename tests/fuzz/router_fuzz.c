// SPDX-License-Identifier: MIT
// What a MUD or a peer sends to the embedded router, from the socket on.  The first byte says how: RAW
// bytes, else packets with a newline between them, each put into a frame; LOGIN first as a MUD or
// GREET first as a peer, or the input does it.  Whatever comes, what the router lets through to
// another MUD is a packet that can be written and read again, under a MUD's own name, one of the
// peer's, or the router's.
#include "base/log.h"
#include "base/mem.h"
#include "i3/packet.h"
#include "i3/router/router.h"
#include "net/net_priv.h"
#include "proto/lpc.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { RAW = 1, LOGIN = 2, GREET = 4 };
enum { TURNS_MAX = 100000 };

#define ME     "Fuzz"
#define MATE   "Mate"
#define GATE   "*gate"
#define ABOUT  "4000,0,0,\"L\",\"B\",\"D\",\"LP\",\"o\",\"a@b.c\","
#define SERVES "([\"tell\":1,\"channel\":1,\"who\":1,\"locate\":1,\"ucache\":1,]),0,})"

struct bed {
	struct loop loop;
	struct net *net;
	struct store *store;
	struct router *router;
	struct router_peer mate;
	struct router_link *mate_link;
	struct arena arena;
	int fd;
	bool gone;
	bool peer; // the other end may be a router
};

// --- what the other MUD gets ---

static void on_packet(struct router_peer *peer, const struct value *packet)
{
	struct bed *b = container_of(peer, struct bed, mate);
	struct packet p;
	const char *why;
	ensure(packet_read(packet, &p, &why));
	ensure(p.ttl >= 0 && p.ttl <= PACKET_TTL);
	ensure(!span_caseeq(p.originator_mud, SPAN(MATE))); // it says nothing that comes back
	ensure(b->peer || span_caseeq(p.originator_mud, SPAN(ME)) ||
		span_is(p.originator_mud, GATE));
	struct buf text = {0};
	struct value again;
	struct lpc_error error;
	lpc_put(&text, packet);
	ensure(!text.failed);
	struct span rest = buf_bytes(&text);
	ensure(lpc_read(&b->arena, &rest, &again, &error) && rest.n == 0);
	arena_clear(&b->arena);
	buf_fini(&text);
}

static void on_cut(struct router_peer *peer, const char *why)
{
	(void)why;
	container_of(peer, struct bed, mate)->mate_link = NULL;
}

static void mate_say(struct bed *b, const char *text)
{
	struct span in = span_str(text);
	struct lpc_error error;
	struct value v;
	ensure(lpc_read(&b->arena, &in, &v, &error) && b->mate_link);
	router_input(b->mate_link, &v);
}

// --- the socket ---

static void on_gone(void *owner)
{
	*(bool *)owner = true;
}

static void read_away(struct bed *b)
{
	char bytes[65536];
	while (recv(b->fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
}

static void turn(struct bed *b)
{
	uv_run(&b->loop.uv, UV_RUN_ONCE);
	read_away(b);
}

static void say(struct bed *b, const char *p, size_t n)
{
	while (n && !b->gone) {
		ssize_t sent = send(b->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		} else if (errno == EAGAIN) {
			turn(b);
		} else {
			return;
		}
	}
}

static void say_frame(struct bed *b, struct span text)
{
	size_t n = text.n + 1;
	const unsigned char head[] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
		(unsigned char)(n >> 8), (unsigned char)n};
	say(b, (const char *)head, sizeof head);
	say(b, text.p, text.n);
	say(b, "", 1);
}

static void say_lines(struct bed *b, struct span lines)
{
	while (lines.n) {
		struct span line = span_until(lines, '\n');
		span_take(&lines, min_size(line.n + 1, lines.n));
		say_frame(b, line);
	}
}

// --- the whole ---

static void bed_open(struct bed *b)
{
	static const char *const channels[] = {"chat", "dev", NULL};
	static struct config_router_peer peer = {.name = "*two",
		.host = "127.0.0.1",
		.port = 1,
		.password = {11},
		.their_password = {22}}; // dialled later than any input lasts
	static const struct config_router_peers peers = {&peer, 1};
	const struct router_config config = {.name = GATE,
		.flood_per_second = 1000,
		.flood_burst = 1000,
		.channels = channels,
		.peers = &peers};
	const struct store_config memory = {.path = NULL};
	struct buf why = {0};
	int fds[2];
	loop_init(&b->loop);
	b->net = net_new(&b->loop);
	b->store = store_open(&b->loop, &memory, &why);
	ensure(b->store);
	b->router = router_new(b->net, b->store, &config);
	b->mate = (struct router_peer){on_packet, on_cut};
	b->mate_link = router_attach(b->router, &b->mate);
	mate_say(b, "({\"startup-req-3\",5,\"" MATE "\",0,\"" GATE "\",0,0,0,0," ABOUT SERVES);
	ensure(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	b->fd = fds[0];
	ensure(conn_accept(b->net, fds[1],
		&(struct conn_for){.face = &face_router,
			.owner = b->router,
			.gone = on_gone,
			.gone_owner = &b->gone}));
}

static void bed_close(struct bed *b)
{
	if (b->mate_link)
		router_detach(b->mate_link);
	router_free(b->router);
	net_close_all(b->net, CLOSE_SHUTDOWN);
	while (!net_done(b->net))
		turn(b);
	close(b->fd);
	store_close(b->store);
	net_free(b->net);
	loop_fini(&b->loop);
	arena_fini(&b->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct bed b = {0};
	if (n < 1)
		return 0;
	log_setup(LOG_ERROR, LOG_CONSOLE);
	bed_open(&b);
	turn(&b); // the mate's password is kept
	struct span rest = span_of((const char *)data + 1, n - 1);
	if (data[0] & LOGIN)
		say_frame(&b, SPAN("({\"startup-req-3\",5,\"" ME "\",0,\"" GATE
				   "\",0,0,0,0," ABOUT SERVES));
	b.peer = data[0] & GREET || (rest.n && memmem(rest.p, rest.n, "irn-", 4));
	if (data[0] & GREET)
		say_frame(&b, SPAN("({\"irn-startup-req\",5,\"*two\",0,\"" GATE
				   "\",0,([\"client_password\":22,\"server_password\":11,]),})"));
	if (b.mate_link)
		mate_say(&b, "({\"channel-listen\",5,\"" MATE "\",0,\"" GATE "\",0,\"chat\",1,})");
	if (data[0] & RAW)
		say(&b, rest.p, rest.n);
	else
		say_lines(&b, rest);
	shutdown(b.fd, SHUT_WR);
	for (unsigned turns = 0; !b.gone; turns++) {
		ensure(turns < TURNS_MAX);
		turn(&b);
	}
	bed_close(&b);
	return 0;
}
