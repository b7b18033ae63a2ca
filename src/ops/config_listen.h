// SPDX-License-Identifier: MIT
// Listener URIs: one text per socket.
//
//	SCHEME://HOST:PORT[?OPTIONS]	HOST a name, an IPv4 address or [IPv6]; port 0: any free one
//	SCHEME+unix:PATH[?OPTIONS]	a unix socket
//	SCHEME	http https jsonl jsonls telnet telnets mudmode
//	OPTIONS	joined by &: max=N; and of telnet proxy=v1|v2|any, game=NAME
#pragma once
#include "base/arena.h"
#include "tables/config.h"

// max is 0 when the URI does not say.  False: *why says what is allowed.
bool config_listen_parse(
	struct arena *, struct span uri, struct config_listen *, const char **why) must_check;

bool config_listen_host_ok(struct span host); // may stand as HOST, an IPv6 address without brackets

// Where something may be dialled: "HOST:PORT" or "unix:PATH".
bool config_dial_ok(struct span address);

// Reachable from this machine only: 127.0.0.0/8, ::1, localhost or a unix socket.
bool config_listen_is_local(const struct config_listen *);
