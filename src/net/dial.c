// SPDX-License-Identifier: MIT
#include "net/dial.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/mem.h"
#include "net/net_priv.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

struct dial {
	union {
		uv_getaddrinfo_t lookup; // libuv keeps slow names from using up all worker threads
		struct job refused;      // instead, when libuv will not even look the name up
	};
	struct net *net;
	struct dial_to to;
	struct dial **slot; // the owner's pointer to us, cleared when we go
	const char *why;    // why not
	bool cancelled;
};

static const struct addrinfo *pick(const struct addrinfo *found, unsigned attempt)
{
	unsigned n = 0;
	for (const struct addrinfo *a = found; a; a = a->ai_next)
		n++;
	const struct addrinfo *a = found;
	for (unsigned i = attempt % n; i > 0; i--)
		a = a->ai_next;
	return a;
}

static void answer(struct dial *d, const struct addrinfo *found)
{
	struct dial_to to = d->to;
	struct net *net = d->net;
	const char *why = d->why;
	bool cancelled = d->cancelled;
	net->dials--;
	if (d->slot)
		*d->slot = NULL;
	free(d);
	if (cancelled)
		return;
	if (!why) {
		const struct addrinfo *a = pick(found, to.attempt);
		if (!conn_dial(net, a->ai_addr, &to.conn, to.timeout_ms))
			why = "no socket to be had";
	}
	if (why)
		to.on_failed(to.conn.owner, why);
}

static void on_lookup(uv_getaddrinfo_t *r, int status, struct addrinfo *found)
{
	struct dial *d = container_of(r, struct dial, lookup);
	clock_update();
	d->why = status ? uv_strerror(status) : NULL;
	answer(d, found);
	uv_freeaddrinfo(found);
}

static void do_nothing(struct job *j)
{
	(void)j;
}

static void on_refused(struct job *j)
{
	answer(container_of(j, struct dial, refused), NULL);
}

struct dial *dial_open(struct net *net, const struct dial_to *to)
{
	struct dial *d = mem_zalloc(sizeof *d);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	char service[8];
	d->net = net;
	d->to = *to;
	net->dials++;
	snprintf(service, sizeof service, "%u", to->port);
	int error = uv_getaddrinfo(
		&net_loop(net)->uv, &d->lookup, on_lookup, to->host, service, &hints);
	if (error) { // not a host name at all; the answer comes later all the same
		d->why = uv_strerror(error);
		d->refused = (struct job){.work = do_nothing, .done = on_refused};
		loop_job(net_loop(net), &d->refused);
	}
	return d;
}

void dial_watch(struct dial *d, struct dial **slot)
{
	d->slot = slot;
	*slot = d;
}

void dial_cancel(struct dial *d)
{
	if (!d)
		return;
	d->cancelled = true;
	if (d->slot)
		*d->slot = NULL;
	d->slot = NULL;
}

uint32_t backoff_next(struct backoff *b)
{
	unsigned shift = b->failures < 16 ? b->failures : 16;
	uint64_t ms = (uint64_t)b->base_ms << shift;
	if (ms > b->cap_ms)
		ms = b->cap_ms;
	b->failures++;
	return (uint32_t)ms + ids_below((uint32_t)(ms / 10 + 1));
}
