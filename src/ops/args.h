// SPDX-License-Identifier: MIT
// The command line.
#pragma once
#include "base/log.h"

struct args {
	const char *config_file; // NULL: the embedded defaults
	const char *env_file;    // NULL: .env, if there
	bool check_only;         // --check-config, --dry-run
	bool has_level;
	enum log_level level; // --log-level, --debug: wins over the file
	struct {
		const char *verb; // NULL: run; else one that is known
		const char *name; // NULL with list
	} account;
};

// Prints and exits by itself for --help and --version (0) and for what it cannot read (2).
void args_read(struct args *, int argc, char **argv);
