// SPDX-License-Identifier: MIT
// MSSP: what crawlers are told of the game, also while it is away: the configuration's words, players
// and uptime, and what the game itself said last.
#pragma once
#include "base/buf.h"

struct edge;
struct game;
// name NUL value NUL …; a name with several values comes several times.
void mssp_pairs(const struct edge *, const struct game *, struct buf *pairs); // game may be NULL
