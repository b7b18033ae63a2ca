// SPDX-License-Identifier: MIT
// The AMP link against a game that is a socket of the test, and an edge that writes down what the
// link tells it.  Boxes are written as text: "Command key=value key=value".
#include "../net/bed.h"

#include "base/clock.h"
#include "edge/gaming.h"
#include "edge/link/amp_link.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { RIG_PLAYERS = 4, RIG_BOX_PAIRS = 16 };

struct rig {
	struct bed *bed;
	struct edge edge;
	struct game game;
	struct config_game config;
	struct player players[RIG_PLAYERS];
	int listening, fd;
	char address[32];
	struct buf in;   // from the link, not yet read
	struct buf tag;  // of the last command heard
	struct buf said; // what the edge was told
	int64_t object;  // of account 7
	size_t padding;  // bytes more that are known of each player
};

static struct rig *the_rig; // the edge's functions below are given no rig

// --- the edge, as the link sees it ---

static void note(const char *what, const struct player *p, struct span words)
{
	if (p)
		buf_printf(&the_rig->said, "%s %d", what, (int)p->id);
	else
		buf_str(&the_rig->said, what);
	if (words.n)
		buf_printf(&the_rig->said, " %.*s", (int)words.n, words.p);
	buf_char(&the_rig->said, '\n');
}

void game_up(struct game *g)
{
	g->up = true;
	note("up", NULL, (struct span){0});
}

void game_down(struct game *g, const char *why)
{
	(void)why;
	g->up = false;
	note("down", NULL, (struct span){0});
}

void game_status(struct game *g, const struct gaming_status *s)
{
	(void)g;
	note(s->restarting ? "restarting" : "running", NULL, s->message);
	buf_printf(&the_rig->said, "in %u\n", s->eta_s);
}

bool player_has_game(const struct player *p)
{
	return p->state == PLAYER_JOINING || p->state == PLAYER_PLAYING || p->state == PLAYER_HELD;
}

void player_joined(struct player *p)
{
	p->state = PLAYER_PLAYING;
	p->was_in = true;
	note("joined", p, (struct span){0});
}

void player_notice(struct player *p, const char *words)
{
	note("notice", p, span_str(words));
}

void player_hold(struct player *p)
{
	p->state = PLAYER_HELD;
	note("hold", p, (struct span){0});
}

void player_resume(struct player *p)
{
	if (p->state == PLAYER_HELD)
		note("resume", p, (struct span){0});
}

static void leave(struct player *p, const char *why)
{
	the_rig->game.moves++;
	the_rig->game.n_players--;
	p->state = PLAYER_ENDED;
	if (p->link)
		link_amp.leave(&the_rig->game, p, why);
	list_unlink(&p->in_game);
	list_unlink(&p->in_edge);
	p->game = NULL;
}

void player_end(struct player *p, enum conn_close why, const char *words)
{
	note("end", p, span_str(words));
	leave(p, close_word(why));
}

struct player *edge_player(struct edge *e, uint64_t id)
{
	(void)e;
	for (size_t i = 0; i < RIG_PLAYERS; i++)
		if (the_rig->players[i].id == id && the_rig->players[i].game)
			return &the_rig->players[i];
	return NULL;
}

int64_t account_object(struct accounts *a, uint64_t id, struct span game)
{
	(void)a, (void)game;
	return id == 7 ? the_rig->object : -1;
}

void account_set_object(struct accounts *a, uint64_t id, struct span game, int64_t object)
{
	(void)a, (void)game;
	assert_int_equal(id, 7);
	the_rig->object = object;
}

static uint32_t to(const char *what, const struct gaming_whom *whom, struct span words)
{
	uint32_t n = 0;
	buf_printf(&the_rig->said, "%s to", what);
	if (!whom->ids)
		buf_lit(&the_rig->said, " all");
	for (size_t i = 0; whom->ids && i < whom->ids->n; i++) {
		buf_printf(&the_rig->said, " %d", (int)whom->ids->at[i].i);
		if (edge_player(NULL, (uint64_t)whom->ids->at[i].i))
			n++;
		else
			value_push(whom->missing, whom->ids->at[i]);
	}
	buf_printf(&the_rig->said, ": %.*s\n", (int)words.n, words.p);
	return n;
}

