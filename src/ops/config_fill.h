// SPDX-License-Identifier: MIT
// From YAML nodes to members, row by row of tables/options.tbl: types, bounds, defaults, and a
// finding for every key that is unknown, set twice or without effect.
#pragma once
#include "ops/config_env.h"
#include "ops/config_option.h"

// What one reading of a configuration works with.
struct config_reader {
	struct config *config;
	struct arena *arena;   // the config's own: what its members point to
	struct arena *scratch; // gone when the reading ends
	const struct config_env *env;
	struct config_report *report;
	const char *file;        // its name in the report
	const struct yaml *root; // of the file
};

void config_fill_defaults(struct config_reader *);
void config_fill(struct config_reader *, const struct yaml *root);

// A copy in the config's arena, terminated.
const char *config_text(struct config_reader *, struct span);

// Where the file sets the key, or the nearest thing around it.
struct config_place config_place(const struct config_reader *, const char *path);
