// SPDX-License-Identifier: MIT
// The byte side of both wires as a client sees them: frames of RFC 6455 §5.2 and lines.
#include "client.h"
#include "telnet.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WAIT_S = 10, // a server that answers no set-up step for so long is broken
	OP_TEXT = 1,
	OP_BINARY = 2,
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10,
};

static const char mask[4] = {0x3a, 0x5c, 0x11, 0x77};

static uint64_t digits(const char *p)
{
	uint64_t v = 0;
	for (int i = 0; i < SEQ_DIGITS; i++)
		v = v * 10 + (uint64_t)(p[i] - '0');
	return v;
}

bool stamp_read(struct stamp *s, const char *text, size_t n, uint64_t *seq)
{
	if (s->at < 4 || s->at + SEQ_DIGITS > n || memcmp(text + s->at - 4, "seq=", 4) != 0) {
		const char *found = memmem(text, n, "seq=", 4);
		if (!found || found + 4 + SEQ_DIGITS > text + n)
			return false;
		s->at = (size_t)(found - text) + 4;
	}
	*seq = digits(text + s->at);
	return true;
}

static size_t put_head(char *out, int op, size_t n)
{
	unsigned char *o = (unsigned char *)out;
	size_t head = 2;
	o[0] = (unsigned char)(0x80 | op);
	if (n < 126) {
		o[1] = (unsigned char)(0x80 | n);
	} else if (n <= 0xffff) {
		o[1] = 0x80 | 126;
		o[2] = (unsigned char)(n >> 8);
		o[3] = (unsigned char)n;
		head = 4;
	} else {
		die("a message of %zu bytes is more than this client sends", n);
	}
	memcpy(out + head, mask, 4);
	return head + 4;
}

static void put_message(struct burst *b, bool ws, int op, const char *text, size_t n)
{
	if (b->n + n + 8 > CLIENT_SEND_MAX)
		die("a burst is over %d bytes", CLIENT_SEND_MAX);
	if (!ws) {
		memcpy(b->p + b->n, text, n);
		b->p[b->n + n] = '\n';
		b->n += n + 1;
		return;
	}
	b->n += put_head(b->p + b->n, op, n);
	for (size_t i = 0; i < n; i++)
		b->p[b->n + i] = (char)(text[i] ^ mask[i & 3]);
	b->n += n;
}

void burst_put(struct burst *b, bool ws, const char *text, uint64_t seq)
{
	char copy[CLIENT_KEEP_MAX], number[SEQ_DIGITS + 1];
	size_t n = strlen(text);
	const char *found = strstr(text, "seq=");
	if (n >= sizeof copy)
		die("the message is over %zu bytes", sizeof copy);
	if (!found || strlen(found) < 4 + SEQ_DIGITS)
		die("the message has no seq=%.*s", SEQ_DIGITS, "00000000");
	memcpy(copy, text, n);
	snprintf(number, sizeof number, "%0*u", SEQ_DIGITS, (unsigned)(seq % 100000000));
	memcpy(copy + (found - text) + 4, number, SEQ_DIGITS);
	put_message(b, ws, OP_TEXT, copy, n);
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof value) != 0)
		die("setsockopt(%d, %d): %s", level, name, strerror(errno));
}

void client_open(struct client *c, const struct address *to)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)to->port)};
	struct timeval wait = {.tv_sec = WAIT_S};
	if (inet_pton(AF_INET, to->host, &at.sin_addr) != 1)
		die("host=%s is no IPv4 address", to->host);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	c->keep = malloc(CLIENT_KEEP_MAX); // pages are touched only by a message cut in two
	if (c->fd < 0 || !c->keep)
		die("socket: %s", strerror(errno));
	set(c->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	if (to->small) { // else the kernels on both sides take megabytes before the server notices
		set(c->fd, SOL_SOCKET, SO_RCVBUF, 4096);
		set(c->fd, IPPROTO_TCP, TCP_MAXSEG, 536);
	}
	if (to->source) {
		struct sockaddr_in from = {.sin_family = AF_INET};
		from.sin_addr.s_addr = htonl(0x7f000000u | (uint32_t)to->source);
		set(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
		if (bind(c->fd, (struct sockaddr *)&from, sizeof from) != 0)
			die("bind: %s", strerror(errno));
	}
	if (connect(c->fd, (struct sockaddr *)&at, sizeof at) != 0)
		die("connect to port %d: %s", to->port, strerror(errno));
}

void client_send(struct client *c, const char *p, size_t n)
{
	while (n > 0 && !c->closed) {
		ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN) {
			struct pollfd room = {.fd = c->fd, .events = POLLOUT};
			poll(&room, 1, WAIT_S * 1000);
		} else if (sent < 0 && errno != EINTR) {
			c->closed = true;
		} else if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		}
	}
}

void client_say(struct client *c, const char *text)
{
	char room[CLIENT_KEEP_MAX];
	struct burst b = {.p = room};
	if (strlen(text) + 16 > sizeof room)
		die("a set-up message is over %zu bytes", sizeof room);
	put_message(&b, c->ws, OP_TEXT, text, strlen(text));
	client_send(c, b.p, b.n);
}

