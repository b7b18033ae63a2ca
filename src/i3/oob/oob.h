// SPDX-License-Identifier: MIT
// Oob: out-of-band links, from MUD to MUD without a router, and what goes over them: mail, files
// and news.  The router is only asked for a key to them.  All functions take NULL: switched off.
#pragma once
#include "hub/hub.h"
#include "net/conn.h"

struct i3;
struct i3_link;
struct oob;

struct oob *oob_new(struct i3 *);
void oob_join(struct oob *, struct identity *); // it has mail, files and news from now on
void oob_load(struct oob *);                    // blocks: what the store kept; before the loop runs
void oob_stop(struct oob *);
void oob_free(struct oob *);

// Where the listener is, "0.0.0.0:9001".  True: another port than before.
bool oob_place(struct oob *, const char *at);

// For the start-up packet: 0 and nothing when no service of the identity is on.
uint16_t oob_port(const struct oob *, const struct identity *);
void oob_advertise(const struct oob *, const struct identity *, struct value_list *services);

// What the router brings.
int64_t oob_give_key(struct oob *, struct i3_link *, struct span mud); // 0: no services here
void oob_take_key(struct oob *, struct i3_link *, struct span mud, int64_t key);
bool oob_expect(struct oob *, struct i3_link *, struct span mud); // oob-req; false: not here
// An error about a question of ours to that MUD.  False: nothing was asked.
bool oob_no_key(struct oob *, struct i3_link *, struct span mud, struct span words);

// Of the listener; conn_owner() at open is the struct oob.
extern const struct face face_oob;
