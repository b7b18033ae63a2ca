// SPDX-License-Identifier: MIT
// chan-ack: some routers confirm channel-add, -remove and -admin.  6: words, which name the channel.
// That one was added or removed the channel list says; for -admin this is all there is.
#include "i3/request.h"
#include "i3/service.h"

static void settle(struct i3_link *l, struct span words)
{
	const struct question *q = asked_named(&l->asked, words, clock_ms());
	if (!q || q->kind != ANSWER_CHANNEL_ADMIN)
		return;
	struct answer_key key = {.kind = q->kind, .user = arena_span(&l->arena, span_str(q->user))};
	struct value_list answer = {.arena = &l->arena};
	uint64_t ms;
	if (!request_done(l, &key, &ms))
		return;
	value_pair(&answer, "status", value_str("changed"));
	request_answer(l, &key, &answer);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	struct value_list params = {.arena = &l->arena};
	if (!from_router(l, p))
		return;
	event_text(l, &params, "message", packet_text(p, 6));
	event_publish(l, EVENT_CHANNEL_ACK, &params);
	settle(l, packet_text(p, 6));
}

const struct service service_chan_ack = {
	.type = "chan-ack",
	.elements = 7,
	.offered = OFFERED(channel),
	.hear = hear,
};
