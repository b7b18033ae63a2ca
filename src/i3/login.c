// SPDX-License-Identifier: MIT
// startup-req-3 asks for complete lists each time (ids 0 and 0): routers in use count their ids in
// ways that make a delta over a gap worth nothing.
#include "i3/login.h"
#include "base/log.h"
#include "i3/i3_priv.h"
#include "i3/oob/oob.h"
#include "i3/packet.h"
#include "i3/service.h"

enum { STARTUP_ELEMENTS = 20, SHUTDOWN_ELEMENTS = 7 };

static int64_t password(const struct i3_link *l)
{
	int64_t kept = passwords_find(
		&l->i3->passwords, &(struct password_of){l->identity->name, l->account});
	return kept ? kept : routers_route(l, l->routers.at).password;
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

void login_goodbye(struct i3_link *l, struct carrier *c, int64_t back_s)
{
	struct value p[SHUTDOWN_ELEMENTS];
	to_router(l, SPAN("shutdown"), p);
	p[6] = value_int(back_s);
	struct value packet = value_array(p, SHUTDOWN_ELEMENTS);
	c->ops->bid(c, &packet);
}

// --- what comes back ---

void login_refused(struct i3_link *l, struct span code, struct span words)
{
	struct buf why = {0};
	buf_printf(&why, "the router refused the login: %.*s (%.*s)", (int)words.n, words.p,
		(int)code.n, code.p);
	buf_char(&why, '\0');
	link_fail(l, why.p);
	buf_fini(&why);
}

// The password is safe: we may stay, or go where the router's list sends us.
static void welcomed(struct i3_link *l)
{
	unsigned goal = l->routers.goal;
	if (l->state == LINK_SAVING && goal != ROUTERS_NONE)
		link_move(l, goal);
	else if (l->state == LINK_SAVING)
		link_arrive(l);
	else if (l->state == LINK_READY && goal != ROUTERS_NONE)
		home_part(l, goal);
}

static void on_saved(void *owner, uint64_t id, enum store_result result);

// One at a time: a router may send as many as it likes, and the store has room for other things.
static void save(struct i3_link *l)
{
	struct password_of of = {l->identity->name, l->account};
	if (l->saving)
		return;
	l->saved = l->password;
	l->saving = passwords_put(&l->i3->passwords, &of, l->saved, on_saved, l);
}

static void on_saved(void *owner, uint64_t id, enum store_result result)
{
	struct i3_link *l = owner;
	struct password_of of = {l->identity->name, l->account};
	ensure(id == l->saving);
	l->saving = 0;
	if (result == STORE_OK)
		passwords_keep(&l->i3->passwords, &of, l->saved);
	else
		log_error("password_not_kept", log_str("mud", of.identity),
			log_str("router", l->router));
	if (l->password != l->saved && (result == STORE_OK || l->state == LINK_READY))
		save(l);
	else if (result == STORE_OK)
		welcomed(l);
	else if (l->state == LINK_SAVING)
		link_fail(l, "the store did not keep the router's password");
}

// The link goes down.  The newest password is the one to log in with, though the one before it was
// still being kept.
void login_stop_saving(struct i3_link *l)
{
	struct password_of of = {l->identity->name, l->account};
	store_forget(l->i3->store, l);
	if (l->saving && l->saved != l->password)
		passwords_put(&l->i3->passwords, &of, l->password, NULL, NULL);
	l->saving = 0;
}

// A password again while READY is kept as well, without leaving that state.
void login_welcomed(struct i3_link *l, int64_t password)
{
	struct password_of of = {l->identity->name, l->account};
	bool first = l->state == LINK_STARTUP;
	if (first) {
		link_enter(l, LINK_SAVING, LINK_SAVING_MS);
		l->carrier->ops->trust(l->carrier);
	}
	if (password > 0 && !passwords_kept(&l->i3->passwords, &of, password)) {
		l->password = password;
		save(l);
	} else if (first || l->state == LINK_READY) {
		welcomed(l);
	}
}

// Not yet believed, and not the end: MUDs behind a router can send such packets, too.
void login_misnamed(struct i3_link *l, struct span name)
{
	struct buf why = {0};
	buf_printf(&why, "the router calls itself \"%.*s\", but is configured as \"%s\"",
		(int)name.n, name.p, l->router);
	buf_char(&why, '\0');
	link_trouble(l, why.p);
	l->misnamed = true;
	buf_fini(&why);
}