void client_upgrade(struct client *c, const char *path, const char *key, bool deflate)
{
	char text[1024];
	int n = snprintf(text, sizeof text,
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		"Sec-WebSocket-Version: 13\r\n%s%s%s%s\r\n",
		path, *key ? "X-API-Key: " : "", key, *key ? "\r\n" : "",
		deflate ? "Sec-WebSocket-Extensions: permessage-deflate; "
			  "client_max_window_bits\r\n"
			: "");
	if (n < 0 || (size_t)n >= sizeof text)
		die("path or key is too long");
	c->ws = true;
	client_send(c, text, (size_t)n);
}

bool client_upgraded(struct client *c, bool deflate)
{
	char *end = NULL;
	while (!end) {
		ssize_t n = recv(c->fd, c->keep + c->kept, CLIENT_KEEP_MAX - c->kept, 0);
		if (n <= 0)
			return false;
		c->kept += (size_t)n;
		end = memmem(c->keep, c->kept, "\r\n\r\n", 4);
	}
	size_t head = (size_t)(end + 4 - c->keep);
	bool ok = memmem(c->keep, head, " 101 ", 5) != NULL;
	bool agreed = memmem(c->keep, head, "permessage-deflate", 18) != NULL;
	if (!ok)
		fprintf(stderr, "load: refused: %.*s\n", (int)head, c->keep);
	else if (agreed != deflate)
		fprintf(stderr, "load: compression %s\n", agreed ? "not asked for" : "declined");
	memmove(c->keep, end + 4, c->kept - head);
	c->kept -= head;
	return ok && agreed == deflate;
}

void client_ready(struct client *c, int epoll, void *tag)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = tag};
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	if (epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
		die("epoll_ctl: %s", strerror(errno));
}

void client_reset(struct client *c)
{
	struct linger reset = {.l_onoff = 1};
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(c->fd);
	telnet_free(c->telnet);
	free(c->keep);
}

struct cut { // one frame or line in the bytes read
	const char *p;
	size_t n;   // of the payload
	size_t all; // of the frame; 0: incomplete
	int op;
	bool packed; // compressed: this client does not read it
};

static struct cut cut_frame(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	if (n < 2)
		return (struct cut){0};
	size_t len = u[1] & 0x7f, head = 2;
	if (len == 126) {
		if (n < 4)
			return (struct cut){0};
		len = (size_t)u[2] << 8 | u[3];
		head = 4;
	} else if (len == 127) {
		die("a frame of over 64 KiB came; no server here sends such");
	}
	if (n < head + len)
		return (struct cut){0};
	return (struct cut){p + head, len, head + len, u[0] & 0x0f, u[0] & 0x40};
}

static struct cut cut_line(const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	if (!end)
		return (struct cut){0};
	return (struct cut){p, (size_t)(end - p), (size_t)(end - p) + 1, OP_TEXT, false};
}

static void answer_ping(struct client *c, const struct cut *ping)
{
	char room[160]; // control frames carry at most 125 bytes
	struct burst b = {.p = room};
	put_message(&b, true, OP_PONG, ping->p, ping->n < 125 ? ping->n : 125);
	client_send(c, b.p, b.n);
}

// Hands over the whole messages in p and keeps the rest.
static void cut_all(
	struct client *c, const char *p, size_t n, client_message *on_message, void *user)
{
	for (;;) {
		struct cut m = c->ws ? cut_frame(p, n) : cut_line(p, n);
		if (m.all == 0)
			break;
		if (m.op == OP_TEXT || m.op == OP_BINARY)
			on_message(user, c, m.p, m.packed ? 0 : m.n);
		else if (m.op == OP_PING)
			answer_ping(c, &m);
		else if (m.op == OP_CLOSE)
			c->closed = true;
		p += m.all;
		n -= m.all;
	}
	if (n > CLIENT_KEEP_MAX)
		die("a message is over %d bytes", CLIENT_KEEP_MAX);
	if (n > 0)
		memcpy(c->keep, p, n);
	c->kept = n;
}

bool client_pump(struct client *c, struct scratch *s, client_message *on_message, void *user)
{
	size_t kept = c->kept;
	char *to = c->telnet ? s->raw : s->read + kept;
	size_t most = c->telnet ? telnet_read_max(c->telnet) : CLIENT_READ_MAX;
	ssize_t n = recv(c->fd, to, most, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		c->closed = true;
		return false;
	}
	size_t more = (size_t)n;
	if (c->telnet)
		more = telnet_take(c, s->raw, more, s->read + kept, CLIENT_READ_MAX);
	if (kept > 0)
		memcpy(s->read, c->keep, kept);
	cut_all(c, s->read, kept + more, on_message, user);
	return true;
}

struct waiting {
	const char *id;
	bool heard;
};

static void hear(void *user, struct client *c, const char *text, size_t n)
{
	(void)c;
	struct waiting *w = user;
	if (n == 0) { // compressed: only the answer is, nothing else comes while setting up
		w->heard = true;
		return;
	}
	if (!memmem(text, n, w->id, strlen(w->id)))
		return; // a greeting, an event
	if (memmem(text, n, "\"error\"", 7))
		die("set-up refused: %.*s", (int)n, text);
	w->heard = true;
}

void client_heard(struct client *c, struct scratch *s, const char *id)
{
	struct waiting w = {.id = id};
	size_t kept = c->kept; // what came behind the upgrade response
	if (kept > 0) {
		memcpy(s->read, c->keep, kept);
		cut_all(c, s->read, kept, hear, &w);
	}
	while (!w.heard)
		if (!client_pump(c, s, hear, &w))
			die("set-up: no answer to %s within %d s (%s)", id, WAIT_S,
				c->closed ? "closed" : "silent");
}
