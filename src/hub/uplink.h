// SPDX-License-Identifier: MIT
// Uplink: the network beyond an identity, as the hub sees it.  Faces ask for things here without
// knowing who carries them; today Intermud-3 does.
#pragma once
#include "base/value.h"

enum intent_kind {
#define INTENT(id) INTENT_##id,
#include "tables/intents.tbl"
};

struct intent { // fields a kind does not use are empty
	enum intent_kind kind;
	struct span from_user; // login name, lower case where the network wants it
	struct span visname;   // as shown to people
	struct span target_mud, target_user;
	struct span channel;
	struct span text;
	struct span message_id;                   // of a tell: what its failure is told by
	struct span text_others;                  // what everybody but the target reads
	struct span target_visname;               // the target, as shown to people
	int64_t number;                           // the type of a channel, a gender
	const struct value *admit, *ban, *remove; // arrays of names of MUDs; NULL: none
};

enum sent {
	SENT,        // with the router, or in the short queue that paces us towards it
	SENT_NOT_UP, // not logged in to a router
	SENT_FULL,   // the pacing queue is full
	SENT_TOO_BIG,
};

struct uplink {
	const struct uplink_ops *ops;
};

struct uplink_ops {
	enum sent (*submit)(struct uplink *, const struct intent *);
	void (*listen)(struct uplink *, struct span channel, bool on);
	void (*reconnect)(struct uplink *);
	bool (*ready)(const struct uplink *);          // logged in: startup-reply has come
	const char *(*router)(const struct uplink *);  // name of the router, "" before any
	const char *(*trouble)(const struct uplink *); // in words, NULL when all is well
	void (*free)(struct uplink *);                 // its identity goes
};
