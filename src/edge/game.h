// SPDX-License-Identifier: MIT
// Game: one game behind the gate, with the players in it.  Owned by the edge's list.
//
//	          game_up()                    game_down()
//	AWAY ───────────────► UP ───────────────────────────► AWAY
//	        players that are held are joined again, config->join_rate a second
#pragma once
#include "base/clock.h"
#include "base/list.h"
#include "edge/link.h"
#include "hub/gaming.h"
#include "net/loop.h"
#include "tables/config.h"

struct edge;
struct identity;

struct game {
	struct link in_edge;
	struct edge *edge;
	const struct config_game *config; // a loan; replaced on reload
	char *name;
	struct identity *identity; // of the same name; NULL: none
	const struct game_link_kind *kind;
	void *link;          // the kind's
	bool up;             // the link is
	bool restarting;     // the game has said so, whatever the link is
	char *message;       // with that, or NULL
	uint64_t up_since_s; // Unix time: MSSP's UPTIME; 0: it never was
	struct link players; // struct player, by in_game
	struct link line;    // of them, those that wait for their turn to join, by in_line
	struct timer turn;   // theirs
	uint32_t n_players;
	uint32_t moves;  // grows when a player comes, goes, or gets another object
	struct buf mssp; // what the game said of itself: pairs as in edge/mssp.h
};

struct game *game_new(struct edge *, const struct config_game *);
void game_free(struct game *); // ends its players
void game_configure(struct game *, const struct config_game *);
static inline bool game_is_in(const struct game *g) // can players be in it?
{
	return g->up && !g->restarting;
}
void game_status(struct game *, const struct gaming_status *);
void game_wait(struct game *, struct player *); // for its turn to join

// config->join_rate, as so many at a time, so long apart: about turn_ms, or longer for one.
struct game_pace {
	uint32_t n, ms;
};
static inline struct game_pace game_pace(const struct game *g, uint32_t turn_ms)
{
	uint32_t rate = (uint32_t)g->config->join_rate, n = rate * turn_ms / SECOND_MS;
	n = n ? n : 1;
	return (struct game_pace){n, n * SECOND_MS / rate};
}

// By the link:
void game_up(struct game *);
void game_down(struct game *, const char *why); // why: for the log

// Everybody who plays; the body may end players.
#define game_each(it, game) list_each(it, &(game)->players)
