// SPDX-License-Identifier: MIT
#include "i3/link.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "i3/i3_priv.h"
#include "i3/login.h"
#include "i3/router/router.h"
#include "i3/service.h"
#include "i3/talk.h"
#include "i3/trouble.h"
#include <stdlib.h>

enum {
	GARBLED_LOG_MS = 60000, // how often unreadable packets are worth a line
};

static const char *const state_words[] = {
	"idle", "backoff", "connecting", "startup", "saving", "ready"};

// --- states ---

static bool may_enter(enum link_state from, enum link_state to)
{
	switch (to) {
	case LINK_IDLE:
	case LINK_BACKOFF: return true;
	case LINK_CONNECTING: return from == LINK_IDLE || from == LINK_BACKOFF;
	case LINK_STARTUP: return from == LINK_CONNECTING;
	case LINK_SAVING: return from == LINK_STARTUP;
	case LINK_READY: return from == LINK_SAVING;
	}
	return false;
}

void link_enter(struct i3_link *l, enum link_state to, uint64_t ms)
{
	enum link_state from = l->state;
	ensure(may_enter(from, to));
	l->state = to;
	l->due_ms = ms == CLOCK_NEVER ? CLOCK_NEVER : clock_ms() + ms;
	if (ms != CLOCK_NEVER)
		timer_start(&l->deadline, ms);
	else
		timer_stop(&l->deadline);
	metric_add(METRIC_I3_READY, (to == LINK_READY) - (from == LINK_READY));
	log_debug("i3_state", log_str("mud", l->identity->name), log_str("router", l->router),
		log_str("state", state_words[to]));
	if (to > LINK_BACKOFF)
		return;
	alive_stop(l);
	home_stop(l);
	listens_stop(l);
	inquiries_drop(l);
	unsigned lost = from == LINK_READY ? l->pacing.n : 0;
	if (lost)
		talk_unsent(l);
	pacing_clear(&l->pacing);
	if (lost)
		services_announce_lost(l, lost);
	timer_stop(&l->pace);
	login_stop_saving(l);
}

void link_trouble(struct i3_link *l, const char *words)
{
	if (words && words == l->trouble.p)
		return;
	buf_clear(&l->trouble);
	if (!words)
		return;
	buf_str(&l->trouble, words);
	buf_char(&l->trouble, '\0');
}

static void drop_carrier(struct i3_link *l)
{
	struct carrier *c = l->carrier;
	l->carrier = NULL;
	if (c)
		c->ops->close(c);
}

// Of our own will: the router is told, if it knows us, and hears nothing more.
static bool leave(struct i3_link *l, int64_t back_s)
{
	struct carrier *c = l->carrier;
	bool known = c && link_logged_in(l);
	if (known) {
		c->link = NULL; // the router in this process might answer
		login_goodbye(l, c, back_s);
	}
	drop_carrier(l);
	return known;
}

// --- going down ---

static void give_up(struct i3_link *l, unsigned attempts)
{
	link_enter(l, LINK_IDLE, CLOCK_NEVER);
	log_error("i3_gave_up", log_str("mud", l->identity->name), log_str("why", l->trouble.p),
		log_int("attempts", attempts));
	l->trouble.n--; // its NUL
	buf_printf(&l->trouble,
		"; no more attempts, router.connection.max_reconnect_attempts is %u, until a "
		"client calls reconnect",
		attempts);
	buf_char(&l->trouble, '\0');
}

static void back_off(struct i3_link *l, const char *why, bool at_once)
{
	const struct config *c = l->i3->config;
	unsigned most = (unsigned)c->router.connection.max_reconnect_attempts;
	link_trouble(l, why);
	if (l->state == LINK_READY)
		metric_add(METRIC_I3_RECONNECTS, 1);
	drop_carrier(l);
	if (++l->attempts > most && most) {
		give_up(l, most);
		return;
	}
	l->backoff.base_ms = (uint32_t)c->router.connection.reconnect_delay_s * SECOND_MS;
	l->backoff.cap_ms = LINK_BACKOFF_CAP_MS;
	uint64_t ms = at_once ? routers_rest_ms(l) : backoff_next(&l->backoff);
	log_warning("i3_down", log_str("mud", l->identity->name), log_str("router", l->router),
		log_str("why", why), log_str("next", routers_route(l, l->routers.at).name),
		log_int("again_ms", (int64_t)ms));
	link_enter(l, LINK_BACKOFF, ms);
}

