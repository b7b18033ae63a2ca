// SPDX-License-Identifier: MIT
// Request and response: every connection keeps `window` requests outstanding; as many as were
// answered in one read are sent in one write.  Answers carry the request's id back, so order and
// loss are seen.  Measures requests per second of the server's CPU.
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	EVENTS = 256,
	SILENCE_MS = 2000, // nothing for so long: the server has stopped answering
};

struct asker {
	struct client client;
	struct stamp stamp;
	uint64_t sent, answered;
	bool sink;
};

struct talk {
	const struct options *o;
	struct scratch *scratch;
	struct asker *all; // connections, then the sink if there is one
	long n;
	int epoll;
	uint64_t answered, errors, misordered, events, now;
};

static void hear(void *user, struct client *c, const char *text, size_t n)
{
	struct talk *t = user;
	struct asker *a = (struct asker *)(void *)c; // client is its first member
	uint64_t seq;
	if (a->sink || !stamp_read(&a->stamp, text, n, &seq)) {
		t->events++;
		return;
	}
	if (seq != c->next)
		t->misordered++;
	c->next = seq + 1;
	a->answered++;
	t->answered++;
	if (t->o->errors && memmem(text, n, "\"error\"", 7) && t->errors++ == 0)
		fprintf(stderr, "load: first error: %.*s\n", (int)n, text);
}

static void ask(struct talk *t, struct asker *a)
{
	struct burst b = {.p = t->scratch->send};
	while (!a->sink && a->sent < a->answered + (uint64_t)t->o->window)
		burst_put(&b, a->client.ws, t->o->message, a->sent++);
	if (b.n > 0)
		client_send(&a->client, b.p, b.n);
}

static bool converse(struct talk *t, uint64_t until)
{
	struct epoll_event events[EVENTS];
	for (t->now = now_ns(); t->now < until; t->now = now_ns()) {
		int n = epoll_wait(t->epoll, events, EVENTS, SILENCE_MS);
		if (n == 0)
			return false;
		for (int i = 0; i < n; i++) {
			struct asker *a = events[i].data.ptr;
			client_pump(&a->client, t->scratch, hear, t);
			if (a->client.closed)
				die("the server closed a connection after %llu answers",
					(unsigned long long)a->answered);
			ask(t, a);
		}
	}
	return true;
}

static void open_all(struct talk *t, const struct options *o)
{
	struct options sink = *o;
	bool has_sink = *o->sink != 0;
	struct client *plain = load_alloc((size_t)o->connections + 1, sizeof *plain);
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	t->n = o->connections + has_sink;
	t->all = load_alloc((size_t)t->n, sizeof *t->all);
	load_open(o, plain, o->connections, t->scratch);
	sink.setup = o->sink;
	if (has_sink)
		load_open(&sink, plain + o->connections, 1, t->scratch);
	for (long i = 0; i < t->n; i++) {
		t->all[i] = (struct asker){.client = plain[i], .sink = i == o->connections};
		client_ready(&t->all[i].client, t->epoll, &t->all[i]);
	}
	free(plain);
}

int rtt(const struct options *o)
{
	struct talk t = {.o = o, .scratch = load_alloc(1, sizeof *t.scratch)};
	open_all(&t, o);
	for (long i = 0; i < t.n; i++)
		ask(&t, &t.all[i]);
	bool alive = converse(&t, now_ns() + (uint64_t)(o->warm_s * 1e9));
	uint64_t at = now_ns(), server = cpu_of_ns(&o->pids), self = cpu_self_ns();
	uint64_t before = t.answered;
	alive = alive && converse(&t, at + (uint64_t)(o->time_s * 1e9));
	double wall = (double)(now_ns() - at), cpu = (double)(cpu_of_ns(&o->pids) - server);
	double answered = (double)(t.answered - before);
	printf("{\"requests\": %.0f, \"seconds\": %.4f, \"server_cpu_s\": %.6f, "
	       "\"ns_per_request\": %.1f, \"per_cpu_s\": %.0f, \"per_s\": %.0f, ",
		answered, wall / 1e9, cpu / 1e9, answered > 0 ? cpu / answered : 0.0,
		cpu > 0 ? answered / cpu * 1e9 : 0.0, answered / wall * 1e9);
	printf("\"server_util\": %.3f, \"client_util\": %.3f, \"errors\": %llu, "
	       "\"misordered\": %llu, \"events\": %llu, \"silent\": %s}\n",
		cpu / wall, (double)(cpu_self_ns() - self) / wall, (unsigned long long)t.errors,
		(unsigned long long)t.misordered, (unsigned long long)t.events,
		alive ? "false" : "true");
	for (long i = 0; i < t.n; i++)
		client_reset(&t.all[i].client);
	free(t.all);
	free(t.scratch);
	return 0;
}
