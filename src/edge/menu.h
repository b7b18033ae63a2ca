// SPDX-License-Identifier: MIT
// Menu: which game, when there are several behind the gate and the listener does not say.
#pragma once
#include "edge/player.h"

struct game *menu_only(const struct edge *); // the one there is no need to choose; NULL: there is
void menu_show(struct player *);
void menu_line(struct player *, struct span utf8); // a number or a name
