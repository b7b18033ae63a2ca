// SPDX-License-Identifier: MIT
// How calls become jobs: when one starts, what is tried again and when, and who is told.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "store/store_priv.h"
#include <stdlib.h>

// --- answers ---

static void answer_all(struct store *s)
{
	s->in_callback = true;
	for (struct call *c; (c = queue_first_call(&s->answering));) {
		if (c->result == STORE_OK)
			queue_deliver_rows(c);
		list_unlink(&c->link);
		if (c->done)
			c->done(c->owner, c->id, c->result);
		queue_free_call(&s->queue, c);
	}
	s->in_callback = false;
}

static size_t count_failed(const struct batch *b)
{
	size_t n = 0;
	list_each(it, &b->calls) n += container_of(it, struct call, link)->result == STORE_FAILED;
	return n;
}

// The next attempt comes of itself; those made for somebody who waits do not put it off.
static void retry_later(struct store *s)
{
	timer_start(&s->timers->retry, outage_pause(&s->outage));
	uv_unref((uv_handle_t *)&s->timers->retry.uv); // it is no work that keeps a loop alive
	s->timers->retry_due = false;
}

static void note_trouble(struct store *s, const struct batch *b)
{
	metric_add(METRIC_STORE_FAILURES, 1);
	outage_note(&s->outage, buf_bytes(&b->why), b->result == STORE_HELD);
	bool first = b->result == STORE_HELD && !s->outage.pause_ms;
	if (first || (b->tries && s->timers->retry_due))
		retry_later(s);
}

// A scan that could be read proves nothing about writing.
static void note_result(struct store *s, const struct batch *b)
{
	size_t failed = count_failed(b);
	s->n_held = held_count(&s->held);
	metric_set(METRIC_STORE_HELD, (int64_t)s->n_held);
	metric_add(METRIC_STORE_LOST, b->scan ? 0 : (int64_t)(failed + b->n_refused));
	if (b->tries)
		s->outage.tried_ms = clock_ms();
	if (b->result != STORE_OK && (b->tries || b->scan))
		note_trouble(s, b);
	s->outage.failed += failed + b->n_refused;
	if (b->n_refused)
		log_error("store_refused", log_int("held_changes", (int64_t)b->n_refused),
			log_span("why", buf_bytes(&b->why)));
	if (b->full)
		outage_refuse(&s->outage, s->n_held, held_bytes(&s->held));
	if (b->scan || b->result != STORE_OK)
		return;
	metric_add(METRIC_STORE_WRITES, 1);
	outage_over(&s->outage, b->n_held - b->n_refused);
	timer_stop(&s->timers->retry);
	s->timers->retry_due = false;
}

static void settle(struct store *s, struct batch *b)
{
	note_result(s, b);
	queue_move_all(&s->answering, &b->calls);
}

// --- jobs ---

// An attempt writes all that is held: the more that is, the rarer it is made for one who waits.
static bool may_try(const struct store *s, const struct batch *b)
{
	uint64_t rest_ms = (held_bytes(&s->held) >> 20) * SECOND_MS; // one for a megabyte
	if (b->scan)
		return false;
	if (!s->outage.pause_ms || s->timers->retry_due)
		return true;
	return b->waited_for && clock_ms() - s->outage.tried_ms >= rest_ms;
}

static struct batch *take_batch(struct store *s)
{
	struct batch *b = batch_take(&s->queue, s, s->over, &s->held);
	if (s->fail_next) {
		s->fail_next--;
		b->told = STORE_FAILED;
	} else if (s->hold_next && !b->scan) {
		s->hold_next--;
		b->told = STORE_HELD;
	}
	b->tries = may_try(s, b);
	s->full = false;
	s->timers->patience_over = false;
	if (s->queue.n_soon) // behind a scan, which is a job of its own
		timer_start(&s->timers->patience, STORE_SOON_MS);
	else
		timer_stop(&s->timers->patience);
	return b;
}

static void on_work(struct job *j)
{
	struct batch *b = container_of(j, struct batch, job);
	batch_run(b);
	uv_sem_post(&b->worked);
}

static void on_work_done(struct job *j)
{
	struct batch *b = container_of(j, struct batch, job);
	struct store *s = b->store;
	if (s) {
		s->batch = NULL;
		settle(s, b);
	}
	batch_free(b);
	if (s)
		answer_all(s);
}

