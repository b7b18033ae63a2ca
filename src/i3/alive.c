// SPDX-License-Identifier: MIT
#include "i3/alive.h"
#include "base/clock.h"
#include "base/log.h"
#include "i3/i3_priv.h"
#include "i3/packet.h"

// The first probe leaves right after the login: it tells early whether this router loops.
static void probe(struct i3_link *l)
{
	struct value packet[PACKET_HEADER];
	struct span self = span_str(l->identity->name);
	packet_header(packet,
		&(struct packet){
			.type = SPAN("auth-mud-req"), .originator_mud = self, .target_mud = self});
	struct value v = value_array(packet, PACKET_HEADER);
	if (link_send(l, &v) == SENT && !l->alive.probe_ms)
		l->alive.probe_ms = pacing_empty_ms(&l->pacing, clock_ms());
}

// 0: probing is switched off.
static uint64_t quiet_ms(const struct i3_link *l)
{
	uint64_t ms = (uint64_t)l->i3->config->router.connection.keepalive_interval_s * SECOND_MS;
	return ms < ALIVE_QUIET_MAX_MS ? ms : ALIVE_QUIET_MAX_MS;
}

uint32_t alive_answer_ms(const struct i3_link *l)
{
	uint32_t ms = (uint32_t)quiet_ms(l) / 2;
	if (!quiet_ms(l))
		return 0;
	if (ms < ALIVE_ANSWER_MIN_MS)
		return ALIVE_ANSWER_MIN_MS;
	return ms < ALIVE_ANSWER_MAX_MS ? ms : ALIVE_ANSWER_MAX_MS;
}

// Not at once: a probe may have found no room in the queue.
static void look_again(struct i3_link *l)
{
	const struct alive *a = &l->alive;
	uint64_t now = clock_ms();
	uint64_t at = a->probe_ms ? a->probe_ms + alive_answer_ms(l) : a->heard_ms + quiet_ms(l);
	timer_start(&l->alive.timer, at > now + SECOND_MS ? at - now : SECOND_MS);
}

static void on_timer(struct timer *t)
{
	struct i3_link *l = container_of(t, struct i3_link, alive.timer);
	struct alive *a = &l->alive;
	uint64_t now = clock_ms(), quiet = quiet_ms(l);
	if (!quiet) {
		timer_start(t, ALIVE_QUIET_MAX_MS); // a reload may switch it on
		return;
	}
	if (a->probe_ms && now >= a->probe_ms + alive_answer_ms(l)) {
		if (a->loops) {
			link_fail(l, "the router is silent");
			return;
		}
		a->probe_ms = 0;
		a->heard_ms = now;
	}
	if (!a->probe_ms && now >= a->heard_ms + quiet)
		probe(l);
	look_again(l);
}

void alive_init(struct i3_link *l)
{
	link_timer(l, &l->alive.timer, on_timer);
}

void alive_start(struct i3_link *l)
{
	if (!l->carrier->ops->far)
		return;
	l->alive.heard_ms = clock_ms();
	l->alive.probe_ms = 0;
	if (quiet_ms(l))
		probe(l);
	look_again(l);
}

void alive_stop(struct i3_link *l)
{
	timer_stop(&l->alive.timer);
	l->alive.probe_ms = 0;
}

void alive_heard(struct i3_link *l)
{
	bool asked = l->alive.probe_ms;
	l->alive.heard_ms = clock_ms();
	l->alive.probe_ms = 0;
	if (asked)
		look_again(l); // else the timer would wait out the answer that has come
}

void alive_looped(struct i3_link *l)
{
	l->alive.loops = true;
}
