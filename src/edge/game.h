// SPDX-License-Identifier: MIT
// Game: one game behind the gate, with the players in it.  Owned by the edge's list.
//
//	          game_up()                    game_down()
//	AWAY ───────────────► UP ───────────────────────────► AWAY
//	        players that are held are joined again, players.join_rate a second
#pragma once
#include "base/list.h"
#include "edge/link.h"
#include "net/loop.h"
#include "tables/config.h"

struct edge;
struct identity;

struct game {
	struct link in_edge;
	struct edge *edge;
	const struct config_game *config; // a loan; replaced on reload
	struct identity *identity;        // of the same name, or the first
	const struct game_link_kind *kind;
	void *link; // the kind's
	bool up;
	bool said_away;      // game_status said so, whoever is there
	uint32_t eta_s;      // of that; 0: unknown
	char *message;       // of that, or NULL
	uint64_t up_since_s; // Unix time: MSSP's UPTIME
	struct link players; // struct player, by in_game
	struct link joining; // those that wait for their turn to be joined again, by in_line
	struct timer turn;   // of those
	uint32_t n_players;
};

// By the link:
void game_up(struct game *);
void game_down(struct game *, const char *why); // why: for the log
// Everybody who plays; the body may end players.
#define game_each(it, game) list_each(it, &(game)->players)
