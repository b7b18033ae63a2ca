// SPDX-License-Identifier: MIT
// Listener: one listening socket and the face it accepts for.  Running out of descriptors or
// memory is a state it leaves by itself, not an error.
//
//	OPEN ──── EMFILE, ENFILE, ENOMEM, ENOBUFS ───► PAUSED (10 ms, doubling to 1 s) ───► OPEN
#pragma once
#include "net/conn.h"

struct listener;

struct listener_spec {
	const char *name;   // "http", "jsonl2": the key on the ready line
	const char *host;   // numeric or a name; NULL when path is set
	uint16_t port;      // 0: any free one
	const char *path;   // Unix socket instead
	uint32_t max;       // connections at a time
	struct conn_for to; // gone, gone_owner are the listener's own
};

// NULL: *why says which address could not be had.
struct listener *listener_open(struct net *, const struct listener_spec *, struct buf *why);
void listener_close(struct listener *); // stops accepting; its connections stay
const char *listener_name(const struct listener *);
const char *listener_at(const struct listener *); // "127.0.0.1:8080", with the real port
bool listener_is(const struct listener *, const struct listener_spec *); // same address and kind?
void listener_adopt(struct listener *, const struct listener_spec *);    // name, limit, owner