uint32_t game_output(struct game *g, const struct gaming_whom *whom, const struct gaming_text *text)
{
	(void)g;
	return to(text->prompt ? "prompt" : "show", whom, text->text);
}

uint32_t game_oob(
	struct game *g, const struct gaming_whom *whom, struct span package, struct span json)
{
	(void)g, (void)package;
	return to("oob", whom, json);
}

uint32_t game_echo(struct game *g, const struct gaming_whom *whom, bool on)
{
	(void)g;
	return to("echo", whom, on ? SPAN("on") : SPAN("off"));
}

uint32_t game_attach(
	struct game *g, const struct gaming_whom *whom, int64_t object, struct span name)
{
	(void)g;
	edge_player(NULL, (uint64_t)whom->ids->at[0].i)->object = object;
	return to("attach", whom, name);
}

uint32_t game_close(struct game *g, const struct gaming_whom *whom, struct span words)
{
	(void)g;
	uint32_t n = to("close", whom, words);
	for (size_t i = 0; i < whom->ids->n; i++)
		leave(edge_player(NULL, (uint64_t)whom->ids->at[i].i), "done");
	return n;
}

uint32_t game_announce(struct game *g, struct span text)
{
	(void)g;
	return to("announce", &(struct gaming_whom){0}, text);
}

struct value game_describe_terminal(struct arena *a, const struct player *p)
{
	struct value_list l = {.arena = a};
	(void)p;
	value_pair(&l, "width", value_int(80));
	return value_list_map(&l);
}

struct value game_describe(struct arena *a, const struct player *p)
{
	struct value_list l = {.arena = a};
	value_pair(&l, "player_id", value_int((int64_t)p->id));
	if (the_rig->padding) {
		char *x = arena_alloc(a, the_rig->padding);
		memset(x, 'x', the_rig->padding);
		value_pair(&l, "client", value_span(span_of(x, the_rig->padding)));
	}
	value_pair(&l, "terminal", game_describe_terminal(a, p));
	return value_list_map(&l);
}

// --- the game ---

static void wait_for_bytes(struct rig *r)
{
	size_t had = r->in.n;
	assert_int_equal(peer_read(r->bed, r->fd, &r->in, had + 1), PEER_OPEN);
}

// The next box; good until the next one.
static struct span hear_box(struct rig *r)
{
	static char last[AMP_BOX_MAX];
	struct span wire, box;
	for (wire = buf_bytes(&r->in); !amp_box(&wire, &box); wire = buf_bytes(&r->in))
		wait_for_bytes(r);
	memcpy(last, box.p, box.n);
	buf_drop(&r->in, r->in.n - wire.n);
	return span_of(last, box.n);
}

// The same as text, without its tag, which is kept.
static const char *hear(struct rig *r)
{
	static char text[4096];
	struct span box = hear_box(r), command = SPAN("");
	struct amp_pair pair;
	if (amp_find(box, "_command", &command))
		snprintf(text, sizeof text, "%.*s", (int)command.n, command.p);
	else
		text[0] = '\0';
	while (amp_next(&box, &pair)) {
		size_t n = strlen(text);
		if (span_is(pair.key, "_ask")) {
			buf_clear(&r->tag);
			buf_span(&r->tag, pair.value);
		} else if (!span_is(pair.key, "_command")) {
			snprintf(text + n, sizeof text - n, "%s%.*s=%.*s", n ? " " : "",
				(int)pair.key.n, pair.key.p, (int)pair.value.n, pair.value.p);
		}
	}
	return text;
}

#define HEAR(r, text) assert_string_equal(hear(r), text)

// Pairs, NULL-terminated.
static void say(struct rig *r, const char *key, ...)
{
	struct buf box = {0};
	va_list args;
	va_start(args, key);
	for (; key; key = va_arg(args, const char *))
		amp_put(&box, key, span_str(va_arg(args, const char *)));
	va_end(args);
	amp_end(&box);
	peer_send(r->bed, r->fd, buf_bytes(&box));
	buf_fini(&box);
}

static const char *tag_of(struct rig *r)
{
	buf_char(&r->tag, '\0');
	r->tag.n--;
	return r->tag.p;
}

