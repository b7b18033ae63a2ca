// SPDX-License-Identifier: MIT
// What no single row can say: values that follow from others, and values that contradict others.
// Called once every value is inside its own bounds.
#pragma once
#include "ops/config_fill.h"

void config_check(struct config_reader *);         // all of it, in order
void config_check_sockets(struct config_reader *); // its part about listeners
void config_check_routers(struct config_reader *); // its part about routers
void config_check_links(struct config_reader *);   // its part about bridge.links
void config_check_games(struct config_reader *);   // its part about games and players
const struct config_identity *config_identity_of(const struct config *, const char *name);

// Does the file set this key, to something that is not null?
bool config_given(const struct config_reader *, const char *path);

// "HOST:PORT and what it is", for findings.
void config_listen_name(const struct config_listen *, char *out, size_t cap);
