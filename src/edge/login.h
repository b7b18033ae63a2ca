// SPDX-License-Identifier: MIT
// Login: the dialogue with a player who has to say who they are, and the one for a new password.
//
//	NAME ── known ──► PASSWORD ── right ──► player_logged_in()
//	 ▲  └─ unknown ─► NEW ── yes ──► FRESH ──► AGAIN ── same ──► created, player_logged_in()
//	 │                                 ▲ not taken, not the same │
//	 │                                 └─────────────────────────┘
//	 └──── no, wrong (LOGIN_WRONG_MAX times: the end), not made ────┘
//
//	OLD ── right ──► FRESH ──► AGAIN ── same ──► changed: the dialogue is over, as when it is wrong
//
// While an account is asked for, lines wait; what was typed ahead is for the game when that is done.
// The deadline of a login is the player's; a change of a password waits for its player only.
#pragma once
#include "edge/account.h"
#include "edge/player.h"

enum {
	LOGIN_WRONG_MAX = 3,  // of one connection; more cost it a new one
	LOGIN_TYPED_MAX = 20, // lines that wait: what clients send by themselves when they log in
	LOGIN_TYPED_BYTES_MAX = 8192, // and all of them
};

struct login;
struct login *login_begin(struct player *);          // asks
struct login *login_password_begin(struct player *); // asks for the old one and, twice, a new one
void login_line(struct login *, struct span utf8);
void login_changed(struct login *); // what is known of the client: it may know Char.Login
// GMCP Char.Login.Credentials {account, password}.
void login_oob(struct login *, struct span package, struct span json);
bool login_hides(const struct login *); // it waits for a password
void login_end(struct login *);         // frees; nothing is called back any more
