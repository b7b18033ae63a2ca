// SPDX-License-Identifier: MIT
// What no single row can say: values that follow from others, and values that contradict others.
// Called once every value is inside its own bounds.
#pragma once
#include "ops/config_fill.h"

void config_check(struct config_reader *);         // all of it, in order
void config_check_sockets(struct config_reader *); // its part about listeners
void config_check_routers(struct config_reader *); // its part about routers

// Does the file set this key, to something that is not null?
bool config_given(const struct config_reader *, const char *path);

// "HOST:PORT and what it is", for findings.
void config_listen_name(const struct config_listen *, char *out, size_t cap);
