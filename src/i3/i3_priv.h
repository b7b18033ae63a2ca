// SPDX-License-Identifier: MIT
// What the links and services of one struct i3 share and nobody outside src/i3 may see.
#pragma once
#include "i3/i3.h"
#include "i3/learned.h"
#include "i3/link.h"
#include "i3/passwords.h"

struct i3 {
	struct net *net;
	struct hub *hub;
	struct store *store;
	const struct config *config;
	struct router *embedded;
	struct oob *oob;   // NULL: switched off
	struct link links; // struct i3_link, one per identity
	struct passwords passwords;
	struct learned learned;
	struct timer again;   // to read them once more
	bool started, loaded; // loaded: the passwords are here
};

// The configuration of an identity: its own row, or the first one's when it has none any more.
const struct config_identity *i3_identity(const struct i3 *, const char *name);