static bool may_start(const struct store *s)
{
	const struct queue *q = &s->queue;
	bool patient = q->n == q->n_soon && q->n < STORE_SOON_CALLS;
	return s->timers->retry_due || (q->n && (!patient || s->timers->patience_over));
}

static void on_turn_end(struct turn_end *e)
{
	struct store *s = container_of(e, struct store, turn_end);
	s->turned = true;
	queue_move_all(&s->answering, &s->refused);
	if (!list_empty(&s->answering)) {
		answer_all(s);
		loop_again(s->loop); // answers may have been written behind the flush
	}
	if (s->batch || !may_start(s))
		return;
	s->batch = take_batch(s);
	s->batch->job.work = on_work;
	s->batch->job.done = on_work_done;
	loop_job(s->loop, &s->batch->job);
}

static void run_now(struct store *s)
{
	struct batch *b = take_batch(s);
	batch_run(b);
	settle(s, b);
	batch_free(b);
}

void store_drain(struct store *s)
{
	while (s->queue.n)
		run_now(s);
}

// --- timers ---

static void on_patience_over(struct timer *t) // the turn ends after it
{
	container_of(t, struct store_timers, patience)->patience_over = true;
}

static void on_retry(struct timer *t) // and after this one
{
	container_of(t, struct store_timers, retry)->retry_due = true;
}

static void close_one(struct store_timers *t)
{
	if (!--t->open)
		free(t);
}

static void on_patience_closed(struct timer *t)
{
	close_one(container_of(t, struct store_timers, patience));
}

static void on_retry_closed(struct timer *t)
{
	close_one(container_of(t, struct store_timers, retry));
}

static struct store_timers *new_timers(struct loop *l)
{
	struct store_timers *t = mem_zalloc(sizeof *t);
	timer_init(l, &t->patience, on_patience_over);
	timer_init(l, &t->retry, on_retry);
	t->open = 2;
	return t;
}

// --- life ---

static struct store *store_new(struct loop *l, struct held_over over)
{
	struct store *s = mem_zalloc(sizeof *s);
	s->loop = l;
	s->over = over;
	queue_init(&s->queue);
	list_init(&s->answering);
	list_init(&s->refused);
	s->timers = new_timers(l);
	s->turn_end.run = on_turn_end;
	loop_at_turn_end(l, &s->turn_end);
	return s;
}

struct store *store_open(struct loop *l, const struct store_config *cfg, struct buf *why)
{
	const struct store_backend *backend = store_find_backend(cfg, why);
	struct buf notice = {0};
	void *back = backend ? backend->open(cfg->path, &notice, why) : NULL;
	if (!back) {
		buf_fini(&notice);
		return NULL;
	}
	struct store *s = store_new(l, (struct held_over){backend, back});
	s->notice = notice;
	if (why->n) {
		outage_note(&s->outage, buf_bytes(why), true);
		retry_later(s);
		buf_clear(why);
	}
	return s;
}

static void close_back(struct store *s)
{
	s->timers->retry_due = true;
	if (held_count(&s->held))
		run_now(s); // the last attempt
	if (held_count(&s->held))
		log_error("store_lost", log_int("held_changes", (int64_t)held_count(&s->held)),
			log_span("why", buf_bytes(&s->outage.why)));
	metric_set(METRIC_STORE_HELD, 0);
	held_fini(&s->held);
	s->over.backend->close(s->over.back);
}

// A job under way is waited for here and freed by the loop when that next looks.
void store_flush(struct store *s)
{
	struct batch *b = s->batch;
	ensure(!s->in_callback);
	if (b) {
		uv_sem_wait(&b->worked);
		b->store = NULL;
		s->batch = NULL;
		settle(s, b);
	}
	store_drain(s);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	store_flush(s);
	list_unlink(&s->turn_end.link);
	close_back(s);
	timer_close(&s->timers->patience, on_patience_closed);
	timer_close(&s->timers->retry, on_retry_closed);
	queue_free_calls(&s->queue, &s->answering);
	queue_free_calls(&s->queue, &s->refused);
	queue_fini(&s->queue);
	outage_fini(&s->outage);
	buf_fini(&s->notice);
	free(s);
}
