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

// --- reading ---

static bool take_number(struct span *s, size_t digits, int *out)
{
	uint64_t n;
	if (s->n < digits || !span_uint(span_of(s->p, digits), 9999, &n))
		return false;
	span_take(s, digits);
	*out = (int)n;
	return true;
}

static bool take_char(struct span *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	span_take(s, 1);
	return true;
}

// Up to microseconds; more digits are read and forgotten.
static bool take_fraction(struct span *s, uint64_t *us, uint64_t *unit_us)
{
	size_t n = 0;
	*unit_us = 1000000;
	for (; s->n && s->p[0] >= '0' && s->p[0] <= '9'; n++) {
		unsigned digit = (unsigned)(s->p[0] - '0');
		span_take(s, 1);
		if (*unit_us == 1)
			continue;
		*unit_us /= 10;
		*us += digit * *unit_us;
	}
	return n > 0;
}

static bool take_offset(struct span *s, int64_t *seconds)
{
	int sign = take_char(s, '+') ? 1 : take_char(s, '-') ? -1 : 0, h = 0, m = 0;
	if (!sign)
		return take_char(s, 'Z') || s->n == 0;
	if (!take_number(s, 2, &h) || !take_char(s, ':') || !take_number(s, 2, &m) || h > 23 ||
		m > 59)
		return false;
	*seconds = sign * (h * 3600 + m * 60);
	return true;
}

// unit_us: how long what was written stands for.
static bool take_time(struct span *s, struct tm *t, uint64_t *us, uint64_t *unit_us)
{
	*unit_us = UINT64_C(86400) * 1000000;
	if (!take_char(s, 'T') && !take_char(s, ' '))
		return true;
	if (!take_number(s, 2, &t->tm_hour) || !take_char(s, ':') || !take_number(s, 2, &t->tm_min))
		return false;
	*unit_us = 60 * 1000000;
	if (!take_char(s, ':'))
		return true;
	if (!take_number(s, 2, &t->tm_sec))
		return false;
	*unit_us = 1000000;
	return !take_char(s, '.') || take_fraction(s, us, unit_us);
}

bool clock_read(struct span text, uint64_t *from_us, uint64_t *to_us)
{
	struct tm t = {0};
	uint64_t us = 0, unit_us;
	int64_t offset = 0;
	if (!take_number(&text, 4, &t.tm_year) || !take_char(&text, '-') ||
		!take_number(&text, 2, &t.tm_mon) || !take_char(&text, '-') ||
		!take_number(&text, 2, &t.tm_mday) || !take_time(&text, &t, &us, &unit_us) ||
		!take_offset(&text, &offset) || text.n)
		return false;
	int day = t.tm_mday, month = t.tm_mon;
	if (t.tm_year < 1970 || t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 60)
		return false;
	t.tm_year -= 1900;
	t.tm_mon--;
	int64_t second = timegm(&t) - offset; // which turns the 30th of February into March
	if (t.tm_mday != day || t.tm_mon != month - 1 || second < 0)
		return false;
	*from_us = (uint64_t)second * 1000000 + us;
	*to_us = *from_us + unit_us;
	return true;
}
