// SPDX-License-Identifier: MIT
// A game as something to be reached: where it is, and whose turn it is to try.  While it is away one
// player tries for all, after 1, 1, 2, 3, 5, 5, … seconds; when that one is in, the others follow,
// join_rate a second, because games take one connection a pulse and count who floods them.
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/mem.h"
#include "edge/link/telnet_priv.h"
#include <arpa/inet.h>
#include <sodium.h>
#include <stdlib.h>

enum { TURN_MS = 20 }; // between connections, several at a time when they are many

static const struct span table = {"edge", sizeof "edge" - 1};

const struct config_game *reach_config(const struct reach *r)
{
	return r->game->config;
}

// --- turns ---

static uint32_t pause_of(const struct reach *r)
{
	static const uint32_t pauses_ms[] = {1000, 1000, 2000, 3000, 5000};
	uint32_t ms = pauses_ms[min_size(r->failures, countof(pauses_ms) - 1)];
	return ms + ids_below(ms / 10);
}

static struct game_pace pace_of(const struct reach *r)
{
	return game_pace(r->game, TURN_MS);
}

static void arm(struct reach *r, uint32_t ms)
{
	if (!list_empty(&r->line) && !r->trying && reach_is_keyed(r))
		timer_start(&r->turn, ms);
}

static void on_turn(struct timer *t)
{
	struct reach *r = container_of(t, struct reach, turn);
	struct game_pace pace = pace_of(r);
	if (list_empty(&r->line))
		return;
	if (r->away) {
		r->trying = container_of(r->line.next, struct upstream, in_line);
		upstream_dial(r->trying);
		return;
	}
	for (uint32_t n = pace.n; n && !list_empty(&r->line) && !r->away; n--)
		upstream_dial(container_of(r->line.next, struct upstream, in_line));
	if (!r->away)
		arm(r, pace.ms);
}

void reach_wait(struct reach *r, struct upstream *u)
{
	bool first = list_empty(&r->line);
	list_unlink(&u->in_line);
	list_append(&r->line, &u->in_line);
	if (first)
		arm(r, r->away ? pause_of(r) : pace_of(r).ms);
}

void reach_succeeded(struct reach *r, struct upstream *u)
{
	bool was_away = r->away, tried = r->trying == u;
	if (was_away) {
		log_info("game_reached", log_str("game", r->game->config->name));
		r->game->up_since_s = clock_wall_us() / 1000000;
	}
	r->away = false;
	r->failures = 0;
	if (tried)
		r->trying = NULL;
	if (was_away || tried)
		arm(r, pace_of(r).ms);
}

void reach_failed(struct reach *r, struct upstream *u)
{
	bool tried = r->trying == u, was_away = r->away;
	r->away = true;
	r->known_ms = 0;
	if (!tried && was_away)
		return; // one of many; somebody tries, or will
	if (tried) {
		r->trying = NULL;
		r->failures++;
	} else {
		log_info("game_lost", log_str("game", r->game->config->name));
	}
	arm(r, pause_of(r));
}

void reach_forget(struct reach *r, struct upstream *u)
{
	list_unlink(&u->in_line);
	list_unlink(&u->in_reach);
	if (r->trying != u)
		return;
	r->trying = NULL;
	arm(r, pause_of(r));
}

bool reach_has_others(const struct reach *r, const struct upstream *u)
{
	list_each(it, &r->all)
	{
		const struct upstream *other = container_of(it, struct upstream, in_reach);
		if (other != u && other->state == UPSTREAM_OPEN && other->alive &&
			other->opened_ms <= u->lost_ms)
			return true;
	}
	return false;
}

// --- where it is ---

static void set_numeric(struct reach_at *out)
{
	out->is_name = false;
	if (inet_pton(AF_INET, out->host, &out->at.in.sin_addr) == 1) {
		out->at.in.sin_family = AF_INET;
		out->at.in.sin_port = htons(out->port);
	} else if (inet_pton(AF_INET6, out->host, &out->at.in6.sin6_addr) == 1) {
		out->at.in6.sin6_family = AF_INET6;
		out->at.in6.sin6_port = htons(out->port);
	} else {
		out->is_name = true;
	}
}

