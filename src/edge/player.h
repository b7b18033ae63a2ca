// SPDX-License-Identifier: MIT
// Player: somebody at the gate, from the first byte to the last.  Stays while games come and go.
//
//	            settled            chosen                 logged in              joined
//	ARRIVING ──────────► CHOOSING ───────► LOGIN ──────────────────► JOINING ──────────► PLAYING
//	              (one game: skipped)  (no accounts: skipped)           ▲                   │
//	                                                                    │ its turn          │ game away
//	                                                                    └────── HELD ◄──────┘
//	any ── terminal gone, player_end(), policy ──► ENDED: freed at the end of the turn
//
//	ARRIVING, CHOOSING, LOGIN have a deadline together (players.login_timeout); PLAYING has
//	players.idle_timeout; HELD none: it is what the gate is for.
#pragma once
#include "edge/account.h"
#include "edge/game.h"
#include "edge/terminal.h"

enum player_state {
	PLAYER_ARRIVING,
	PLAYER_CHOOSING,
	PLAYER_LOGIN,
	PLAYER_JOINING,
	PLAYER_PLAYING,
	PLAYER_HELD,
	PLAYER_ENDED,
};

struct player {
	struct link in_edge;
	struct link in_game; // alone while in no game
	struct link in_line; // game->joining
	struct edge *edge;
	struct terminal *terminal;
	struct game *game; // NULL until chosen
	uint64_t id;       // never used twice, also over restarts
	enum player_state state;
	char *name;          // of the account, or as the game or a link knows it; NULL: unknown
	struct login *login; // while LOGIN
	uint64_t account;    // id; 0: none
	int64_t object;      // the game's number for what the player controls; -1: none yet
	bool hidden;         // the game asked for a password
	bool was_in;         // has been joined before: the game is to hear that it is back
	bool told_down;      // has read that the game is away
	void *link;          // the link's own, per player; it frees it in leave()
	struct buf typed;    // lines typed while HELD, each with LF; input_while_down
	uint32_t n_typed, n_dropped;
	uint64_t since_ms, typed_ms; // connected; last typed something that was not `idle`
	char address[48];            // of the client, as far as trusted proxies tell; no port
};

// --- for links and login: what happens to a player ---

void player_joined(struct player *);
// The game's own text: in its dialect, whatever was rendered.  See edge/showing.h for many at once.
void player_show(struct player *, struct showing *);
void player_hide(struct player *, bool);
void player_oob(struct player *, struct span package, struct span json);
// The game, or the gate, is done with the player.  Words are shown before the end; may be NULL.
void player_end(struct player *, enum conn_close why, const char *words);
void player_hold(struct player *);                      // its way into the game broke
void player_resume(struct player *);                    // it may be joined again now
void player_notice(struct player *, const char *words); // a line of the gate's own
void player_logged_in(struct player *, const struct account *);
void player_known_as(struct player *, struct span name);

void player_facts(const struct player *, struct terminal_facts *);