#define ANSWER(r, ...) say(r, "_answer", tag_of(r), ##__VA_ARGS__, NULL)
static void fail_it(struct rig *r, const char *code)
{
	say(r, "_error", tag_of(r), "_error_code", code, "_error_description", "so it is", NULL);
}

// What has been told is this, sooner or later.
static void expect(struct rig *r, const char *text)
{
	bed_until(r->bed, r->said.n >= strlen(text));
	check_text(buf_bytes(&r->said), text);
	buf_clear(&r->said);
}

static void accept_link(struct rig *r)
{
	int on;
	bed_until(r->bed, (r->fd = accept(r->listening, NULL, NULL)) >= 0);
	on = fcntl(r->fd, F_GETFL);
	fcntl(r->fd, F_SETFL, on | O_NONBLOCK);
	buf_clear(&r->in);
}

static void hang_up(struct rig *r)
{
	close(r->fd);
	r->fd = -1;
}

static void greet(struct rig *r, bool plain)
{
	accept_link(r);
	HEAR(r, "HelloCmd version=1 gate=Gatehouse");
	if (plain)
		fail_it(r, "UNHANDLED");
	else
		ANSWER(r);
	bed_until(r->bed, r->game.up);
}

static struct amp_link *link_of(struct rig *r)
{
	return r->game.link;
}

// --- the rig ---

static int listen_somewhere(struct rig *r)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&at, &n);
	snprintf(r->address, sizeof r->address, "127.0.0.1:%u", ntohs(at.sin_port));
	return fd;
}

static int set_up(void **state)
{
	struct rig *r = mem_zalloc(sizeof *r);
	*state = the_rig = r;
	r->bed = bed_new();
	r->fd = -1;
	r->object = -1;
	r->listening = listen_somewhere(r);
	r->config = (struct config_game){.name = "Game", .address = r->address};
	r->config.amp.secret = "";
	r->edge.net = r->bed->net;
	list_init(&r->edge.players);
	r->game = (struct game){
		.edge = &r->edge, .config = &r->config, .name = "Game", .kind = &link_amp};
	list_init(&r->game.players);
	link_amp.open(&r->game);
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;
	for (size_t i = 0; i < RIG_PLAYERS; i++)
		if (r->players[i].game)
			leave(&r->players[i], "done");
	link_amp.close(&r->game);
	bed_turn(r->bed, -1);
	if (r->fd >= 0)
		close(r->fd);
	close(r->listening);
	bed_free(r->bed);
	buf_fini(&r->in);
	buf_fini(&r->tag);
	buf_fini(&r->said);
	free(r);
	return 0;
}

// Of account 7, named Ann, who is about to join.
static struct player *arrive(struct rig *r, uint64_t id)
{
	struct player *p = &r->players[id - 1];
	*p = (struct player){.edge = &r->edge,
		.game = &r->game,
		.id = id,
		.state = PLAYER_JOINING,
		.account = 7,
		.name = "Ann",
		.object = r->object};
	list_init(&p->in_line);
	list_append(&r->game.players, &p->in_game);
	list_append(&r->edge.players, &p->in_edge);
	r->game.n_players++;
	r->game.moves++;
	link_amp.join(&r->game, p, false);
	return p;
}

static struct player *play(struct rig *r, uint64_t id)
{
	char joined[32];
	struct player *p = arrive(r, id);
	hear(r);
	ANSWER(r, "object_id", "42");
	if (id == 1)
		hear(r); // it is the first
	hear(r);         // look
	snprintf(joined, sizeof joined, "joined %d\n", (int)id);
	expect(r, joined);
	return p;
}

static void up_and_quiet(struct rig *r, bool plain)
{
	greet(r, plain);
	expect(r, "up\n");
}

// --- plain games ---

