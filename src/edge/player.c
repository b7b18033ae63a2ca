// SPDX-License-Identifier: MIT
// The states of a player.  What it types is in player_line.c.
#include "edge/player.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "edge/edge.h"
#include "edge/login.h"
#include "edge/menu.h"
#include "edge/mssp.h"
#include "edge/telnet.h"
#include "proto/json.h"
#include <stdio.h>
#include <stdlib.h>

// --- words of the gate's own ---

static void say(struct player *p, const char *words, bool prompt)
{
	struct showing s;
	if (!p->terminal)
		return;
	edge_words(p->edge, words, &s);
	s.notice = !prompt;
	s.prompt = prompt;
	p->terminal->kind->show(p->terminal, &s);
	showing_fini(&s);
}

void player_notice(struct player *p, const char *words)
{
	say(p, words, false);
}

void player_prompt(struct player *p, const char *words)
{
	say(p, words, true);
}

// Clients with GMCP can show it in their own way.
static void tell_state(struct player *p, const char *state)
{
	struct buf b = {0};
	buf_lit(&b, "{\"game\":");
	json_put_text(&b, span_str(p->game->name));
	buf_printf(&b, ",\"state\":\"%s\"}", state);
	player_oob(p, SPAN("Gatehouse.Game"), buf_bytes(&b));
	buf_fini(&b);
}

// --- states ---

static void enter(struct player *p, enum player_state state)
{
	ensure(p->state != PLAYER_ENDED);
	p->state = state;
	list_unlink(&p->in_line);
}

bool player_has_game(const struct player *p)
{
	return p->state == PLAYER_JOINING || p->state == PLAYER_PLAYING || p->state == PLAYER_HELD;
}

static void leave_game(struct player *p, const char *why)
{
	if (!p->game)
		return;
	if (p->link || p->was_in)
		p->game->kind->leave(p->game, p, why);
	p->game->n_players--;
	p->game->moves++;
	list_unlink(&p->in_game);
	list_unlink(&p->in_line);
	p->game = NULL;
}

static void enter_game(struct player *p, struct game *g)
{
	p->game = g;
	g->n_players++;
	g->moves++;
	list_append(&g->players, &p->in_game);
}

static void wait_for_game(struct player *p)
{
	enter(p, PLAYER_HELD);
	if (game_is_in(p->game)) {
		game_wait(p->game, p);
		return;
	}
	p->told_away = true;
	player_notice(p, p->game->message ? p->game->message : p->game->config->notices.waiting);
	tell_state(p, "away");
}

void player_join(struct player *p)
{
	enter(p, PLAYER_JOINING);
	p->changed = false;
	p->game->kind->join(p->game, p, p->was_in);
}

void player_joined(struct player *p)
{
	if (p->state != PLAYER_JOINING)
		return;
	enter(p, PLAYER_PLAYING);
	p->was_in = true;
	p->was_hidden = false;
	if (p->told_away) {
		p->told_away = false;
		player_notice(p, p->game->config->notices.up);
		tell_state(p, "up");
	}
	if (p->changed)
		p->game->kind->resize(p->game, p);
	player_send_typed(p);
}

// A password that a dialogue asks for stays hidden, whatever the game says meanwhile.
static void hide(struct player *p, bool on)
{
	p->hidden = on;
	p->terminal->kind->hide(p->terminal, on || (p->login && login_hides(p->login)));
}

// What the game left half done at the client: a hidden line, a colour, an open tag.
static void put_right(struct player *p)
{
	p->was_hidden = p->hidden;
	p->hidden = false;
	if (!p->terminal)
		return;
	hide(p, false);
	p->terminal->kind->reset(p->terminal);
}

void player_held(struct player *p, struct showing *down)
{
	if (p->state == PLAYER_HELD) // waits already, and may have been about to join
		list_unlink(&p->in_line);
	if (p->state == PLAYER_PLAYING || p->state == PLAYER_JOINING) {
		put_right(p);
		enter(p, PLAYER_HELD);
	}
	if (p->state != PLAYER_HELD || p->told_away || !p->terminal)
		return;
	p->told_away = true;
	p->terminal->kind->show(p->terminal, down);
	tell_state(p, "away");
}

