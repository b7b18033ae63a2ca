// SPDX-License-Identifier: MIT
// The telnet link between players that write down what happens to them, and a game that is a socket
// of the test.
#pragma once
#include "../net/bed.h"

#include "edge/link/telnet_priv.h"
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

enum { RIG_PLAYERS = 4 };

#define IAC  "\xff"
#define DONT "\xfe"
#define DO   "\xfd"
#define WONT "\xfc"
#define WILL "\xfb"
#define SB   "\xfa"
#define GA   "\xf9"
#define SE   "\xf0"
#define EOR  "\xef"

struct rig {
	struct bed *bed;
	struct edge edge;
	struct config_game config;
	struct game game;
	struct terminal terminal;
	struct terminal_facts facts;
	struct player players[RIG_PLAYERS];
	struct buf said[RIG_PLAYERS];
	int listener;
	bool crowded; // who may join has to wait for its turn
	char address[64];
};

static struct rig *rig_of(const struct player *p)
{
	return container_of(p->game, struct rig, game);
}

static struct buf *said_of(const struct player *p)
{
	struct rig *r = rig_of(p);
	return &r->said[p - r->players];
}

// --- the edge, as the link sees it ---

void game_up(struct game *g)
{
	g->up = true;
}

void player_joined(struct player *p)
{
	buf_str(said_of(p), p->was_in ? "[again]" : "[joined]");
	p->state = PLAYER_PLAYING;
	p->was_in = true;
	while (p->n_typed && p->state == PLAYER_PLAYING) {
		struct span line = span_until(buf_bytes(&p->typed), '\n');
		char *copy = span_dup(line);
		buf_drop(&p->typed, line.n + 1);
		p->n_typed--;
		link_telnet.input(p->game, p, span_str(copy));
		free(copy);
	}
}

bool player_is_full(const struct player *p)
{
	(void)p;
	return false;
}

void player_show(struct player *p, struct showing *s)
{
	assert_true(s->stream);
	buf_span(said_of(p), buf_bytes(&s->rich->text));
	if (s->prompt)
		buf_str(said_of(p), "[prompt]");
}

void player_hide(struct player *p, bool on)
{
	buf_str(said_of(p), on ? "[hide]" : "[unhide]");
}

void player_oob(struct player *p, struct span package, struct span json)
{
	buf_printf(said_of(p), "[%.*s %.*s]", (int)package.n, package.p, (int)json.n, json.p);
}

void player_notice(struct player *p, const char *words)
{
	buf_printf(said_of(p), "[%s]", words);
}

static void rig_leave(struct player *p)
{
	p->state = PLAYER_ENDED;
	p->was_in = false;
	link_telnet.leave(p->game, p, "test");
}

void player_end(struct player *p, enum conn_close why, const char *words)
{
	(void)words;
	buf_printf(said_of(p), "[end %s]", close_word(why));
	rig_leave(p);
}

void player_hold(struct player *p)
{
	p->state = PLAYER_HELD;
	buf_str(said_of(p), "[hold]");
}

void player_resume(struct player *p)
{
	buf_str(said_of(p), "[resume]");
	if (rig_of(p)->crowded)
		return;
	p->state = PLAYER_JOINING;
	link_telnet.join(p->game, p, p->was_in);
}

void player_drop_typed(struct player *p, bool tell)
{
	if (p->n_typed && tell)
		buf_str(said_of(p), "[dropped]");
	buf_fini(&p->typed);
	p->n_typed = 0;
}

void player_facts(const struct player *p, struct terminal_facts *facts)
{
	*facts = rig_of(p)->facts;
}

void showing_init(struct showing *s, struct shows *shows, const struct rich *rich)
{
	*s = (struct showing){.shows = shows, .rich = rich};
}

void showing_fini(struct showing *s)
{
	(void)s;
}

// --- the game ---

static void rig_listen(struct rig *r, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	int on = 1;
	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(r->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	assert_int_equal(bind(r->listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(r->listener, 64), 0);
	getsockname(r->listener, (struct sockaddr *)&at, &n);
	snprintf(r->address, sizeof r->address, "127.0.0.1:%u", ntohs(at.sin_port));
}

static uint16_t rig_port(const struct rig *r)
{
	return (uint16_t)strtoul(strrchr(r->address, ':') + 1, NULL, 10);
}

static int rig_accept(struct rig *r)
{
	int fd = -1;
	bed_until(
		r->bed, (fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0);
	return fd;
}

static void game_says(struct rig *r, int fd, struct span bytes)
{
	peer_send(r->bed, fd, bytes);
}

static void check_got(struct rig *r, int fd, struct span want)
{
	struct buf got = {0};
	peer_read(r->bed, fd, &got, want.n);
	check_bytes(buf_bytes(&got), want);
	buf_fini(&got);
}

// --- the player ---

static void check_said(struct rig *r, int player, const char *want)
{
	struct buf *said = &r->said[player];
	bed_until(r->bed, said->n >= strlen(want));
	check_text(buf_bytes(said), want);
	buf_clear(said);
}

static void type(struct rig *r, int player, const char *line)
{
	link_telnet.input(&r->game, &r->players[player], span_str(line));
}

static void rig_join(struct rig *r, int player)
{
	r->players[player].state = PLAYER_JOINING;
	link_telnet.join(&r->game, &r->players[player], false);
}

// In, with nothing said.
static int rig_in(struct rig *r, int player)
{
	rig_join(r, player);
	int fd = rig_accept(r);
	check_said(r, player, "[joined]");
	return fd;
}

// --- the rig ---

static int rig_set_up(void **state)
{
	struct rig *r = mem_zalloc(sizeof *r);
	struct buf why = {0};
	r->bed = bed_new();
	r->edge.net = r->bed->net;
	r->edge.store = store_open(&r->bed->loop, &(struct store_config){0}, &why);
	rig_listen(r, 0);
	r->config = (struct config_game){.name = "Test",
		.address = r->address,
		.notices = {.dropped = "too much", .refused = "refused"},
		.join_rate = 50,
		.telnet = {.charset = "UTF-8", .connect = "connect {name} {password}"}};
	r->game = (struct game){.edge = &r->edge, .config = &r->config, .name = "Test"};
	r->facts = (struct terminal_facts){.client = SPAN("Mudlet"), .type = SPAN("xterm")};
	for (int i = 0; i < RIG_PLAYERS; i++) {
		r->players[i] = (struct player){.edge = &r->edge,
			.game = &r->game,
			.terminal = &r->terminal,
			.id = (uint64_t)i + 1};
		snprintf(r->players[i].address, sizeof r->players[i].address, "192.0.2.%d", i + 1);
	}
	link_telnet.open(&r->game);
	*state = r;
	return 0;
}

static int rig_tear_down(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < RIG_PLAYERS; i++) {
		if (r->players[i].link)
			rig_leave(&r->players[i]);
		buf_fini(&r->said[i]);
		buf_fini(&r->players[i].typed);
		reports_fini(&r->players[i].reports);
	}
	link_telnet.close(&r->game);
	close(r->listener);
	store_close(r->edge.store);
	bed_free(r->bed);
	rich_fini(&r->edge.rich);
	buf_fini(&r->edge.text);
	buf_fini(&r->game.mssp);
	free(r);
	return 0;
}

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)
