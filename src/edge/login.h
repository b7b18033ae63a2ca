// SPDX-License-Identifier: MIT
// Login: the dialogue with a player who has to say who they are.
//
//	NAME ── known ──► PASSWORD ── right ──► player_logged_in()
//	 ▲  └─ unknown ─► NEW? ── yes ──► FRESH ──► AGAIN ── same ──► created, player_logged_in()
//	 └──── no, wrong (3 times: the end), not the same ────┘
//	each may be CHECKING for a moment: lines typed meanwhile wait (LOGIN_TYPED_MAX)
#pragma once
#include "edge/account.h"
#include "edge/player.h"

struct login;
struct login *login_begin(struct player *); // greets and asks
void login_line(struct login *, struct span utf8);
struct login *login_password_begin(struct player *); // asks for the old one and, twice, a new one
// GMCP Char.Login.Credentials {account, password}
void login_oob(struct login *, struct span package, struct span json);
void login_end(struct login *); // frees; nothing is called back any more
