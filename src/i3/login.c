// SPDX-License-Identifier: MIT
// startup-req-3 asks for complete lists each time (ids 0 and 0): routers in use count their ids in
// ways that make a delta over a gap worth nothing.
#include "i3/login.h"
#include "i3/i3_priv.h"
#include "i3/oob/oob.h"
#include "i3/packet.h"
#include "i3/service.h"

enum { STARTUP_ELEMENTS = 20, SHUTDOWN_ELEMENTS = 7 };

static int64_t password(const struct i3_link *l)
{
	int64_t kept = passwords_find(
		&l->i3->passwords, &(struct password_of){l->identity->name, l->router});
	return kept ? kept : i3_router(l->i3, l->at)->password.number;
}

static void to_router(const struct i3_link *l, struct span type, struct value *head)
{
	packet_header(head, &(struct packet){.type = type,
				    .originator_mud = span_str(l->identity->name),
				    .target_mud = span_str(l->router)});
}

static struct value services(struct i3_link *l, const struct config_identity *c)
{
	struct value in_band = services_offered(&l->arena, c);
	struct value_list all = {.arena = &l->arena};
	for (size_t i = 0; i < 2 * (size_t)in_band.n; i++)
		value_push(&all, in_band.at[i]);
	oob_advertise(l->i3->oob, l->identity, &all);
	return value_list_map(&all);
}

void login_send(struct i3_link *l)
{
	const struct config_identity *c = i3_identity(l->i3, l->identity->name);
	struct value p[STARTUP_ELEMENTS];
	to_router(l, SPAN("startup-req-3"), p);
	p[6] = value_int(password(l));
	p[7] = value_int(0);
	p[8] = value_int(0);
	p[9] = value_int(c->port);
	p[10] = value_int(oob_port(l->i3->oob, l->identity));
	p[11] = value_int(0);
	p[12] = value_str(c->mudlib);
	p[13] = value_str(c->base_mudlib);
	p[14] = value_str(c->driver);
	p[15] = value_str(c->mud_type);
	p[16] = value_str(c->open_status);
	p[17] = value_str(c->admin_email);
	p[18] = services(l, c);
	p[19] = value_int(0);
	struct value packet = value_array(p, STARTUP_ELEMENTS);
	metric_add(METRIC_I3_SENT, 1);
	l->carrier->ops->send(l->carrier, &packet, PACE_STARTUP);
}

// Seconds until we are back: 0, nobody knows.
void login_goodbye(struct i3_link *l)
{
	struct value p[SHUTDOWN_ELEMENTS];
	to_router(l, SPAN("shutdown"), p);
	p[6] = value_int(0);
	struct value packet = value_array(p, SHUTDOWN_ELEMENTS);
	l->carrier->ops->bid(l->carrier, &packet);
}
