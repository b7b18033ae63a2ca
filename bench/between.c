// SPDX-License-Identifier: MIT
// The least that can stand between players and their game: an epoll loop that sends on what it read,
// each way, and knows nothing of it.  What the gate needs beyond this is its own work.
//
//	between PORT       the game's, on 127.0.0.1
//
// Prints "ready telnet=127.0.0.1:PORT" and runs until it is killed.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BACKLOG = 4096, READ_MAX = 64 << 10, FILES = 1 << 16 };

static int other[FILES]; // by socket: the one it is tied to

static int fail(const char *what)
{
	fprintf(stderr, "between: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct sockaddr_in local(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return at;
}

static void watch(int epoll, int fd)
{
	const int on = 1;
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

static void take(int epoll, int listener, int port)
{
	struct sockaddr_in at = local(port);
	int player = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int game = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (player < 0 || game < 0 || player >= FILES || game >= FILES ||
		connect(game, (struct sockaddr *)&at, sizeof at) != 0)
		exit(fail("connect"));
	other[player] = game;
	other[game] = player;
	watch(epoll, player);
	watch(epoll, game);
}

static void pass(int fd, char *room)
{
	ssize_t n = recv(fd, room, READ_MAX, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0 && send(other[fd], room, (size_t)n, MSG_NOSIGNAL) == n)
		return;
	shutdown(other[fd], SHUT_RDWR); // whose turn comes then
	close(fd);
}

int main(int argc, char **argv)
{
	static char room[READ_MAX];
	struct epoll_event events[EVENTS];
	struct sockaddr_in at = local(0);
	socklen_t at_bytes = sizeof at;
	int port = argc == 2 ? (int)strtol(argv[1], NULL, 10) : 0;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (listener < 0 || epoll < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 ||
		listen(listener, BACKLOG) != 0 ||
		getsockname(listener, (struct sockaddr *)&at, &at_bytes) != 0)
		return fail("listen");
	watch(epoll, listener);
	printf("ready telnet=127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < n; i++)
			if (events[i].data.fd == listener)
				take(epoll, listener, port);
			else
				pass(events[i].data.fd, room);
	}
}
