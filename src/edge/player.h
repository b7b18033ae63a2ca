// SPDX-License-Identifier: MIT
// Player: somebody at the gate, from the first byte to the last.  Stays while games come and go.
//
//	            settled            chosen                 logged in              joined
//	ARRIVING ──────────► CHOOSING ───────► LOGIN ──────────────────► JOINING ──────────► PLAYING
//	              (one game: skipped)  (no accounts: skipped)           ▲                   │
//	                                                                    │ its turn          │ game away
//	                                                                    └────── HELD ◄──────┘
//	any ── terminal gone, player_end(), policy ──► ENDED: freed when its terminal is
//
//	ARRIVING, CHOOSING, LOGIN have a deadline together (players.login_timeout); PLAYING has
//	players.idle_timeout; JOINING has its link's; HELD none: it is what the gate is for.
#pragma once
#include "edge/account.h"
#include "edge/game.h"
#include "edge/reports.h"
#include "edge/showing.h"
#include "edge/terminal.h"

struct conn;

enum player_state {
	PLAYER_ARRIVING,
	PLAYER_CHOOSING,
	PLAYER_LOGIN,
	PLAYER_JOINING,
	PLAYER_PLAYING,
	PLAYER_HELD,
	PLAYER_ENDED,
};

enum { PLAYER_ADDRESS_BYTES = 48, PLAYER_TYPED_MAX = 64 << 10 };

struct player {
	struct link in_edge; // its list of players, or of those that have ended
	struct link in_game; // alone while in no game
	struct link in_line; // game->line
	struct edge *edge;
	struct terminal *terminal; // NULL: gone
	struct game *game;         // NULL until chosen
	uint64_t id;               // never used twice, also over restarts
	enum player_state state;
	bool hidden;         // the game asked for a password
	bool was_hidden;     // when it went: the next line may be that password
	bool was_in;         // has been in the game: it is to hear that the player is back
	bool changed;        // its terminal has, while JOINING
	bool told_away;      // has read that the game is away, and not that it is back
	char *name;          // of the account, or as the game or a link knows it; NULL: unknown
	struct login *login; // a dialogue with the gate, while LOGIN or for a new password
	uint64_t account;    // id; 0: none
	int64_t object;      // the game's number for what the player controls; -1: none yet
	void *link;          // the link's own, per player; it frees it in leave()
	struct buf typed;    // lines typed while HELD, each with LF; input_while_down
	uint32_t n_typed;
	struct reports reports;             // what its client wants to hear of by MSDP
	uint64_t since_ms, typed_ms;        // connected; last typed something that was not `idle`
	char address[PLAYER_ADDRESS_BYTES]; // of the client, as trusted proxies tell; no port
};

// --- for the edge ---

// Somebody whom the door has let in; game: of the listener, or NULL.
void player_arrive(struct edge *, struct conn *, const char *address, struct game *game);
void player_choose(struct player *, struct game *); // CHOOSING is over
void player_join(struct player *);                  // it is its turn
void player_held(struct player *, struct showing *down);
void player_sweep(struct player *, uint64_t now_ms); // deadlines; once a second
void player_free(struct player *);

// --- for links and dialogues: what happens to a player ---

void player_joined(struct player *);
void player_show(struct player *, struct showing *); // text of the game
void player_hide(struct player *, bool);
void player_oob(struct player *, struct span package, struct span json);
void player_tell(struct player *, struct oob *); // the same, one message for many
// The game, or the gate, is done with the player.  Words are shown before the end; may be NULL.
void player_end(struct player *, enum conn_close why, const char *words);
void player_hold(struct player *);                      // its own way into the game broke
void player_resume(struct player *);                    // it may be joined again
void player_notice(struct player *, const char *words); // lines of the gate's own
void player_prompt(struct player *, const char *words); // likewise, to be answered
void player_logged_in(struct player *, const struct account *);
void player_known_as(struct player *, struct span name);
void player_dialogue_done(struct player *);         // player->login is to be freed
void player_drop_typed(struct player *, bool tell); // what it typed while HELD

bool player_has_game(const struct player *); // JOINING, PLAYING or HELD
// Reads slowly: a link that can hold its text back does, until drained().
bool player_is_full(const struct player *);
void player_facts(const struct player *, struct terminal_facts *);

// --- player_line.c: what players type ---

void player_line(struct player *, struct span utf8);
void player_send_typed(struct player *); // what it typed while HELD, to the game
