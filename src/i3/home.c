// SPDX-License-Identifier: MIT
#include "i3/home.h"
#include "base/clock.h"
#include "base/log.h"
#include "i3/i3_priv.h"
#include "i3/probe.h"

static void enter(struct i3_link *l, int state, uint64_t ms)
{
	l->home.state = state;
	if (ms != CLOCK_NEVER)
		timer_start(&l->home.timer, ms);
	else
		timer_stop(&l->home.timer);
}

// CLOCK_NEVER: switched off.
static uint64_t interval_ms(const struct i3_link *l)
{
	const struct config_router *c = &l->i3->config->router;
	uint64_t once = (uint64_t)c->connection.return_interval_s * SECOND_MS, ms = once;
	if (!once)
		return CLOCK_NEVER;
	for (unsigned i = 0; i < l->home.failures && ms < HOME_INTERVAL_MAX_MS; i++)
		ms *= 2;
	if (ms <= HOME_INTERVAL_MAX_MS)
		return ms;
	return once > HOME_INTERVAL_MAX_MS ? once : HOME_INTERVAL_MAX_MS;
}

static void on_reached(void *owner, bool reached)
{
	struct i3_link *l = owner;
	l->home.probe = NULL;
	if (l->home.state != HOME_ASKING)
		return;
	log_debug("i3_home", log_str("mud", l->identity->name),
		log_str("preferred", routers_route(l, l->routers.preferred).name),
		log_str("says", reached ? "can be reached" : "cannot be reached"));
	if (reached) {
		home_part(l, l->routers.preferred);
		return;
	}
	l->home.failures++;
	enter(l, HOME_AWAY, interval_ms(l));
}

static void ask(struct i3_link *l)
{
	struct route to = routers_route(l, l->routers.preferred);
	if (to.inside) {
		home_part(l, l->routers.preferred);
		return;
	}
	enter(l, HOME_ASKING, HOME_ASKING_MS);
	l->home.probe = probe_open(l->i3->net, &(struct probe_of){.host = to.host,
						       .port = to.port,
						       .attempt = l->home.failures,
						       .answer = on_reached,
						       .owner = l});
}

static void forget_probe(struct i3_link *l)
{
	if (l->home.probe)
		probe_cancel(l->home.probe);
	l->home.probe = NULL;
}

static void part(struct i3_link *l)
{
	if (l->pacing.n && clock_ms() < l->home.parting_ms)
		enter(l, HOME_PARTING, HOME_LOOK_MS);
	else
		link_move(l, l->home.goal);
}

static void on_timer(struct timer *t)
{
	struct i3_link *l = container_of(t, struct i3_link, home.timer);
	switch (l->home.state) {
	case HOME_AWAY: ask(l); break;
	case HOME_ASKING:
		forget_probe(l);
		on_reached(l, false);
		break;
	case HOME_PARTING: part(l); break;
	case HOME_STAY: break;
	}
}

void home_init(struct i3_link *l)
{
	link_timer(l, &l->home.timer, on_timer);
}

void home_start(struct i3_link *l)
{
	home_stop(l);
	if (l->routers.goal != ROUTERS_NONE) {
		home_part(l, l->routers.goal);
		return;
	}
	if (l->routers.at == l->routers.preferred)
		l->home.failures = 0;
	else
		enter(l, HOME_AWAY, interval_ms(l));
}

void home_stop(struct i3_link *l)
{
	forget_probe(l);
	enter(l, HOME_STAY, CLOCK_NEVER);
}

void home_failed(struct i3_link *l)
{
	l->home.failures++;
}

void home_part(struct i3_link *l, unsigned router)
{
	if (l->home.state == HOME_PARTING && l->home.goal == router)
		return; // told again
	forget_probe(l);
	l->home.goal = router;
	l->home.parting_ms = clock_ms() + HOME_PARTING_MAX_MS;
	enter(l, HOME_PARTING, routers_route(l, router).inside ? 0 : HOME_PARTING_MS);
}