// A better router that proves to be none is left at once for the one we came from.
static bool tried_in_vain(struct i3_link *l, const char *why)
{
	if (l->state == LINK_READY || !routers_back(l))
		return false;
	home_failed(l);
	back_off(l, why, true);
	return true;
}

static void unreached(struct i3_link *l, const char *why)
{
	if (tried_in_vain(l, why))
		return;
	routers_next(l);
	back_off(l, why, false);
}

static void lose(struct i3_link *l, const char *why, bool at_once)
{
	if (l->state <= LINK_BACKOFF || tried_in_vain(l, why))
		return;
	if (routers_lost(l))
		routers_next(l);
	back_off(l, why, at_once);
}

void link_fail(struct i3_link *l, const char *why)
{
	lose(l, why, false);
}

// A router in this process that cuts us is there again at once.
void link_lost(struct i3_link *l, const char *why)
{
	bool near = !l->carrier->ops->far;
	l->carrier = NULL;
	lose(l, why, near && l->state == LINK_READY);
}

void link_unreached(struct i3_link *l, const char *why)
{
	l->carrier = NULL;
	unreached(l, why);
}

static bool can_log_in(const struct i3_link *l)
{
	return l->i3->loaded && l->identity->wanted;
}

// May come from inside a packet: the work begins in a turn of its own.
static void go(struct i3_link *l, bool said, const char *why)
{
	uint64_t rest = routers_rest_ms(l);
	bool far = !routers_route(l, l->routers.at).inside;
	if (said && far && rest < LINK_PARTING_MS)
		rest = LINK_PARTING_MS;
	l->attempts = 0;
	backoff_reset(&l->backoff);
	if (l->state == LINK_READY)
		metric_add(METRIC_I3_RECONNECTS, 1);
	link_trouble(l, why);
	link_enter(l, LINK_BACKOFF, rest);
}

void link_relogin(struct i3_link *l, const char *why)
{
	if (can_log_in(l))
		go(l, leave(l, LINK_BACK_S), why);
}

void link_move(struct i3_link *l, unsigned router)
{
	struct buf why = {0};
	if (!can_log_in(l))
		return;
	bool said = leave(l, LINK_BACK_S);
	routers_try(l, router);
	struct route to = routers_route(l, l->routers.at);
	buf_printf(&why, "moving from %s to %s, which is preferred", l->router, to.name);
	buf_char(&why, '\0');
	log_info("i3_moves", log_str("mud", l->identity->name), log_str("from", l->router),
		log_str("to", to.name));
	go(l, said, why.p);
	buf_fini(&why);
}

// --- going up ---

static void connect_now(struct i3_link *l)
{
	routers_dial(l);
	struct route r = routers_route(l, l->routers.at);
	l->garbled = 0;
	l->misnamed = false;
	link_enter(l, LINK_CONNECTING, LINK_CONNECTING_MS);
	if (!r.inside)
		l->carrier = carrier_socket_open(
			l, &(struct carrier_at){
				   .host = r.host, .port = r.port, .attempt = l->attempts});
	else if (l->i3->embedded)
		l->carrier = carrier_inner_open(l, l->i3->embedded);
	else
		unreached(l, "the embedded router is switched off");
}

void link_connected(struct i3_link *l)
{
	uint64_t ms = (uint64_t)l->i3->config->router.connection.timeout_s * SECOND_MS;
	link_enter(l, LINK_STARTUP, ms);
	link_begin(l);
	login_send(l);
	link_end(l);
}

void link_arrive(struct i3_link *l)
{
	link_enter(l, LINK_READY, CLOCK_NEVER);
	routers_ready(l);
	l->ready_ms = clock_ms();
	l->attempts = 0;
	backoff_reset(&l->backoff);
	link_trouble(l, NULL);
	log_info("i3_ready", log_str("mud", l->identity->name), log_str("router", l->router));
	services_announce_ready(l);
	if (l->state != LINK_READY)
		return;
	alive_start(l);
	listens_start(l);
	home_start(l);
}

static void on_deadline(struct timer *t)
{
	struct i3_link *l = container_of(t, struct i3_link, deadline);
	switch (l->state) {
	case LINK_BACKOFF: connect_now(l); break;
	case LINK_CONNECTING: unreached(l, "the router cannot be reached"); break;
	case LINK_STARTUP:
		unreached(l, l->misnamed ? l->trouble.p : "the router did not answer the login");
		break;
	case LINK_SAVING: link_fail(l, "the store did not answer"); break;
	case LINK_IDLE:
	case LINK_READY: break;
	}
}

