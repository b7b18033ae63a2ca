// SPDX-License-Identifier: MIT
// Config: from the configuration file to a struct config nobody changes.  All faults of a file are
// reported at once, each with its place; a config is handed out only when there is none.
#pragma once
#include "base/buf.h"
#include "tables/config.h"

enum config_weight { CONFIG_ERROR, CONFIG_WARNING };

struct config_line {
	enum config_weight weight;
	char *text; // "FILE:LINE:COLUMN: key: what is wrong", without secrets
};

// Zero-initialised is empty.
struct config_report {
	struct config_line *lines; // in the order of finding, bounded per weight
	size_t n;
	size_t errors, warnings; // found, written down or not
};

enum {
	CONFIG_ERRORS_MAX = 20,    // more help nobody
	CONFIG_WARNINGS_MAX = 200, // every ignored key once, with room for several identities
	CONFIG_FILE_MAX = 1 << 20, // bytes; the largest sensible file is a hundredth of it
};

void config_report_fini(struct config_report *);

// file NULL: the embedded defaults.  env_file NULL: .env of the working directory, if there.
// → NULL when the report holds errors.
struct config *config_load(
	const char *file, const char *env_file, struct config_report *) must_check;

// The same from bytes; `name` stands for the file in the report.
struct config *config_parse(struct span yaml, const char *name, struct config_report *) must_check;
void config_free(struct config *); // NULL is fine

// The effective values as YAML, secrets masked.
void config_dump(const struct config *, struct buf *out);

// Which keys differ that take effect only at the next start: "listen, metrics.port".  → how many.
// A router password that changed from one number to another is not seen.
size_t config_restart_keys(const struct config *now, const struct config *next, struct buf *out);
