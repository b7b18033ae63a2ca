// SPDX-License-Identifier: MIT
#include "net/dial.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/mem.h"
#include "net/net_priv.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

struct dial {
	union {
		uv_getaddrinfo_t lookup; // libuv keeps slow names from using up all worker threads
		struct job nothing;      // instead, when there is no name to look up
	};
	struct net *net;
	struct dial_to to;
	struct sockaddr_un un; // where to, when it is a path
	struct dial **slot;    // the owner's pointer to us, cleared when we go
	const char *why;       // why not
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
	struct sockaddr_un un = d->un;
	const char *why = d->why;
	bool cancelled = d->cancelled;
	net->dials--;
	if (d->slot)
		*d->slot = NULL;
	free(d);
	if (cancelled)
		return;
	if (!why) {
		const struct sockaddr *at =
			found ? pick(found, to.attempt)->ai_addr : (const struct sockaddr *)&un;
		if (!conn_dial(net, at, &to.conn, to.timeout_ms))
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

static void on_nothing(struct job *j)
{
	answer(container_of(j, struct dial, nothing), NULL);
}

// The answer comes later all the same.
static void look_nothing_up(struct dial *d)
{
	d->nothing = (struct job){.work = do_nothing, .done = on_nothing};
	loop_job(net_loop(d->net), &d->nothing);
}

static void dial_path(struct dial *d)
{
	size_t n = strlen(d->to.path);
	d->un.sun_family = AF_UNIX;
	if (n < sizeof d->un.sun_path)
		memcpy(d->un.sun_path, d->to.path, n);
	else
		d->why = "the path is too long";
	look_nothing_up(d);
}

struct dial *dial_open(struct net *net, const struct dial_to *to)
{
	struct dial *d = mem_zalloc(sizeof *d);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	char service[8];
	d->net = net;
	d->to = *to;
	net->dials++;
	if (to->path) {
		dial_path(d);
		return d;
	}
	snprintf(service, sizeof service, "%u", to->port);
	int error = uv_getaddrinfo(
		&net_loop(net)->uv, &d->lookup, on_lookup, to->host, service, &hints);
	if (error) { // not a host name at all
		d->why = uv_strerror(error);
		look_nothing_up(d);
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