static void a_game_that_does_not_know_hello_is_up_with_the_nine_commands(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	arrive(r, 1);
	HEAR(r, "OnSessionConnectToObjectCmd account_id=7 controlling_id=-1 username=Ann");
	ANSWER(r, "object_id", " 42 ");
	HEAR(r, "NotifyFirstSessionConnectedOnObjectCmd object_id=42");
	HEAR(r, "SendThroughObjectCmd object_id=42 input=look");
	expect(r, "joined 1\n");
	assert_int_equal(r->object, 42);
	link_amp.input(&r->game, &r->players[0], SPAN("say hi"));
	link_amp.input(&r->game, &r->players[0], SPAN(""));
	link_amp.resize(&r->game, &r->players[0]);
	link_amp.oob(&r->game, &r->players[0], SPAN("A.B"), SPAN("1"));
	HEAR(r, "SendThroughObjectCmd object_id=42 input=say hi");
	leave(&r->players[0], "eof");
	HEAR(r, "TriggerAtSessionDisconnectForObjectCmd object_id=42");
}

static void only_the_first_session_is_announced_and_only_the_last_missed(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	play(r, 1);
	arrive(r, 2);
	HEAR(r, "OnSessionConnectToObjectCmd account_id=7 controlling_id=42 username=Ann");
	ANSWER(r, "object_id", "42");
	HEAR(r, "SendThroughObjectCmd object_id=42 input=look");
	expect(r, "joined 2\n");
	leave(&r->players[0], "eof");
	leave(&r->players[1], "eof");
	HEAR(r, "TriggerAtSessionDisconnectForObjectCmd object_id=42");
}

static void two_sessions_of_a_new_account_get_one_object(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	arrive(r, 1);
	arrive(r, 2);
	HEAR(r, "OnSessionConnectToObjectCmd account_id=7 controlling_id=-1 username=Ann");
	ANSWER(r, "object_id", "42");
	HEAR(r, "NotifyFirstSessionConnectedOnObjectCmd object_id=42");
	HEAR(r, "SendThroughObjectCmd object_id=42 input=look");
	HEAR(r, "OnSessionConnectToObjectCmd account_id=7 controlling_id=42 username=Ann");
	ANSWER(r, "object_id", "42");
	HEAR(r, "SendThroughObjectCmd object_id=42 input=look");
	expect(r, "joined 1\njoined 2\n");
}

static void each_session_asks_once(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	play(r, 1);
	arrive(r, 2);
	arrive(r, 3);
	for (int i = 0; i < 2; i++) {
		HEAR(r, "OnSessionConnectToObjectCmd account_id=7 controlling_id=42 username=Ann");
		ANSWER(r, "object_id", "42");
	}
	HEAR(r, "SendThroughObjectCmd object_id=42 input=look");
	HEAR(r, "SendThroughObjectCmd object_id=42 input=look");
	expect(r, "joined 2\njoined 3\n");
}

static void who_leaves_before_the_answer_keeps_the_object(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	arrive(r, 1);
	hear(r);
	leave(&r->players[0], "eof");
	ANSWER(r, "object_id", "42");
	bed_until(r->bed, r->object == 42);
}

static void a_game_that_comes_back_is_told_nothing_of_those_it_knew(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	struct player *p = play(r, 1);
	link_amp.input(&r->game, p, SPAN("south"));
	HEAR(r, "SendThroughObjectCmd object_id=42 input=south");
	hang_up(r);
	expect(r, "down\nnotice 1 What you typed last may not have been heard.\n");
	up_and_quiet(r, true);
	link_amp.join(&r->game, p, true);
	expect(r, "joined 1\n");
	link_amp.input(&r->game, p, SPAN("north"));
	HEAR(r, "SendThroughObjectCmd object_id=42 input=north");
}

static void departures_while_it_is_away_are_told_when_it_is_back(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	play(r, 1);
	play(r, 2);
	hang_up(r);
	bed_until(r->bed, !r->game.up);
	leave(&r->players[0], "eof");
	leave(&r->players[1], "eof");
	bed_until(r->bed, r->said.n > 0);
	buf_clear(&r->said);
	greet(r, true);
	HEAR(r, "TriggerAtSessionDisconnectForObjectCmd object_id=42");
	link_of(r)->ping_ms = 0;
	HEAR(r, "PingCmd"); // and not a second one
}

static void a_departure_is_not_told_while_another_session_controls_the_object(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	play(r, 1);
	play(r, 2);
	hang_up(r);
	bed_until(r->bed, !r->game.up);
	leave(&r->players[0], "eof");
	greet(r, true);
	link_of(r)->ping_ms = 0;
	HEAR(r, "PingCmd");
}

