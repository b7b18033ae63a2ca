// SPDX-License-Identifier: MIT
// Players who type and read.
//
// players: each types once in a while, evenly spread, `rate` lines a second in all, whatever happens;
// the game answers each.  The time counts from when a line was due to the end of its answer.
// fanin: each has `window` lines under way, as fast as the game, a session of ours, hears them.
#include "players.h"
#include "telnet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	SILENCE_MS = 2000, // nothing for so long: it has stopped
	DUE_MAX = 1 << 16, // lines whose due time is remembered; a power of two
};

struct play {
	struct crowd crowd;
	struct stamp stamp;
	struct histogram *latency;
	uint64_t *due; // per line, by sequence number
	struct client game;
	uint64_t sent, answered, bytes, errors, gaps;
	bool going; // fanin: what is heard is followed by more; players: times count
};

static void play_init(struct play *p, const struct options *o)
{
	p->crowd.o = o;
	p->crowd.n = o->connections;
	p->crowd.scratch = load_alloc(1, sizeof *p->crowd.scratch);
	p->crowd.all = load_alloc((size_t)o->connections, sizeof *p->crowd.all);
	p->crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
	p->latency = load_alloc(1, sizeof *p->latency);
	p->due = load_alloc(DUE_MAX, sizeof *p->due);
}

static void play_fini(struct play *p)
{
	for (long i = 0; i < p->crowd.n; i++)
		client_reset(&p->crowd.all[i]);
	if (p->crowd.game)
		client_reset(p->crowd.game);
	free(p->crowd.scratch);
	free(p->crowd.all);
	free(p->latency);
	free(p->due);
}

struct moment {
	uint64_t at, server, self, answered, bytes, reads;
};

static struct moment moment(const struct play *p)
{
	return (struct moment){now_ns(), cpu_of_ns(&p->crowd.o->pids), cpu_self_ns(), p->answered,
		p->bytes, p->crowd.reads};
}

static void print(const struct play *p, struct moment a, struct moment b)
{
	double wall = (double)(b.at - a.at), server = (double)(b.server - a.server);
	double lines = (double)(b.answered - a.answered);
	printf("{\"lines\": %.0f, \"seconds\": %.4f, \"ns_per_line\": %.1f, \"lines_per_s\": %.0f, "
	       "\"server_util\": %.3f, \"client_util\": %.3f, \"bytes_per_line\": %.0f, "
	       "\"reads_per_line\": %.3f, ",
		lines, wall / 1e9, lines > 0 ? server / lines : 0.0, lines / wall * 1e9,
		server / wall, (double)(b.self - a.self) / wall,
		lines > 0 ? (double)(b.bytes - a.bytes) / lines : 0.0,
		lines > 0 ? (double)(b.reads - a.reads) / lines : 0.0);
	if (p->latency->n)
		printf("\"p50_us\": %llu, \"p99_us\": %llu, \"p999_us\": %llu, ",
			(unsigned long long)histogram_us(p->latency, 0.50),
			(unsigned long long)histogram_us(p->latency, 0.99),
			(unsigned long long)histogram_us(p->latency, 0.999));
	printf("\"missing\": %llu, \"errors\": %llu, \"gaps\": %llu, \"closed\": %llu}\n",
		(unsigned long long)(p->sent - p->answered), (unsigned long long)p->errors,
		(unsigned long long)p->gaps, (unsigned long long)p->crowd.closed);
}

// --- players ---

static void read_answer(void *user, struct client *c, const char *text, size_t n)
{
	struct play *p = user;
	struct stamp here = {0}; // lines differ in what is before it
	uint64_t seq;
	(void)c;
	p->bytes += n + 1;
	if (!stamp_read(&here, text, n, &seq))
		return;
	p->answered++;
	if (p->going)
		histogram_add(p->latency, p->crowd.now - p->due[seq % DUE_MAX]);
}

static void type_until(struct play *p, uint64_t until)
{
	const struct options *o = p->crowd.o;
	uint64_t gap = SECOND_NS / (uint64_t)o->rate, next = p->crowd.now = now_ns();
	while (p->crowd.now < until) {
		for (; next <= p->crowd.now; next += gap) {
			struct burst b = {.p = p->crowd.scratch->send};
			burst_put(&b, false, o->message, p->sent);
			p->due[p->sent % DUE_MAX] = next;
			client_send(&p->crowd.all[p->sent++ % (uint64_t)p->crowd.n], b.p, b.n);
		}
		crowd_turn(&p->crowd, next - p->crowd.now, read_answer, p);
	}
}

static void drain(struct play *p)
{
	while (p->answered < p->sent)
		if (!crowd_turn(&p->crowd, SILENCE_MS * 1000000ULL, read_answer, p))
			break;
}

int players(const struct options *o)
{
	struct play p = {0};
	play_init(&p, o);
	crowd_open(&p.crowd, "Welcome");
	type_until(&p, now_ns() + (uint64_t)(o->warm_s * 1e9));
	drain(&p);
	p.going = true;
	struct moment a = moment(&p);
	type_until(&p, a.at + (uint64_t)(o->time_s * 1e9));
	struct moment b = moment(&p);
	drain(&p);
	print(&p, a, b);
	play_fini(&p);
	return 0;
}

// --- fanin ---

static void type(struct play *p, uint64_t who, long lines)
{
	struct burst b = {.p = p->crowd.scratch->send};
	for (long i = 0; i < lines; i++)
		burst_put(&b, false, p->crowd.o->message, who);
	p->sent += (uint64_t)lines;
	client_send(&p->crowd.all[who], b.p, b.n);
}

// When the whole burst of somebody was heard, the next is typed.
static void hear_line(void *user, struct client *c, const char *text, size_t n)
{
	struct play *p = user;
	uint64_t who;
	if (c != p->crowd.game)
		return;
	p->errors += memmem(text, n, "\"error\"", 7) != NULL;
	p->gaps += memmem(text, n, "\"gap\"", 5) != NULL;
	p->bytes += n + 1;
	if (!stamp_read(&p->stamp, text, n, &who) || who >= (uint64_t)p->crowd.n)
		return;
	p->answered++;
	struct client *player = &p->crowd.all[who];
	if (++player->next % (uint64_t)p->crowd.o->window == 0 && p->going)
		type(p, who, p->crowd.o->window);
}

static bool hear_until(struct play *p, uint64_t until)
{
	p->crowd.now = now_ns();
	while (p->crowd.now < until)
		if (!crowd_turn(&p->crowd, SILENCE_MS * 1000000ULL, hear_line, p))
			return false;
	return true;
}

int fanin(const struct options *o)
{
	struct play p = {0};
	play_init(&p, o);
	crowd_game(&p.crowd, &p.game);
	crowd_open(&p.crowd, "player_connected");
	p.going = true;
	for (long i = 0; i < p.crowd.n; i++)
		type(&p, (uint64_t)i, o->window);
	hear_until(&p, now_ns() + (uint64_t)(o->warm_s * 1e9));
	struct moment a = moment(&p);
	hear_until(&p, a.at + (uint64_t)(o->time_s * 1e9));
	struct moment b = moment(&p);
	p.going = false;
	while (p.answered < p.sent)
		if (!crowd_turn(&p.crowd, SILENCE_MS * 1000000ULL, hear_line, &p))
			break;
	print(&p, a, b);
	play_fini(&p);
	return 0;
}
