// SPDX-License-Identifier: MIT
// Load: what every mode of the load generator is told and needs.  One thread, one epoll.
// A mode prints one line of JSON on standard output and returns the exit status.
#pragma once
#include "client.h"

struct options { // from key=value arguments; the table in load.c says which and what for
	const char *host, *path, *key, *setup, *message, *sink;
	long port, ws, deflate, connections, stalled, burst, window, rate, fill, errors;
	long channels, churn, telnet, game;
	double warm_s, time_s;
	struct pids pids;
};

enum { SETUP_BATCH = 64 }; // connections set up at a time; below every server's backlog

// Opens n connections: connect, upgrade (ws=1), set-up message (if any) and its answer.
void load_open(const struct options *, struct client *, long n, struct scratch *);
void *load_alloc(size_t n, size_t bytes); // zeroed; dies when there is none

int fanout(const struct options *);
int rtt(const struct options *);
int idle(const struct options *);
int network(const struct options *);
int bridge(const struct options *);
int players(const struct options *);
int fanin(const struct options *);
