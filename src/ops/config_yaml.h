// SPDX-License-Identifier: MIT
// A YAML document as a tree of nodes that know where they stood.  Scalars stay text: what a key's
// row says decides what they mean, not how they look.
#pragma once
#include "base/arena.h"

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_type type;
	bool plain;            // YAML_SCALAR: without quotes
	uint32_t line, column; // from 1
	struct span text;      // YAML_SCALAR
	struct yaml *first;    // YAML_LIST: its items.  YAML_MAP: its keys
	struct yaml *value;    // of a key
	struct yaml *next;     // next item or key
};

struct yaml_fault {
	uint32_t line, column; // 0: none
	char why[160];
};

// → the document's node, in the arena; an empty document is a null.  NULL: see fault.
struct yaml *config_yaml_read(struct arena *, struct span text, struct yaml_fault *) must_check;

bool config_yaml_null(const struct yaml *); // nothing, ~ or null

// "api.auth.api_keys[1].key" → that node, or NULL.  *nearest is the last one on the way, at least
// the root itself.
const struct yaml *config_yaml_find(
	const struct yaml *root, const char *path, const struct yaml **nearest);
