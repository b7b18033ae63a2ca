// SPDX-License-Identifier: MIT
// chan-adminlist: asks the router which MUDs are on a channel's list.  6: channel.
#include "i3/request.h"
#include "i3/service.h"

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return request_channel(
		l, ANSWER_CHANNEL_ADMINS, i, &(struct outgoing){.type = "chan-adminlist", .n = 1});
}

const struct service service_chan_adminlist = {
	.type = "chan-adminlist",
	.elements = 7,
	.intent = INTENT_CHANNEL_ADMIN_LIST,
	.submit = submit,
};