void player_hold(struct player *p)
{
	struct showing s;
	edge_words(p->edge, p->game->config->notices.down, &s);
	player_held(p, &s);
	showing_fini(&s);
}

void player_resume(struct player *p)
{
	if (p->state == PLAYER_HELD && game_is_in(p->game))
		game_wait(p->game, p);
}

// --- choosing, logging in ---

static bool is_second(const struct player *p, const struct player *other)
{
	return other != p && other->account == p->account && player_has_game(other);
}

// False: the player is not to be in as well.
static bool settle_several(struct player *p)
{
	enum config_many several = p->game->config->several;
	if (!p->account || several == MANY_SHARE)
		return true;
	game_each(it, p->game)
	{
		struct player *other = container_of(it, struct player, in_game);
		if (!is_second(p, other))
			continue;
		if (several == MANY_REFUSE) {
			player_end(p, CLOSE_REFUSED, "You are in the game already.");
			return false;
		}
		player_end(other, CLOSE_REPLACED, "You have come in from somewhere else.");
	}
	return true;
}

void player_logged_in(struct player *p, const struct account *a)
{
	struct edge *e = p->edge;
	p->account = a->id;
	player_known_as(p, a->name);
	p->object = account_object(e->accounts, a->id, span_str(p->game->name));
	p->game->moves++;
	log_info("player_login", log_id("player", p->id), log_span("account", a->name),
		log_str("game", p->game->name));
	if (settle_several(p))
		wait_for_game(p);
}

void player_choose(struct player *p, struct game *g)
{
	if (!p->game)
		enter_game(p, g);
	if (*g->config->greeting) {
		struct showing s;
		edge_read(p->edge, (enum dialect)g->config->markup, span_str(g->config->greeting),
			&s);
		s.notice = true;
		p->terminal->kind->show(p->terminal, &s);
		showing_fini(&s);
	}
	if (g->config->accounts) {
		enter(p, PLAYER_LOGIN);
		p->login = login_begin(p);
	} else {
		wait_for_game(p);
	}
}

void player_dialogue_done(struct player *p)
{
	struct login *login = p->login;
	p->login = NULL;
	if (login)
		login_end(login);
}

void player_known_as(struct player *p, struct span name)
{
	free(p->name);
	p->name = name.n ? span_dup(name) : NULL;
}

// --- what the game does ---

void player_show(struct player *p, struct showing *s)
{
	if (player_has_game(p) && p->terminal)
		p->terminal->kind->show(p->terminal, s);
}

void player_hide(struct player *p, bool on)
{
	if (player_has_game(p) && p->terminal)
		hide(p, on);
}

void player_oob(struct player *p, struct span package, struct span json)
{
	struct oob m = {.package = package, .json = json};
	player_tell(p, &m);
	oob_fini(&m);
}

void player_tell(struct player *p, struct oob *m)
{
	if (player_has_game(p) && p->terminal)
		p->terminal->kind->oob(p->terminal, m);
}

bool player_is_full(const struct player *p)
{
	return p->terminal && p->terminal->kind->is_full(p->terminal);
}

void player_facts(const struct player *p, struct terminal_facts *facts)
{
	*facts = (struct terminal_facts){.transport = "gone"};
	if (p->terminal)
		p->terminal->kind->facts(p->terminal, facts);
}

// --- the end ---

static void end(struct player *p, const char *why)
{
	struct edge *e = p->edge;
	player_dialogue_done(p);
	leave_game(p, why);
	enter(p, PLAYER_ENDED);
	e->n_players--;
	metric_add(METRIC_PLAYERS, -1);
	map_take(&e->by_id, span_of(&p->id, sizeof p->id));
	door_leave(&e->door, span_str(p->address));
	list_unlink(&p->in_edge);
	list_append(&e->ended, &p->in_edge);
	loop_again(net_loop(e->net));
	log_info("player_left", log_id("player", p->id), log_str("reason", why));
}