static void a_join_that_fails_ends_the_player_and_not_the_link(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	arrive(r, 1);
	hear(r);
	fail_it(r, "UNKNOWN");
	expect(r, "end 1 The game could not let you in.\n");
	arrive(r, 2);
	hear(r);
	ANSWER(r, "object_id", "none");
	expect(r, "end 2 The game could not let you in.\n");
}

static void a_join_without_an_answer_is_tried_again(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	arrive(r, 1);
	hear(r);
	struct link *first = link_of(r)->calls.waiting.next;
	container_of(first, struct amp_call, in_calls)->due_ms = 0;
	expect(r, "hold 1\n");
	link_of(r)->again_ms = 0;
	expect(r, "resume 1\n");
	ANSWER(r, "object_id", "42"); // too late, and ignored
	say(r, "_ask", "a", "_command", "PingCmd", NULL);
	HEAR(r, "_answer=a");
	assert_int_equal(r->object, -1);
}

static void a_player_at_whom_the_game_fails_again_and_again_is_ended(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	struct player *p = play(r, 1);
	ANSWER(r);
	for (int i = 0; i < 5; i++) {
		link_amp.input(&r->game, p, SPAN("crash"));
		HEAR(r, "SendThroughObjectCmd object_id=42 input=crash");
		fail_it(r, "UNKNOWN");
	}
	expect(r, "end 1 The game fails at whatever you say.\n");
}

// --- what a game asks ---

static void what_an_object_is_told_reaches_all_who_control_it(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	play(r, 1);
	play(r, 2);
	say(r, "object_id", "42", "message", "Gr\xc3\xbcn", "_command", "EmitToObjectCmd", "_ask",
		"x", NULL);
	HEAR(r, "_answer=x");
	expect(r, "show to 1 2: Gr\xc3\xbcn\n\n");
	say(r, "_ask", "y", "_command", "DisconnectSessionsOnObjectCmd", "object_id", "42", NULL);
	HEAR(r, "TriggerAtSessionDisconnectForObjectCmd object_id=42");
	HEAR(r, "_answer=y num_sessions_closed=2");
	say(r, "_ask", "z", "_command", "EmitToObjectCmd", "object_id", "42", "message", "x", NULL);
	HEAR(r, "_answer=z");
}

static void everybody_can_be_told_listed_and_ended(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	play(r, 1);
	say(r, "_ask", "1", "_command", "AnnounceToAllSessionsCmd", "message", "hi", "prefix", "*",
		NULL);
	HEAR(r, "_answer=1");
	expect(r, "announce to all: * hi\n");
	say(r, "_ask", "2", "_command", "WhoConnectedCmd", NULL);
	check_bytes(hear_box(r), SPAN("\0\7_answer\0\0012\0\10accounts\0\5\0\3Ann"));
	say(r, "_ask", "3", "_command", "ShutdownProxyCmd", NULL);
	expect(r, "end 1 The game has closed its gate. Please come back soon.\n");
	HEAR(r, "TriggerAtSessionDisconnectForObjectCmd object_id=42");
	HEAR(r, "_answer=3");
	assert_true(r->game.up);
}

static void what_is_wrong_is_answered_and_the_link_kept(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	say(r, "_ask", "1", "_command", "EmitToObjectCmd", "object_id", "4x", "message", "m", NULL);
	HEAR(r, "_error=1 _error_code=BAD_ARGUMENT _error_description="
		"object_id: is no integer of 64 bits");
	say(r, "_ask", "2", "_command", "EmitToObjectCmd", "object_id", "4", NULL);
	HEAR(r, "_error=2 _error_code=BAD_ARGUMENT _error_description=message: is missing");
	say(r, "_ask", "3", "_command", "EmitToObjectCmd", "object_id", "4", "message", "\xff",
		NULL);
	HEAR(r, "_error=3 _error_code=BAD_ARGUMENT _error_description=message: is no UTF-8");
	say(r, "_ask", "4", "_command", "Nope", NULL);
	HEAR(r, "_error=4 _error_code=UNHANDLED _error_description=Unhandled Command: Nope");
	say(r, "_command", "Nope", NULL);                              // nobody asks for an answer
	say(r, "_command", "EmitToObjectCmd", "object_id", "1", NULL); // likewise
	say(r, "what", "this", NULL);
	say(r, NULL); // an empty box
	say(r, "_answer", "fff", NULL);
	say(r, "_error", "fff", NULL);
	say(r, "_ask", "5", "_command", "PingCmd", NULL);
	HEAR(r, "_answer=5");
	assert_true(r->game.up);
}

