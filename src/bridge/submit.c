// SPDX-License-Identifier: MIT
#include "bridge/submit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/kept.h"
#include "bridge/peer.h"
#include <stdlib.h>

struct bridge_submission {
	struct link link; // of the bridge
	struct bridge *bridge;
	struct bridge_peer *peer;       // NULL: nobody waits for the answer
	struct bridge_message *message; // version 2: for the route, once the stream has it
	enum bridge_status status;      // of the route; when it keeps nothing, FAILED
	bool heard;                     // a consumer of the stream is here
	size_t bytes;                   // version 2: of those its peer may have on their way
	char *msg_id;                   // version 2
};

static enum stream_towards towards(const struct bridge_words *w)
{
	return w->from == BRIDGE_MOD ? STREAM_TO_BOTS : STREAM_TO_MODS;
}

// Where nobody of version 1 has ever been, nothing is kept for one.
static enum bridge_status route(struct bridge *b, struct bridge_message *m)
{
	if (b->route.joined[m->words.from])
		return bridge_route_send(&b->route, m);
	return bridge_route_tell_aside(&b->route, m) ? BRIDGE_COMPLETED : BRIDGE_FAILED;
}

// --- answers ---

static void answer_old(struct bridge_peer *p, enum bridge_status status)
{
	buf_clear(&p->bridge->text);
	bridge_put_status(&p->bridge->text, status, p->greeting.side);
	bridge_peer_send(p);
}

static void answer_new(struct bridge_peer *p, struct bridge_answer a)
{
	a.side = p->greeting.side;
	if (a.result != STREAM_KEPT && a.result != STREAM_DUPLICATE)
		metric_add(METRIC_BRIDGE_FAILED, 1);
	buf_clear(&p->bridge->text);
	bridge_put_answer(&p->bridge->text, &a);
	bridge_peer_send(p);
}

// Of what a stream has, or the route.
static enum bridge_status status_of(bool kept, bool heard, enum bridge_status routed)
{
	if (routed == BRIDGE_COMPLETED || (kept && heard))
		return BRIDGE_COMPLETED;
	return kept ? BRIDGE_QUEUED : routed;
}

static void free_submission(struct bridge_submission *u)
{
	list_unlink(&u->link);
	if (u->message)
		bridge_message_free(u->message);
	free(u->msg_id);
	free(u);
}

static void finish_new(struct bridge_submission *u, enum stream_result result, uint64_t seq)
{
	struct bridge_peer *p = u->peer;
	if (result == STREAM_KEPT && u->message) {
		struct bridge_message *m = u->message;
		u->message = NULL;
		u->status = route(u->bridge, m);
	}
	if (p)
		answer_new(p, (struct bridge_answer){.result = result,
				      .status = status_of(true, u->heard, u->status),
				      .msg_id = span_str(u->msg_id),
				      .seq = seq});
}

// Reads on from a peer when half of what it may have on its way has arrived.
static void count_answered(struct bridge_submission *u)
{
	struct bridge_peer *p = u->peer;
	if (!p || !u->bytes)
		return;
	p->n_unanswered--;
	p->unanswered_bytes -= u->bytes;
	p->waited_ms = clock_ms();
	if (p->waits && p->n_unanswered <= BRIDGE_UNANSWERED_MAX / 2 &&
		p->unanswered_bytes <= BRIDGE_UNANSWERED_BYTES_MAX / 2)
		bridge_peer_wait(p, false);
}

static void count_unanswered(struct bridge_submission *u, size_t bytes)
{
	struct bridge_peer *p = u->peer;
	u->bytes = bytes;
	p->n_unanswered++;
	p->unanswered_bytes += bytes;
	if (!p->waits && (p->n_unanswered >= BRIDGE_UNANSWERED_MAX ||
				 p->unanswered_bytes >= BRIDGE_UNANSWERED_BYTES_MAX))
		bridge_peer_wait(p, true);
}

static void finish_old(struct bridge_submission *u, enum stream_result result)
{
	struct bridge_peer *p = u->peer;
	if (result != STREAM_KEPT)
		LOG_AT(log_paced(&u->bridge->not_kept, LOG_WARNING), "bridge_not_kept",
			log_str("why", "the store did not take it"));
	if (!p)
		return;
	enum bridge_status status = status_of(result == STREAM_KEPT, u->heard, u->status);
	if (status == BRIDGE_FAILED)
		metric_add(METRIC_BRIDGE_FAILED, 1);
	answer_old(p, status);
	bridge_peer_wait(p, false);
}

static void on_done(void *owner, uint64_t token, enum stream_result result, uint64_t seq)
{
	struct bridge_submission *u = owner;
	(void)token;
	if (u->msg_id)
		finish_new(u, result, seq);
	else
		finish_old(u, result);
	count_answered(u);
	free_submission(u);
}

