// SPDX-License-Identifier: MIT
// ping-reply: that it came, and when, is all it says; its number means nothing.
#include "i3/request.h"
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	struct answer_key key = {.kind = ANSWER_PING, .mud = p->originator_mud};
	struct value_list params = {.arena = &l->arena}, answer = {.arena = &l->arena};
	uint64_t ms;
	if (!request_done(l, &key, &ms))
		return;
	struct value rtt = value_int((int64_t)ms);
	event_name(l, &params, "from_mud", p->originator_mud);
	value_pair(&params, "rtt_ms", rtt);
	event_publish(l, EVENT_PING_REPLY, &params);
	value_pair(&answer, "status", value_str("alive"));
	value_pair(&answer, "alive", value_bool(true));
	value_pair(&answer, "rtt_ms", rtt);
	request_answer(l, &key, &answer);
}

const struct service service_ping_reply = {
	.type = "ping-reply",
	.elements = PACKET_HEADER,
	.hear = hear,
};
