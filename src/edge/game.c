// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "edge/edge.h"
#include <stdlib.h>

enum { TURN_MS = 100 }; // between those who join again, several at a time when they are many

// --- going and coming ---

// All are told with the same bytes.
static void hold_all(struct game *g)
{
	struct showing s;
	edge_words(g->edge, g->message ? g->message : g->config->notices.down, &s);
	game_each(it, g) player_held(container_of(it, struct player, in_game), &s);
	showing_fini(&s);
}

static void look(struct game *g, bool was_in)
{
	bool is_in = game_is_in(g);
	if (was_in == is_in)
		return;
	log_info(is_in ? "game_up" : "game_down", log_str("game", g->name),
		log_int("players", g->n_players));
	if (is_in) {
		g->up_since_s = clock_wall_us() / 1000000;
		game_each(it, g) player_resume(container_of(it, struct player, in_game));
	} else {
		hold_all(g);
	}
}

void game_up(struct game *g)
{
	bool was_in = game_is_in(g);
	g->up = true;
	g->restarting = false; // it is a new one, which has said nothing yet
	free(g->message);
	g->message = NULL;
	look(g, was_in);
}

void game_down(struct game *g, const char *why)
{
	bool was_in = game_is_in(g);
	if (g->up)
		log_info("game_link_down", log_str("game", g->name), log_str("why", why));
	g->up = false;
	look(g, was_in);
}

static char *message_of(const struct gaming_status *s)
{
	struct buf b = {0};
	if (!s->restarting || (!s->message.n && !s->eta_s))
		return NULL;
	text_clean(s->message.n ? s->message : SPAN("The MUD is restarting."), &b);
	if (s->eta_s)
		buf_printf(&b, " (about %u seconds)", s->eta_s);
	char *text = span_dup(buf_bytes(&b));
	buf_fini(&b);
	return text;
}

void game_status(struct game *g, const struct gaming_status *s)
{
	bool was_in = game_is_in(g);
	free(g->message);
	g->message = message_of(s);
	g->restarting = s->restarting;
	look(g, was_in);
}

// --- those who join again, some at a time ---

static void on_turn(struct timer *t)
{
	struct game *g = container_of(t, struct game, turn);
	struct game_pace pace = game_pace(g, TURN_MS);
	for (uint32_t n = pace.n; n && !list_empty(&g->line); n--)
		player_join(container_of(g->line.next, struct player, in_line));
	if (!list_empty(&g->line))
		timer_start(&g->turn, pace.ms);
}

void game_wait(struct game *g, struct player *p)
{
	bool first = list_empty(&g->line);
	list_unlink(&p->in_line);
	list_append(&g->line, &p->in_line);
	if (first)
		timer_start(&g->turn, 0);
}

// --- life ---

void game_configure(struct game *g, const struct config_game *c)
{
	bool moved = g->config && strcmp(g->config->address, c->address) != 0;
	struct identity *i = hub_identity(g->edge->hub, span_str(c->name));
	free(g->name);
	g->name = span_dup(span_str(c->name)); // its letters' case may have changed
	g->config = c;
	g->identity = i && i->wanted ? i : NULL; // others may be freed
	if (!moved)
		return;
	game_down(g, "its address has changed");
	g->kind->close(g);
	g->kind->open(g);
}

struct game *game_new(struct edge *e, const struct config_game *c)
{
	struct game *g = mem_zalloc(sizeof *g);
	g->edge = e;
	g->kind = game_links[c->link];
	list_init(&g->players);
	list_init(&g->line);
	timer_init(net_loop(e->net), &g->turn, on_turn);
	list_append(&e->games, &g->in_edge);
	game_configure(g, c);
	g->kind->open(g);
	return g;
}

static void on_closed(struct timer *t)
{
	struct game *g = container_of(t, struct game, turn);
	free(g->message);
	free(g->name);
	buf_fini(&g->mssp);
	free(g);
}

void game_free(struct game *g)
{
	game_each(it, g) player_end(container_of(it, struct player, in_game), CLOSE_REMOVED,
		"This game is no longer behind this gate.");
	g->kind->close(g);
	list_unlink(&g->in_edge);
	timer_close(&g->turn, on_closed);
}