void player_end(struct player *p, enum conn_close why, const char *words)
{
	if (p->state == PLAYER_ENDED)
		return;
	if (words)
		player_notice(p, words);
	end(p, close_word(why));
	if (p->terminal)
		p->terminal->kind->close(p->terminal, why);
}

void player_free(struct player *p)
{
	list_unlink(&p->in_edge);
	buf_fini(&p->typed);
	reports_fini(&p->reports);
	free(p->name);
	free(p);
}

void player_sweep(struct player *p, uint64_t now)
{
	const struct config *c = p->edge->config;
	uint64_t idle = (uint64_t)c->players.idle_timeout_s * SECOND_MS;
	uint64_t login = (uint64_t)c->players.login_timeout_s * SECOND_MS;
	if (p->state < PLAYER_JOINING && now - p->since_ms >= login)
		player_end(p, CLOSE_IDLE, "That took too long. Come back when you are ready.");
	else if (idle && p->state == PLAYER_PLAYING && now - p->typed_ms >= idle)
		player_end(p, CLOSE_IDLE, "You have been silent for too long.");
}

// --- what the terminal tells ---

static void on_settled(struct player *p)
{
	if (p->state != PLAYER_ARRIVING)
		return;
	struct game *only = menu_only(p->edge);
	if (p->game || only) {
		player_choose(p, p->game ? p->game : only);
	} else {
		enter(p, PLAYER_CHOOSING);
		menu_show(p);
	}
}

static void on_changed(struct player *p, unsigned what)
{
	if (p->login && (what & TERMINAL_CLIENT))
		login_changed(p->login);
	p->changed = p->state == PLAYER_JOINING; // the game has been told how it was before
	if (p->state == PLAYER_PLAYING)
		p->game->kind->resize(p->game, p);
}

static void on_oob(struct player *p, struct span package, struct span json)
{
	if (span_caseeq(package, SPAN("MSDP")))
		reports_take(&p->reports, json);
	if (p->state == PLAYER_LOGIN)
		login_oob(p->login, package, json);
	else if (p->state == PLAYER_PLAYING)
		p->game->kind->oob(p->game, p, package, json);
}

static void on_drained(struct player *p)
{
	if (p->game && p->link && p->game->kind->drained)
		p->game->kind->drained(p->game, p);
}

static void on_mssp(struct player *p, struct buf *pairs)
{
	mssp_pairs(p->edge, p->game ? p->game : menu_only(p->edge), pairs);
}

static void on_gone(struct player *p, enum conn_close why)
{
	p->terminal = NULL;
	if (p->state != PLAYER_ENDED)
		end(p, close_word(why));
	loop_again(net_loop(p->edge->net));
}

static const struct terminal_events events = {.settled = on_settled,
	.line = player_line,
	.changed = on_changed,
	.oob = on_oob,
	.mssp = on_mssp,
	.drained = on_drained,
	.gone = on_gone};

void player_arrive(struct edge *e, struct conn *conn, const char *address, struct game *g)
{
	struct player *p = mem_zalloc(sizeof *p);
	*p = (struct player){.edge = e,
		.id = hub_next(&e->last_player),
		.object = -1,
		.since_ms = clock_ms(),
		.typed_ms = clock_ms(),
		.typed = {.max = PLAYER_TYPED_MAX}};
	snprintf(p->address, sizeof p->address, "%s", address);
	list_init(&p->in_game);
	list_init(&p->in_line);
	list_append(&e->players, &p->in_edge);
	if (g)
		enter_game(p, g);
	map_put(&e->by_id, span_of(&p->id, sizeof p->id), p);
	e->n_players++;
	metric_add(METRIC_PLAYERS, 1);
	log_info("player_came", log_id("player", p->id), log_id("conn", conn_id(conn)),
		log_str("address", address));
	p->terminal = telnet_open(e->telnets, conn, &events, p);
}
