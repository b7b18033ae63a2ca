// SPDX-License-Identifier: MIT
// Hello: what a player's client said of itself to the game, by GMCP (Core.Hello, Core.Supports.*) and
// MSDP (what it wants reported).  Clients say it once, when they come: maybe before there is a game,
// and never again, so a game that is back hears it from here.
#pragma once
#include "base/buf.h"

enum { HELLO_MAX = 8 << 10 }; // bytes: some dozens of modules; what is more is not remembered

struct hello {
	struct buf said; // package NUL json NUL …, in order; zeroed is empty
};

void hello_take(struct hello *, struct span package, struct span json); // if it is one of those
typedef void hello_say(void *owner, struct span package, struct span json);
void hello_each(
	const struct hello *, bool msdp, hello_say *, void *owner); // msdp: those; else GMCP
void hello_fini(struct hello *);
