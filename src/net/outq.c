// SPDX-License-Identifier: MIT
#include "net/outq.h"
#include "base/mem.h"
#include <stdlib.h>

enum {
	OWN_BLOB_BYTES = 512, // a new blob of ours: room for one answer and its neighbours
	OWN_BLOB_MAX_BYTES = 64 * 1024, // then another is begun, so that what is written is let go
};

void outq_fini(struct outq *q)
{
	for (uint32_t i = 0; i < q->n; i++)
		blob_unref(q->at[q->head + i].blob);
	free(q->at);
	*q = (struct outq){0};
}

static void push(struct outq *q, struct chunk c)
{
	if (q->head + q->n == q->cap) {
		if (q->head > q->cap / 2) {
			memmove(q->at, q->at + q->head, q->n * sizeof *q->at);
			q->head = 0;
		} else {
			q->cap = q->cap ? q->cap * 2 : 2;
			q->at = mem_grow(q->at, q->cap, sizeof *q->at);
		}
	}
	q->at[q->head + q->n++] = c;
	q->bytes += c.to - c.from;
}

static struct chunk *tail(struct outq *q)
{
	return q->n ? &q->at[q->head + q->n - 1] : NULL;
}

void outq_put(struct outq *q, struct span bytes)
{
	struct chunk *t = tail(q);
	if (bytes.n == 0)
		return;
	if (t && q->own_tail && t->blob->n < OWN_BLOB_MAX_BYTES) {
		blob_append(t->blob, bytes);
		t->to = t->blob->n;
		q->bytes += bytes.n;
		return;
	}
	struct blob *b = blob_new(max_size(bytes.n, OWN_BLOB_BYTES));
	blob_append(b, bytes);
	push(q, (struct chunk){b, 0, b->n});
	q->own_tail = true;
}

void outq_share(struct outq *q, struct blob *b, uint32_t from, uint32_t to)
{
	struct chunk *t = tail(q);
	if (from == to)
		return;
	if (t && t->blob == b && t->to == from) {
		t->to = to;
		q->bytes += to - from;
		return;
	}
	push(q, (struct chunk){blob_ref(b), from, to});
	q->own_tail = false;
}

int outq_gather(const struct outq *q, struct iovec *iov, int max)
{
	int n = 0;
	for (; n < max && (uint32_t)n < q->n; n++) {
		const struct chunk *c = &q->at[q->head + (uint32_t)n];
		iov[n] = (struct iovec){c->blob->p + c->from, c->to - c->from};
	}
	return n;
}

void outq_drop(struct outq *q, size_t bytes)
{
	ensure(bytes <= q->bytes);
	q->bytes -= bytes;
	while (bytes) {
		struct chunk *c = &q->at[q->head];
		size_t has = c->to - c->from;
		if (bytes < has) {
			c->from += (uint32_t)bytes;
			return;
		}
		bytes -= has;
		blob_unref(c->blob);
		q->head++;
		q->n--;
	}
	if (q->n == 0)
		outq_fini(q);
}
