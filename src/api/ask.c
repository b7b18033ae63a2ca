// SPDX-License-Identifier: MIT
// Asking the network: calls that are answered with what a MUD replied, at once when that is known,
// else when it comes.
#include "api/moderate.h"
#include "api/pending.h"
#include "base/clock.h"

struct asking {
	struct pending pending;
	struct answer_wait wait;
	pending_fill *fill;
};

static struct asking *asking_of(struct pending *p)
{
	return container_of(p, struct asking, pending);
}

static void fill_in(struct pending *p, struct call *c, const void *answer)
{
	asking_of(p)->fill(c, answer);
}

static void forget(struct pending *p)
{
	struct asking *a = asking_of(p);
	if (a->wait.key)
		answers_forget(&a->wait);
}

static const struct pending_kind kind = {sizeof(struct asking), fill_in, forget};

static void on_answer(struct answer_wait *w, const struct value *answer)
{
	pending_finish(&container_of(w, struct asking, wait)->pending, answer);
}

bool call_wait(struct call *c, const struct answer_key *key, pending_fill *fill, int64_t wait_s)
{
	if (wait_s <= 0 || !call_may_wait(c))
		return false;
	struct asking *a = pending_new(c, &kind, (uint64_t)wait_s * SECOND_MS);
	a->fill = fill;
	a->wait.run = on_answer;
	answers_wait(&c->identity->answers, key, &a->wait);
	return true;
}

const struct value *call_refusal(const struct call *c, const struct value *answer)
{
	return answer && answer_is_refusal(answer) && call_int_or(c, "wait", 0) > 0 ? answer : NULL;
}

static bool submit(
	struct call *c, const struct answer_key *key, const struct intent *let, pending_fill *fill)
{
	struct answers *answers = &c->identity->answers;
	answers_drop(answers, key);
	if (!call_send(c, let))
		return false;
	// A MUD in this process answers at once.
	const struct value *answer = answers_find(answers, key, clock_ms());
	if (answer || !call_wait(c, key, fill, call_int_or(c, "wait", 0)))
		fill(c, answer);
	return true;
}

// Who was refused a moment ago may ask again.
bool call_ask(struct call *c, const struct answer_key *key, const struct intent *intent,
	pending_fill *fill)
{
	struct intent let = *intent;
	if (!call_moderate(c, &let)) // not even from what is known
		return false;
	const struct value *fresh = answers_find(&c->identity->answers, key, clock_ms());
	if (!fresh || answer_is_refusal(fresh))
		return submit(c, key, &let, fill);
	fill(c, fresh);
	return true;
}

bool call_request(struct call *c, const struct answer_key *key, const struct intent *intent,
	pending_fill *fill)
{
	struct intent let = *intent;
	return call_moderate(c, &let) && submit(c, key, &let, fill);
}