static struct bridge_submission *new_submission(struct bridge *b, const struct stream *s)
{
	struct bridge_submission *u = mem_zalloc(sizeof *u);
	u->bridge = b;
	u->status = BRIDGE_FAILED;
	u->heard = stream_is_heard(s);
	list_append(&b->submissions, &u->link);
	return u;
}

static enum stream_result append(struct bridge_submission *u, struct stream *s,
	const struct stream_message *m, uint64_t *seq)
{
	struct stream_sender sender = {.done = on_done, .owner = u};
	return stream_append(s, m, &sender, seq);
}

// --- version 1, and who is no peer ---

// Its id is one of our own: numbers of this start.
static enum stream_result append_unnamed(
	struct bridge_submission *u, struct stream *s, uint64_t received_us, struct span text)
{
	struct buf id = {0};
	uint64_t seq;
	buf_printf(&id, "%llu-%llu", (unsigned long long)u->bridge->started_us,
		(unsigned long long)++u->bridge->unnamed);
	struct stream_message m = {.from = SPAN("v1"),
		.msg_id = buf_bytes(&id),
		.received_us = received_us,
		.text = text};
	enum stream_result result = append(u, s, &m, &seq);
	buf_fini(&id);
	return result;
}

// To all → LATER, then the submission waits for its stream; else *status is the answer.
static struct bridge_submission *pass(
	struct bridge *b, struct bridge_message *m, enum bridge_status *status)
{
	struct stream *s = streams_get(b->streams, towards(&m->words), m->words.channel);
	struct buf kept = {0};
	if (!s) {
		*status = bridge_route_send(&b->route, m);
		return NULL;
	}
	uint64_t received_us = m->received_us;
	struct bridge_submission *u = new_submission(b, s);
	bridge_put_kept(&kept, m);
	*status = u->status = route(b, m);
	enum stream_result result = append_unnamed(u, s, received_us, buf_bytes(&kept));
	buf_fini(&kept);
	if (result == STREAM_LATER)
		return u;
	free_submission(u);
	return NULL;
}

enum bridge_status bridge_pass(struct bridge *b, struct bridge_message *m)
{
	enum bridge_status status;
	struct bridge_submission *u = pass(b, m, &status);
	return u ? status_of(true, u->heard, status) : status;
}

static void submit_old(struct bridge_peer *p, const struct bridge_words *words)
{
	enum bridge_status status;
	struct bridge_submission *u = pass(p->bridge, bridge_message_new(words), &status);
	if (!u || status == BRIDGE_COMPLETED) {
		answer_old(p, status);
		return;
	}
	u->peer = p; // its answers come in the order of its messages
	bridge_peer_wait(p, true);
}

// --- version 2 ---

static void append_new(struct bridge_peer *p, struct stream *s, struct bridge_message *m)
{
	struct bridge_submission *u = new_submission(p->bridge, s);
	struct buf kept = {0};
	struct span id = m->words.msg_id;
	uint64_t seq;
	u->peer = p;
	u->message = m;
	u->msg_id = span_dup(id);
	bridge_put_kept(&kept, m);
	enum stream_result result = append(u, s,
		&(struct stream_message){.from = bridge_consumer_name(p->consumer),
			.msg_id = id,
			.received_us = m->received_us,
			.text = buf_bytes(&kept)},
		&seq);
	if (result == STREAM_LATER)
		count_unanswered(u, kept.n);
	buf_fini(&kept);
	if (result == STREAM_LATER)
		return;
	finish_new(u, result, seq);
	free_submission(u);
}

static void submit_new(struct bridge_peer *p, const struct bridge_words *words)
{
	struct bridge *b = p->bridge;
	struct bridge_message *m = bridge_message_new(words);
	struct stream *s = streams_get(b->streams, towards(words), words->channel);
	if (!s && bridge_route_take(&b->route, m)) {
		answer_new(p, (struct bridge_answer){.result = STREAM_KEPT,
				      .status = BRIDGE_COMPLETED,
				      .msg_id = words->msg_id});
		return;
	}
	if (!s)
		s = streams_open(b->streams, towards(words), words->channel);
	if (s) {
		append_new(p, s, m);
		return;
	}
	bridge_message_free(m);
	answer_new(p, (struct bridge_answer){.result = STREAM_FULL, .msg_id = words->msg_id});
}

void bridge_submit(struct bridge_peer *p, const struct bridge_words *words)
{
	if (p->consumer)
		submit_new(p, words);
	else
		submit_old(p, words);
}

// --- ends ---

void bridge_submit_leave(struct bridge_peer *p)
{
	list_each(it, &p->bridge->submissions)
	{
		struct bridge_submission *u = container_of(it, struct bridge_submission, link);
		if (u->peer == p)
			u->peer = NULL;
	}
}

void bridge_submit_fini(struct bridge *b)
{
	list_each(it, &b->submissions)
		free_submission(container_of(it, struct bridge_submission, link));
}
