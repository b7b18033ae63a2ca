// SPDX-License-Identifier: MIT
// Edge: the face towards players, and towards the games behind the gate.  Players come in by a
// terminal (edge/terminal.h), are let in or not (edge/door.h), and are in a game (edge/game.h).
#pragma once
#include "edge/account.h"
#include "edge/door.h"
#include "edge/entry.h"
#include "edge/game.h"
#include "edge/player.h"
#include "edge/showing.h"
#include "edge/telnet.h"
#include "hub/gaming.h"
#include "hub/hub.h"

struct edge {
	struct net *net;
	struct hub *hub;
	struct store *store;
	const struct config *config; // a loan; replaced on reload
	struct gaming gaming;        // what the API asks of us, see hub/gaming.h
	struct accounts *accounts;
	struct telnets *telnets;
	struct shows shows;
	struct door door;
	struct entry *entries; // see edge/entry.h
	struct link games;     // struct game
	struct link players;   // struct player, the newest last
	struct map by_id;      // player id → struct player
	struct link ended;     // struct player, to be freed at the turn's end
	size_t n_players;
	bool closing;       // the gate stops: links reach out no more
	struct timer sweep; // a second: idle ones, deadlines
	struct rich rich;   // scratch of the text at hand
	struct buf text;
	struct arena arena;
	uint64_t last_player; // id, see hub_next()
};

struct edge_parts {
	struct net *net;
	struct hub *hub;
	struct store *store;
	struct tls *tls; // of START_TLS
};
void edge_init(struct edge *, const struct edge_parts *, const struct config *);
void edge_fini(struct edge *); // players must be gone
void edge_reload(struct edge *, const struct config *);
void edge_goodbye(struct edge *);  // ends every player with a word
void edge_turn_end(struct edge *); // before connections are flushed
void edge_minute(struct edge *);

struct player *edge_player(struct edge *, uint64_t id);  // NULL: nobody
struct game *edge_game(struct edge *, struct span name); // any case; NULL: none
// Text to be shown, in edge->rich until the next is read: in a game's dialect, or the gate's own
// words, which are a notice.  showing_fini() must follow.
void edge_read(struct edge *, enum dialect, struct span text, struct showing *);
void edge_words(struct edge *, const char *, struct showing *);
