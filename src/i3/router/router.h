// SPDX-License-Identifier: MIT
// Router: being an Intermud-3 router.  MUDs reach it over mudmode:// sockets, our own identities in
// process, with packets handed over as values: no socket, no text, no pacing.
// Owns the muds it knows (with their passwords, kept in the store), the channels and who listens.
#pragma once
#include "base/value.h"
#include "net/conn.h"
#include "store/store.h"
#include "tables/config.h"

struct router;
struct network;
struct router_link; // one MUD's way in, logged in or not yet

struct router_config {
	const char *name;            // "*gatehouse"
	uint32_t flood_per_second;   // packets a socket link may send on average
	uint32_t flood_burst;        // and at once
	const char *const *channels; // created at the first start, owned by the router; NULL-ended
	const struct config_router_peers *peers; // other routers; NULL: none
};

// Called by the router.  Packets are loans.
struct router_peer {
	void (*on_packet)(struct router_peer *, const struct value *packet);
	void (*on_cut)(struct router_peer *, const char *why); // the link is gone already
};

struct router *router_new(struct net *, struct store *, const struct router_config *);
void router_free(struct router *); // cuts every link
// On reload: the flood limit and the peers.
void router_configure(struct router *, const struct router_config *);
void router_stop(struct router *); // before the sockets are closed: says goodbye to the peers
const char *router_name(const struct router *);
struct network *router_network(struct router *);                  // for its operator
void router_at(struct router *, const char *host, uint16_t port); // for startup-reply's list

// In process.
struct router_link *router_attach(struct router *, struct router_peer *);
// A loan.  Answers come from inside the call, or later when the call comes from inside on_packet.
// A refused login cuts the link: after on_cut it must not be used.
void router_input(struct router_link *, const struct value *packet);
void router_detach(struct router_link *); // no on_cut follows

// Over sockets: the face of mudmode:// listeners; conn_owner() at open is the struct router.
extern const struct face face_router;
