// SPDX-License-Identifier: MIT
// startup-reply: we are in.  6 routers to use, each ({name, "address port"}), the first preferred;
// 7 the password to present from now on.  Comes unasked when either changes.
#include "i3/login.h"
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	if (from_router(l, p)) {
		routers_heard(l, value_at(p->all, 6));
		login_welcomed(l, heard_int(value_at(p->all, 7)));
		return;
	}
	enum log_level level = log_paced(&l->said, LOG_WARNING);
	LOG_AT(level, "router_name", log_str("mud", l->identity->name),
		log_str("configured", l->router), log_span("calls_itself", p->originator_mud));
	if (l->state == LINK_STARTUP)
		login_misnamed(l, heard_name(l, p->originator_mud));
}

const struct service service_startup_reply = {
	.type = "startup-reply",
	.elements = 8,
	.early = true,
	.hear = hear,
};
