// SPDX-License-Identifier: MIT
#include "api/pending.h"
#include "base/mem.h"
#include <stdlib.h>

enum { PENDING_MAX = 32 }; // per client: more and a call is answered at once

static void on_timer_closed(struct timer *t)
{
	struct pending *p = container_of(t, struct pending, timer);
	free(p->message_id);
	free(p->id_block);
	free(p->params_block);
	free(p);
}

static void drop(struct pending *p)
{
	p->kind->forget(p);
	list_unlink(&p->link);
	p->client->n_pending--;
	timer_close(&p->timer, on_timer_closed);
}

void pending_finish(struct pending *p, const void *came)
{
	struct client *c = p->client;
	struct arena arena = {0};
	struct buf out = {.max = CONN_OUT_MAX};
	struct call call = {.api = c->api,
		.client = c,
		.session = c->session,
		.identity = c->session->identity,
		.arena = &arena,
		.method = p->method,
		.params = &p->params,
		.id = &p->id,
		.waited = true,
		.number = p->number,
		.message_id = span_str(p->message_id),
		.result = {.arena = &arena}};
	p->kind->fill(p, &call, came);
	call_put_answer(&call, true, &out);
	client_send(c, buf_bytes(&out));
	buf_fini(&out);
	arena_fini(&arena);
	drop(p);
}

static void on_time(struct timer *t)
{
	pending_finish(container_of(t, struct pending, timer), NULL);
}

bool call_may_wait(const struct call *c)
{
	return c->may_defer && c->client->n_pending < PENDING_MAX;
}

void *pending_new(struct call *c, const struct pending_kind *kind, uint64_t ms)
{
	struct client *cl = c->client;
	struct pending *p = mem_zalloc(kind->bytes);
	ensure(call_may_wait(c));
	p->kind = kind;
	p->client = cl;
	p->method = c->method;
	p->id_block = value_pack(c->id, &p->id);
	p->params_block = value_pack(c->params, &p->params);
	p->number = c->number;
	p->message_id = c->message_id.n ? span_dup(c->message_id) : NULL;
	list_append(&cl->pending, &p->link);
	cl->n_pending++;
	timer_init(net_loop(cl->api->net), &p->timer, on_time);
	timer_start(&p->timer, ms);
	c->deferred = true;
	return p;
}

void pending_drop_all(struct client *c)
{
	list_each(it, &c->pending) drop(container_of(it, struct pending, link));
}
