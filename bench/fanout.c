// SPDX-License-Identifier: MIT
// Fan-out: everything one publisher sends, `connections` receivers and it itself must get, once
// and in order.
//
// Closed loop (rate=0): two bursts are under way at any time; one is acknowledged when the
// publisher has got its own messages back, and then the next is sent.  Measures the server's CPU
// per delivery.
// Open loop (rate=R): R messages a second whatever happens, after `fill` bytes in the closed loop.
// Measures the time from when a message was due to each delivery, so a server that falls behind is
// seen to.  With `telnet` the receivers are players and the publisher is their game, which receives
// nothing itself: a burst is acknowledged when the last of the players has it.  With `stalled` connections that never read, it shows what these cost the others.
#include "players.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	EVENTS = 1024,
	SILENCE_MS = 2000, // nothing for so long: the server has stopped delivering
	DUE_MAX = 1 << 16, // messages whose due time is remembered; a power of two
};

struct fan {
	const struct options *o;
	struct scratch *scratch;
	struct client *all;             // receivers, then the publisher
	struct client *publisher, *ear; // ear: whose copy says that a burst has arrived
	struct client *stalled;
	struct histogram *latency; // NULL in the closed loop
	uint64_t *due;             // per message, by sequence number
	struct stamp stamp;
	int epoll;
	long n; // of those who receive
	uint64_t sent, delivered, misordered, reads, bytes, message_bytes, closed, errors;
	uint64_t now; // at the last epoll_wait
};

static void deliver(void *user, struct client *c, const char *text, size_t n)
{
	struct fan *f = user;
	uint64_t seq;
	if (!stamp_read(&f->stamp, text, n, &seq)) { // an answer or another event
		if (memmem(text, n, "\"error\"", 7) && f->errors++ == 0)
			fprintf(stderr, "load: first error: %.*s\n", (int)n, text);
		return;
	}
	f->delivered++;
	f->message_bytes = n;
	if (seq != c->next)
		f->misordered++;
	c->next = seq + 1;
	if (f->latency)
		histogram_add(f->latency, f->now - f->due[seq % DUE_MAX]);
}

static void publish(struct fan *f, long messages)
{
	struct client *publisher = f->publisher;
	struct burst b = {.p = f->scratch->send};
	for (long i = 0; i < messages; i++)
		burst_put(&b, publisher->ws, f->o->message, f->sent++);
	client_send(publisher, b.p, b.n);
}

// One turn: wait for at most wait_ns, take what came.  False: nothing came.
static bool turn(struct fan *f, uint64_t wait_ns)
{
	struct epoll_event events[EVENTS];
	struct timespec wait = {(time_t)(wait_ns / SECOND_NS), (long)(wait_ns % SECOND_NS)};
	int n = epoll_pwait2(f->epoll, events, EVENTS, &wait, NULL);
	f->now = now_ns();
	for (int i = 0; i < n; i++) {
		struct client *c = events[i].data.ptr;
		if (client_pump(c, f->scratch, deliver, f))
			f->reads++;
		if (c->closed) {
			epoll_ctl(f->epoll, EPOLL_CTL_DEL, c->fd, NULL);
			f->closed++;
		}
	}
	return n > 0;
}

// Closed loop until `until` or until `messages` are sent.  False: the server fell silent.
static bool flat_out(struct fan *f, uint64_t until, uint64_t messages)
{
	uint64_t burst = (uint64_t)f->o->burst;
	f->now = now_ns();
	while (f->now < until && f->sent < messages) {
		while (f->sent + burst <= f->ear->next + 2 * burst)
			publish(f, f->o->burst);
		if (!turn(f, SILENCE_MS * 1000000ULL))
			return false;
	}
	return true;
}

static void open_loop(struct fan *f, uint64_t until)
{
	uint64_t gap = SECOND_NS / (uint64_t)f->o->rate, next = now_ns();
	f->now = next;
	while (f->now < until) {
		for (; next <= f->now; next += gap) {
			f->due[f->sent % DUE_MAX] = next;
			publish(f, 1);
		}
		turn(f, next - f->now);
	}
}

// Takes everything under way.  → deliveries that never came.
static uint64_t drain(struct fan *f)
{
	uint64_t expected = (uint64_t)f->n * f->sent;
	while (f->delivered < expected)
		if (!turn(f, SILENCE_MS * 1000000ULL))
			break;
	return f->delivered < expected ? expected - f->delivered : 0;
}

// How many of the stalled the server has closed: read what the kernel holds for them, see the end.
static long stalled_closed(struct fan *f)
{
	long closed = 0;
	for (long i = 0; i < f->o->stalled; i++) {
		struct pollfd p = {.fd = f->stalled[i].fd, .events = POLLIN | POLLRDHUP};
		ssize_t n = 1;
		while (n > 0 && poll(&p, 1, 20) > 0)
			n = recv(p.fd, f->scratch->read, CLIENT_READ_MAX, 0);
		closed += n == 0 || (n < 0 && errno == ECONNRESET);
	}
	return closed;
}

