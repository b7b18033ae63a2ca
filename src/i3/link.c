// SPDX-License-Identifier: MIT
#include "i3/link.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/utf8.h"
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

// The newest password is the one to log in with, though the one before it was still being kept.
static void forget_saving(struct i3_link *l)
{
	struct password_of of = {l->identity->name, l->router};
	store_forget(l->i3->store, l);
	if (l->saving && l->saved != l->password)
		passwords_put(&l->i3->passwords, &of, l->password, NULL, NULL);
	l->saving = 0;
}

static void link_enter(struct i3_link *l, enum link_state to, uint64_t ms)
{
	enum link_state from = l->state;
	ensure(may_enter(from, to));
	l->state = to;
	l->until_ms = ms == CLOCK_NEVER ? ms : clock_ms() + ms;
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
	listens_stop(l);
	inquiries_drop(l);
	unsigned lost = from == LINK_READY ? l->pacing.n : 0;
	if (lost)
		talk_unsent(l);
	pacing_clear(&l->pacing);
	if (lost)
		services_announce_lost(l, lost);
	timer_stop(&l->pace);
	forget_saving(l);
}

void link_trouble(struct i3_link *l, const char *words)
{
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

// --- which router ---

static void name_router(struct i3_link *l)
{
	const struct config_router_address *r = i3_router(l->i3, l->at);
	bool embedded = l->i3->embedded && strcmp(r->host, CONFIG_HOST_EMBEDDED) == 0;
	const char *name = embedded ? router_name(l->i3->embedded) : r->name;
	if (strcmp(name, l->router) == 0)
		return;
	struct span cut = utf8_cut(span_str(name), sizeof l->router - 1);
	memcpy(l->router, cut.p, cut.n);
	l->router[cut.n] = '\0';
	l->alive.loops = false; // not known of this one
}

static void next_router(struct i3_link *l)
{
	l->at = (unsigned)((l->at + 1) % i3_routers(l->i3));
	memset(l->lost_ms, 0, sizeof l->lost_ms);
}

// True when this was one loss too many in too short a time.
static bool count_loss(struct i3_link *l)
{
	uint64_t now = clock_ms(), oldest = l->lost_ms[LINK_LOSSES - 2];
	memmove(l->lost_ms + 1, l->lost_ms, sizeof l->lost_ms - sizeof l->lost_ms[0]);
	l->lost_ms[0] = now;
	return oldest && now - oldest < LINK_LOSSES_MS;
}

// --- going down ---

static void give_up_words(struct i3_link *l, const char *why)
{
	struct buf words = {0};
	buf_printf(&words, "%s; given up after %u attempts, until a client calls reconnect", why,
		l->attempts);
	buf_char(&words, '\0');
	link_trouble(l, words.p);
	buf_fini(&words);
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
		give_up_words(l, why);
		link_enter(l, LINK_IDLE, CLOCK_NEVER);
		log_error("i3_gave_up", log_str("mud", l->identity->name), log_str("why", why),
			log_int("attempts", most));
		return;
	}
	l->backoff.base_ms = (uint32_t)c->router.connection.reconnect_delay_s * SECOND_MS;
	l->backoff.cap_ms = LINK_BACKOFF_CAP_MS;
	uint32_t ms = at_once ? 0 : backoff_next(&l->backoff);
	log_warning("i3_down", log_str("mud", l->identity->name), log_str("router", l->router),
		log_str("why", why), log_int("again_ms", ms));
	link_enter(l, LINK_BACKOFF, ms);
}

static void unreached(struct i3_link *l, const char *why)
{
	next_router(l);
	back_off(l, why, false);
}

