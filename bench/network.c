// SPDX-License-Identifier: MIT
// Network: a router with many MUDs on it.  `connections` MUDs, `channels` channels; nine of ten MUDs
// stay, listen to STABLE channels each and speak there, `rate` lines a second in all; the tenth come
// and go.  `churn` times a second somebody comes, goes, joins or leaves.
//
// Every line said must reach every MUD that stays and listens to its channel, once; the time is from
// sending to each arrival, so it holds both kernels' work and this program's.  At the end a MUD that
// knows nothing logs in: the list it is given must be what all others have put together from changes.
#include "load.h"
#include "mud.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	CHANNELS_MAX = 256,
	STABLE = 20,      // channels each listens to from the first to the last moment
	PER_ADDRESS = 16, // MUDs of one address: routers count them
	EVENTS = 256,
	QUIET_MS = 500, // nothing for so long: all under way has arrived
	LOGIN_MS = 10000,
	SAMPLES_MAX = 4096, // of memory, one a second
	STAMP_DIGITS = 16,
};

struct place { // one of the MUDs
	struct mud mud;
	struct address from;
	bool stays;
	bool stable[CHANNELS_MAX], joined[CHANNELS_MAX];
	uint64_t got;
};

struct network {
	const struct options *o;
	struct scratch *scratch;
	struct place *all;
	struct histogram *latency;
	struct mud witness;
	uint64_t said[CHANNELS_MAX];
	uint64_t memory[SAMPLES_MAX];
	size_t samples;
	uint64_t now, delivered, lost; // lost: links that were to stay
	uint32_t dice;
	int epoll;
};

static uint32_t throw(struct network * w, uint32_t sides)
{
	w->dice ^= w->dice << 13; // xorshift: the same run every time
	w->dice ^= w->dice >> 17;
	w->dice ^= w->dice << 5;
	return w->dice % sides;
}

static long stayers(const struct network *w)
{
	return w->o->connections - w->o->connections / 10;
}

// --- hearing ---

static void hear(void *user, struct mud *m, const char *text, size_t n)
{
	struct network *w = user;
	struct place *p = (struct place *)m;
	const char *channel = memmem(text, n, ",0,0,\"c", 7), *stamp = memmem(text, n, "at=", 3);
	if (m == &w->witness || !p->stays || !channel || !stamp)
		return;
	long c = strtol(channel + 7, NULL, 10);
	if (c < 0 || c >= w->o->channels || !p->stable[c])
		return;
	p->got++;
	w->delivered++;
	uint64_t sent = strtoull(stamp + 3, NULL, 16);
	histogram_add(w->latency, w->now > sent ? w->now - sent : 0);
}

static bool turn(struct network *w, uint64_t wait_ns)
{
	struct epoll_event events[EVENTS];
	struct timespec wait = {(time_t)(wait_ns / SECOND_NS), (long)(wait_ns % SECOND_NS)};
	int n = epoll_pwait2(w->epoll, events, EVENTS, &wait, NULL);
	for (int i = 0; i < n; i++) {
		struct mud *m = events[i].data.ptr;
		w->now = now_ns();
		mud_pump(m, w->scratch, hear, w);
		if (!m->closed)
			continue;
		struct place *p = (struct place *)m;
		if (m == &w->witness || p->stays)
			w->lost++;
		mud_close(m);
	}
	w->now = now_ns();
	return n > 0;
}

// --- coming, going, speaking ---

static void come(struct network *w, struct mud *m, const struct address *from)
{
	mud_open(m, from, w->o->message);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = m};
	epoll_ctl(w->epoll, EPOLL_CTL_ADD, m->fd, &e);
}

static void wait_welcome(struct network *w, const struct mud *m)
{
	uint64_t until = now_ns() + LOGIN_MS * 1000000ULL;
	while (!m->welcome && !m->closed && w->now < until)
		turn(w, SECOND_NS / 10);
	if (!m->welcome)
		die("%s was not let in", m->name);
}

static void listen_to(struct network *w, struct place *p, long c, bool on)
{
	p->joined[c] = on;
	mud_say(&p->mud, "({\"channel-listen\",5,\"%s\",0,\"%s\",0,\"c%03ld\",%d,})", p->mud.name,
		w->o->message, c, on);
}

static void change(struct network *w)
{
	long n = w->o->connections, stay = stayers(w);
	bool move = n > stay && throw(w, 10) == 0;
	struct place *p =
		&w->all[move ? stay + throw(w, (uint32_t)(n - stay)) : throw(w, (uint32_t)stay)];
	long c = throw(w, (uint32_t)w->o->channels);
	if (!move && !p->stable[c]) {
		listen_to(w, p, c, !p->joined[c]);
	} else if (move && p->mud.fd < 0) {
		come(w, &p->mud, &p->from);
	} else if (move && p->mud.welcome) {
		mud_say(&p->mud, "({\"shutdown\",5,\"%s\",0,\"%s\",0,0,})", p->mud.name,
			w->o->message);
	}
}

static void speak(struct network *w)
{
	struct place *p = &w->all[throw(w, (uint32_t)stayers(w))];
	long c = throw(w, (uint32_t)w->o->channels);
	while (!p->stable[c])
		c = (c + 1) % w->o->channels;
	w->said[c]++;
	mud_say(&p->mud,
		"({\"channel-m\",5,\"%s\",\"somebody\",0,0,\"c%03ld\",\"Somebody\","
		"\"at=%0*llx says that the gate stays open until the bell has rung three "
		"times\",})",
		p->mud.name, c, STAMP_DIGITS, (unsigned long long)now_ns());
}

// --- the run ---

