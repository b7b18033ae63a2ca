// SPDX-License-Identifier: MIT
// Entry: the way in by one kind of telnet listener: which proxies' headers come first, and which game
// it is for.  Connections go on with the entry they came by, whatever becomes of its listener, so
// entries are kept as long as the edge; a reload finds those again that there are.
//
//	          ?proxy=: a trusted peer                 header, in 5 s         the door
//	accepted ──────────────────────► WAITING ─────────────────────► ? ────────────► player_arrive()
//	    └── without ?proxy= ────────────────────────────────────────┘
//	any of them may say no: one sentence, and the end
#pragma once
#include "base/log.h"
#include "net/conn.h"
#include "tables/config.h"

struct edge;

struct entry {
	struct entry *next;
	struct edge *edge;
	enum config_proxy proxy;
	char *game; // "": the edge's choice
	struct log_pace pace;
};

void *entry_for(void *edge, const struct config_listen *); // the struct entry, see ops/gates.h
void entries_free(struct edge *);

extern const struct face face_telnet; // conn_owner() is the struct entry until a player has it