static bool set_path(struct reach_at *out, const char *path)
{
	size_t n = strlen(path);
	if (n >= sizeof out->at.un.sun_path)
		return false;
	out->at.un.sun_family = AF_UNIX;
	memcpy(out->at.un.sun_path, path, n);
	return true;
}

// The first address of localhost is ::1, where most games do not listen, and of which there is one
// only.
static void set_host(struct reach_at *out, const struct endpoint *to)
{
	bool here = span_caseeq(span_str(to->at), SPAN("localhost"));
	strcpy(out->host, here ? "127.0.0.1" : to->at);
	out->port = to->port;
	set_numeric(out);
}

static bool is_known(const struct reach *r, const struct reach_at *at)
{
	return r->known_ms && clock_ms() - r->known_ms < REACH_KNOWN_MS && r->known_for &&
	       !strcmp(r->known_for, at->host);
}

bool reach_address(struct reach *r, struct reach_at *out)
{
	struct endpoint to;
	*out = (struct reach_at){0};
	if (!endpoint_read(span_str(reach_config(r)->address), &to))
		return false;
	if (to.is_path)
		return set_path(out, to.at);
	set_host(out, &to);
	if (out->is_name && is_known(r, out)) {
		memcpy(out->host, r->known, sizeof r->known);
		set_numeric(out);
	}
	return true;
}

// --- its key ---

bool reach_is_keyed(const struct reach *r)
{
	return r->keyed || reach_config(r)->telnet.address != REAL_LOOPBACK;
}

static void key_name(const struct reach *r, struct buf *out)
{
	buf_lit(out, "loopback ");
	buf_lower(out, span_str(reach_config(r)->name));
}

static void on_key(void *owner, struct span name, struct span key)
{
	struct reach *r = owner;
	(void)name;
	if (key.n != sizeof r->key)
		return;
	memcpy(r->key, key.p, sizeof r->key);
	r->keyed = true;
}

static void make_key(struct reach *r)
{
	struct buf name = {0};
	randombytes_buf(r->key, sizeof r->key);
	key_name(r, &name);
	store_put(r->game->edge->store, table, buf_bytes(&name), span_of(r->key, sizeof r->key),
		NULL, NULL);
	buf_fini(&name);
}

static void on_keys(void *owner, uint64_t id, enum store_result result)
{
	struct reach *r = owner;
	(void)id;
	if (result == STORE_FAILED) { // perhaps it is there, so nothing is put in its place
		log_warning("loopback_key",
			log_str("says", "not read; another one until the next start"));
		randombytes_buf(r->key, sizeof r->key);
	} else if (!r->keyed) {
		make_key(r);
	}
	r->keyed = true;
	arm(r, 0);
}

// Kept, so that a ban of an address holds over our restarts; one for each game, so that games
// cannot compare notes.
static void read_key(struct reach *r)
{
	struct buf name = {0};
	key_name(r, &name);
	buf_char(&name, '\0'); // the first name behind it
	struct store_range at = {.table = table,
		.from = span_of(name.p, name.n - 1),
		.to = buf_bytes(&name),
		.limit = 1};
	store_range(r->game->edge->store, &at, on_key, on_keys, r);
	buf_fini(&name);
}

// --- life ---

struct reach *reach_new(struct game *g)
{
	struct reach *r = mem_zalloc(sizeof *r);
	r->game = g;
	list_init(&r->all);
	list_init(&r->line);
	timer_init(net_loop(g->edge->net), &r->turn, on_turn);
	read_key(r);
	return r;
}

static void on_closed(struct timer *t)
{
	struct reach *r = container_of(t, struct reach, turn);
	free(r->known_for);
	sodium_memzero(r->key, sizeof r->key);
	free(r);
}

void reach_free(struct reach *r)
{
	list_each(it, &r->all)
	{
		struct upstream *u = container_of(it, struct upstream, in_reach);
		u->player->link = NULL;
		upstream_leave(u);
	}
	store_forget(r->game->edge->store, r);
	timer_close(&r->turn, on_closed);
}
