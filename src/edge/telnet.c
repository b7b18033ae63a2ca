// SPDX-License-Identifier: MIT
// The life of a telnet terminal: what it offers, what comes in, and when something is due.  It has no
// timer of its own: its connection's one deadline looks at whatever comes first.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "edge/telnet_priv.h"
#include "proto/codecs.h"
#include <stdlib.h>

enum {
	CHANGES_MS = 100,  // between two tellings of what changed: a window being dragged
	NEVER_MS = 600000, // nothing is due: look again some time
};

static const struct conn_limits limits = {TELNET_OUT_MAX, CONN_OUT_AGE_MS};

static const struct telnet_option_kind *const kinds[TELNET_OPTIONS] = {
#define TELNET_OPTION(id, number, us, him) &telnet_##id,
#include "tables/telnet.tbl"
};

// --- options ---

bool telnet_us(const struct telnet *t, enum telnet_option o)
{
	return telnet_q_is_on(&t->q, o, TELNET_US);
}

bool telnet_him(const struct telnet *t, enum telnet_option o)
{
	return telnet_q_is_on(&t->q, o, TELNET_HIM);
}

void telnet_ask(struct telnet *t, enum telnet_option o, enum telnet_side side, bool on)
{
	struct buf out = {0};
	telnet_q_ask(&t->q, o, side, on, &out);
	telnet_write(t, buf_bytes(&out));
	buf_fini(&out);
}

void telnet_sub(struct telnet *t, enum telnet_option o, struct span says)
{
	struct buf out = {0};
	telnet_put_sub(&out, telnet_number(o), says);
	telnet_write(t, buf_bytes(&out));
	buf_fini(&out);
}

void telnet_wait(struct telnet *t, enum telnet_option o, bool on)
{
	t->waits = on ? t->waits | 1u << o : t->waits & ~(1u << o);
}
_Static_assert(TELNET_OPTIONS <= 32, "bits of waits");

static void offer(struct telnet *t, enum telnet_option o)
{
	for (enum telnet_side side = TELNET_US; side <= TELNET_HIM; side++) {
		bool offered = t->q.policy[o][side] == TELNET_OFFER;
		if (kinds[o]->offers && !kinds[o]->offers(t)) {
			t->q.policy[o][side] = TELNET_NEVER;
		} else if (offered) {
			telnet_ask(t, o, side, true);
			t->last_offer = (uint8_t)(o << 1 | side);
		}
	}
}

enum { TLS_PLACE, ANY_PLACE, COMPRESSION_PLACE, PLACES };

static int place_of(enum telnet_option o)
{
	if (o == TELNET_OPT_START_TLS)
		return TLS_PLACE;
	return o == TELNET_OPT_MCCP2 || o == TELNET_OPT_MCCP3 ? COMPRESSION_PLACE : ANY_PLACE;
}

// TLS is the first: it is to be agreed before all that it will have forgotten.  Compression is the
// last: some clients read what comes behind its start only in the same read.
static void offer_all(struct telnet *t)
{
	for (int place = 0; place < PLACES; place++)
		for (enum telnet_option o = 0; o < TELNET_OPTIONS; o++)
			if (place_of(o) == place)
				offer(t, o);
}

static void take_ask(struct telnet *t, struct span ask)
{
	struct buf out = {0};
	struct telnet_answer a = telnet_q_take(&t->q, (uint8_t)ask.p[0], (uint8_t)ask.p[1], &out);
	const struct telnet_option_kind *kind = a.option < TELNET_OPTIONS ? kinds[a.option] : NULL;
	void (*told)(struct telnet *, bool) = NULL;
	if (kind && (a.change == TELNET_ON || a.change == TELNET_OFF))
		told = a.side == TELNET_US ? kind->on_us : kind->on_him;
	// What it was is ended before the answer, what it is to be begins behind it.
	if (told && a.change == TELNET_OFF)
		told(t, false);
	telnet_write(t, buf_bytes(&out));
	if (told && a.change == TELNET_ON)
		told(t, true);
	buf_fini(&out);
	if (a.option < TELNET_OPTIONS && a.change != TELNET_ON && a.change != TELNET_SAME)
		telnet_wait(t, a.option, false);
}

