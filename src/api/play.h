// SPDX-License-Identifier: MIT
// Play: what the methods for games have in common.  Calls about players are not counted against the
// session's rate: a game answers what its players type, and the gate limits those.
#pragma once
#include "api/method.h"

enum { PLAY_IDS_MAX = 10000, PLAY_TEXT_MAX = 256 << 10 }; // bytes of one text: many screens

struct gaming *call_gaming(struct call *); // NULL: there is no game, and the call has failed

#define PLAYER_ID_MAX ((int64_t)HUB_SEQ_MAX)
// Whom it is for: one, several or all.
#define WHOM_ARGS                                                                                  \
	{"player_id", NULL, ARG_INT, false, 1, PLAYER_ID_MAX, "one player"},                       \
		{"player_ids", NULL, ARG_ARRAY, false, 0, PLAY_IDS_MAX, "several players"},        \
	{                                                                                          \
		"all", NULL, ARG_BOOL, false, 0, 0, "true: everybody in the game"                  \
	}
#define ONE_ARG                                                                                    \
	{                                                                                          \
		"player_id", NULL, ARG_INT, true, 1, PLAYER_ID_MAX, "the player"                   \
	}
#define REACHED_RESULTS                                                                            \
	{"status", "string", "\"sent\""}, {"players", "integer", "how many it was for"},           \
	{                                                                                          \
		"missing", "array", "those of the ids that are not in the game, if any"            \
	}

// False: none of the three is given, or more than one, or an id is none.
bool call_whom(struct call *, struct gaming_whom *) must_check;
void call_reached(struct call *, const struct gaming_whom *, uint32_t n); // the result
// Of calls for one player: false when there is none of that id.
bool call_reached_one(struct call *, uint32_t n, const char *status);
