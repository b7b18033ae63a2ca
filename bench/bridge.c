// SPDX-License-Identifier: MIT
// Bridge: `connections` mods on `channels` channels and one bot at a relay of /sync.  One side speaks;
// every message must be acknowledged and must reach the other side, once and in its speaker's order.
//
// Closed loop (rate=0): every speaker keeps `window` messages under way; one is done when it has been
// acknowledged and has reached all it is for.  Measures the server's CPU per message.
// Open loop (rate=R): R messages a second whatever happens, the speakers taking turns.  Measures the
// time from when a message was due to its arrival.
//
// A message's number says whose it is: that of the n-th message of mod m is n * mods + m, and the bot
// speaks into channel number % channels.
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	EVENTS = 1024,
	SILENCE_MS = 2000, // nothing for so long: the server has stopped relaying
	DUE_MAX = 1 << 16, // messages whose due time is remembered; a power of two
	TEXT_MAX = 512,
};

struct peer {
	struct client client;
	uint64_t sent, acked, landed;
	char text[TEXT_MAX]; // what it says; the bot has one for each channel
};

struct relay {
	const struct options *o;
	struct scratch *scratch;
	struct peer *mods, *bot; // the bot is behind the mods
	struct peer *voices;     // the bot's text for each channel
	struct histogram *latency;
	uint64_t *due;
	struct stamp stamp;
	int epoll;
	bool bot_speaks;
	uint64_t sent, landed, acked, misordered, errors, closed, now;
};

// --- what comes ---

static void land(struct relay *r, struct peer *at, uint64_t seq)
{
	uint64_t mods = (uint64_t)r->o->connections;
	struct peer *counted = r->bot_speaks ? at : &r->mods[seq % mods];
	uint64_t step = r->bot_speaks ? (uint64_t)r->o->channels : mods;
	r->misordered += seq / step != counted->landed;
	counted->landed = seq / step + 1;
	r->landed++;
	if (r->latency)
		histogram_add(r->latency, r->now - r->due[seq % DUE_MAX]);
}

static void hear(void *user, struct client *c, const char *text, size_t n)
{
	static const char completed[] = "\"completed\"";
	struct relay *r = user;
	struct peer *at = (struct peer *)(void *)c; // client is its first member
	uint64_t seq;
	if (stamp_read(&r->stamp, text, n, &seq)) {
		land(r, at, seq);
		return;
	}
	at->acked++;
	r->acked++;
	if (!memmem(text, n, completed, sizeof completed - 1) && r->errors++ == 0)
		fprintf(stderr, "load: first error: %.*s\n", (int)n, text);
}

static bool turn(struct relay *r, uint64_t wait_ns)
{
	struct epoll_event events[EVENTS];
	struct timespec wait = {(time_t)(wait_ns / SECOND_NS), (long)(wait_ns % SECOND_NS)};
	int n = epoll_pwait2(r->epoll, events, EVENTS, &wait, NULL);
	r->now = now_ns();
	for (int i = 0; i < n; i++) {
		struct client *c = events[i].data.ptr;
		client_pump(c, r->scratch, hear, r);
		if (c->closed) {
			epoll_ctl(r->epoll, EPOLL_CTL_DEL, c->fd, NULL);
			r->closed++;
		}
	}
	return n > 0;
}

// --- what is said ---

static void put(struct relay *r, struct burst *b, struct peer *p)
{
	uint64_t mods = (uint64_t)r->o->connections;
	uint64_t seq = r->bot_speaks ? p->sent : p->sent * mods + (uint64_t)(p - r->mods);
	const char *text = r->bot_speaks ? r->voices[seq % (uint64_t)r->o->channels].text : p->text;
	burst_put(b, true, text, seq);
	p->sent++;
	r->sent++;
}

// How many each message of the bot is for.
static uint64_t fan(const struct relay *r)
{
	return (uint64_t)(r->o->connections / r->o->channels);
}

static void speak(struct relay *r, struct peer *p)
{
	uint64_t landed = r->bot_speaks ? r->landed / fan(r) : p->landed;
	uint64_t done = landed < p->acked ? landed : p->acked;
	struct burst b = {.p = r->scratch->send};
	while (p->sent < done + (uint64_t)r->o->window)
		put(r, &b, p);
	if (b.n > 0)
		client_send(&p->client, b.p, b.n);
}

static bool flat_out(struct relay *r, uint64_t until)
{
	for (r->now = now_ns(); r->now < until;) {
		if (r->bot_speaks)
			speak(r, r->bot);
		for (long i = 0; !r->bot_speaks && i < r->o->connections; i++)
			speak(r, &r->mods[i]);
		if (!turn(r, SILENCE_MS * 1000000ULL))
			return false;
	}
	return true;
}

static void open_loop(struct relay *r, uint64_t until)
{
	uint64_t gap = SECOND_NS / (uint64_t)r->o->rate, next = now_ns();
	r->now = next;
	while (r->now < until) {
		for (; next <= r->now; next += gap) {
			struct peer *p = r->bot_speaks
						 ? r->bot
						 : &r->mods[r->sent % (uint64_t)r->o->connections];
			struct burst b = {.p = r->scratch->send};
			r->due[r->sent % DUE_MAX] = next;
			put(r, &b, p);
			client_send(&p->client, b.p, b.n);
		}
		turn(r, next - r->now);
	}
}

static uint64_t expected(const struct relay *r)
{
	return r->sent * (r->bot_speaks ? fan(r) : 1);
}

// Takes everything under way.
static void drain(struct relay *r)
{
	while (r->landed < expected(r) || r->acked < r->sent)
		if (!turn(r, SILENCE_MS * 1000000ULL))
			break;
}

