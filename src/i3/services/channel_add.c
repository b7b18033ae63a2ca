// SPDX-License-Identifier: MIT
// channel-add: makes a channel of ours, or changes its type.  6 channel, 7 type: 0 for all but the
// banned, 1 for the admitted, 2 for the admitted and through our filter.
#include "i3/request.h"
#include "i3/service.h"

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return request_channel(l, ANSWER_CHANNEL_ADD, i,
		&(struct outgoing){
			.type = "channel-add", .body = {[1] = value_int(i->number)}, .n = 2});
}

const struct service service_channel_add = {
	.type = "channel-add",
	.elements = 8,
	.intent = INTENT_CHANNEL_CREATE,
	.submit = submit,
};
