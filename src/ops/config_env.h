// SPDX-License-Identifier: MIT
// What a text of the configuration takes from outside: ${NAME}, ${NAME:default} and file:PATH.
//
// A text that begins with ${ and has a } is replaced as a whole by the variable; what follows the
// first } is lost, as it is for the I3 gateway whose files this reads.  Elsewhere in a text every
// ${NAME} is replaced where it stands.  The name ends at the first colon, the default at the }.
// A variable without value and default leaves its ${NAME} as it is; an empty one is empty.
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "ops/config_report.h"

// The process's environment, and behind it the variables of an environment file.
struct config_env {
	struct arena arena;
	struct map file; // name → terminated text
};

void config_env_fini(struct config_env *);

// NAME=value lines.  Findings go to the report.
void config_env_read(
	struct config_env *, struct span text, const char *name, struct config_report *);

struct config_expanded {
	struct span text;  // in the arena, or the input
	struct span unset; // a variable that has no value and no default
	struct span lost;  // what followed the first }
};

struct config_expanded config_env_expand(
	const struct config_env *, struct arena *, struct span text) must_check;

// The whole of a file of at most max bytes.  False: *why.
bool config_file_read(const char *path, size_t max, struct buf *out, const char **why) must_check;
