// SPDX-License-Identifier: MIT
#include "net/loop.h"
#include "base/clock.h"

static void end_turn(struct loop *l)
{
	list_each(it, &l->turn_ends)
	{
		struct turn_end *e = container_of(it, struct turn_end, link);
		e->run(e);
	}
}

static void on_before_poll(uv_prepare_t *h)
{
	end_turn(container_of(h, struct loop, before_poll));
}

static void on_after_poll(uv_check_t *h)
{
	end_turn(container_of(h, struct loop, after_poll));
}

static void on_spin(uv_idle_t *h)
{
	uv_idle_stop(h);
}

void loop_init(struct loop *l)
{
	*l = (struct loop){0};
	ensure(uv_loop_init(&l->uv) == 0);
	list_init(&l->turn_ends);
	uv_prepare_init(&l->uv, &l->before_poll);
	uv_check_init(&l->uv, &l->after_poll);
	uv_idle_init(&l->uv, &l->spinner);
	uv_prepare_start(&l->before_poll, on_before_poll);
	uv_check_start(&l->after_poll, on_after_poll);
	uv_unref((uv_handle_t *)&l->before_poll);
	uv_unref((uv_handle_t *)&l->after_poll);
	clock_update();
}

void loop_run(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

void loop_again(struct loop *l)
{
	uv_idle_start(&l->spinner, on_spin);
}

void loop_fini(struct loop *l)
{
	uv_close((uv_handle_t *)&l->before_poll, NULL);
	uv_close((uv_handle_t *)&l->after_poll, NULL);
	uv_close((uv_handle_t *)&l->spinner, NULL);
	uv_run(&l->uv, UV_RUN_DEFAULT); // jobs finish, closed handles are let go
	ensure(uv_loop_close(&l->uv) == 0);
}

void loop_at_turn_end(struct loop *l, struct turn_end *e)
{
	list_append(&l->turn_ends, &e->link);
}

static void on_timer(uv_timer_t *h)
{
	struct timer *t = container_of(h, struct timer, uv);
	clock_update();
	t->run(t);
}

void timer_init(struct loop *l, struct timer *t, void (*run)(struct timer *))
{
	ensure(uv_timer_init(&l->uv, &t->uv) == 0);
	t->run = run;
	t->uv.data = NULL;
}

// libuv counts from the start of the turn, which may be long ago in a busy one.
void timer_start(struct timer *t, uint64_t ms)
{
	uv_update_time(t->uv.loop);
	uv_timer_start(&t->uv, on_timer, ms, 0);
}

void timer_repeat(struct timer *t, uint64_t ms)
{
	uv_update_time(t->uv.loop);
	uv_timer_start(&t->uv, on_timer, ms, ms);
}

void timer_stop(struct timer *t)
{
	uv_timer_stop(&t->uv);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct timer *t = container_of((uv_timer_t *)h, struct timer, uv);
	void (*closed)(struct timer *) = (void (*)(struct timer *))h->data;
	if (closed)
		closed(t);
}

void timer_close(struct timer *t, void (*closed)(struct timer *))
{
	if (uv_is_closing((uv_handle_t *)&t->uv))
		return;
	t->uv.data = (void *)closed;
	uv_close((uv_handle_t *)&t->uv, on_timer_closed);
}

static void on_work(uv_work_t *w)
{
	struct job *j = container_of(w, struct job, uv);
	j->work(j);
}

static void on_work_done(uv_work_t *w, int status)
{
	struct job *j = container_of(w, struct job, uv);
	ensure(status == 0); // jobs are never cancelled
	clock_update();
	j->loop->jobs--;
	j->done(j);
}

void loop_job(struct loop *l, struct job *j)
{
	j->loop = l;
	l->jobs++;
	ensure(uv_queue_work(&l->uv, &j->uv, on_work, on_work_done) == 0);
}
