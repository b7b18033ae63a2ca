// SPDX-License-Identifier: MIT
// Gates: the listeners the configuration asks for.  A reload is a merge: what stands stays open with
// its connections, what is new is opened, what is gone is closed.
#pragma once
#include "net/listener.h"
#include "tables/config.h"

struct gates {
	struct net *net;
	struct listener **at;
	size_t n;
};

// Who answers behind a kind of listener.
struct gate_kind {
	const char *name; // on the ready line
	const struct face *face;
	void *owner; // NULL: nobody, so there are no listeners of this kind
	// Makes of `owner` the one for this listener; it lives as long as connections may.  NULL: owner.
	void *(*owner_for)(void *owner, const struct config_listen *);
};

// kinds is indexed by enum config_listen_kind.  False: *why says which address could not be had,
// and the gates are as they were.
bool gates_open(struct gates *, const struct config *, const struct gate_kind *kinds, struct tls *,
	struct buf *why) must_check;
void gates_close(struct gates *);
void gates_fini(struct gates *);
void gates_put_ready(const struct gates *, struct buf *out);  // "ready http=… jsonl=…"
const char *gates_at(const struct gates *, const char *name); // "127.0.0.1:9000", or NULL
