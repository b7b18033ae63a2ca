// SPDX-License-Identifier: MIT
// The least a game can be: whoever comes reads "Welcome.", and each line with "seq=" and eight digits
// in it is answered with 1 KB of coloured text that ends in the same digits.
//
//	game telnet               a telnet server; prints "ready telnet=127.0.0.1:PORT"
//	game rpc HOST PORT KEY    the same as a client of the API; prints "ready rpc=..." when let in
//
// Runs until it is killed, or the gate goes.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	EVENTS = 256,
	BACKLOG = 4096,
	ROOM = 1 << 20, // answers of one read; a read is smaller than a hundredth of it
	READ_MAX = 64 << 10,
	TYPED_MAX = 4 << 10,
	ANSWER = 1024, // bytes as a telnet client gets it
	SEQ = 12,      // seq= and the digits
	FILES = 1 << 16,
};

static char answer[2 * ANSWER]; // of telnet, or the JSON text of it
static size_t answer_n, answer_seq;
static char room[ROOM];
static size_t room_n;

static int fail(const char *what)
{
	fprintf(stderr, "game: %s: %s\n", what, strerror(errno));
	return 1;
}

static void put(const char *text, const char *escape, const char *newline)
{
	for (; *text; text++) {
		char c[2] = {*text, '\0'};
		const char *as = *text == '\x1b' ? escape : *text == '\n' ? newline : c;
		memcpy(answer + answer_n, as, strlen(as));
		answer_n += strlen(as);
	}
}

// A room as games describe one: a style every dozen characters or so.
static void answer_make(const char *escape, const char *newline)
{
	static const char line[] = "\x1b[1;33mThe market\x1b[0m has stalls in \x1b[36mall colours"
				   "\x1b[0m, and \x1b[1;31mnobody\x1b[0m buys there.\n";
	static const char last[] = "\x1b[32mseq=00000000\x1b[0m and good day\n";
	size_t n = 0, each = sizeof line, tail = sizeof last; // with CR in place of NUL
	for (; n + each + tail <= ANSWER; n += each)
		put(line, escape, newline);
	for (; n + tail < ANSWER; n++)
		put("x", escape, newline);
	put(last, escape, newline);
	answer_seq = (size_t)((char *)memmem(answer, answer_n, "seq=", 4) - answer);
}

static void add(const char *p, size_t n)
{
	if (room_n + n > ROOM) {
		fputs("game: more answers than there is room for\n", stderr);
		exit(1);
	}
	memcpy(room + room_n, p, n);
	room_n += n;
}

static void add_answer(const char *seq)
{
	add(answer, answer_n);
	memcpy(room + room_n - answer_n + answer_seq, seq, SEQ);
}

static void flush(int fd)
{
	for (size_t at = 0; at < room_n;) {
		ssize_t n = send(fd, room + at, room_n - at, MSG_NOSIGNAL);
		struct pollfd writable = {.fd = fd, .events = POLLOUT};
		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			poll(&writable, 1, 1000);
		else if (n >= 0 || errno != EINTR)
			break; // it has gone, as the next read will see
	}
	room_n = 0;
}

// --- telnet ---

struct typed {
	size_t n;
	char p[TYPED_MAX];
};
static struct typed *typed[FILES]; // by socket, as long as its line is not whole

static void take(int epoll, int listener)
{
	const int on = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 || fd >= FILES)
		return;
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
	add("Welcome.\r\n", 10);
	flush(fd);
}

static size_t answer_lines(const char *p, size_t n)
{
	size_t used = 0;
	for (const char *end; (end = memchr(p + used, '\n', n - used));) {
		size_t line = (size_t)(end - p) - used;
		const char *seq = memmem(p + used, line, "seq=", 4);
		if (seq && seq + SEQ <= end)
			add_answer(seq);
		used += line + 1;
	}
	return used;
}

