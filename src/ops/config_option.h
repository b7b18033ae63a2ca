// SPDX-License-Identifier: MIT
// The rows of tables/options.tbl, and finding one by its path.
#pragma once
#include "base/span.h"
#include "tables/config.h"

// The structs that rows belong to.
enum option_scope {
	SCOPE_config,
	SCOPE_config_identity,
	SCOPE_config_router_address,
	SCOPE_config_router_peer,
	SCOPE_config_key,
	SCOPE_config_channel,
	SCOPE_config_link,
	SCOPE_config_game,
	SCOPE_config_step,
	SCOPE_config_pair,
};

enum option_type {
	OPTION_TEXT,
	OPTION_LINES,
	OPTION_INT,
	OPTION_PORT,
	OPTION_BOOL,
	OPTION_WORD,
	OPTION_URI,
	OPTION_URIS,
	OPTION_TEXTS,
	OPTION_COUNTS,
	OPTION_DIGEST,
	OPTION_PASSWORD,
	OPTION_SECRET,
	OPTION_RECORD,
	OPTION_LIST,
	OPTION_IGNORED,
	OPTION_TYPE_COUNT,
};

struct option {
	enum option_scope scope;
	const char *path;
	enum option_type type;
	size_t offset;          // of the member, in the scope's struct
	enum option_scope item; // OPTION_RECORD and OPTION_LIST
	int64_t min, max;
	const char *how;      // unit, or words
	const char *fallback; // the default as YAML; NULL: required
	bool reload;
	const char *help; // OPTION_IGNORED: why
};

enum {
	OPTION_COUNT = 0
#define OPT(scope, path, member, type, min, max, how, fallback, when, help) +1
#define RECORD(scope, path, member, item, when, help)                       +1
#define LIST(scope, path, member, item, max, fallback, when, help)          +1
#define IGNORED(scope, path, reason)                                        +1
#include "tables/options.tbl"
};

extern const struct option options[OPTION_COUNT];

static inline size_t option_index(const struct option *o)
{
	return (size_t)(o - options);
}

size_t option_scope_bytes(enum option_scope);

const struct option *option_find(enum option_scope, struct span path); // NULL when unknown
bool option_section(enum option_scope, struct span path); // do rows begin with path and a dot?

// A row that is a section too: the word stands for the whole section, "key: word" beside
// "key: {…}", and sets a member of it.  A dump spells the section out.
bool option_is_short(const struct option *);

// The path that was most likely meant by an unknown one, or "" when nothing is near.
struct span option_nearest(enum option_scope, struct span path, char *out, size_t cap);

// The number a word stands for.  False when it is none of `how`.
bool option_word(const struct option *, struct span word, int *out) must_check;

// What a value may be, for people: "an integer from 1 to 65535".
void option_allowed(const struct option *, char *out, size_t cap);
