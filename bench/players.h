// SPDX-License-Identifier: MIT
// Players: a crowd of telnet clients, and how they all come in.
#pragma once
#include "load.h"

struct crowd {
	const struct options *o;
	struct client *all; // those who play
	long n;
	struct client *game; // a session that is the game; NULL: it is not here
	struct scratch *scratch;
	int epoll;
	uint64_t now; // at the last epoll_wait
	uint64_t reads, closed;
};

// Opens them, and waits until `hail` has come as often: in what each reads, or the game.
void crowd_open(struct crowd *, const char *hail);
void crowd_game(struct crowd *, struct client *game); // opens it, by setup=
// One turn: waits for at most wait_ns, takes what came.  False: nothing came.
bool crowd_turn(struct crowd *, uint64_t wait_ns, client_message *, void *user);
