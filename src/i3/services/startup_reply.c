// SPDX-License-Identifier: MIT
// startup-reply: we are in.  6 routers to use, each ({name, "address port"}), the first preferred;
// 7 the password to present from now on.  Which router to use is our configuration's decision.
#include "i3/service.h"

static void note_list(struct i3_link *l, const struct value *routers)
{
	struct span first = value_text(value_at(value_at(routers, 0), 0));
	if (first.n && !span_is(first, l->router))
		log_warning("router_prefers", log_str("mud", l->identity->name),
			log_str("router", l->router), log_span("prefers", first));
}

static void hear(struct i3_link *l, const struct packet *p)
{
	if (!from_router(l, p)) {
		log_warning("router_name", log_str("mud", l->identity->name),
			log_str("configured", l->router),
			log_span("calls_itself", p->originator_mud));
		return;
	}
	note_list(l, value_at(p->all, 6));
	link_welcomed(l, heard_int(value_at(p->all, 7)));
}

const struct service service_startup_reply = {
	.type = "startup-reply",
	.elements = 8,
	.early = true,
	.hear = hear,
};
