// SPDX-License-Identifier: MIT
// In the store a list is "name\naddress port\n" per router; a name that was let in has no line end.
#include "i3/learned.h"
#include "base/mem.h"
#include "base/utf8.h"
#include <arpa/inet.h>
#include <stdlib.h>

static const struct span table = {"i3_routers", sizeof "i3_routers" - 1};

void learned_init(struct learned *d, struct store *store)
{
	*d = (struct learned){.store = store};
}

void learned_fini(struct learned *d)
{
	store_forget(d->store, d);
	for (struct map_at at = map_first(&d->map); at.value; at = map_next(at))
		free(at.value);
	map_fini(&d->map);
}

// --- one entry ---

static bool is_name(struct span name)
{
	return name.n && name.n < LEARNED_NAME_BYTES && utf8_valid(name) &&
	       !span_has_controls(name);
}

static bool is_address(const char *text)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool read_entry(struct span name, struct span at, struct learned_router *r)
{
	struct span rest = span_trim(at), host = span_until(rest, ' ');
	uint64_t port;
	span_take(&rest, host.n);
	if (!is_name(name) || !host.n || host.n >= sizeof r->host ||
		!span_uint(span_trim(rest), UINT16_MAX, &port) || !port)
		return false;
	*r = (struct learned_router){.port = (uint16_t)port};
	memcpy(r->name, name.p, name.n);
	memcpy(r->host, host.p, host.n);
	return is_address(r->host);
}

bool learned_read(const struct value *entry, struct learned_router *r)
{
	const struct value *at = value_at(entry, 1);
	return value_is_str(value_at(entry, 0)) && value_is_str(at) &&
	       read_entry(value_text(value_at(entry, 0)), value_text(at), r);
}

// --- the list of an identity ---

static struct learned_list *get(struct learned *d, struct span identity)
{
	struct learned_list *l = map_find(&d->map, identity);
	if (!l) {
		l = mem_zalloc(sizeof *l);
		map_put(&d->map, identity, l);
	}
	return l;
}

const struct learned_list *learned_find(const struct learned *d, const char *identity)
{
	return map_find(&d->map, span_str(identity));
}

static struct learned_router *place_for(struct learned_list *l, const char *name)
{
	struct learned_router *oldest = &l->at[0];
	for (unsigned i = 0; i < l->n; i++) {
		if (!strcmp(l->at[i].name, name))
			return &l->at[i];
		if (l->at[i].listed < oldest->listed)
			oldest = &l->at[i];
	}
	return l->n < LEARNED_MAX ? &l->at[l->n++] : oldest;
}

// True when it is news.
static bool take(struct learned_list *l, const struct learned_router *r)
{
	struct learned_router *to = place_for(l, r->name);
	bool news = strcmp(to->name, r->name) || strcmp(to->host, r->host) || to->port != r->port;
	*to = *r;
	to->listed = l->lists;
	return news;
}

static void keep(struct learned *d, const char *identity, const struct learned_list *l)
{
	struct buf text = {0};
	for (unsigned i = 0; i < l->n; i++)
		buf_printf(&text, "%s\n%s %u\n", l->at[i].name, l->at[i].host, l->at[i].port);
	store_put(d->store, table, span_str(identity), buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
}

void learned_put(struct learned *d, const char *identity, const struct value *list)
{
	struct learned_list *l = get(d, span_str(identity));
	struct learned_router r;
	bool news = false;
	if (list->type != VALUE_ARRAY)
		return;
	l->lists++;
	for (uint32_t i = 0; i < list->n && i < LEARNED_MAX; i++)
		if (learned_read(value_at(list, i), &r))
			news |= take(l, &r);
	if (news)
		keep(d, identity, l);
}

// --- the store ---

static struct span cut_line(struct span *text)
{
	struct span line = span_until(*text, '\n');
	span_take(text, line.n + (line.n < text->n));
	return line;
}

static void on_row(void *owner, struct span identity, struct span text)
{
	struct learned *d = owner;
	struct learned_list *l = get(d, identity);
	struct learned_router r;
	while (text.n) {
		struct span name = cut_line(&text), at = cut_line(&text);
		if (read_entry(name, at, &r))
			take(l, &r);
	}
}

static void on_loaded(void *owner, uint64_t id, enum store_result result)
{
	struct learned *d = owner;
	(void)id;
	(void)result;
	d->loaded(d);
}

void learned_load(struct learned *d, void (*loaded)(struct learned *))
{
	d->loaded = loaded;
	store_scan(d->store, table, on_row, on_loaded, d);
}
