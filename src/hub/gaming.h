// SPDX-License-Identifier: MIT
// Gaming: the players at the gate, as a game sees them that speaks with the API.  The API asks for
// things here without knowing the edge.  A game is an identity with games: in the configuration.
#pragma once
#include "base/value.h"

struct gaming;
struct identity;

struct gaming_text {
	struct span text;
	struct span markup; // a dialect's word; empty: the game's
	bool prompt;        // its end is a prompt
};

// What is asked of players: of those in `ids`, or of all of the game when ids is NULL.
struct gaming_whom {
	const struct value *ids;    // an array of integers, checked; or NULL
	struct value_list *missing; // those of ids that are not in the game; or NULL
};

struct gaming_page {
	uint64_t after; // a player's id; 0: from the first
	size_t limit;
};

struct gaming_status {
	bool restarting;
	uint32_t eta_s; // 0: unknown
	struct span message;
};

struct gaming_ops {
	// Does the identity have a game behind the gate?  The others are asked only if it has.
	bool (*has)(struct gaming *, const struct identity *);
	// A session with the right to play came, or the last one went.
	void (*presence)(struct gaming *, struct identity *);
	// Players behind that id, in order of id, each as in player_connected → whether there are more.
	bool (*list)(struct gaming *, const struct identity *, const struct gaming_page *,
		struct value_list *out);
	// → how many were reached.
	uint32_t (*output)(struct gaming *, const struct identity *, const struct gaming_whom *,
		const struct gaming_text *);
	uint32_t (*oob)(struct gaming *, const struct identity *, const struct gaming_whom *,
		struct span package, struct span json);
	uint32_t (*echo)(
		struct gaming *, const struct identity *, const struct gaming_whom *, bool);
	uint32_t (*attach)(struct gaming *, const struct identity *, const struct gaming_whom *,
		int64_t object, struct span name);
	uint32_t (*close)(struct gaming *, const struct identity *, const struct gaming_whom *,
		struct span words);
	uint32_t (*announce)(struct gaming *, const struct identity *, struct span text);
	void (*status)(struct gaming *, const struct identity *, const struct gaming_status *);
};

struct gaming {
	const struct gaming_ops *ops;
};
