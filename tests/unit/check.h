// SPDX-License-Identifier: MIT
// What every cmocka test file needs, in the order cmocka wants it.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"

// Do two stretches of bytes agree?  Shows both as text when not.
#define check_bytes(got, want)                                                                     \
	do {                                                                                       \
		struct span got_ = (got), want_ = (want);                                          \
		if (!span_eq(got_, want_))                                                         \
			fail_msg("got  \"%.*s\"\nwant \"%.*s\"", (int)got_.n, got_.p,              \
				(int)want_.n, want_.p);                                            \
	} while (0)
#define check_text(got, text) check_bytes((got), span_str(text))

// All static functions whose address is listed: RUN(a, b, c) in main().
#define TEST(name) cmocka_unit_test(name)
