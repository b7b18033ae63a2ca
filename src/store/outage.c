// SPDX-License-Identifier: MIT
#include "store/outage.h"
#include "base/clock.h"
#include "base/log.h"

// A disk that was full for a second must not make us wait long, one that is for a day must not
// be written on all day.
enum { PAUSE_MIN_MS = 1 * SECOND_MS, PAUSE_MAX_MS = 30 * SECOND_MS };

void outage_fini(struct outage *o)
{
	buf_fini(&o->why);
}

void outage_note(struct outage *o, struct span why, bool waits)
{
	bool news = !o->on || (why.n && span_cmp(why, buf_bytes(&o->why)) != 0);
	if (!o->on) {
		o->on = true;
		o->since_ms = clock_ms();
		o->since_us = clock_wall_us();
	}
	if (!news)
		return;
	log_error("store_failed", log_span("why", why),
		log_str("then", waits ? "changes are held in memory and written when that is over"
				      : "it was not done"));
	buf_clear(&o->why);
	buf_span(&o->why, why);
}

uint64_t outage_pause(struct outage *o)
{
	o->pause_ms = o->pause_ms ? o->pause_ms * 2 : PAUSE_MIN_MS;
	if (o->pause_ms > PAUSE_MAX_MS)
		o->pause_ms = PAUSE_MAX_MS;
	return o->pause_ms;
}

void outage_refuse(struct outage *o, size_t held, size_t held_bytes)
{
	if (!o->full)
		log_error("store_held_full", log_int("held", (int64_t)held),
			log_int("held_bytes", (int64_t)held_bytes));
	o->full = true;
}

void outage_over(struct outage *o, size_t written)
{
	struct buf why = o->why;
	if (!o->on)
		return;
	log_info("store_recovered",
		log_int("seconds", (int64_t)((clock_ms() - o->since_ms) / SECOND_MS)),
		log_int("held_changes", (int64_t)written),
		log_int("lost_calls", (int64_t)o->failed));
	buf_clear(&why);
	*o = (struct outage){.why = why};
}

void outage_words(const struct outage *o, size_t held, struct buf *words)
{
	char since[CLOCK_TEXT_BYTES];
	enum { TO_THE_SECOND = 19 };
	if (!o->on)
		return;
	clock_text(o->since_us, since);
	buf_span(words, buf_bytes(&o->why));
	buf_printf(words, "; so it is since %.*s UTC", TO_THE_SECOND, since);
	if (o->pause_ms)
		buf_printf(words,
			"; changes are held in memory until they can be written (%zu now)", held);
	if (o->full)
		buf_lit(words, ", and there is room for no more: further ones are refused");
}
