// SPDX-License-Identifier: MIT
// Loop: libuv plus the two things a turn needs: an end, where output is flushed and the dead are
// freed, and worker jobs for what blocks.  One thread owns everything that hangs from it.
#pragma once
#include "base/list.h"
#include <uv.h>

struct loop {
	uv_loop_t uv;
	uv_prepare_t before_poll; // timers ran: flush what they wrote
	uv_check_t after_poll;    // sockets were read: flush what that caused
	struct link turn_ends;    // struct turn_end, in order of registration
	uv_idle_t spinner;        // active: somebody left work, so the next poll must not sleep
	size_t jobs;              // worker jobs under way
};

void loop_init(struct loop *);
void loop_run(struct loop *); // until loop_stop()
void loop_stop(struct loop *);
void loop_fini(struct loop *);  // closes its own handles, waits for jobs; all else must be closed
void loop_again(struct loop *); // the next turn comes at once

// Turn end: called after every batch of callbacks, in order of registration, which is the order
// in which data walks: hub seals, connections flush, the dead are freed.
struct turn_end {
	struct link link;
	void (*run)(struct turn_end *);
};
void loop_at_turn_end(struct loop *, struct turn_end *);

// Timer: one deadline.  Embedded in its owner, who closes it before the owner's memory goes.
struct timer {
	uv_timer_t uv;
	void (*run)(struct timer *);
};
void timer_init(struct loop *, struct timer *, void (*run)(struct timer *));
void timer_start(struct timer *, uint64_t ms);  // once
void timer_repeat(struct timer *, uint64_t ms); // first after ms, then every ms
void timer_stop(struct timer *);
void timer_close(struct timer *, void (*closed)(struct timer *)); // closed may be NULL

// Job: work() runs on a worker thread and touches nothing but its own struct; done() runs on the
// loop afterwards.  Embedded in a heap object that done() frees.
struct job {
	uv_work_t uv;
	struct loop *loop;
	void (*work)(struct job *);
	void (*done)(struct job *);
};
void loop_job(struct loop *, struct job *);
