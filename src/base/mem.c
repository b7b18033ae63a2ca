// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
	if (!p)
		bug("out of memory");
	return p;
}

void *mem_alloc(size_t bytes)
{
	return checked(malloc(bytes ? bytes : 1));
}

void *mem_zalloc(size_t bytes)
{
	return checked(calloc(1, bytes ? bytes : 1));
}

void *mem_array(size_t n, size_t bytes)
{
	return checked(calloc(n ? n : 1, bytes));
}

void *mem_grow(void *old, size_t n, size_t bytes)
{
	return checked(reallocarray(old, n ? n : 1, bytes));
}

char *mem_str(const char *text)
{
	return text ? checked(strdup(text)) : NULL;
}