static void what_is_not_amp_closes_the_link_which_comes_back(void **state)
{
	struct rig *r = *state;
	accept_link(r);
	peer_send(r->bed, r->fd, SPAN("HTTP/1.1 400 Bad Request\r\n\r\n"));
	struct buf got = {0};
	assert_int_equal(peer_read(r->bed, r->fd, &got, 1000), PEER_EOF);
	buf_fini(&got);
	hang_up(r);
	up_and_quiet(r, true);
}

// --- games that speak of players ---

static void a_game_that_answers_hello_hears_of_players(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, false);
	struct player *p = arrive(r, 1);
	HEAR(r, "PlayerConnectedCmd player_id=1 width=80 resumed=False");
	ANSWER(r, "object_id", "5");
	expect(r, "joined 1\n");
	assert_int_equal(p->object, 5);
	assert_int_equal(r->object, 5);
	link_amp.input(&r->game, p, SPAN(""));
	HEAR(r, "PlayerInputCmd player_id=1 line=");
	link_amp.resize(&r->game, p);
	HEAR(r, "PlayerWindowCmd player_id=1 width=80");
	link_amp.oob(&r->game, p, SPAN("Core.Hello"), SPAN("{}"));
	HEAR(r, "PlayerOobCmd player_id=1 package=Core.Hello data={}");
	leave(p, "eof");
	HEAR(r, "PlayerDisconnectedCmd player_id=1 reason=eof");
}

static void it_hears_who_is_here_again_and_who_left(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, false);
	for (uint64_t id = 1; id <= 2; id++) {
		arrive(r, id);
		hear(r);
		ANSWER(r);
	}
	expect(r, "joined 1\njoined 2\n");
	hang_up(r);
	expect(r, "down\n");
	leave(&r->players[0], "reset");
	greet(r, false);
	HEAR(r, "PlayerDisconnectedCmd player_id=1 reason=reset");
	link_amp.join(&r->game, &r->players[1], true);
	HEAR(r, "PlayerConnectedCmd player_id=2 width=80 resumed=True");
}

static void who_left_before_the_answer_is_told_as_gone(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, false);
	arrive(r, 1);
	hear(r);
	leave(&r->players[0], "eof");
	HEAR(r, "PlayerDisconnectedCmd player_id=1 reason=eof");
}

static void it_can_do_what_the_api_can(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, false);
	arrive(r, 1);
	hear(r);
	ANSWER(r);
	expect(r, "joined 1\n");
	say(r, "_ask", "1", "_command", "PlayerOutputCmd", "text", "hello", NULL);
	HEAR(r, "_answer=1 reached=0 missing=");
	say(r, "_ask", "2", "_command", "PlayerOutputCmd", "player_id", "1", "text", "> ", "prompt",
		"True", "markup", "ansi", NULL);
	HEAR(r, "_answer=2 reached=1 missing=");
	say(r, "_ask", "3", "_command", "PlayerEchoCmd", "player_id", "1", "on", "False", NULL);
	HEAR(r, "_answer=3 reached=1 missing=");
	say(r, "_ask", "4", "_command", "PlayerOobCmd", "package", "A.B", "data", "{\"a\":1}",
		NULL);
	HEAR(r, "_answer=4 reached=0 missing=");
	say(r, "_ask", "5", "_command", "PlayerAttachCmd", "player_id", "1", "object_id", "9",
		NULL);
	HEAR(r, "_answer=5 reached=1 missing=");
	say(r, "_ask", "6", "_command", "PlayerAnnounceCmd", "text", "all", NULL);
	HEAR(r, "_answer=6 reached=0");
	say(r, "_ask", "7", "_command", "GameStatusCmd", "state", "restarting", "eta", "5",
		"message", "soon", NULL);
	HEAR(r, "_answer=7");
	say(r, "_ask", "8", "_command", "PlayerCloseCmd", "player_id", "1", "reason", "bye", NULL);
	HEAR(r, "PlayerDisconnectedCmd player_id=1 reason=done");
	HEAR(r, "_answer=8 reached=1 missing=");
	expect(r, "show to all: hello\nprompt to 1: > \necho to 1: off\noob to all: {\"a\":1}\n"
		  "attach to 1: \nannounce to all: all\nrestarting soon\nin 5\nclose to 1: bye\n");
}

