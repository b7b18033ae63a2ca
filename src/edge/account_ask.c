// SPDX-License-Identifier: MIT
// Those who wait for an answer: in line, one at a time with a worker, then for the store.  A pool or a
// disk that is stuck is seen by a second's timer, which tells them to try again; what comes of it
// later is taken back.
#include "base/log.h"
#include "base/mem.h"
#include "edge/account_priv.h"
#include <stdlib.h>

// --- one ---

struct account_ask *account_ask_new(
	struct accounts *a, enum ask_kind kind, account_done *done, void *owner)
{
	struct account_ask *ask = mem_zalloc(sizeof *ask);
	ask->accounts = a;
	ask->kind = kind;
	ask->done = done;
	ask->owner = owner;
	ask->until_ms = clock_ms() + ACCOUNT_ANSWER_MS;
	list_init(&ask->link);
	return ask;
}

static void wipe(struct account_ask *ask)
{
	sodium_memzero(ask->password, sizeof ask->password);
	ask->n_password = 0;
}

static void ask_free(struct account_ask *ask)
{
	list_unlink(&ask->link);
	free(ask->name);
	sodium_memzero(ask, sizeof *ask);
	free(ask);
}

void account_ask_answer(struct account_ask *ask, enum account_result result)
{
	struct accounts *a = ask->accounts;
	ask->answer.result = result;
	list_unlink(&ask->link);
	if (!ask->done) {
		ask_free(ask);
		return;
	}
	wipe(ask);
	list_append(&a->answering, &ask->link);
	loop_again(a->loop);
}

// --- the line ---

static bool is_idle(const struct accounts *a)
{
	return !a->active && list_empty(&a->waiting) && list_empty(&a->keeping);
}

static size_t count_from(const struct accounts *a, const struct account_place *from)
{
	size_t n = 0;
	list_each(it, &a->waiting) n +=
		span_eq(account_place_key(&container_of(it, struct account_ask, link)->from),
			account_place_key(from));
	return n;
}

void account_ask_queue(struct account_ask *ask, struct span password)
{
	struct accounts *a = ask->accounts;
	bool crowd = ask->from.n && count_from(a, &ask->from) >= ACCOUNT_WAITING_ADDRESS_MAX;
	if (crowd || a->n_waiting >= ACCOUNT_WAITING_MAX) {
		account_ask_answer(ask, ACCOUNT_BUSY);
		return;
	}
	if (password.n <= sizeof ask->password) { // a longer one is nobody's, as an empty one is
		ask->n_password = password.n;
		memcpy(ask->password, password.p, password.n);
	}
	list_append(&a->waiting, &ask->link);
	a->n_waiting++;
	account_asks_watch(a);
	loop_again(a->loop);
}

static void leave_line(struct account_ask *ask)
{
	list_unlink(&ask->link);
	ask->accounts->n_waiting--;
}

static void on_worked(struct job *j)
{
	struct account_ask *ask = container_of(j, struct account_ask, job);
	struct accounts *a = ask->accounts;
	wipe(ask);
	if (!a) {
		ask_free(ask);
		return;
	}
	a->active = NULL;
	account_ask_settle(ask);
	loop_again(a->loop); // for the next one
}

void account_ask_start(struct account_ask *ask)
{
	struct accounts *a = ask->accounts;
	a->active = ask;
	ask->job.work = account_ask_work;
	ask->job.done = on_worked;
	loop_job(a->loop, &ask->job);
}

static void answer_all(struct accounts *a)
{
	while (!list_empty(&a->answering)) {
		struct account_ask *ask = container_of(a->answering.next, struct account_ask, link);
		list_unlink(&ask->link);
		if (ask->answer.result == ACCOUNT_OK)
			ask->answer.account = accounts_by_id(a, ask->id);
		ask->done(ask->owner, &ask->answer);
		ask_free(ask);
		loop_again(a->loop); // it may have written behind the flush
	}
}

static void on_turn_end(struct turn_end *e)
{
	struct accounts *a = container_of(e, struct accounts, turn_end);
	answer_all(a);
	while (!a->active && !list_empty(&a->waiting)) {
		struct account_ask *ask = container_of(a->waiting.next, struct account_ask, link);
		leave_line(ask);
		account_ask_begin(ask);
	}
}

// --- deadlines ---

// Whoever asked is told by an ask of its own, while this one goes its way.
static void give_up(struct account_ask *ask, enum account_result result)
{
	struct accounts *a = ask->accounts;
	if (!ask->done)
		return;
	account_ask_answer(account_ask_new(a, ask->kind, ask->done, ask->owner), result);
	ask->done = NULL;
	ask->given_up = true;
	log_warning("account_stuck", log_str("at", result == ACCOUNT_BUSY ? "worker" : "store"));
}

static void on_second(struct timer *t)
{
	struct accounts *a = container_of(t, struct accounts, timer);
	uint64_t now = clock_ms();
	list_each(it, &a->waiting)
	{
		struct account_ask *ask = container_of(it, struct account_ask, link);
		if (now >= ask->until_ms) {
			leave_line(ask);
			account_ask_answer(ask, ACCOUNT_BUSY);
		}
	}
	if (a->active && now >= a->active->until_ms)
		give_up(a->active, ACCOUNT_BUSY);
	list_each(it, &a->keeping)
	{
		struct account_ask *ask = container_of(it, struct account_ask, link);
		if (now >= ask->until_ms)
			give_up(ask, ACCOUNT_NOT_KEPT);
	}
	if (is_idle(a))
		timer_stop(t);
}

void account_asks_watch(struct accounts *a)
{
	if (!uv_is_active((const uv_handle_t *)&a->timer.uv)) {
		timer_repeat(&a->timer, SECOND_MS);
		uv_unref((uv_handle_t *)&a->timer.uv); // what it watches keeps the loop alive
	}
}

// --- all ---

void account_asks_init(struct accounts *a)
{
	list_init(&a->waiting);
	list_init(&a->keeping);
	list_init(&a->answering);
	timer_init(a->loop, &a->timer, on_second);
	a->turn_end.run = on_turn_end;
	loop_at_turn_end(a->loop, &a->turn_end);
}

static void free_all(struct accounts *a, struct link *list)
{
	list_each(it, list)
	{
		struct account_ask *ask = container_of(it, struct account_ask, link);
		store_forget(a->store, ask);
		ask_free(ask);
	}
}

void account_asks_fini(struct accounts *a)
{
	list_unlink(&a->turn_end.link);
	free_all(a, &a->waiting);
	free_all(a, &a->keeping);
	free_all(a, &a->answering);
	if (a->active)
		a->active->accounts = NULL;
}

static void forget_in(struct link *list, const void *owner)
{
	list_each(it, list)
	{
		struct account_ask *ask = container_of(it, struct account_ask, link);
		if (ask->owner == owner)
			ask->done = NULL;
	}
}

// Who is only in line leaves it; what is being kept is kept.
void account_forget(struct accounts *a, const void *owner)
{
	list_each(it, &a->waiting)
	{
		struct account_ask *ask = container_of(it, struct account_ask, link);
		if (ask->owner == owner) {
			leave_line(ask);
			ask_free(ask);
		}
	}
	list_each(it, &a->answering)
	{
		struct account_ask *ask = container_of(it, struct account_ask, link);
		if (ask->owner == owner)
			ask_free(ask);
	}
	forget_in(&a->keeping, owner);
	if (a->active && a->active->owner == owner)
		a->active->done = NULL;
}
