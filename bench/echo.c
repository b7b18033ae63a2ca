// SPDX-License-Identifier: MIT
// The physical bound of request and response: an epoll loop that sends back what it read, and
// nothing else.  What a server needs beyond this is its own work.
//
// Prints "ready tcp=127.0.0.1:PORT" and runs until it is killed.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BACKLOG = 1024, READ_MAX = 64 << 10 };

static int fail(const char *what)
{
	fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
	return 1;
}

static void watch(int epoll, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

static void take(int epoll, int listener)
{
	const int on = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	watch(epoll, fd);
}

static void echo(int fd, char *room)
{
	ssize_t n = recv(fd, room, READ_MAX, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	// The clients here have less outstanding than a socket holds: one that does not take its
	// answers is broken, and so let go.
	if (n <= 0 || send(fd, room, (size_t)n, MSG_NOSIGNAL) != n)
		close(fd);
}

int main(void)
{
	char room[READ_MAX];
	struct epoll_event events[EVENTS];
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t at_bytes = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || epoll < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 ||
		listen(listener, BACKLOG) != 0 ||
		getsockname(listener, (struct sockaddr *)&at, &at_bytes) != 0)
		return fail("listen");
	printf("ready tcp=127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	watch(epoll, listener);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				take(epoll, listener);
			else
				echo(events[i].data.fd, room);
		}
	}
}
