// SPDX-License-Identifier: MIT
#include "store/queue.h"
#include "base/mem.h"
#include <stdlib.h>

static size_t bytes_of(const struct call *c)
{
	return c->table.n + c->key.n + c->value.n;
}

void queue_init(struct queue *q)
{
	*q = (struct queue){0};
	list_init(&q->calls);
	list_init(&q->spare);
}

void queue_fini(struct queue *q)
{
	for (struct call *c; (c = queue_first_call(&q->spare));) {
		list_unlink(&c->link);
		free(c);
	}
}

static struct call *memory_for(struct queue *q, size_t bytes)
{
	struct call *c = bytes <= QUEUE_CALL_BYTES ? queue_first_call(&q->spare) : NULL;
	if (!c)
		return mem_alloc(max_size(bytes, QUEUE_CALL_BYTES));
	list_unlink(&c->link);
	q->n_spare--;
	return c;
}

struct call *queue_new_call(
	struct queue *q, const struct call *like, const struct store_change *what, bool ok)
{
	size_t bytes = sizeof *like;
	if (ok)
		bytes += what->table.n + what->key.n + what->value.n;
	struct call *c = memory_for(q, bytes);
	*c = *like;
	c->again = bytes <= QUEUE_CALL_BYTES;
	list_init(&c->link);
	if (ok) {
		char *at = c->bytes;
		c->table = span_put(&at, what->table);
		c->key = span_put(&at, what->key);
		c->value = span_put(&at, what->value);
	}
	return c;
}

bool queue_has_room(const struct queue *q, size_t bytes)
{
	return q->n < STORE_QUEUE_MAX && bytes <= STORE_QUEUE_MAX_BYTES - q->bytes;
}

void queue_append(struct queue *q, struct call *c)
{
	list_append(&q->calls, &c->link);
	q->n++;
	q->n_soon += c->soon;
	q->bytes += bytes_of(c);
}

void queue_take(struct queue *q, struct call *c)
{
	list_unlink(&c->link);
	q->n--;
	q->n_soon -= c->soon;
	q->bytes -= bytes_of(c);
}

// --- lists of calls ---

struct call *queue_first_call(struct link *list)
{
	return list_empty(list) ? NULL : container_of(list->next, struct call, link);
}

void queue_move_all(struct link *to, struct link *from)
{
	list_each(it, from)
	{
		list_unlink(it);
		list_append(to, it);
	}
}

void queue_free_call(struct queue *q, struct call *c)
{
	list_unlink(&c->link);
	buf_fini(&c->rows);
	if (!c->again || q->n_spare == QUEUE_SPARE_MAX) {
		free(c);
		return;
	}
	list_append(&q->spare, &c->link);
	q->n_spare++;
}

void queue_free_calls(struct queue *q, struct link *list)
{
	for (struct call *c; (c = queue_first_call(list));)
		queue_free_call(q, c);
}

void queue_forget(struct link *list, const void *owner)
{
	list_each(it, list)
	{
		struct call *c = container_of(it, struct call, link);
		if (c->owner == owner) {
			c->done = NULL;
			c->row = NULL;
		}
	}
}

// --- what a call asks for ---

struct store_change queue_change(const struct call *c)
{
	return (struct store_change){.verb = (enum store_verb)c->verb,
		.table = c->table,
		.key = c->key,
		.value = c->value,
		.keep = c->n};
}

struct store_range queue_range(const struct call *c)
{
	return (struct store_range){.table = c->table,
		.from = c->key,
		.to = c->value,
		.limit = c->n,
		.backwards = c->backwards};
}

// Harvested rows: length of key, length of value, key, value; in the order of the scan.
struct row_head {
	uint32_t key_bytes, value_bytes;
};

void queue_collect_row(void *owner, struct span key, struct span value)
{
	struct buf *rows = owner;
	struct row_head head = {(uint32_t)key.n, (uint32_t)value.n};
	buf_put(rows, &head, sizeof head);
	buf_span(rows, key);
	buf_span(rows, value);
}

// Asks again before each row whether somebody waits: a callback may forget the owner.
void queue_deliver_rows(struct call *c)
{
	struct span rest = buf_bytes(&c->rows);
	while (c->row && rest.n) {
		struct row_head head;
		memcpy(&head, span_take(&rest, sizeof head).p, sizeof head);
		struct span key = span_take(&rest, head.key_bytes);
		struct span value = span_take(&rest, head.value_bytes);
		c->row(c->owner, key, value);
	}
}
