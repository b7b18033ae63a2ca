// SPDX-License-Identifier: MIT
// What the language lacks: attributes, assertions that stay, and nothing else.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define must_check        __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))
#define no_return         __attribute__((noreturn))

#define countof(array)                  (sizeof(array) / sizeof((array)[0]))
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}
static inline size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

// A bug of ours, never a stranger's doing.  Compiled in always: prints where and aborts.
no_return void bug_at(const char *file, int line, const char *what);
#define bug(what) bug_at(__FILE__, __LINE__, what)
#define ensure(cond)                                                                               \
	do {                                                                                       \
		if (__builtin_expect(!(cond), 0))                                                  \
			bug(#cond);                                                                \
	} while (0)

// Start-up only: one sentence on standard error, exit 1.
no_return void die(const char *format, ...) printf_like(1, 2);
