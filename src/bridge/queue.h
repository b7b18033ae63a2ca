// SPDX-License-Identifier: MIT
// Queue: the newest messages of one lane that nobody could take yet.  When it is full the oldest
// gives way; who owns the queue counts what all queues hold.
#pragma once
#include "bridge/message.h"

struct bridge_queue {
	struct link messages; // oldest first
	uint32_t n;
};

void bridge_queue_init(struct bridge_queue *);
void bridge_queue_put(struct bridge_queue *, struct bridge_message *);   // takes it over
struct bridge_message *bridge_queue_oldest(const struct bridge_queue *); // or NULL
struct bridge_message *bridge_queue_take(struct bridge_queue *); // the oldest; its owner's now
