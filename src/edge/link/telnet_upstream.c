// SPDX-License-Identifier: MIT
// A player's connection to the game: dialled when the edge asks or when its turn comes, and after it
// broke again and again.  What is certain when a connection ends is only that it ended: a game that
// dies looks like one that was asked to close it, for a moment.
//
//	IDLE ── its turn, asked ──► DIALING ──► OPEN ── EOF ──► IDLE: held, waits for its turn
//	  ▲                            │          └── EOF after `quit` ──► ENDING
//	  └──────── in vain ───────────┘                 others live: player_end() ┘ │ nobody to tell by
//	                               held ◄── no ── is the game alive? ── ASKING ◄─┘
//	                                              yes: player_end()
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "edge/link/telnet_priv.h"
#include <stdlib.h>

// The out queue is bounded by pieces, not by conn: a game that stands still, in a debugger or while it
// copies itself over, keeps its connections.
static const struct conn_limits limits = {CONN_OUT_MAX, 3600000};

static void on_failed(void *owner, const char *why);

// --- memory ---

static void release(struct upstream *u)
{
	if (--u->handles == 0)
		free(u);
}

static void on_timer_closed(struct timer *t)
{
	release(container_of(t, struct upstream, timer));
}

static void on_pace_closed(struct timer *t)
{
	release(container_of(t, struct upstream, pace));
}

static void on_again_closed(struct timer *t)
{
	release(container_of(t, struct upstream, again.timer));
}

static void cut(struct upstream *u)
{
	if (!u->conn)
		return;
	conn_own(u->conn, NULL);
	conn_close(u->conn, CLOSE_DONE);
	u->conn = NULL;
}

void upstream_leave(struct upstream *u)
{
	wire_end(u);
	again_fini(u);
	reach_forget(u->reach, u);
	u->reach = NULL;
	u->player = NULL;
	cut(u);
	if (u->dial) {
		dial_cancel(u->dial);
		u->handles--; // no answer follows
	}
	timer_close(&u->timer, on_timer_closed);
	timer_close(&u->pace, on_pace_closed);
	timer_close(&u->again.timer, on_again_closed);
}

// --- ends ---

static void hold(struct upstream *u)
{
	struct reach *r = u->reach;
	bool was_in = u->asked || u->joined;
	u->state = UPSTREAM_IDLE;
	u->asked = u->joined = false;
	reach_wait(r, u);
	if (was_in)
		player_hold(u->player);
}

static void end(struct upstream *u, const char *words)
{
	u->state = UPSTREAM_IDLE;
	player_end(u->player, CLOSE_DONE, words);
}

// Nobody else is in the game who would tell by being there: one connection more does.
static void ask_whether_alive(struct upstream *u)
{
	u->state = UPSTREAM_ASKING;
	upstream_dial(u);
}

static void on_moment(struct timer *t)
{
	struct upstream *u = container_of(t, struct upstream, timer);
	if (u->state == UPSTREAM_OPEN || (u->state == UPSTREAM_ASKING && u->conn))
		upstream_heard(u);
	else if (u->state == UPSTREAM_ENDING && reach_has_others(u->reach, u))
		end(u, NULL);
	else if (u->state == UPSTREAM_ENDING)
		ask_whether_alive(u);
}

static void lost(struct upstream *u, enum conn_close why)
{
	log_debug("upstream_lost", log_id("player", u->player->id),
		log_str("reason", close_word(why)));
	timer_stop(&u->timer);
	u->was_hidden = u->hidden && u->joined;
	parting_lost(u);
	wire_end(u);
	again_end(u);
	if (u->state != UPSTREAM_ASKING && parting_is_quit(u, why)) {
		u->state = UPSTREAM_ENDING;
		timer_start(&u->timer, UPSTREAM_MOMENT_MS);
	} else {
		u->state = UPSTREAM_IDLE;
		reach_failed(u->reach, u);
		hold(u);
	}
}

void upstream_close(struct upstream *u)
{
	if (u->conn)
		conn_close(u->conn, CLOSE_BAD);
}

// --- dialling ---

static void dial_name(struct upstream *u, const struct reach_at *at, const struct conn_for *to)
{
	struct dial_to d = {.host = at->host,
		.port = at->port,
		.attempt = u->reach->attempt,
		.timeout_ms = UPSTREAM_DIAL_MS,
		.conn = *to,
		.on_failed = on_failed};
	dial_watch(dial_open(u->reach->game->edge->net, &d), &u->dial);
}

static void failed(struct upstream *u, const char *why)
{
	log_debug("upstream_failed", log_id("player", u->player->id), log_str("why", why));
	reach_failed(u->reach, u);
	hold(u);
}

void upstream_dial(struct upstream *u)
{
	struct net *net = u->reach->game->edge->net;
	struct reach_at at;
	list_unlink(&u->in_line);
	if (u->state != UPSTREAM_ASKING)
		u->state = UPSTREAM_DIALING;
	if (!reach_address(u->reach, &at)) {
		failed(u, "no address");
		return;
	}
	source_from(u);
	struct conn_for to = {.face = &face_upstream, .owner = u};
	if (u->from.in.sin_family)
		to.from = &u->from.any;
	u->handles++;
	if (at.is_name) {
		dial_name(u, &at, &to);
	} else if (!conn_dial(net, &at.at.any, &to, UPSTREAM_DIAL_MS)) {
		u->handles--;
		failed(u, "no socket");
	}
}