static void open_all(struct network *w)
{
	char name[MUD_NAME_MAX];
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (long i = 0; i < w->o->connections; i++) {
		struct place *p = &w->all[i];
		snprintf(name, sizeof name, "Mud%04ld", i);
		mud_init(&p->mud, name);
		p->from = (struct address){.host = w->o->host, .port = (int)w->o->port};
		p->from.source = 2 + (int)(i / PER_ADDRESS);
		p->stays = i < stayers(w);
		come(w, &p->mud, &p->from);
		wait_welcome(w, &p->mud);
		for (long k = 0; p->stays && k < STABLE; k++) {
			long c = (i * 13 + k * 7) % w->o->channels;
			p->stable[c] = true;
			listen_to(w, p, c, true);
		}
	}
	while (turn(w, QUIET_MS * 1000000ULL))
		; // until the lists have all arrived
}

static void run(struct network *w, uint64_t until)
{
	uint64_t line_gap = SECOND_NS / (uint64_t)w->o->rate, line = w->now;
	uint64_t churn_gap = w->o->churn ? SECOND_NS / (uint64_t)w->o->churn : 0, churn = w->now;
	uint64_t weigh = w->now;
	while (w->now < until) {
		for (; line <= w->now; line += line_gap)
			speak(w);
		for (; churn_gap && churn <= w->now; churn += churn_gap)
			change(w);
		if (weigh <= w->now && w->samples < SAMPLES_MAX) {
			w->memory[w->samples++] = memory_of_bytes(&w->o->pids);
			weigh += SECOND_NS;
		}
		turn(w, line > w->now ? line - w->now : 0);
	}
}

static uint64_t missing(const struct network *w)
{
	uint64_t expected = 0;
	for (long i = 0; i < w->o->connections; i++)
		for (long c = 0; c < w->o->channels; c++)
			if (w->all[i].stays && w->all[i].stable[c])
				expected += w->said[c];
	return expected > w->delivered ? expected - w->delivered
				       : w->delivered - expected; // or doubled
}

static long unequal(struct network *w)
{
	struct address from = {.host = w->o->host, .port = (int)w->o->port};
	from.source = 2 + (int)(w->o->connections / PER_ADDRESS) + 1;
	mud_init(&w->witness, "Witness");
	come(w, &w->witness, &from);
	wait_welcome(w, &w->witness);
	while (turn(w, QUIET_MS * 1000000ULL))
		;
	long n = 0;
	for (long i = 0; i < w->o->connections; i++)
		if (w->all[i].mud.fd >= 0)
			n += mud_unequal(&w->all[i].mud, &w->witness, w->witness.name);
	return n;
}

// The mean of a tenth of the samples, from `at` on.
static double memory(const struct network *w, size_t at)
{
	size_t n = w->samples / 10 + 1;
	double sum = 0;
	for (size_t i = at; i < at + n; i++)
		sum += (double)w->memory[i];
	return sum / (double)n;
}

struct sample {
	uint64_t at, server, self, delivered;
};

static struct sample sample(const struct network *w)
{
	return (struct sample){now_ns(), cpu_of_ns(&w->o->pids), cpu_self_ns(), w->delivered};
}

static void print_cost(const struct network *w, struct sample a, struct sample b)
{
	double wall = (double)(b.at - a.at), server = (double)(b.server - a.server);
	double delivered = (double)(b.delivered - a.delivered);
	printf("{\"seconds\": %.1f, \"deliveries\": %.0f, \"server_util\": %.4f, "
	       "\"client_util\": %.3f, \"ns_per_delivery\": %.1f, ",
		wall / 1e9, delivered, server / wall, (double)(b.self - a.self) / wall,
		delivered > 0 ? server / delivered : 0.0);
	printf("\"p50_us\": %llu, \"p99_us\": %llu, \"p999_us\": %llu, \"memory_first\": %.0f, "
	       "\"memory_last\": %.0f, ",
		(unsigned long long)histogram_us(w->latency, 0.5),
		(unsigned long long)histogram_us(w->latency, 0.99),
		(unsigned long long)histogram_us(w->latency, 0.999), memory(w, 0),
		memory(w, w->samples - w->samples / 10 - 1));
}

static void print_faults(struct network *w)
{
	uint64_t errors = 0;
	long different = unequal(w);
	for (long i = 0; i < w->o->connections; i++)
		errors += w->all[i].mud.errors;
	printf("\"missing\": %llu, \"errors\": %llu, \"closed\": %llu, \"unequal\": %ld}\n",
		(unsigned long long)missing(w), (unsigned long long)errors,
		(unsigned long long)w->lost, different);
}

int network(const struct options *o)
{
	struct network w = {.o = o, .dice = 2463534242u};
	if (o->channels < STABLE || o->channels > CHANNELS_MAX || o->connections < 10 || !o->rate)
		die("network: 20 to %d channels, 10 connections and a rate", CHANNELS_MAX);
	w.scratch = load_alloc(1, sizeof *w.scratch);
	w.latency = load_alloc(1, sizeof *w.latency);
	w.all = load_alloc((size_t)o->connections, sizeof *w.all);
	open_all(&w);
	run(&w, now_ns() + (uint64_t)(o->warm_s * 1e9));
	w.samples = 0;
	memset(w.latency, 0, sizeof *w.latency);
	struct sample before = sample(&w);
	run(&w, before.at + (uint64_t)(o->time_s * 1e9));
	struct sample after = sample(&w);
	while (turn(&w, QUIET_MS * 1000000ULL))
		; // until all that is under way has arrived
	print_cost(&w, before, after);
	print_faults(&w);
	for (long i = 0; i < o->connections; i++)
		mud_fini(&w.all[i].mud);
	mud_fini(&w.witness);
	free(w.all);
	free(w.latency);
	free(w.scratch);
	return 0;
}
