// SPDX-License-Identifier: MIT
// Idle: what `connections` connections that say nothing (more) cost the server in memory of its
// own.  The kernel's socket buffers are not in it.
#include "players.h"
#include "telnet.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

static void settle(void) // until what the server does after the last answer is done
{
	struct timespec wait = {.tv_nsec = 300 * 1000000L};
	nanosleep(&wait, NULL);
}

static long closed_of(const struct client *all, long n)
{
	long closed = 0;
	for (long i = 0; i < n; i++) {
		char byte;
		closed += recv(all[i].fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
	}
	return closed;
}

// Players: until the game has welcomed all.
static void open_players(const struct options *o, struct client *all, struct scratch *scratch)
{
	struct crowd crowd = {.o = o, .all = all, .n = o->connections, .scratch = scratch};
	crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
	crowd_open(&crowd, "Welcome");
}

int idle(const struct options *o)
{
	struct scratch *scratch = load_alloc(1, sizeof *scratch);
	struct client *all = load_alloc((size_t)o->connections, sizeof *all);
	uint64_t before = memory_of_bytes(&o->pids), cpu = cpu_of_ns(&o->pids), at = now_ns();
	if (o->telnet)
		open_players(o, all, scratch);
	else
		load_open(o, all, o->connections, scratch);
	double open_s = (double)(now_ns() - at) / 1e9;
	double cpu_us = (double)(cpu_of_ns(&o->pids) - cpu) / 1e3;
	settle();
	uint64_t after = memory_of_bytes(&o->pids);
	printf("{\"connections\": %ld, \"bytes_before\": %llu, \"bytes_after\": %llu, "
	       "\"bytes_per_connection\": %.1f, \"open_s\": %.3f, \"cpu_us_per_open\": %.2f, "
	       "\"closed\": %ld, \"zlib_bytes\": %zu}\n",
		o->connections, (unsigned long long)before, (unsigned long long)after,
		((double)after - (double)before) / (double)o->connections, open_s,
		cpu_us / (double)o->connections, closed_of(all, o->connections),
		o->telnet == TELNET_MCCP2 ? telnet_zlib_bytes() : 0);
	fflush(stdout);
	for (long i = 0; i < o->connections; i++)
		client_reset(&all[i]);
	free(all);
	free(scratch);
	return 0;
}
