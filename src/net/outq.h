// SPDX-License-Identifier: MIT
// Outq: what a connection still has to write, as references into blobs.  A message for a thousand
// receivers is one blob in a thousand queues; a second message that follows it in the same blob
// costs each queue one addition.  Empty, it holds no memory but itself.
#pragma once
#include "base/blob.h"
#include <sys/uio.h>

struct chunk {
	struct blob *blob; // a reference of ours
	uint32_t from, to; // bytes of it still to be written
};

struct outq {
	struct chunk *at; // heap, or NULL while empty
	uint32_t head, n, cap;
	bool own_tail; // the last chunk's blob is ours alone and may be appended to
	size_t bytes;  // in all
};

void outq_fini(struct outq *);
void outq_put(struct outq *, struct span bytes); // a copy
void outq_share(struct outq *, struct blob *, uint32_t from, uint32_t to);
int outq_gather(const struct outq *, struct iovec *, int max); // → how many filled in
void outq_drop(struct outq *, size_t bytes);                   // the first so many are written
static inline bool outq_empty(const struct outq *q)
{
	return q->bytes == 0;
}
