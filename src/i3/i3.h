// SPDX-License-Identifier: MIT
// I3: the face towards Intermud-3.  One link to a router per identity, each with its own login,
// password and lists; what packets mean is in services/, one file a packet type.
#pragma once
#include "hub/hub.h"
#include "net/conn.h"
#include "store/store.h"
#include "tables/config.h"

struct i3;
struct oob;
struct router;

// embedded may be NULL.  config is a loan until i3_free(), or until another i3_reload() is done.
struct i3 *i3_new(
	struct net *, struct hub *, struct store *, const struct config *, struct router *embedded);
void i3_start(struct i3 *); // one link per identity of the hub begins to log in
void i3_stop(struct i3 *);  // says shutdown to the routers; links close
void i3_free(struct i3 *);
void i3_reload(struct i3 *, const struct config *);
struct oob *i3_oob(struct i3 *);                // NULL: oob.enabled was false at start
void i3_oob_at(struct i3 *, const char *place); // "0.0.0.0:9001": where its listener is; NULL: none
