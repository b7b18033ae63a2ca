// SPDX-License-Identifier: MIT
// Blob: refcounted bytes that may stand in many output queues at once.
// Bytes once written never change; the one who made it may append while it is open, and whoever
// refers to it remembers offsets, not pointers, because appending may move it.
#pragma once
#include "base/span.h"

struct blob {
	uint32_t refs;
	uint32_t n;   // bytes written
	uint32_t cap; // bytes allocated
	char *p;
};

struct blob *blob_new(size_t cap); // refs 1
void blob_append(struct blob *, struct span bytes);
struct blob *blob_ref(struct blob *);
void blob_unref(struct blob *); // NULL is fine
