// SPDX-License-Identifier: MIT
// What a game may do to its players, whichever way it says so: the API by hub/gaming.h, an AMP server
// by its commands.
#pragma once
#include "edge/game.h"
#include "hub/gaming.h"

extern const struct gaming_ops edge_gaming_ops;

uint32_t game_output(struct game *, const struct gaming_whom *, const struct gaming_text *);
uint32_t game_oob(struct game *, const struct gaming_whom *, struct span package, struct span json);
uint32_t game_echo(struct game *, const struct gaming_whom *, bool);
uint32_t game_attach(struct game *, const struct gaming_whom *, int64_t object, struct span name);
uint32_t game_close(struct game *, const struct gaming_whom *, struct span words);
uint32_t game_announce(struct game *, struct span text);

// What the game is told of a player, as a map: all of player_connected but `resumed`.
struct value game_describe(struct arena *, const struct player *);
struct value game_describe_terminal(struct arena *, const struct player *);