// The next address of a name, at once and once only.
static bool try_other(struct upstream *u)
{
	struct reach_at at;
	if (u->other || !reach_address(u->reach, &at) || !at.is_name)
		return false;
	u->other = true;
	u->reach->attempt++;
	upstream_dial(u);
	return true;
}

static void on_failed(void *owner, const char *why)
{
	struct upstream *u = owner;
	bool here = u->reach != NULL;
	if (here)
		failed(u, why);
	release(u);
}

static void dialled_in_vain(struct upstream *u)
{
	if (u->reach && !try_other(u))
		failed(u, "not reached");
	release(u);
}

// --- joining ---

static void let_in(struct upstream *u)
{
	bool again = u->player->was_in;
	u->asked = false;
	u->joined = true;
	again_begin(u, again);
	if (again)
		again_queue(u);
	player_joined(u->player);
	if (u->reach && u->state == UPSTREAM_OPEN) {
		conn_resume(u->conn);
		wire_early(u); // which may pause it again
	}
}

void upstream_join(struct upstream *u)
{
	if (u->state == UPSTREAM_OPEN && u->joined) { // it never left: the edge held it back
		player_joined(u->player);
		return;
	}
	u->asked = true;
	if (u->state == UPSTREAM_OPEN)
		let_in(u);
	else if (u->state != UPSTREAM_IDLE)
		return;
	else if (reach_is_keyed(u->reach))
		upstream_dial(u);
	else
		reach_wait(u->reach, u);
}

// The first sign of life.  One whom the edge has not asked for yet is announced, and reads on when
// it is let in, so that what comes now waits with the game.
void upstream_heard(struct upstream *u)
{
	if (u->alive)
		return;
	u->alive = true;
	timer_stop(&u->timer);
	reach_succeeded(u->reach, u);
	if (u->state == UPSTREAM_ASKING || parting_is_unwanted(u)) {
		end(u, u->state == UPSTREAM_ASKING ? NULL : "The game does not let you in.");
		return;
	}
	if (u->joined)
		return;
	player_resume(u->player);
	if (u->reach && !u->joined && u->conn)
		conn_pause(u->conn);
}

bool upstream_typed(struct upstream *u, struct span line)
{
	parting_typed(u, line);
	if (again_is_busy(u))
		return again_keep(u, line);
	learn_typed(u, line);
	return wire_line(u, line);
}

static void on_pace(struct timer *t)
{
	wire_pace(container_of(t, struct upstream, pace));
}

struct upstream *upstream_new(struct reach *r, struct player *p)
{
	struct loop *loop = net_loop(r->game->edge->net);
	struct upstream *u = mem_zalloc(sizeof *u);
	u->reach = r;
	u->player = p;
	u->handles = 3;
	list_init(&u->in_line);
	list_append(&r->all, &u->in_reach);
	timer_init(loop, &u->timer, on_moment);
	timer_init(loop, &u->pace, on_pace);
	again_init(u);
	return u;
}

// --- the face ---

static void remember_name(struct upstream *u)
{
	struct reach *r = u->reach;
	struct reach_at at;
	char peer[64];
	if (!reach_address(r, &at) || !at.is_name)
		return;
	struct span known = conn_address(conn_peer(u->conn, peer));
	free(r->known_for);
	r->known_for = mem_str(at.host);
	memcpy(r->known, known.p, known.n);
	r->known[known.n] = '\0';
	r->known_ms = clock_ms();
}

static void on_open(struct conn *c)
{
	struct upstream *u = conn_owner(c);
	bool gone = !u->reach;
	release(u);
	conn_use(c, &codec_telnet, TELNET_SUB_MAX);
	conn_limit(c, &limits);
	if (gone) {
		conn_own(c, NULL);
		conn_close(c, CLOSE_DONE);
		return;
	}
	u->conn = c;
	u->other = u->alive = false;
	u->opened_ms = clock_ms();
	remember_name(u);
	wire_begin(u);
	timer_start(&u->timer, UPSTREAM_SILENT_MS);
	if (u->state == UPSTREAM_ASKING)
		return;
	u->state = UPSTREAM_OPEN;
	if (u->asked)
		let_in(u);
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct upstream *u = conn_owner(c);
	if (!u)
		return;
	upstream_heard(u);
	if (u->reach && u->state == UPSTREAM_OPEN)
		wire_msg(u, msg);
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct upstream *u = conn_owner(c);
	if (!u)
		return;
	if (!u->conn) {
		dialled_in_vain(u);
		return;
	}
	u->conn = NULL;
	lost(u, why);
}

const struct face face_upstream = {
	.name = "upstream", .on_open = on_open, .on_msg = on_msg, .on_close = on_close};