static void its_mistakes_are_named(void **state)
{
	static const struct {
		const char *command, *key, *value, *fault;
	} rows[] = {
		{"PlayerOutputCmd", "text", "\xff", "text: is no UTF-8"},
		{"PlayerOutputCmd", "player_id", "x", "player_id: is no integer of 64 bits"},
		{"PlayerEchoCmd", "on", "true", "on: is neither True nor False"},
		{"PlayerOobCmd", "package", "a b", "package: is no name of a GMCP package"},
		{"PlayerCloseCmd", "reason", "x", "player_ids: is missing"},
		{"PlayerAttachCmd", "object_id", "1", "player_ids: is missing"},
		{"GameStatusCmd", "state", "odd", "state: is neither up nor restarting"},
		{"PlayerListCmd", "after", "x", "after: is no integer of 64 bits"},
	};
	struct rig *r = *state;
	up_and_quiet(r, false);
	for (size_t i = 0; i < countof(rows); i++) {
		char want[200];
		snprintf(want, sizeof want,
			"_error=1 _error_code=BAD_ARGUMENT _error_description=%s", rows[i].fault);
		say(r, "_ask", "1", "_command", rows[i].command, rows[i].key, rows[i].value, NULL);
		HEAR(r, want);
	}
	assert_int_equal(r->said.n, 0);
}

static void a_list_that_is_longer_than_a_value_comes_in_pieces(void **state)
{
	struct rig *r = *state;
	char after[] = "0";
	up_and_quiet(r, false);
	for (uint64_t id = 1; id <= 3; id++) {
		arrive(r, id);
		hear(r);
	}
	r->padding = 40000;
	for (; after[0] < '3'; after[0]++) {
		struct span box, list = {0}, value = {0}, one;
		bool more;
		say(r, "_ask", "1", "_command", "PlayerListCmd", "after", after, NULL);
		box = hear_box(r);
		assert_true(amp_find(box, "players", &list) && amp_find(box, "more", &value));
		assert_true(amp_bool(value, &more) && more == (after[0] < '2'));
		assert_true(amp_box(&list, &one) && amp_find(one, "player_id", &value));
		assert_int_equal(value.p[0], after[0] + 1);
		assert_false(amp_box(&list, &one));
	}
}

// --- the link's own life ---

static void a_game_that_does_not_answer_pings_is_down(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	link_of(r)->ping_ms = 0;
	HEAR(r, "PingCmd");
	fail_it(r, "UNHANDLED"); // proves life
	bed_until(r->bed, !link_of(r)->pinged);
	link_of(r)->ping_ms = 0;
	HEAR(r, "PingCmd");
	link_of(r)->ping_ms = 0; // its answer is late
	expect(r, "down\n");
	hang_up(r);
	up_and_quiet(r, true);
}

static void a_game_that_says_hello_to_nobody_is_not_up(void **state)
{
	struct rig *r = *state;
	r->config.amp.secret = "open sesame";
	accept_link(r);
	HEAR(r, "HelloCmd version=1 gate=Gatehouse secret=open sesame");
	fail_it(r, "REFUSED");
	struct buf got = {0};
	assert_int_equal(peer_read(r->bed, r->fd, &got, 1), PEER_EOF);
	buf_fini(&got);
	hang_up(r);
	assert_int_equal(r->said.n, 0);
}

static void boxes_byte_by_byte_are_the_same(void **state)
{
	struct rig *r = *state;
	struct buf box = {0};
	up_and_quiet(r, true);
	amp_put(&box, "object_id", SPAN("1"));
	amp_put(&box, "object_id", SPAN("42")); // the last counts
	amp_put(&box, "message", SPAN("m"));
	amp_put(&box, "_command", SPAN("EmitToObjectCmd"));
	amp_put(&box, "_ask", SPAN("1"));
	amp_end(&box);
	play(r, 1);
	for (size_t i = 0; i < box.n; i++) {
		peer_send(r->bed, r->fd, span_of(box.p + i, 1));
		uv_run(&r->bed->loop.uv, UV_RUN_NOWAIT);
	}
	HEAR(r, "_answer=1");
	expect(r, "show to 1: m\n\n");
	buf_fini(&box);
}

