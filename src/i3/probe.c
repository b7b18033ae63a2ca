// SPDX-License-Identifier: MIT
#include "i3/probe.h"
#include "base/mem.h"
#include "net/dial.h"
#include <stdlib.h>

enum { DIAL_MS = 10000 };

// Owned by its dial, then by its conn; freed when that one says it is over.
struct probe {
	struct probe_of of; // answer is NULL once it is given, or no longer wanted
	struct dial *dial;
};

static void answer(struct probe *p, bool reached)
{
	void (*say)(void *, bool) = p->of.answer;
	p->of.answer = NULL;
	if (say)
		say(p->of.owner, reached);
}

static void on_open(struct conn *c)
{
	conn_close(c, CLOSE_DONE);
	answer(conn_owner(c), true);
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct probe *p = conn_owner(c);
	(void)why;
	answer(p, false);
	free(p);
}

static void on_failed(void *owner, const char *why)
{
	(void)why;
	answer(owner, false);
	free(owner);
}

static const struct face face_probe = {.name = "probe", .on_open = on_open, .on_close = on_close};

struct probe *probe_open(struct net *net, const struct probe_of *of)
{
	struct probe *p = mem_zalloc(sizeof *p);
	p->of = *of;
	dial_watch(dial_open(net, &(struct dial_to){.host = of->host,
					  .port = of->port,
					  .attempt = of->attempt,
					  .timeout_ms = DIAL_MS,
					  .conn = {.face = &face_probe, .owner = p},
					  .on_failed = on_failed}),
		&p->dial);
	return p;
}

void probe_cancel(struct probe *p)
{
	p->of.answer = NULL;
	if (!p->dial)
		return; // its conn ends by itself
	dial_cancel(p->dial);
	free(p);
}
