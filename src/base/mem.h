// SPDX-License-Identifier: MIT
// Allocation that cannot return NULL.  Running out aborts: everything a stranger can influence
// has a maximum long before that, so it is either a bug or a machine too small to run on.
#pragma once
#include "base/base.h"

void *mem_alloc(size_t bytes) must_check;           // not zeroed
void *mem_zalloc(size_t bytes) must_check;          // zeroed
void *mem_array(size_t n, size_t bytes) must_check; // zeroed; the product is overflow-checked
void *mem_grow(void *old, size_t n, size_t bytes) must_check; // realloc to n elements
char *mem_str(const char *text) must_check;                   // copy of a C string; NULL stays NULL