static void lose(struct i3_link *l, const char *why, bool at_once)
{
	if (l->state <= LINK_BACKOFF)
		return;
	if (count_loss(l))
		next_router(l);
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

void link_refused(struct i3_link *l, struct span code, struct span words)
{
	struct buf why = {0};
	buf_printf(&why, "the router refused the login: %.*s (%.*s)", (int)words.n, words.p,
		(int)code.n, code.p);
	buf_char(&why, '\0');
	link_fail(l, why.p);
	buf_fini(&why);
}

// --- going up ---

static void connect_now(struct i3_link *l)
{
	name_router(l);
	const struct config_router_address *r = i3_router(l->i3, l->at);
	l->connect_ms = clock_ms();
	l->garbled = 0;
	link_enter(l, LINK_CONNECTING, LINK_CONNECTING_MS);
	if (strcmp(r->host, CONFIG_HOST_EMBEDDED) != 0)
		l->carrier = carrier_socket_open(l, &(struct carrier_at){.host = r->host,
							    .port = (uint16_t)r->port,
							    .attempt = l->attempts});
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

static void ready(struct i3_link *l)
{
	link_enter(l, LINK_READY, CLOCK_NEVER);
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
}

static void on_saved(void *owner, uint64_t id, enum store_result result);

// One at a time: a router may send as many as it likes, and the store has room for other things.
static void save(struct i3_link *l)
{
	struct password_of of = {l->identity->name, l->router};
	if (l->saving)
		return;
	l->saved = l->password;
	l->saving = passwords_put(&l->i3->passwords, &of, l->saved, on_saved, l);
}

static void on_saved(void *owner, uint64_t id, enum store_result result)
{
	struct i3_link *l = owner;
	struct password_of of = {l->identity->name, l->router};
	ensure(id == l->saving);
	l->saving = 0;
	if (result == STORE_OK)
		passwords_keep(&l->i3->passwords, &of, l->saved);
	else
		log_error("password_not_kept", log_str("mud", of.identity),
			log_str("router", of.router));
	if (l->password != l->saved && (result == STORE_OK || l->state == LINK_READY)) {
		save(l);
		return;
	}
	if (l->state != LINK_SAVING)
		return;
	if (result == STORE_OK)
		ready(l);
	else
		link_fail(l, "the store did not keep the router's password");
}

// A password again while READY is kept as well, without leaving that state.
void link_welcomed(struct i3_link *l, int64_t password)
{
	struct password_of of = {l->identity->name, l->router};
	bool first = l->state == LINK_STARTUP;
	if (first) {
		link_enter(l, LINK_SAVING, LINK_SAVING_MS);
		l->carrier->ops->trust(l->carrier);
	}
	if (password > 0 && !passwords_kept(&l->i3->passwords, &of, password)) {
		l->password = password;
		save(l);
	} else if (first) {
		ready(l);
	}
}

static void on_deadline(struct timer *t)
{
	struct i3_link *l = container_of(t, struct i3_link, deadline);
	switch (l->state) {
	case LINK_BACKOFF: connect_now(l); break;
	case LINK_CONNECTING: unreached(l, "the router cannot be reached"); break;
	case LINK_STARTUP: unreached(l, "the router did not answer the login"); break;
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

// --- what the hub sees ---

static struct i3_link *of(const struct uplink *u)
{
	return container_of(u, struct i3_link, uplink);
}

static enum sent link_submit(struct uplink *u, const struct intent *intent)
{
	struct i3_link *l = of(u);
	if (l->state != LINK_READY)
		return SENT_NOT_UP;
	link_begin(l);
	enum sent sent = services_submit(l, intent);
	link_end(l);
	return sent;
}

static void link_listen(struct uplink *u, struct span channel, bool on)
{
	listens_set(of(u), channel, on);
}

// May come from inside a packet: the work begins in a turn of its own.
void link_relogin(struct i3_link *l, const char *why)
{
	if (!l->i3->loaded || !l->identity->wanted)
		return;
	bool far = l->carrier && l->carrier->ops->far;
	uint64_t rested = l->connect_ms + LINK_REST_MS, now = clock_ms();
	l->attempts = 0;
	backoff_reset(&l->backoff);
	if (l->state == LINK_READY)
		metric_add(METRIC_I3_RECONNECTS, 1);
	drop_carrier(l);
	link_trouble(l, why);
	link_enter(l, LINK_BACKOFF, far && rested > now ? rested - now : 0);
}

static void link_reconnect(struct uplink *u)
{
	link_relogin(of(u), "reconnecting, as a client asked");
}

static bool link_ready(const struct uplink *u)
{
	return of(u)->state == LINK_READY;
}

static const char *link_router(const struct uplink *u)
{
	return of(u)->router;
}

static const char *link_words(const struct uplink *u)
{
	return trouble_words(of(u));
}

static const struct uplink_ops link_ops = {
	.submit = link_submit,
	.listen = link_listen,
	.reconnect = link_reconnect,
	.ready = link_ready,
	.router = link_router,
	.trouble = link_words,
};

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
	l->uplink.ops = &link_ops;
	pacing_init(&l->pacing);
	link_timer(l, &l->deadline, on_deadline);
	link_timer(l, &l->pace, on_pace);
	alive_init(l);
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

void link_stop(struct i3_link *l)
{
	if (l->carrier && link_logged_in(l))
		login_goodbye(l);
	drop_carrier(l);
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
	buf_fini(&l->words);
	arena_fini(&l->arena);
	timer_close(&l->deadline, on_deadline_closed);
	timer_close(&l->pace, on_pace_closed);
	timer_close(&l->alive.timer, on_alive_closed);
	timer_close(&l->listens.gate, on_gate_closed);
	timer_close(&l->inquiries.timer, on_inquiries_closed);
}