static void a_game_that_leaves_too_much_unanswered_is_down(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	struct player *p = play(r, 1);
	link_of(r)->calls.bytes = AMP_CALLS_BYTES_MAX;
	link_amp.input(&r->game, p, SPAN("more"));
	expect(r, "down\nnotice 1 What you typed last may not have been heard.\n");
	link_of(r)->calls.bytes = 0;
}

static void a_line_without_an_answer_is_told_as_lost_when_the_game_moves(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	struct player *p = play(r, 1);
	link_amp.input(&r->game, p, SPAN("north"));
	HEAR(r, "SendThroughObjectCmd object_id=42 input=north");
	link_amp.close(&r->game);
	expect(r, "notice 1 What you typed last may not have been heard.\n");
	link_amp.open(&r->game);
	close(r->fd);
	up_and_quiet(r, true);
}

// The first session of an account asks for all of it; when its answer is lost, each may ask anew.
static void two_sessions_that_wait_for_an_object_get_one_where_the_game_is_now(void **state)
{
	struct rig *r = *state;
	up_and_quiet(r, true);
	struct player *one = arrive(r, 1), *two = arrive(r, 2);
	hear(r);
	link_amp.close(&r->game);
	link_amp.open(&r->game);
	close(r->fd);
	up_and_quiet(r, true);
	link_amp.join(&r->game, two, false);
	link_amp.join(&r->game, one, false);
	hear(r);
	ANSWER(r, "object_id", "42");
	expect(r, "joined 2\n");
	hear(r);
	hear(r);
	HEAR(r, "OnSessionConnectToObjectCmd account_id=7 controlling_id=42 username=Ann");
	ANSWER(r, "object_id", "42");
	expect(r, "joined 1\n");
}

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_game_that_does_not_know_hello_is_up_with_the_nine_commands),
		RIG_TEST(only_the_first_session_is_announced_and_only_the_last_missed),
		RIG_TEST(two_sessions_of_a_new_account_get_one_object),
		RIG_TEST(each_session_asks_once),
		RIG_TEST(who_leaves_before_the_answer_keeps_the_object),
		RIG_TEST(a_game_that_comes_back_is_told_nothing_of_those_it_knew),
		RIG_TEST(departures_while_it_is_away_are_told_when_it_is_back),
		RIG_TEST(a_departure_is_not_told_while_another_session_controls_the_object),
		RIG_TEST(a_join_that_fails_ends_the_player_and_not_the_link),
		RIG_TEST(a_join_without_an_answer_is_tried_again),
		RIG_TEST(a_player_at_whom_the_game_fails_again_and_again_is_ended),
		RIG_TEST(what_an_object_is_told_reaches_all_who_control_it),
		RIG_TEST(everybody_can_be_told_listed_and_ended),
		RIG_TEST(what_is_wrong_is_answered_and_the_link_kept),
		RIG_TEST(what_is_not_amp_closes_the_link_which_comes_back),
		RIG_TEST(a_game_that_answers_hello_hears_of_players),
		RIG_TEST(it_hears_who_is_here_again_and_who_left),
		RIG_TEST(who_left_before_the_answer_is_told_as_gone),
		RIG_TEST(it_can_do_what_the_api_can),
		RIG_TEST(its_mistakes_are_named),
		RIG_TEST(a_list_that_is_longer_than_a_value_comes_in_pieces),
		RIG_TEST(a_game_that_does_not_answer_pings_is_down),
		RIG_TEST(a_game_that_says_hello_to_nobody_is_not_up),
		RIG_TEST(boxes_byte_by_byte_are_the_same),
		RIG_TEST(a_game_that_leaves_too_much_unanswered_is_down),
		RIG_TEST(a_line_without_an_answer_is_told_as_lost_when_the_game_moves),
		RIG_TEST(two_sessions_that_wait_for_an_object_get_one_where_the_game_is_now),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
