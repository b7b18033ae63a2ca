// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include <time.h>

static uint64_t now_ms;
static uint64_t frozen_wall_us;

void clock_update(void)
{
	struct timespec t;
	if (frozen_wall_us)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	now_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_ms(void)
{
	if (!now_ms)
		clock_update();
	return now_ms;
}

uint64_t clock_wall_us(void)
{
	struct timespec t;
	if (frozen_wall_us)
		return frozen_wall_us;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void clock_set(uint64_t ms, uint64_t wall_us)
{
	now_ms = ms;
	frozen_wall_us = wall_us;
}

static void put_digits(char *at, unsigned value, int digits)
{
	while (digits-- > 0) {
		at[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

// The calendar part changes once a second; it is kept so that a busy second costs one gmtime.
void clock_text(uint64_t wall_us, char out[CLOCK_TEXT_BYTES])
{
	static time_t cached = -1;
	static struct tm t;
	time_t second = (time_t)(wall_us / 1000000);
	if (second != cached) {
		gmtime_r(&second, &t);
		cached = second;
	}
	__builtin_memcpy(out, "0000-00-00T00:00:00.000000", CLOCK_TEXT_BYTES);
	put_digits(out, (unsigned)t.tm_year + 1900, 4);
	put_digits(out + 5, (unsigned)t.tm_mon + 1, 2);
	put_digits(out + 8, (unsigned)t.tm_mday, 2);
	put_digits(out + 11, (unsigned)t.tm_hour, 2);
	put_digits(out + 14, (unsigned)t.tm_min, 2);
	put_digits(out + 17, (unsigned)t.tm_sec, 2);
	put_digits(out + 20, (unsigned)(wall_us % 1000000), 6);
}
