// SPDX-License-Identifier: MIT
// Carrier: one connection of a link to its router, from the attempt on.  Packets go in and come out
// as values; whether they become text on the way is the carrier's affair.
//
//	socket.c  a TCP connection: frames of LPC text, paced
//	inner.c   the router in this process: the values themselves, at once
//
// It reports to its link: link_connected, or link_unreached and it is gone; then link_heard and
// link_garbled until link_lost, and it is gone.  Never from inside carrier_*_open(), and never
// after close().
#pragma once
#include "base/value.h"
#include "hub/uplink.h"

struct i3_link;
struct router;

struct carrier {
	const struct carrier_ops *ops;
	struct i3_link *link; // NULL: given up, nothing is reported any more
};

struct carrier_ops {
	bool far; // over a network: may die without a word, and is dialled again with pauses
	enum sent (*send)(struct carrier *, const struct value *packet, unsigned cost);
	void (*bid)(struct carrier *, const struct value *packet); // the last packet: not paced
	void (*pump)(struct carrier *);  // the pace timer: send what may go now
	void (*trust)(struct carrier *); // the router has taken us: its frames may be large
	void (*close)(struct carrier *); // what was handed to the kernel's side still goes out
};

struct carrier_at {
	const char *host;
	uint16_t port;
	unsigned attempt;
};
struct carrier *carrier_socket_open(struct i3_link *, const struct carrier_at *);
struct carrier *carrier_inner_open(struct i3_link *, struct router *);
