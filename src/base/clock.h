// SPDX-License-Identifier: MIT
// Clock: monotonic time for deadlines, wall time for people.  Tests set both by hand.
#pragma once
#include "base/span.h"

enum { SECOND_MS = 1000 };
#define CLOCK_NEVER UINT64_MAX

uint64_t clock_ms(void);      // monotonic milliseconds, as of the last clock_update()
void clock_update(void);      // the loop calls it once per turn; one system call
uint64_t clock_wall_us(void); // microseconds since 1970, UTC
void clock_set(uint64_t ms, uint64_t wall_us); // tests only: freezes both

// "2026-01-02T03:04:05.678901", 26 characters and a NUL; for people and JSON.
enum { CLOCK_TEXT_BYTES = 27 };
void clock_text(uint64_t wall_us, char out[CLOCK_TEXT_BYTES]);
// What such a text stands for, from <= t < to: "2026-01-02" is a day, "2026-01-02T03:04" a minute,
// and so on to the microsecond.  A Z or an offset such as +01:00 may follow the time; without one
// it is UTC.  False: it is no timestamp.
bool clock_read(struct span text, uint64_t *from_us, uint64_t *to_us) must_check;
