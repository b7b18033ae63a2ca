// SPDX-License-Identifier: MIT
#include "i3/i3.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/i3_priv.h"
#include "i3/oob/oob.h"
#include <stdlib.h>

enum { LOAD_AGAIN_MS = 5000 };

static const struct config_identity *identity_in(const struct config *c, const char *name)
{
	const struct config_identities *all = &c->identities;
	ensure(all->n);
	for (size_t n = 0; n < all->n; n++)
		if (span_caseeq(span_str(all->at[n].name), span_str(name)))
			return &all->at[n];
	return &all->at[0];
}

const struct config_identity *i3_identity(const struct i3 *i, const char *name)
{
	return identity_in(i->config, name);
}

static void add_links(struct i3 *i)
{
	list_each(it, &i->hub->identities)
	{
		struct identity *identity = container_of(it, struct identity, in_hub);
		if (!identity->uplink) {
			link_new(i, identity);
			oob_join(i->oob, identity);
		}
	}
}

static void on_loaded(struct passwords *, bool ok);

static void on_again(struct timer *t)
{
	struct i3 *i = container_of(t, struct i3, again);
	passwords_load(&i->passwords, on_loaded);
}

struct i3 *i3_new(struct net *net, struct hub *hub, struct store *store,
	const struct config *config, struct router *embedded)
{
	struct i3 *i = mem_zalloc(sizeof *i);
	*i = (struct i3){
		.net = net, .hub = hub, .store = store, .config = config, .embedded = embedded};
	list_init(&i->links);
	passwords_init(&i->passwords, store);
	learned_init(&i->learned, store);
	timer_init(net_loop(net), &i->again, on_again);
	if (config->oob.enabled)
		i->oob = oob_new(i);
	add_links(i);
	oob_load(i->oob);
	return i;
}

static void start_links(struct i3 *i)
{
	list_each(it, &i->links)
	{
		struct i3_link *l = container_of(it, struct i3_link, in_i3);
		if (l->identity->wanted)
			link_start(l);
	}
}

static void on_learned(struct learned *d)
{
	struct i3 *i = container_of(d, struct i3, learned);
	if (!i->started)
		return;
	i->loaded = true;
	start_links(i);
}

// Without the passwords we would log in as somebody new and lose our names, so a store that cannot
// be read is read again, however long that takes.
static void on_loaded(struct passwords *p, bool ok)
{
	struct i3 *i = container_of(p, struct i3, passwords);
	if (!i->started)
		return;
	if (!ok) {
		log_error("passwords_unreadable");
		timer_start(&i->again, LOAD_AGAIN_MS);
		return;
	}
	learned_load(&i->learned, on_learned);
}

void i3_start(struct i3 *i)
{
	i->started = true;
	passwords_load(&i->passwords, on_loaded);
}

void i3_stop(struct i3 *i)
{
	i->started = i->loaded = false;
	oob_stop(i->oob);
	timer_stop(&i->again);
	list_each(it, &i->links) link_stop(container_of(it, struct i3_link, in_i3), 0);
}

static void on_again_closed(struct timer *t)
{
	free(container_of(t, struct i3, again));
}

void i3_free(struct i3 *i)
{
	if (!i)
		return;
	oob_free(i->oob);
	list_each(it, &i->links) link_free(container_of(it, struct i3_link, in_i3));
	passwords_fini(&i->passwords);
	learned_fini(&i->learned);
	timer_close(&i->again, on_again_closed);
}

struct oob *i3_oob(struct i3 *i)
{
	return i->oob;
}

// The port stands in the start-up packet.
void i3_oob_at(struct i3 *i, const char *place)
{
	if (!oob_place(i->oob, place))
		return;
	list_each(it, &i->links)
	{
		struct i3_link *l = container_of(it, struct i3_link, in_i3);
		if (l->state != LINK_IDLE)
			link_relogin(l, "logging in again, as another port is open");
	}
}

// --- reload ---

// Whether what the start-up packet tells of an identity is the same.
static bool same_identity(const struct config_identity *a, const struct config_identity *b)
{
	return a->port == b->port && !strcmp(a->admin_email, b->admin_email) &&
	       !strcmp(a->mudlib, b->mudlib) && !strcmp(a->base_mudlib, b->base_mudlib) &&
	       !strcmp(a->driver, b->driver) && !strcmp(a->mud_type, b->mud_type) &&
	       !strcmp(a->open_status, b->open_status) &&
	       !memcmp(&a->services, &b->services, sizeof a->services);
}

static bool same_router(
	const struct config_router_address *a, const struct config_router_address *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->host, b->host) && a->port == b->port &&
	       a->password.number == b->password.number;
}

static bool same_routers(const struct config_router *a, const struct config_router *b)
{
	bool same = same_router(&a->primary, &b->primary) && a->fallback.n == b->fallback.n;
	for (size_t i = 0; same && i < a->fallback.n; i++)
		same = same_router(&a->fallback.at[i], &b->fallback.at[i]);
	return same;
}

// To leave a router for one that only the next start makes would leave us with none.
static bool can_move(const struct i3 *i)
{
	return i->embedded || strcmp(i->config->router.primary.host, CONFIG_HOST_EMBEDDED) != 0;
}

static void follow(struct i3_link *l, const struct config *old)
{
	const struct i3 *i = l->i3;
	const char *name = l->identity->name;
	bool moved = !same_routers(&old->router, &i->config->router) && can_move(i);
	if (old->router.follow_list != i->config->router.follow_list && l->routers.at)
		moved = true; // where we are may be no router of ours any more
	if (moved)
		routers_reset(l);
	if (l->state == LINK_IDLE)
		return;
	if (!l->identity->wanted)
		link_stop(l, 0); // nobody knows whether it comes back
	else if (moved || !same_identity(identity_in(old, name), i3_identity(i, name)))
		link_relogin(l, "logging in again, as the configuration has changed");
	else if (l->state == LINK_READY)
		home_start(l); // the interval may be another
}

// Identities that are no longer wanted leave the network, new ones join it, and those that log in
// in another way, or elsewhere, do so.
void i3_reload(struct i3 *i, const struct config *config)
{
	const struct config *old = i->config;
	i->config = config;
	add_links(i);
	list_each(it, &i->links) follow(container_of(it, struct i3_link, in_i3), old);
	if (i->loaded)
		start_links(i);
}
