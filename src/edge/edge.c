// SPDX-License-Identifier: MIT
#include "edge/edge.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "edge/gaming.h"
#include "edge/telnet.h"
#include <stdlib.h>

const struct game_link_kind *const game_links[] = {
#define LINK(name) &link_##name,
#include "tables/links.tbl"
	NULL};

// --- games ---

struct game *edge_game(struct edge *e, struct span name)
{
	list_each(it, &e->games)
	{
		struct game *g = container_of(it, struct game, in_edge);
		if (g->config && span_caseeq(span_str(g->config->name), name))
			return g;
	}
	return NULL;
}

static const struct config_game *configured(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->games.n; i++)
		if (span_caseeq(span_str(c->games.at[i].name), span_str(name)))
			return &c->games.at[i];
	return NULL;
}

// Games that stay keep their players, whatever has changed but the way to them.
static void configure_games(struct edge *e, const struct config *c)
{
	list_each(it, &e->games)
	{
		struct game *g = container_of(it, struct game, in_edge);
		const struct config_game *now = configured(c, g->name);
		if (now && game_links[now->link] == g->kind)
			game_configure(g, now);
		else
			game_free(g);
	}
	for (size_t i = 0; i < c->games.n; i++)
		if (!edge_game(e, span_str(c->games.at[i].name)))
			game_new(e, &c->games.at[i]);
}

// --- players ---

struct player *edge_player(struct edge *e, uint64_t id)
{
	return map_find(&e->by_id, span_of(&id, sizeof id));
}

void edge_read(struct edge *e, enum dialect dialect, struct span text, struct showing *s)
{
	struct markup m = {.dialect = (uint8_t)dialect, .sounds = true};
	rich_clear(&e->rich);
	markup_read(&m, text, &e->rich);
	markup_end(&m, &e->rich);
	showing_init(s, &e->shows, &e->rich);
}

void edge_words(struct edge *e, const char *words, struct showing *s)
{
	rich_clear(&e->rich);
	rich_text(&e->rich, span_str(words));
	showing_init(s, &e->shows, &e->rich);
	s->notice = true;
}

static void on_sweep(struct timer *t)
{
	struct edge *e = container_of(t, struct edge, sweep);
	uint64_t now = clock_ms();
	list_each(it, &e->players) player_sweep(container_of(it, struct player, in_edge), now);
}

void edge_turn_end(struct edge *e)
{
	if (telnets_flush(e->telnets))
		loop_again(net_loop(e->net));
	shows_seal(&e->shows);
	list_each(it, &e->ended)
	{
		struct player *p = container_of(it, struct player, in_edge);
		if (!p->terminal)
			player_free(p);
	}
}

void edge_minute(struct edge *e)
{
	door_minute(&e->door, clock_ms());
	account_minute(e->accounts);
}

void edge_init(struct edge *e, const struct edge_parts *parts, const struct config *c)
{
	*e = (struct edge){.net = parts->net,
		.hub = parts->hub,
		.store = parts->store,
		.gaming = {&edge_gaming_ops},
		.config = c};
	list_init(&e->games);
	list_init(&e->players);
	list_init(&e->ended);
	e->accounts = accounts_new(net_loop(e->net), e->store);
	e->telnets = telnets_new(
		&(struct telnets_parts){.shows = &e->shows, .tls = parts->tls, .config = c});
	door_init(&e->door);
	door_configure(&e->door, c);
	timer_init(net_loop(e->net), &e->sweep, on_sweep);
	timer_repeat(&e->sweep, SECOND_MS);
	configure_games(e, c);
}

// Sessions of the API may have come before we did, in a reload: they are looked for at once.
void edge_reload(struct edge *e, const struct config *c)
{
	e->config = c;
	telnets_reload(e->telnets, c);
	door_configure(&e->door, c);
	configure_games(e, c);
	list_each(it, &e->players)
	{
		struct player *p = container_of(it, struct player, in_edge);
		if (door_is_banned(&e->door, span_str(p->address)))
			player_end(p, CLOSE_REFUSED, door_word(DOOR_BANNED));
	}
}

void edge_goodbye(struct edge *e)
{
	e->closing = true;
	list_each(it, &e->players) player_end(container_of(it, struct player, in_edge),
		CLOSE_SHUTDOWN, "The gate is closing for a moment. Please come back soon.");
}

void edge_fini(struct edge *e)
{
	ensure(list_empty(&e->players));
	list_each(it, &e->ended) player_free(container_of(it, struct player, in_edge));
	list_each(it, &e->games) game_free(container_of(it, struct game, in_edge));
	timer_close(&e->sweep, NULL);
	telnets_free(e->telnets);
	accounts_free(e->accounts);
	door_fini(&e->door);
	entries_free(e);
	shows_fini(&e->shows);
	rich_fini(&e->rich);
	buf_fini(&e->text);
	arena_fini(&e->arena);
	map_fini(&e->by_id);
}