static void take_sub(struct telnet *t, struct span sub)
{
	enum telnet_option o = telnet_option_of((uint8_t)*span_take(&sub, 1).p);
	if (o == TELNET_OPTIONS || !kinds[o]->on_sub)
		return;
	if (telnet_us(t, o) || telnet_him(t, o))
		kinds[o]->on_sub(t, sub);
}

static void take_command(struct telnet *t, uint8_t command)
{
	switch (command) {
	case TELNET_AYT:
		telnet_say(t, "[Yes]");
		telnet_spend(t);
		break;
	case TELNET_IP:
	case TELNET_BRK:
	case TELNET_EL: telnet_edit_kill(t); break;
	case TELNET_EC: telnet_edit_control(t, '\b'); break;
	default: break;
	}
}

// --- settling, and what else is due ---

// Clients answer in order, if at all: with the last offer those before it have had their chance.
static bool is_waiting(const struct telnet *t)
{
	return t->waits || telnet_q_is_asked(&t->q, t->last_offer >> 1, t->last_offer & 1);
}

void telnet_settle(struct telnet *t)
{
	if (t->settled)
		return;
	t->settled = true;
	telnet_no_tls(t);
	t->changed = 0; // whoever is told now asks for all of it
	t->terminal.events->settled(t->terminal.player);
}

static void tell_changes(struct telnet *t)
{
	if (!t->settled || !t->changed || clock_ms() < t->told_ms + CHANGES_MS)
		return;
	unsigned what = t->changed;
	t->changed = 0;
	t->told_ms = clock_ms();
	t->terminal.events->changed(t->terminal.player, what);
}

static uint64_t keepalive_ms(const struct telnet *t)
{
	uint64_t ms = (uint64_t)t->all->config->players.keepalive_s * SECOND_MS;
	uint64_t heard = conn_heard_ms(t->conn);
	return ms ? (heard > t->probed_ms ? heard : t->probed_ms) + ms : CLOCK_NEVER;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void telnet_arm(struct telnet *t)
{
	uint64_t now = clock_ms(), at = keepalive_ms(t);
	if (!t->settled)
		at = sooner(at, t->opened_ms + TELNET_SETTLE_MS);
	else if (t->changed)
		at = sooner(at, t->told_ms + CHANGES_MS);
	uint64_t wait = telnet_lines_wait_ms(t);
	if (wait)
		at = sooner(at, now + wait);
	at = sooner(at, t->mark_ms);
	at = sooner(at, now + NEVER_MS);
	conn_deadline(t->conn, at > now ? (uint32_t)(at - now) : 1, CLOSE_IDLE);
}

static void probe(struct telnet *t)
{
	const char nop[] = {(char)TELNET_IAC, (char)TELNET_NOP};
	if (keepalive_ms(t) > clock_ms())
		return;
	t->probed_ms = clock_ms();
	if (t->speaks) // others would show it; the kernel probes those
		telnet_write(t, span_of(nop, sizeof nop));
}

static void on_deadline(struct conn *c)
{
	struct telnet *t = conn_owner(c);
	if (!t->settled && clock_ms() >= t->opened_ms + TELNET_SETTLE_MS)
		telnet_settle(t);
	if (conn_is_open(c))
		tell_changes(t);
	if (conn_is_open(c))
		telnet_go_on(t);
	if (clock_ms() >= t->mark_ms)
		telnet_mark(t);
	probe(t);
	telnet_arm(t);
}

// --- the connection ---

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct telnet *t = conn_owner(c);
	t->speaks |= msg->kind != TELNET_IS_TEXT;
	switch ((enum telnet_kind)msg->kind) {
	case TELNET_IS_TEXT: telnet_text(t, msg->body); break;
	case TELNET_IS_COMMAND: take_command(t, (uint8_t)*msg->body.p); break;
	case TELNET_IS_ASK: take_ask(t, msg->body); break;
	case TELNET_IS_SUB: take_sub(t, msg->body); break;
	case TELNET_IS_CUT:
		LOG_AT(log_paced(&t->all->pace, LOG_INFO), "telnet_cut", log_id("conn", conn_id(c)),
			log_int("option", (uint8_t)*msg->body.p));
		break;
	}
	if (!conn_is_open(c))
		return;
	if (!t->settled && t->speaks && !is_waiting(t))
		telnet_settle(t);
	if (!conn_is_open(c))
		return;
	tell_changes(t);
	if (t->changed || !t->settled)
		telnet_arm(t);
}

