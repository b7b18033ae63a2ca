// SPDX-License-Identifier: MIT
#include "edge/account.h"
#include "base/log.h"
#include "base/mem.h"
#include "edge/account_priv.h"
#include <stdlib.h>

// --- names and passwords ---

static bool is_name_char(char c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ' ';
}

bool account_name_ok(struct span name)
{
	if (name.n < ACCOUNT_NAME_MIN || name.n > ACCOUNT_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_name_char(name.p[i]) ||
			(name.p[i] == ' ' && (i == 0 || i + 1 == name.n || name.p[i + 1] == ' ')))
			return false;
	return !span_caseeq(name, SPAN("idle")) && !span_caseeq(name, SPAN("quit"));
}

const char *account_password_bad(struct span name, struct span password)
{
	if (password.n < ACCOUNT_PASSWORD_MIN)
		return "A password has 8 characters at least.";
	if (password.n > ACCOUNT_PASSWORD_MAX)
		return "That password is too long.";
	if (span_caseeq(name, password))
		return "The password must not be the name.";
	return NULL;
}

struct account_place account_place(const char *address)
{
	static const char mapped[12] = {[10] = '\xff', [11] = '\xff'};
	struct account_place p = {0};
	char at[16];
	if (!address || !*address)
		return p;
	if (uv_inet_pton(AF_INET, address, at) == 0) {
		p.n = 4;
	} else if (uv_inet_pton(AF_INET6, address, at) == 0) {
		p.n = sizeof p.at;
		if (memcmp(at, mapped, sizeof mapped) == 0) {
			p.n = 4;
			memmove(at, at + sizeof mapped, p.n);
		}
	}
	memcpy(p.at, at, p.n);
	return p;
}

// --- records ---

struct key {
	char at[ACCOUNT_NAME_MAX];
};

static struct span key_of(struct key *k, struct span name)
{
	size_t n = min_size(name.n, sizeof k->at); // a longer one is nobody's
	for (size_t i = 0; i < n; i++)
		k->at[i] = ascii_lower(name.p[i]);
	return span_of(k->at, n);
}

struct account_record *account_record_find(struct accounts *a, struct span name)
{
	struct key k;
	return name.n > ACCOUNT_NAME_MAX ? NULL : map_find(&a->by_name, key_of(&k, name));
}

struct account_record *account_record_get(struct accounts *a, uint64_t id)
{
	struct account_record *r = map_find(&a->by_id, span_of(&id, sizeof id));
	return r && r->state == ACCOUNT_HERE ? r : NULL;
}

struct account_record *account_add(struct accounts *a, struct span name, uint64_t id)
{
	struct account_record *r = mem_zalloc(sizeof *r);
	r->name = span_dup(name);
	r->is.name = span_str(r->name);
	r->is.id = id;
	account_enter(a, r);
	return r;
}

void account_enter(struct accounts *a, struct account_record *r)
{
	struct key k;
	map_put(&a->by_name, key_of(&k, r->is.name), r);
	if (r->is.id)
		map_put(&a->by_id, span_of(&r->is.id, sizeof r->is.id), r);
	list_append(&a->all, &r->in_all);
}

void account_drop(struct accounts *a, struct account_record *r)
{
	struct key k;
	map_take(&a->by_name, key_of(&k, r->is.name));
	if (r->is.id)
		map_take(&a->by_id, span_of(&r->is.id, sizeof r->is.id));
	list_unlink(&r->in_all);
	account_record_free(r);
}

const struct account *accounts_find(struct accounts *a, struct span name)
{
	struct account_record *r = account_record_find(a, name);
	return r && r->state == ACCOUNT_HERE ? &r->is : NULL;
}

const struct account *accounts_by_id(struct accounts *a, uint64_t id)
{
	struct account_record *r = account_record_get(a, id);
	return r ? &r->is : NULL;
}

const struct account *accounts_next(struct accounts *a, const struct account *last)
{
	struct link *at =
		last ? container_of(last, struct account_record, is)->in_all.next : a->all.next;
	for (; at != &a->all; at = at->next) {
		struct account_record *r = container_of(at, struct account_record, in_all);
		if (r->state == ACCOUNT_HERE)
			return &r->is;
	}
	return NULL;
}

// --- objects ---

static struct account_object *find_object(struct account_record *r, struct span game)
{
	for (size_t i = 0; r && i < r->n_objects; i++)
		if (span_caseeq(span_str(r->objects[i].game), game))
			return &r->objects[i];
	return NULL;
}

int64_t account_object(struct accounts *a, uint64_t id, struct span game)
{
	const struct account_object *o = find_object(account_record_get(a, id), game);
	return o ? o->object : -1;
}

static void forget_object(struct account_record *r, struct account_object *o)
{
	size_t behind = (size_t)(&r->objects[--r->n_objects] - o);
	free(o->game);
	memmove(o, o + 1, behind * sizeof *o);
}

static void add_object(struct account_record *r, struct span game, int64_t object)
{
	if (r->n_objects == ACCOUNT_GAMES_MAX) {
		log_warning("account_object_forgotten", log_int("account", (int64_t)r->is.id),
			log_str("game", r->objects->game));
		forget_object(r, r->objects);
	}
	r->objects = mem_grow(r->objects, r->n_objects + 1, sizeof *r->objects);
	r->objects[r->n_objects++] = (struct account_object){span_dup(game), object};
}

void account_set_object(struct accounts *a, uint64_t id, struct span game, int64_t object)
{
	struct account_record *r = account_record_get(a, id);
	struct account_object *o = find_object(r, game);
	if (!r || !game.n || (o ? o->object == object : object < 0))
		return;
	if (o && object < 0)
		forget_object(r, o);
	else if (o)
		o->object = object;
	else
		add_object(r, game, object);
	account_keep_soon(a, r);
}

// --- life ---

// Per name 5 wrong passwords, per address 10, for a few players may share one; then 1 s, 2 s, …
static const struct throttle_rule names = {5, SECOND_MS, 300 * SECOND_MS, 900 * SECOND_MS};
static const struct throttle_rule places = {10, SECOND_MS, 300 * SECOND_MS, 900 * SECOND_MS};
// New accounts of an address: each of them stays.
static const struct throttle_rule creators = {
	5, 60 * SECOND_MS, 3600 * SECOND_MS, 3600 * SECOND_MS};

struct accounts *accounts_new(struct loop *l, struct store *s)
{
	struct accounts *a = mem_zalloc(sizeof *a);
	a->loop = l;
	a->store = s;
	list_init(&a->all);
	throttle_init(&a->names, &names);
	throttle_init(&a->places, &places);
	throttle_init(&a->creators, &creators);
	account_asks_init(a);
	account_load(a);
	return a;
}

static void on_closed(struct timer *t)
{
	free(container_of(t, struct accounts, timer));
}

void accounts_free(struct accounts *a)
{
	if (!a)
		return;
	account_asks_fini(a);
	throttle_fini(&a->creators);
	throttle_fini(&a->places);
	throttle_fini(&a->names);
	list_each(it, &a->all) account_record_free(container_of(it, struct account_record, in_all));
	map_fini(&a->by_id);
	map_fini(&a->by_name);
	timer_close(&a->timer, on_closed);
}

void account_minute(struct accounts *a)
{
	throttle_minute(&a->names, clock_ms());
	throttle_minute(&a->places, clock_ms());
	throttle_minute(&a->creators, clock_ms());
}
