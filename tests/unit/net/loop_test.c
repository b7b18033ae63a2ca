// SPDX-License-Identifier: MIT
// The order of a turn.  These tests let the loop sleep as the daemon does: what is forgotten in it
// is found by a watchdog.
#include "bed.h"

#include "base/clock.h"
#include <unistd.h>

enum { DOG_MS = 2000 };

struct watch {
	struct bed *bed;
	struct turn_end seal; // stands for the hub's: it runs before the net's
	struct timer dog, later;
	size_t left;   // work faces have left for the seal
	size_t sealed; // and what was done of it
	bool bitten;
};

static struct watch *of(struct bed *b)
{
	return b->extra;
}

static void on_seal(struct turn_end *e)
{
	struct watch *w = container_of(e, struct watch, seal);
	w->sealed += w->left;
	if (w->left)
		loop_stop(&w->bed->loop);
	w->left = 0;
}

static void on_dog(struct timer *t)
{
	struct watch *w = container_of(t, struct watch, dog);
	w->bitten = true;
	loop_stop(&w->bed->loop);
}

static void leave_work(struct bed *b, struct conn *c, struct span body)
{
	(void)c, (void)body;
	of(b)->left++;
}

static void leave_work_too(struct bed *b, struct conn *c)
{
	(void)c;
	of(b)->left++;
}

static void watched(struct watch *w, void (*later)(struct timer *))
{
	struct bed *b = w->bed;
	w->seal.run = on_seal;
	b->extra = w;
	// In front of the net's, as main() would have it.
	list_append(b->loop.turn_ends.next, &w->seal.link);
	timer_init(&b->loop, &w->dog, on_dog);
	timer_init(&b->loop, &w->later, later);
	timer_start(&w->dog, DOG_MS);
	uint64_t until = bed_patience() - BED_WAIT_MS + DOG_MS / 2;
	timer_start(&w->later, 1);
	loop_run(&b->loop);
	bed_check_patience(until, "the loop to wake by itself");
	timer_close(&w->dog, NULL);
	timer_close(&w->later, NULL);
	bed_turn(b, -1);
	list_unlink(&w->seal.link);
	b->on_msg = NULL;
	assert_false(w->bitten);
	assert_int_equal(w->sealed, 1);
}

static void resume_it(struct timer *t)
{
	struct watch *w = container_of(t, struct watch, later);
	conn_resume(w->bed->open[0]);
}

static void pause_it(struct bed *b, struct conn *c, struct span body)
{
	(void)body;
	conn_pause(c);
	b->on_msg = leave_work;
}

static void work_left_by_kept_input_is_done_before_the_loop_sleeps(void **state)
{
	struct bed *b = *state;
	struct watch w = {.bed = b};
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = pause_it;
	int fd = peer_new(b);
	peer_send(b, fd, SPAN("pause\nwork\n"));
	bed_until(b, b->on_msg == leave_work);
	watched(&w, resume_it);
	close(fd);
}

static void cut_it(struct timer *t)
{
	struct watch *w = container_of(t, struct watch, later);
	conn_close(w->bed->open[0], CLOSE_REPLACED);
}

static void work_left_by_an_end_is_done_before_the_loop_sleeps(void **state)
{
	struct bed *b = *state;
	struct watch w = {.bed = b};
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	bed_until(b, b->opened);
	b->on_close = leave_work_too;
	watched(&w, cut_it);
	b->on_close = NULL;
	close(fd);
}

struct sum {
	struct job job;
	int a, b, sum;
	int *out;
};

static void add(struct job *j)
{
	struct sum *s = container_of(j, struct sum, job);
	s->sum = s->a + s->b;
}

static void added(struct job *j)
{
	struct sum *s = container_of(j, struct sum, job);
	*s->out += s->sum;
	free(s);
}

static void jobs_answer_on_the_loop(void **state)
{
	struct bed *b = *state;
	int total = 0;
	for (int i = 0; i < 10; i++) {
		struct sum *s = mem_zalloc(sizeof *s);
		*s = (struct sum){
			.job = {.work = add, .done = added}, .a = i, .b = 1, .out = &total};
		loop_job(&b->loop, &s->job);
	}
	assert_int_equal(b->loop.jobs, 10);
	bed_until(b, b->loop.jobs == 0);
	assert_int_equal(total, 55);
}

static int ticks;

static void tick(struct timer *t)
{
	if (++ticks == 3)
		timer_stop(t);
}

static void a_timer_repeats_until_stopped(void **state)
{
	struct bed *b = *state;
	struct timer t, after;
	ticks = 0;
	timer_init(&b->loop, &t, tick);
	timer_init(&b->loop, &after, tick);
	timer_repeat(&t, 1);
	bed_until(b, ticks == 3);
	timer_start(&after, 5);
	bed_until(b, ticks == 4);
	timer_close(&t, NULL);
	timer_close(&t, NULL);
	timer_close(&after, NULL);
	bed_turn(b, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(work_left_by_kept_input_is_done_before_the_loop_sleeps),
		BED_TEST(work_left_by_an_end_is_done_before_the_loop_sleeps),
		BED_TEST(jobs_answer_on_the_loop),
		BED_TEST(a_timer_repeats_until_stopped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
