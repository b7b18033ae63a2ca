// SPDX-License-Identifier: MIT
// chanlist-req: asks the router for the whole list of channels.  No body.  Not every router knows it;
// all send the list at the login and each change of it later.
#include "i3/service.h"

enum { ASK_AGAIN_MS = 5000 }; // each costs the router the whole list, and some clients ask always

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	uint64_t now = clock_ms();
	(void)i;
	if (l->chanlist_ms && now - l->chanlist_ms < ASK_AGAIN_MS)
		return SENT; // is on its way, or came just now
	l->chanlist_ms = now;
	return outgoing_send(
		l, &(struct outgoing){.type = "chanlist-req", .mud = span_str(l->router)});
}

const struct service service_chanlist_req = {
	.type = "chanlist-req",
	.elements = PACKET_HEADER,
	.intent = INTENT_CHANNEL_LIST,
	.submit = submit,
};
