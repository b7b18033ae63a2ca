// SPDX-License-Identifier: MIT
#include "bridge/queue.h"

void bridge_queue_init(struct bridge_queue *q)
{
	list_init(&q->messages);
	q->n = 0;
}

void bridge_queue_put(struct bridge_queue *q, struct bridge_message *m)
{
	list_append(&q->messages, &m->link);
	q->n++;
}

struct bridge_message *bridge_queue_oldest(const struct bridge_queue *q)
{
	return q->n ? container_of(q->messages.next, struct bridge_message, link) : NULL;
}

struct bridge_message *bridge_queue_take(struct bridge_queue *q)
{
	ensure(q->n);
	struct bridge_message *m = container_of(q->messages.next, struct bridge_message, link);
	list_unlink(&m->link);
	q->n--;
	return m;
}