bool link_logged_in(const struct i3_link *l)
{
	return l->state >= LINK_SAVING;
}

// --- packets ---

void link_begin(struct i3_link *l)
{
	l->depth++;
}

void link_end(struct i3_link *l)
{
	if (--l->depth == 0)
		arena_clear(&l->arena);
}

enum sent link_send(struct i3_link *l, const struct value *packet)
{
	if (!link_logged_in(l) || !l->carrier)
		return SENT_NOT_UP;
	enum sent sent = l->carrier->ops->send(l->carrier, packet, 1);
	metric_add(METRIC_I3_SENT, sent == SENT);
	return sent;
}

void link_heard(struct i3_link *l, const struct value *packet)
{
	metric_add(METRIC_I3_RECEIVED, 1);
	alive_heard(l);
	link_begin(l);
	services_hear(l, packet);
	link_end(l);
}

void link_garbled(struct i3_link *l, const char *why)
{
	metric_add(METRIC_I3_BAD, 1);
	if (clock_ms() >= l->garbled_log_ms) {
		l->garbled_log_ms = clock_ms() + GARBLED_LOG_MS;
		log_warning("i3_unreadable", log_str("mud", l->identity->name),
			log_str("router", l->router), log_str("why", why));
	}
	if (++l->garbled >= LINK_GARBLED_MAX)
		link_fail(l, "the router sends nothing readable");
}

static void on_pace(struct timer *t)
{
	struct i3_link *l = container_of(t, struct i3_link, pace);
	if (l->carrier)
		l->carrier->ops->pump(l->carrier);
	listens_pump(l);
}

// --- life ---

void link_timer(struct i3_link *l, struct timer *t, void (*run)(struct timer *))
{
	timer_init(net_loop(l->i3->net), t, run);
	l->timers++;
}

struct i3_link *link_new(struct i3 *i, struct identity *identity)
{
	struct i3_link *l = mem_zalloc(sizeof *l);
	l->i3 = i;
	l->identity = identity;
	l->uplink.ops = &uplink_link;
	pacing_init(&l->pacing);
	link_timer(l, &l->deadline, on_deadline);
	link_timer(l, &l->pace, on_pace);
	routers_init(l);
	alive_init(l);
	home_init(l);
	listens_init(l);
	inquiries_init(l);
	told_init(&l->told);
	list_append(&i->links, &l->in_i3);
	identity->uplink = &l->uplink;
	link_trouble(l, "not started");
	return l;
}

void link_start(struct i3_link *l)
{
	if (l->state != LINK_IDLE)
		return;
	link_trouble(l, NULL);
	connect_now(l);
}

void link_stop(struct i3_link *l, int64_t back_s)
{
	leave(l, back_s);
	link_trouble(l, "stopped");
	link_enter(l, LINK_IDLE, CLOCK_NEVER);
}

static void on_timer_closed(struct i3_link *l)
{
	if (--l->timers == 0)
		free(l);
}

static void on_deadline_closed(struct timer *t)
{
	on_timer_closed(container_of(t, struct i3_link, deadline));
}

static void on_pace_closed(struct timer *t)
{
	on_timer_closed(container_of(t, struct i3_link, pace));
}

static void on_alive_closed(struct timer *t)
{
	on_timer_closed(container_of(t, struct i3_link, alive.timer));
}

static void on_home_closed(struct timer *t)
{
	on_timer_closed(container_of(t, struct i3_link, home.timer));
}

static void on_gate_closed(struct timer *t)
{
	on_timer_closed(container_of(t, struct i3_link, listens.gate));
}

static void on_inquiries_closed(struct timer *t)
{
	on_timer_closed(container_of(t, struct i3_link, inquiries.timer));
}

void link_free(struct i3_link *l)
{
	drop_carrier(l);
	link_enter(l, LINK_IDLE, CLOCK_NEVER);
	l->identity->uplink = NULL;
	list_unlink(&l->in_i3);
	listens_fini(l);
	asked_fini(&l->asked);
	told_fini(&l->told);
	buf_fini(&l->trouble);
	buf_fini(&l->says);
	arena_fini(&l->arena);
	timer_close(&l->deadline, on_deadline_closed);
	timer_close(&l->pace, on_pace_closed);
	timer_close(&l->alive.timer, on_alive_closed);
	timer_close(&l->home.timer, on_home_closed);
	timer_close(&l->listens.gate, on_gate_closed);
	timer_close(&l->inquiries.timer, on_inquiries_closed);
}