static void begin(struct telnet *t)
{
	const struct terminal *was = &t->terminal;
	*t = (struct telnet){.terminal = {was->kind, was->events, was->player, {0}},
		.all = t->all,
		.conn = t->conn,
		.line = {.max = TERMINAL_LINE_MAX + 8},
		.mark_ms = CLOCK_NEVER,
		.opened_ms = clock_ms()};
	list_init(&t->held);
	telnet_q_init(&t->q);
	telnet_look(t);
	conn_use(t->conn, &codec_telnet, TELNET_SUB_MAX);
	offer_all(t);
	telnet_arm(t);
}

static void forget(struct telnet *t)
{
	list_unlink(&t->held);
	telnet_deflate_end(t);
	telnet_about_free(t);
	buf_fini(&t->line);
	buf_fini(&t->rest);
}

static void on_secure(struct conn *c)
{
	struct telnet *t = conn_owner(c);
	forget(t);
	begin(t);
	conn_resume(c); // what held it back is forgotten, too
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct telnet *t = conn_owner(c);
	t->terminal.events->gone(t->terminal.player, why);
	forget(t);
	t->all->n--;
	free(t);
}

static void on_drain(struct conn *c)
{
	struct telnet *t = conn_owner(c);
	if (telnet_deflate_waiting(t) <= CONN_OUT_LOW)
		t->terminal.events->drained(t->terminal.player);
}

static bool telnet_is_full(const struct terminal *term)
{
	const struct telnet *t = telnet_of((struct terminal *)term);
	return conn_is_full(t->conn) || telnet_deflate_waiting(t) > CONN_OUT_HIGH;
}

static const struct face face_terminal = {
	.name = "player",
	.on_secure = on_secure,
	.on_msg = on_msg,
	.on_deadline = on_deadline,
	.on_drain = on_drain,
	.on_close = on_close,
};

static void telnet_hide(struct terminal *term, bool hide)
{
	struct telnet *t = telnet_of(term);
	if (t->hidden == hide)
		return;
	t->hidden = hide;
	if (!t->echoes)
		telnet_ask(t, TELNET_OPT_ECHO, TELNET_US, hide);
}

static void telnet_close(struct terminal *term, enum conn_close why)
{
	struct telnet *t = telnet_of(term);
	telnet_deflate_end(t);
	conn_close(t->conn, why);
}

static const struct terminal_kind kind_telnet = {
	.name = "telnet",
	.show = telnet_show,
	.hide = telnet_hide,
	.oob = telnet_oob,
	.facts = telnet_facts,
	.reset = telnet_reset,
	.is_full = telnet_is_full,
	.close = telnet_close,
	.prefer = telnet_prefer,
};

struct terminal *telnet_open(struct telnets *all, struct conn *c,
	const struct terminal_events *events, struct player *player)
{
	struct telnet *t = mem_zalloc(sizeof *t);
	t->terminal = (struct terminal){&kind_telnet, events, player, {0}};
	t->all = all;
	t->conn = c;
	all->n++;
	conn_own(c, t);
	conn_face(c, &face_terminal);
	conn_limit(c, &limits);
	begin(t);
	return &t->terminal;
}

// --- all of them ---

struct telnets *telnets_new(const struct telnets_parts *parts)
{
	struct telnets *all = mem_zalloc(sizeof *all);
	*all = (struct telnets){.shows = parts->shows, .tls = parts->tls, .config = parts->config};
	list_init(&all->held);
	return all;
}

void telnets_reload(struct telnets *all, const struct config *config)
{
	all->config = config;
}

bool telnets_flush(struct telnets *all)
{
	return telnet_deflate_flush(all);
}

void telnets_free(struct telnets *all)
{
	ensure(!all->n);
	buf_fini(&all->wire);
	buf_fini(&all->read);
	buf_fini(&all->clean);
	arena_fini(&all->arena);
	free(all);
}
