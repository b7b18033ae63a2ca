// SPDX-License-Identifier: MIT
// channel-remove: ends a channel of ours.  6: channel.
#include "i3/request.h"
#include "i3/service.h"

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return request_channel(
		l, ANSWER_CHANNEL_REMOVE, i, &(struct outgoing){.type = "channel-remove", .n = 1});
}

const struct service service_channel_remove = {
	.type = "channel-remove",
	.elements = 7,
	.intent = INTENT_CHANNEL_REMOVE,
	.submit = submit,
};
