// SPDX-License-Identifier: MIT
// Telnet terminal: a player's client on a telnet connection.  Offers and answers options, knows
// what was agreed, makes lines of text (or of single characters, which it then edits and echoes),
// compresses with MCCP2.  Options are one file each in edge/telnet/, with a row in tables/telnet.tbl.
//
//	           bytes that are not telnet's: "GET ", TLS, MSSP-REQUEST
//	NEW ──────────────────────────────────────────► ended with a word, or answered
//	 │ ▲ └─ FOLLOWS of START_TLS ─┐
//	 │ └──── TLS, all forgotten ──┘
//	 │ answers to all offers, or 2 s, or a line
//	 ▼
//	SETTLED ──── conn ends ───► gone
//
// What a stranger can make it do: TERMINAL_LINE_MAX of a line; TELNET_SUB_MAX of a subnegotiation;
// TELNET_FLIPS_MAX answers; facts of TERMINAL_NAME_MAX; lines at players.lines_per_second.
#pragma once
#include "edge/showing.h"
#include "edge/terminal.h"
#include "net/conn.h"

enum { TELNET_SETTLE_MS = 2000, TELNET_OUT_MAX = 1 << 20 };

struct config;
struct telnets; // what all telnet terminals of the gate share

struct telnets_parts {
	struct shows *shows;
	struct tls *tls; // of START_TLS
	const struct config *config;
};
struct telnets *telnets_new(const struct telnets_parts *);
void telnets_free(struct telnets *);
void telnets_reload(struct telnets *, const struct config *);
// At a turn's end, before connections: what MCCP2 holds back.  → whether another turn is needed.
bool telnets_flush(struct telnets *);

// The conn is new, or has said what proxies say; the terminal lives until events->gone has returned.
struct terminal *telnet_open(
	struct telnets *, struct conn *, const struct terminal_events *, struct player *);
