// SPDX-License-Identifier: MIT
// Game link: how the gate reaches the game behind it.  One kind a file in edge/link/ and a row in
// tables/links.tbl.  A kind carries what players do to the game, and calls game_x() and player_x()
// (edge/game.h, edge/player.h) with what the game does.
//
//	edge asks:   join, input, resize, oob, leave
//	link tells:  game_up, game_down;  player_joined, player_show, player_hide, player_oob, player_end,
//	             player_hold, player_resume
//
// A link is up or down as a whole (rpc, amp: game_up(), game_down()), or for each player (telnet:
// player_hold(), player_resume()).  It never ends a player for its own troubles.
#pragma once
#include "edge/terminal.h"

struct game;
struct player;

struct game_link_kind {
	const char *name;
	void (*open)(struct game *);  // sets game->link; begins to reach the game
	void (*close)(struct game *); // players have left
	// The player is to be in the game; again: the game was away and is back.  Answered, maybe from
	// inside the call, by player_joined() or player_end().
	void (*join)(struct game *, struct player *, bool again);
	void (*input)(struct game *, struct player *, struct span utf8); // one line
	void (*resize)(struct game *, struct player *); // facts of the terminal changed
	void (*oob)(struct game *, struct player *, struct span package, struct span json);
	// player_is_full() is over.  NULL: the link does not ask.
	void (*drained)(struct game *, struct player *);
	void (*leave)(struct game *, struct player *, const char *why); // it is freed after this
};

#define LINK(name) extern const struct game_link_kind link_##name;
#include "tables/links.tbl"
extern const struct game_link_kind *const game_links[]; // NULL-terminated