// --- setting up ---

static void write_text(struct relay *r, struct peer *p, long n)
{
	char whose[128];
	if (r->bot_speaks)
		snprintf(whose, sizeof whose, "\"id\":\"channel-%03ld\"", n);
	else
		snprintf(whose, sizeof whose,
			"\"id\":\"server-%03ld\",\"destination\":{\"channel_id\":\"channel-%"
			"03ld\"}",
			n, n % r->o->channels);
	snprintf(p->text, sizeof p->text,
		"{\"msg_id\":\"5f2b1c9a-0001\",%s,\"author\":{\"id\":"
		"\"069a79f4-44e9-4726-a5be-fca90e38aaf5\",\"name\":\"Ann\"},\"content\":"
		"\"seq=00000000 says that the gate stays open until the bell\","
		"\"meta\":{\"world\":\"overworld\"},\"ts\":\"2026-01-02T03:04:05Z\"}",
		whose);
}

static void join(struct relay *r, struct peer *p, const char *greeting)
{
	const struct options *o = r->o;
	struct address to = {.host = o->host, .port = (int)o->port};
	client_open(&p->client, &to);
	client_upgrade(&p->client, o->path, o->key, false);
	if (!client_upgraded(&p->client, false))
		die("an upgrade failed");
	client_say(&p->client, greeting);
	client_heard(&p->client, r->scratch, "connected");
	client_ready(&p->client, r->epoll, &p->client);
}

static void open_all(struct relay *r)
{
	const struct options *o = r->o;
	char greeting[160];
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->mods = load_alloc((size_t)o->connections + 1, sizeof *r->mods);
	r->bot = r->mods + o->connections;
	r->voices = load_alloc((size_t)o->channels, sizeof *r->voices);
	for (long i = 0; i < o->connections; i++) {
		snprintf(greeting, sizeof greeting,
			"{\"type\":\"mod\",\"data\":{\"server_id\":\"server-%03ld\","
			"\"channel_id\":\"channel-%03ld\"}}",
			i, i % o->channels);
		join(r, &r->mods[i], greeting);
		write_text(r, &r->mods[i], i);
	}
	join(r, r->bot, "{\"type\":\"bot\",\"data\":{\"bot_id\":\"bench\"}}");
	for (long i = 0; r->bot_speaks && i < o->channels; i++)
		write_text(r, &r->voices[i], i);
}

// --- the run ---

struct sample {
	uint64_t at, server, self, acked, landed;
};

static struct sample sample(const struct relay *r)
{
	return (struct sample){
		now_ns(), cpu_of_ns(&r->o->pids), cpu_self_ns(), r->acked, r->landed};
}

static void print(const struct relay *r, struct sample a, struct sample b)
{
	double wall = (double)(b.at - a.at), server = (double)(b.server - a.server);
	double messages = (double)(b.acked - a.acked), landed = (double)(b.landed - a.landed);
	printf("{\"messages\": %.0f, \"seconds\": %.4f, \"ns_per_message\": %.1f, "
	       "\"ns_per_delivery\": %.1f, \"messages_per_s\": %.0f, ",
		messages, wall / 1e9, messages > 0 ? server / messages : 0.0,
		landed > 0 ? server / landed : 0.0, messages / wall * 1e9);
	printf("\"server_util\": %.3f, \"client_util\": %.3f, ", server / wall,
		(double)(b.self - a.self) / wall);
	if (r->latency)
		printf("\"p50_us\": %llu, \"p99_us\": %llu, \"p999_us\": %llu, ",
			(unsigned long long)histogram_us(r->latency, 0.50),
			(unsigned long long)histogram_us(r->latency, 0.99),
			(unsigned long long)histogram_us(r->latency, 0.999));
}

static void run(struct relay *r)
{
	uint64_t warm = now_ns() + (uint64_t)(r->o->warm_s * 1e9);
	bool alive = true;
	if (r->o->rate)
		open_loop(r, warm);
	else
		alive = flat_out(r, warm);
	if (r->o->rate) {
		drain(r);
		r->latency = load_alloc(1, sizeof *r->latency);
	}
	struct sample a = sample(r);
	uint64_t end = a.at + (uint64_t)(r->o->time_s * 1e9);
	if (alive && r->o->rate)
		open_loop(r, end);
	else if (alive)
		alive = flat_out(r, end);
	struct sample b = sample(r);
	print(r, a, b);
	drain(r);
	printf("\"missing\": %llu, \"unanswered\": %llu, \"misordered\": %llu, \"closed\": %llu, "
	       "\"errors\": %llu, \"silent\": %s}\n",
		(unsigned long long)(expected(r) - r->landed),
		(unsigned long long)(r->sent - r->acked), (unsigned long long)r->misordered,
		(unsigned long long)r->closed, (unsigned long long)r->errors,
		alive ? "false" : "true");
}

int bridge(const struct options *o)
{
	struct relay r = {.o = o, .bot_speaks = strcmp(o->message, "bot") == 0};
	if (o->channels < 1 || o->connections < o->channels || o->connections % o->channels)
		die("connections must be a multiple of channels");
	r.scratch = load_alloc(1, sizeof *r.scratch);
	r.due = load_alloc(DUE_MAX, sizeof *r.due);
	open_all(&r);
	run(&r);
	for (long i = 0; i <= o->connections; i++)
		client_reset(&r.mods[i].client);
	free(r.mods);
	free(r.voices);
	free(r.scratch);
	free(r.due);
	free(r.latency);
	return 0;
}
