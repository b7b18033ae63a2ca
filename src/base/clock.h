// SPDX-License-Identifier: MIT
// Clock: monotonic time for deadlines, wall time for people.  Tests set both by hand.
#pragma once
#include "base/base.h"

enum { SECOND_MS = 1000 };
#define CLOCK_NEVER UINT64_MAX

uint64_t clock_ms(void);      // monotonic milliseconds, as of the last clock_update()
void clock_update(void);      // the loop calls it once per turn; one system call
uint64_t clock_wall_us(void); // microseconds since 1970, UTC
void clock_set(uint64_t ms, uint64_t wall_us); // tests only: freezes both

// "2026-01-02T03:04:05.678901", 26 characters and a NUL; for people and JSON.
enum { CLOCK_TEXT_BYTES = 27 };
void clock_text(uint64_t wall_us, char out[CLOCK_TEXT_BYTES]);