static void hear(int fd)
{
	static char text[TYPED_MAX + READ_MAX];
	struct typed *before = typed[fd];
	size_t n = before ? before->n : 0;
	ssize_t got = recv(fd, text + n, READ_MAX, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (before)
		memcpy(text, before->p, n);
	free(before);
	typed[fd] = NULL;
	if (got <= 0) {
		close(fd);
		return;
	}
	n += (size_t)got;
	size_t used = answer_lines(text, n);
	flush(fd);
	if (used == n || n - used > TYPED_MAX)
		return;
	typed[fd] = malloc(sizeof *typed[fd]);
	if (!typed[fd])
		exit(fail("malloc"));
	typed[fd]->n = n - used;
	memcpy(typed[fd]->p, text + used, n - used);
}

static int be_telnet(void)
{
	struct epoll_event events[EVENTS];
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t at_bytes = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e = {.events = EPOLLIN, .data.fd = listener};
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	answer_make("\x1b", "\r\n");
	if (listener < 0 || epoll < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 ||
		listen(listener, BACKLOG) != 0 ||
		getsockname(listener, (struct sockaddr *)&at, &at_bytes) != 0)
		return fail("listen");
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
	printf("ready telnet=127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < n; i++)
			if (events[i].data.fd == listener)
				take(epoll, listener);
			else
				hear(events[i].data.fd);
	}
}

// --- a client of the API ---

static void output(const char *player, const char *seq)
{
	char head[128];
	int n = snprintf(head, sizeof head,
		"{\"jsonrpc\":\"2.0\",\"method\":\"player_output\",\"params\":{\"player_id\":%ld,"
		"\"text\":\"",
		strtol(player, NULL, 10));
	add(head, (size_t)n);
	if (seq)
		add_answer(seq);
	else
		add("Welcome.\\n", 10);
	add("\"}}\n", 4);
}

static void take_event(const char *text, size_t n)
{
	static const char id[] = "\"player_id\":";
	const char *player = memmem(text, n, id, sizeof id - 1);
	const char *seq = memmem(text, n, "\"line\":", 7);
	if (memmem(text, n, "\"session_id\"", 12)) {
		printf("ready rpc=the gate's\n");
		fflush(stdout);
	}
	if (!player)
		return;
	player += sizeof id - 1;
	if (memmem(text, n, "\"player_connected\"", 18))
		output(player, NULL);
	seq = seq ? memmem(seq, (size_t)(text + n - seq), "seq=", 4) : NULL;
	if (seq && seq + SEQ <= text + n)
		output(player, seq);
}

static int gate_open(const char *host, const char *port)
{
	const int on = 1;
	struct sockaddr_in at = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at.sin_port = htons((uint16_t)strtol(port, NULL, 10));
	if (inet_pton(AF_INET, host, &at.sin_addr) != 1 || fd < 0 ||
		connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static int be_client(const char *host, const char *port, const char *key)
{
	static char text[2 * READ_MAX];
	char login[256];
	size_t n = 0;
	int fd = gate_open(host, port);
	if (fd < 0)
		return fail("connect");
	answer_make("\\u001b", "\\n");
	int size = snprintf(login, sizeof login,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"authenticate\",\"params\":{\"api_key\":"
		"\"%s\"}}\n",
		key);
	add(login, (size_t)size);
	for (;;) {
		flush(fd);
		ssize_t got = recv(fd, text + n, sizeof text - n, 0);
		if (got <= 0)
			return 0;
		n += (size_t)got;
		size_t used = 0;
		for (char *end; (end = memchr(text + used, '\n', n - used));
			used = (size_t)(end - text) + 1)
			take_event(text + used, (size_t)(end - text) - used);
		memmove(text, text + used, n - used);
		n -= used;
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "telnet") == 0)
		return be_telnet();
	if (argc == 5 && strcmp(argv[1], "rpc") == 0)
		return be_client(argv[2], argv[3], argv[4]);
	fputs("usage: game telnet | game rpc HOST PORT KEY\n", stderr);
	return 2;
}
