// SPDX-License-Identifier: MIT
// Reports: the variables of MSDP that a player's client wants to hear of.  Clients say it once, when
// they come: maybe before there is a game, and never again, so a game that is back hears it from here.
#pragma once
#include "base/buf.h"

enum { REPORTS_MAX = 8 << 10 }; // bytes: hundreds of variables; what is more is not remembered

struct reports {
	struct buf said; // each message as JSON and NUL, in order; zeroed is empty
};

void reports_take(struct reports *, struct span json); // if it is one of those
void reports_each(const struct reports *, void (*say)(void *owner, struct span json), void *owner);
void reports_fini(struct reports *);
