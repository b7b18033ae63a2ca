// SPDX-License-Identifier: MIT
// List: an intrusive ring of links.  An object is on one list of its owner at a time;
// unlinking twice is harmless because a lone link points to itself.
#pragma once
#include "base/base.h"

struct link {
	struct link *prev, *next;
};

static inline void list_init(struct link *head)
{
	head->prev = head->next = head;
}
static inline bool list_empty(const struct link *head)
{
	return head->next == head;
}

static inline void list_append(struct link *head, struct link *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

static inline void list_unlink(struct link *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

// The body may unlink or free the item it is given.
#define list_each(it, head)                                                                        \
	for (struct link *it = (head)->next, *next_of_##it = it->next; it != (head);               \
		it = next_of_##it, next_of_##it = it->next)
