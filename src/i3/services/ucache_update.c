// SPDX-License-Identifier: MIT
// ucache-update: news of a user for those who keep a cache of them.  6 user, 7 visname, 8 gender.
#include "i3/person.h"
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	if (!span_caseeq(p->originator_mud, our_name(l))) // some routers send ours back
		(void)person_heard(l, p);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	struct span user = i->target_user, name = outgoing_name(l, i->visname);
	if (!outgoing_fits(l, &user, TEXT_USER_MAX))
		return SENT_TOO_BIG;
	return outgoing_send(
		l, &(struct outgoing){.type = "ucache-update",
			   .body = {value_span(text_lower(&l->arena, user)),
				   value_span(name.n ? name : user), value_int(i->number)},
			   .n = 3});
}

const struct service service_ucache_update = {
	.type = "ucache-update",
	.elements = 9,
	.advertise = "ucache",
	.offered = OFFERED(ucache),
	.hear = hear,
	.intent = INTENT_USER_UPDATE,
	.submit = submit,
};
