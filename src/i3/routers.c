// SPDX-License-Identifier: MIT
#include "i3/routers.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "i3/i3_priv.h"
#include "i3/router/router.h"
#include <stdio.h>

// --- the list ---

static unsigned n_configured(const struct i3_link *l)
{
	return 1 + (unsigned)l->i3->config->router.fallback.n;
}

static const struct learned_list *learned(const struct i3_link *l)
{
	static const struct learned_list none;
	const struct learned_list *found = NULL;
	if (l->i3->config->router.follow_list)
		found = learned_find(&l->i3->learned, l->identity->name);
	return found ? found : &none;
}

static unsigned count(const struct i3_link *l)
{
	return n_configured(l) + learned(l)->n;
}

bool routers_is_learned(const struct i3_link *l, unsigned which)
{
	return which >= n_configured(l);
}

static struct route configured(const struct i3_link *l, unsigned which)
{
	const struct config_router *all = &l->i3->config->router;
	const struct config_router_address *r =
		which == 0 ? &all->primary : &all->fallback.at[which - 1];
	bool inside = strcmp(r->host, CONFIG_HOST_EMBEDDED) == 0;
	const char *name = inside && l->i3->embedded ? router_name(l->i3->embedded) : r->name;
	return (struct route){name, r->host, (uint16_t)r->port, r->password.number, inside};
}

struct route routers_route(const struct i3_link *l, unsigned which)
{
	unsigned n = n_configured(l);
	which %= count(l); // a reload may have shortened the list
	if (which < n)
		return configured(l, which);
	const struct learned_router *r = &learned(l)->at[which - n];
	return (struct route){.name = r->name, .host = r->host, .port = r->port};
}

// A configured router keeps its configured address, whatever others say of it.
static unsigned find(const struct i3_link *l, const char *name)
{
	for (unsigned i = 0; i < count(l); i++)
		if (span_caseeq(span_str(routers_route(l, i).name), span_str(name)))
			return i;
	return ROUTERS_NONE;
}

// --- which ---

void routers_init(struct i3_link *l)
{
	l->routers = (struct routers){.from = ROUTERS_NONE, .goal = ROUTERS_NONE};
}

// Which index was which router is not known any more, so that all of them were dialled just now.
void routers_reset(struct i3_link *l)
{
	struct routers *r = &l->routers;
	uint64_t last = 0;
	for (unsigned i = 0; i < ROUTERS_MAX; i++)
		last = r->dialled_ms[i] > last ? r->dialled_ms[i] : last;
	routers_init(l);
	for (unsigned i = 0; i < ROUTERS_MAX; i++)
		r->dialled_ms[i] = last;
}

static void enter_account(struct i3_link *l)
{
	struct route to = routers_route(l, l->routers.at);
	if (routers_is_learned(l, l->routers.at))
		snprintf(l->account, sizeof l->account, "%s\n%s %u", to.name, to.host, to.port);
	else
		snprintf(l->account, sizeof l->account, "%s", to.name);
}

void routers_dial(struct i3_link *l)
{
	struct routers *r = &l->routers;
	r->at %= count(l);
	struct span name = span_str(routers_route(l, r->at).name);
	r->dialled_ms[r->at] = clock_ms();
	enter_account(l);
	if (span_is(name, l->router))
		return;
	name = utf8_cut(name, sizeof l->router - 1);
	memcpy(l->router, name.p, name.n);
	l->router[name.n] = '\0';
	l->alive.loops = false;  // not known of this one
	pacing_init(&l->pacing); // what the other one has counted is not this one's affair
}

uint64_t routers_rest_ms(const struct i3_link *l)
{
	unsigned at = l->routers.at % count(l);
	uint64_t dialled = l->routers.dialled_ms[at], now = clock_ms();
	if (!dialled || dialled + ROUTERS_REST_MS <= now || routers_route(l, at).inside)
		return 0;
	return dialled + ROUTERS_REST_MS - now;
}

// A learned router that is configured as well has had its turn.
static bool is_double(const struct i3_link *l, unsigned which)
{
	return routers_is_learned(l, which) && find(l, routers_route(l, which).name) != which;
}

void routers_next(struct i3_link *l)
{
	struct routers *r = &l->routers;
	do
		r->at = (r->at + 1) % count(l);
	while (is_double(l, r->at)); // the first never is
	memset(r->lost_ms, 0, sizeof r->lost_ms);
}

bool routers_lost(struct i3_link *l)
{
	uint64_t *lost = l->routers.lost_ms, now = clock_ms(), oldest = lost[ROUTERS_LOSSES - 2];
	memmove(lost + 1, lost, (ROUTERS_LOSSES - 1) * sizeof *lost);
	lost[0] = now;
	return oldest && now - oldest < ROUTERS_LOSSES_MS;
}

void routers_try(struct i3_link *l, unsigned goal)
{
	struct routers *r = &l->routers;
	r->from = r->at;
	r->at = goal;
	r->sent = goal == r->goal;
	r->goal = ROUTERS_NONE;
}

bool routers_back(struct i3_link *l)
{
	struct routers *r = &l->routers;
	if (r->from == ROUTERS_NONE)
		return false;
	r->at = r->from;
	r->from = ROUTERS_NONE;
	return true;
}

void routers_ready(struct i3_link *l)
{
	struct routers *r = &l->routers;
	if (r->from != ROUTERS_NONE && r->sent)
		r->preferred = r->at;
	r->from = ROUTERS_NONE;
	r->sent = false;
}

// --- lists ---

static void say(struct i3_link *l, const char *prefers, const char *why)
{
	if (clock_ms() < l->routers.say_ms)
		return;
	l->routers.say_ms = clock_ms() + ROUTERS_SAY_MS;
	log_warning("router_prefers", log_str("mud", l->identity->name),
		log_str("router", l->router), log_str("prefers", prefers), log_str("why", why));
}

static const char *why_not(struct i3_link *l, unsigned goal)
{
	struct routers *r = &l->routers;
	uint64_t now = clock_ms(), oldest = r->sent_ms[ROUTERS_SENT_MAX - 1];
	if (goal == ROUTERS_NONE)
		return "not followed, its address is not known";
	if (now < r->held_ms[goal])
		return "not followed, we were there or were sent there within the hour";
	if (oldest && now - oldest < ROUTERS_HOLD_MS)
		return "not followed, we were sent too often within the hour";
	return NULL;
}

static void send_to(struct i3_link *l, unsigned goal)
{
	struct routers *r = &l->routers;
	uint64_t now = clock_ms();
	memmove(r->sent_ms + 1, r->sent_ms, sizeof r->sent_ms - sizeof r->sent_ms[0]);
	r->sent_ms[0] = now;
	r->held_ms[r->at] = r->held_ms[goal] = now + ROUTERS_HOLD_MS;
	r->goal = goal;
}

void routers_heard(struct i3_link *l, const struct value *list)
{
	struct learned_router first;
	bool follow = l->i3->config->router.follow_list;
	if (follow)
		learned_put(&l->i3->learned, l->identity->name, list);
	if (!learned_read(value_at(list, 0), &first) ||
		span_caseeq(span_str(first.name), span_str(l->router)))
		return;
	unsigned goal = find(l, first.name);
	const char *why = follow ? why_not(l, goal) : "not followed, router.follow_list is off";
	if (why)
		say(l, first.name, why);
	else
		send_to(l, goal);
}
