// SPDX-License-Identifier: MIT
// Pending: a call that waits for the network.  It keeps a copy of its request and is run to its end
// when an answer comes or its time is up, whichever is first.
#include "api/api.h"
#include "api/moderate.h"
#include "base/clock.h"
#include "base/mem.h"
#include <stdlib.h>

enum { PENDING_MAX = 32 }; // per client: more and a call is answered at once

struct pending {
	struct link link; // in client->pending
	struct client *client;
	struct answer_wait wait;
	struct timer timer;
	const struct method *method;
	pending_fill *fill;
	struct value id, params;
	char *message_id; // or NULL
	void *id_block, *params_block;
};

static void on_timer_closed(struct timer *t)
{
	struct pending *p = container_of(t, struct pending, timer);
	free(p->id_block);
	free(p->params_block);
	free(p->message_id);
	free(p);
}

static void drop(struct pending *p)
{
	if (p->wait.key)
		answers_forget(&p->wait);
	list_unlink(&p->link);
	p->client->n_pending--;
	timer_close(&p->timer, on_timer_closed);
}

static void finish(struct pending *p, const struct value *answer)
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
		.message_id = span_str(p->message_id),
		.result = {.arena = &arena}};
	p->fill(&call, answer);
	call_put_answer(&call, true, &out);
	client_send(c, buf_bytes(&out));
	buf_fini(&out);
	arena_fini(&arena);
	drop(p);
}

static void on_answer(struct answer_wait *w, const struct value *answer)
{
	finish(container_of(w, struct pending, wait), answer);
}

static void on_time(struct timer *t)
{
	finish(container_of(t, struct pending, timer), NULL);
}

bool call_wait(struct call *c, const struct answer_key *key, pending_fill *fill)
{
	struct client *cl = c->client;
	int64_t wait_s = call_int_or(c, "wait", 0);
	if (wait_s <= 0 || !c->may_defer || cl->n_pending >= PENDING_MAX)
		return false;
	struct pending *p = mem_zalloc(sizeof *p);
	p->client = cl;
	p->method = c->method;
	p->fill = fill;
	p->id_block = value_pack(c->id, &p->id);
	p->params_block = value_pack(c->params, &p->params);
	p->message_id = c->message_id.n ? span_dup(c->message_id) : NULL;
	p->wait.run = on_answer;
	list_append(&cl->pending, &p->link);
	cl->n_pending++;
	answers_wait(&c->identity->answers, key, &p->wait);
	timer_init(net_loop(cl->api->net), &p->timer, on_time);
	timer_start(&p->timer, (uint64_t)wait_s * SECOND_MS);
	c->deferred = true;
	return true;
}

bool call_ask(struct call *c, const struct answer_key *key, const struct intent *intent,
	pending_fill *fill)
{
	struct answers *answers = &c->identity->answers;
	struct intent let = *intent;
	if (!call_moderate(c, &let)) // not even from what is known
		return false;
	const struct value *fresh = answers_find(answers, key, clock_ms());
	if (!fresh) {
		if (!call_submit(c, intent))
			return false;
		fresh = answers_find(
			answers, key, clock_ms()); // a MUD in this process answers at once
	}
	if (fresh || !call_wait(c, key, fill))
		fill(c, fresh);
	return true;
}

bool call_request(struct call *c, const struct answer_key *key, const struct intent *intent,
	pending_fill *fill)
{
	struct answers *answers = &c->identity->answers;
	answers_drop(answers, key);
	if (!call_submit(c, intent))
		return false;
	const struct value *now = answers_find(answers, key, clock_ms());
	if (now || !call_wait(c, key, fill))
		fill(c, now);
	return true;
}

void pending_drop_all(struct client *c)
{
	list_each(it, &c->pending) drop(container_of(it, struct pending, link));
}