static void open_stalled(struct fan *f)
{
	const struct options *o = f->o;
	for (long i = 0; i < o->stalled; i++) {
		struct client *c = &f->stalled[i];
		struct address to = {.host = o->host, .port = (int)o->port, .small = true};
		client_open(c, &to);
		if (o->ws) {
			client_upgrade(c, o->path, o->key, o->deflate);
			if (!client_upgraded(c, o->deflate))
				die("upgrade of stalled connection %ld failed", i);
		}
		if (*o->setup) {
			client_say(c, o->setup);
			client_heard(c, f->scratch, "setup");
		}
		client_ready(c, -1, NULL);
	}
}

static void open_players(struct fan *f)
{
	struct crowd crowd = {.o = f->o, .all = f->all, .n = f->n, .scratch = f->scratch};
	crowd.epoll = f->epoll;
	crowd_game(&crowd, f->publisher);
	crowd_open(&crowd, "player_connected");
}

static void open_all(struct fan *f)
{
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (f->o->telnet) {
		open_players(f);
	} else {
		open_stalled(f);
		load_open(f->o, f->all, f->n, f->scratch);
		for (long i = 0; i < f->n; i++)
			client_ready(&f->all[i], f->epoll, &f->all[i]);
	}
	for (f->now = now_ns(); turn(f, 200 * 1000000ULL);)
		; // greetings and answers: until nothing comes for a while
	f->delivered = f->reads = 0;
}

struct sample {
	uint64_t at;
	struct cpu server;
	uint64_t self, delivered, reads;
};

static struct sample sample(const struct fan *f)
{
	return (struct sample){
		now_ns(), cpu_of(&f->o->pids), cpu_self_ns(), f->delivered, f->reads};
}

static void print(struct fan *f, struct sample a, struct sample b)
{
	double wall = (double)(b.at - a.at), server = (double)(b.server.ns - a.server.ns);
	double delivered = (double)(b.delivered - a.delivered);
	printf("{\"deliveries\": %.0f, \"seconds\": %.4f, \"server_cpu_s\": %.6f, "
	       "\"ns_per_delivery\": %.2f, \"deliveries_per_s\": %.0f, ",
		delivered, wall / 1e9, server / 1e9, delivered > 0 ? server / delivered : 0.0,
		delivered / wall * 1e9);
	printf("\"server_util\": %.3f, \"client_util\": %.3f, \"per_read\": %.2f, "
	       "\"workers_cpu_s\": %.6f, \"message_bytes\": %llu, ",
		server / wall, (double)(b.self - a.self) / wall,
		delivered / (double)(b.reads > a.reads ? b.reads - a.reads : 1),
		(double)(b.server.workers_ns - a.server.workers_ns) / 1e9,
		(unsigned long long)f->message_bytes);
	if (f->latency)
		printf("\"p50_us\": %llu, \"p99_us\": %llu, \"p999_us\": %llu, ",
			(unsigned long long)histogram_us(f->latency, 0.50),
			(unsigned long long)histogram_us(f->latency, 0.99),
			(unsigned long long)histogram_us(f->latency, 0.999));
}

int fanout(const struct options *o)
{
	struct fan f = {.o = o, .n = o->connections + !o->telnet};
	f.scratch = load_alloc(1, sizeof *f.scratch);
	f.all = load_alloc((size_t)o->connections + 1, sizeof *f.all);
	f.publisher = &f.all[o->connections];
	f.ear = &f.all[f.n - 1];
	f.stalled = load_alloc((size_t)o->stalled, sizeof *f.stalled);
	f.due = load_alloc(DUE_MAX, sizeof *f.due);
	open_all(&f);
	uint64_t warm = now_ns() + (uint64_t)(o->warm_s * 1e9);
	uint64_t fill = (uint64_t)o->fill / (strlen(o->message) + 1) + 1;
	bool alive = flat_out(&f, o->rate ? UINT64_MAX : warm, o->rate ? fill : UINT64_MAX);
	if (o->rate) {
		drain(&f);
		f.latency = load_alloc(1, sizeof *f.latency);
	}
	struct sample a = sample(&f);
	uint64_t end = a.at + (uint64_t)(o->time_s * 1e9);
	if (alive && o->rate)
		open_loop(&f, end);
	else if (alive)
		alive = flat_out(&f, end, UINT64_MAX);
	struct sample b = sample(&f);
	print(&f, a, b);
	uint64_t missing = drain(&f);
	printf("\"missing\": %llu, \"misordered\": %llu, \"closed\": %llu, \"errors\": %llu, "
	       "\"stalled_closed\": %ld, \"silent\": %s}\n",
		(unsigned long long)missing, (unsigned long long)f.misordered,
		(unsigned long long)f.closed, (unsigned long long)f.errors, stalled_closed(&f),
		alive ? "false" : "true");
	for (long i = 0; i <= o->connections; i++)
		client_reset(&f.all[i]);
	for (long i = 0; i < o->stalled; i++)
		client_reset(&f.stalled[i]);
	free(f.scratch);
	free(f.all);
	free(f.stalled);
	free(f.due);
	free(f.latency);
	return 0;
}
