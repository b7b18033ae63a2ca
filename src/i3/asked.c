// SPDX-License-Identifier: MIT
#include "i3/asked.h"
#include "i3/text.h"
#include <stdlib.h>

static void forget(struct question *q)
{
	free(q->mud);
	free(q->by);
	free(q->user);
	*q = (struct question){0};
}

void asked_fini(struct asked *a)
{
	for (size_t i = 0; i < ASKED_MAX; i++)
		forget(&a->at[i]);
}

void asked_put(struct asked *a, const struct asked_by *by, uint64_t now_ms)
{
	const struct answer_key *k = &by->key;
	struct question *q = &a->at[a->next];
	a->next = (a->next + 1) % ASKED_MAX;
	forget(q);
	*q = (struct question){.kind = k->kind,
		.until_ms = now_ms + ASKED_MS,
		.mud = span_dup(k->mud),
		.by = span_dup(by->user),
		.user = span_dup(k->user)};
}

static bool fits(const struct question *q, const struct answer_key *k, struct span by)
{
	return q->mud && q->kind == k->kind && span_caseeq(span_str(q->mud), k->mud) &&
	       span_caseeq(span_str(q->by), by);
}

bool asked_waits(const struct asked *a, const struct asked_by *by, uint64_t now_ms)
{
	for (size_t i = 0; i < ASKED_MAX; i++) {
		const struct question *q = &a->at[i];
		struct answer_key key = by->key;
		if (!key.mud.n && q->mud)
			key.mud = span_str(q->mud);
		if (now_ms < q->until_ms && fits(q, &key, by->user))
			return true;
	}
	return false;
}

static struct question *find(
	struct asked *a, const struct answer_key *k, struct span by, uint64_t now_ms)
{
	struct question *first = NULL;
	for (size_t i = 0; i < ASKED_MAX; i++) {
		struct question *q = &a->at[(a->next + i) % ASKED_MAX];
		if (now_ms >= q->until_ms || !fits(q, k, by))
			continue;
		if (span_caseeq(span_str(q->user), k->user))
			return q;
		if (!first)
			first = q;
	}
	return first;
}

bool asked_take(struct asked *a, const struct asked_by *by, uint64_t now_ms, struct buf *user)
{
	struct question *q = find(a, &by->key, by->user, now_ms);
	if (!q)
		return false;
	buf_str(user, q->user);
	if (q->kind != ANSWER_LOCATE)
		forget(q);
	return true;
}

bool asked_done(struct asked *a, const struct answer_key *k, uint64_t now_ms, uint64_t *ms)
{
	for (size_t i = 0; i < ASKED_MAX; i++) {
		struct question *q = &a->at[(a->next + i) % ASKED_MAX];
		if (!q->mud || q->kind != k->kind || now_ms >= q->until_ms ||
			!span_caseeq(span_str(q->mud), k->mud) ||
			!span_caseeq(span_str(q->user), k->user))
			continue;
		*ms = now_ms + ASKED_MS - q->until_ms;
		forget(q);
		return true;
	}
	return false;
}

static bool is_change(const struct question *q)
{
	return q->mud && (q->kind == ANSWER_CHANNEL_ADD || q->kind == ANSWER_CHANNEL_REMOVE ||
				 q->kind == ANSWER_CHANNEL_ADMIN);
}

const struct question *asked_named(const struct asked *a, struct span text, uint64_t now_ms)
{
	for (size_t i = 0; i < ASKED_MAX; i++) {
		const struct question *q = &a->at[(a->next + i) % ASKED_MAX];
		if (is_change(q) && now_ms < q->until_ms && text_has_word(text, span_str(q->user)))
			return q;
	}
	return NULL;
}
