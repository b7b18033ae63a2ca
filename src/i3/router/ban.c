// SPDX-License-Identifier: MIT
// Who may not log in here: names of MUDs and addresses, kept in the store.  A record is a field a
// line: until, since when, by whom, why, and the name as it was written.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/router/router_priv.h"
#include <arpa/inet.h>
#include <stdlib.h>

#define TABLE_BANS SPAN("router_bans")

struct ban {
	struct network_ban is; // spans into texts
	char *texts;
};

struct ban_key {
	char at[2 + ROUTER_NAME_MAX + 1];
};
_Static_assert(ROUTER_NAME_MAX >= INET6_ADDRSTRLEN, "an address fits where a name does");

// "m:frogmud" or "a:192.0.2.1"
static struct span key_of(struct ban_key *k, char what, struct span name)
{
	size_t n = min_size(name.n, ROUTER_NAME_MAX + 1); // one too long is nobody's
	k->at[0] = what;
	k->at[1] = ':';
	for (size_t i = 0; i < n; i++)
		k->at[2 + i] = ascii_lower(name.p[i]);
	return span_of(k->at, n + 2);
}

static struct span key_for(struct ban_key *k, const struct network_ban *b)
{
	return b->mud.n ? key_of(k, 'm', b->mud) : key_of(k, 'a', b->address);
}

static uint64_t now_s(void)
{
	return clock_wall_us() / 1000000;
}

static void on_kept(void *owner, uint64_t id, enum store_result result)
{
	(void)owner, (void)id;
	if (result == STORE_FAILED)
		log_error("router_ban", log_str("why", "the store did not keep a change"));
}

static void free_ban(struct ban *b)
{
	free(b->texts);
	free(b);
}

static void forget(struct router *r, struct span key)
{
	store_take(r->store, TABLE_BANS, key, on_kept, r);
	struct ban *b = map_take(&r->bans, key); // the key may be its own
	if (b)
		free_ban(b);
}

static const struct network_ban *find(struct router *r, struct span key)
{
	const struct ban *b = map_find(&r->bans, key);
	if (!b || !b->is.until_s || b->is.until_s > now_s())
		return b ? &b->is : NULL;
	forget(r, key);
	return NULL;
}

static void sweep(struct router *r)
{
	for (struct map_at at = map_first(&r->bans); at.value; at = map_next(at))
		(void)find(r, at.key);
}

static void put(struct router *r, struct span key, const struct network_ban *from)
{
	struct ban *b = mem_zalloc(sizeof *b), *old;
	b->is = *from;
	char *at = b->texts =
		mem_alloc(from->mud.n + from->address.n + from->reason.n + from->by.n + 1);
	b->is.mud = span_put(&at, from->mud);
	b->is.address = span_put(&at, from->address);
	b->is.reason = span_put(&at, from->reason);
	b->is.by = span_put(&at, from->by);
	old = map_put(&r->bans, key, b);
	if (old)
		free_ban(old);
}

static void keep(struct router *r, struct span key, const struct network_ban *b)
{
	struct span name = b->mud.n ? b->mud : b->address;
	struct buf text = {0};
	buf_printf(&text, "%llu\n%llu\n%.*s\n%.*s\n%.*s", (unsigned long long)b->until_s,
		(unsigned long long)b->created_s, (int)b->by.n, b->by.p, (int)b->reason.n,
		b->reason.p, (int)name.n, name.p);
	store_put(r->store, TABLE_BANS, key, buf_bytes(&text), on_kept, r);
	buf_fini(&text);
}

// --- what an operator asks for ---

static const char *why_not(const struct network_ban *b)
{
	const struct span texts[] = {b->mud, b->reason, b->by};
	for (size_t t = 0; t < countof(texts); t++)
		for (size_t i = 0; i < texts[t].n; i++)
			if ((unsigned char)texts[t].p[i] < ' ')
				return "names and reasons have no control characters";
	if (b->mud.n > ROUTER_NAME_MAX)
		return "a name has 1 to 64 bytes";
	if (!b->mud.n == !b->address.n)
		return "a ban is of a MUD's name or of an address";
	return NULL;
}

// As links have it: IPv4 also when it comes in the clothes of IPv6.
static bool normal(struct span text, char out[INET6_ADDRSTRLEN])
{
	char in[INET6_ADDRSTRLEN] = "";
	unsigned char bytes[16];
	if (text.n >= sizeof in)
		return false;
	memcpy(in, text.p, text.n);
	if (inet_pton(AF_INET, in, bytes) == 1)
		return inet_ntop(AF_INET, bytes, out, INET6_ADDRSTRLEN) != NULL;
	if (inet_pton(AF_INET6, in, bytes) != 1)
		return false;
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	if (memcmp(bytes, mapped, sizeof mapped) == 0)
		return inet_ntop(AF_INET, bytes + 12, out, INET6_ADDRSTRLEN) != NULL;
	return inet_ntop(AF_INET6, bytes, out, INET6_ADDRSTRLEN) != NULL;
}

static const char *read_ban(
	const struct network_ban *from, struct network_ban *b, char address[INET6_ADDRSTRLEN])
{
	const char *no = why_not(from);
	*b = *from;
	if (no || !b->address.n)
		return no;
	if (!normal(b->address, address))
		return "an address is an IPv4 or IPv6 address, not a name or a network";
	b->address = span_str(address);
	return NULL;
}

static bool is_inside(const struct router *r, const struct network_ban *b)
{
	const struct router_mud *m = b->mud.n ? router_mud_find(r, b->mud) : NULL;
	return m && m->link && router_link_is_in_process(m->link);
}

const char *router_ban_add(struct router *r, const struct network_ban *from)
{
	char address[INET6_ADDRSTRLEN];
	struct ban_key k;
	struct network_ban b;
	const char *no = read_ban(from, &b, address);
	if (no)
		return no;
	if (is_inside(r, &b))
		return "this is a MUD of this gateway: it cannot be banned from it";
	if (b.until_s && b.until_s <= now_s())
		return "until is a time that has passed";
	sweep(r);
	struct span key = key_for(&k, &b);
	if (map_count(&r->bans) >= NETWORK_BANS_MAX && !map_find(&r->bans, key))
		return "there are too many bans";
	b.created_s = now_s();
	put(r, key, &b);
	keep(r, key, &b);
	return NULL;
}

const char *router_ban_remove(struct router *r, const struct network_ban *from)
{
	char address[INET6_ADDRSTRLEN];
	struct ban_key k;
	struct network_ban b;
	const char *no = read_ban(from, &b, address);
	if (no)
		return no;
	struct span key = key_for(&k, &b);
	if (!find(r, key))
		return "there is no such ban";
	forget(r, key);
	return NULL;
}

static int by_place(const void *a, const void *b)
{
	const struct map_at *x = a, *y = b;
	return span_cmp(x->key, y->key);
}

bool router_bans_list(struct router *r, const struct network_page *page,
	void (*row)(void *to, const struct network_ban *), void *to)
{
	sweep(r);
	struct map_at *all = mem_array(map_count(&r->bans) + 1, sizeof *all);
	size_t n = 0, i = 0;
	for (struct map_at at = map_first(&r->bans); at.value; at = map_next(at))
		if (span_cmp(at.key, page->after) > 0)
			all[n++] = at;
	qsort(all, n, sizeof *all, by_place);
	for (; i < n && i < page->limit; i++) {
		struct network_ban one = ((const struct ban *)all[i].value)->is;
		one.place = all[i].key;
		row(to, &one);
	}
	free(all);
	return i < n;
}

// --- at the door ---

static const char *words_of(struct router *r, const struct network_ban *b)
{
	struct buf words = {0};
	buf_str(&words, b->mud.n ? "this MUD is banned here" : "your address is banned here");
	if (b->reason.n)
		buf_str(&words, ": ");
	buf_span(&words, b->reason);
	buf_char(&words, '\0');
	const char *kept = arena_copy(&r->arena, words.p, words.n);
	buf_fini(&words);
	return kept;
}

struct router_refusal router_ban_judge(struct router_link *l, struct span name)
{
	struct router *r = l->router;
	struct ban_key k;
	if (router_link_is_in_process(l) || !map_count(&r->bans))
		return (struct router_refusal){0};
	const struct network_ban *b = find(r, key_of(&k, 'a', span_str(l->address)));
	if (!b && name.n)
		b = find(r, key_of(&k, 'm', name));
	return b ? (struct router_refusal){"not-allowed", words_of(r, b)}
		 : (struct router_refusal){0};
}

// An address that is banned is told so before it has said anything.
void router_ban_greet(struct router_link *l)
{
	struct router *r = l->router;
	router_begin(r);
	struct router_refusal no = router_ban_judge(l, (struct span){0});
	if (no.code)
		router_link_dismiss(l, no.words);
	router_end(r);
}

// --- keeping ---

static struct span take_line(struct span *text)
{
	struct span line = span_until(*text, '\n');
	span_take(text, min_size(line.n + 1, text->n));
	return line;
}

static void on_ban(void *owner, struct span key, struct span text)
{
	struct router *r = owner;
	struct network_ban b = {0};
	struct ban_key k;
	bool good = span_uint(take_line(&text), INT64_MAX, &b.until_s) &&
		    span_uint(take_line(&text), INT64_MAX, &b.created_s);
	b.by = take_line(&text);
	b.reason = take_line(&text);
	if (span_starts(key, SPAN("m:")))
		b.mud = take_line(&text);
	else
		b.address = take_line(&text);
	if (good && !why_not(&b) && span_eq(key, key_for(&k, &b)))
		put(r, key, &b);
	else
		log_error("router_ban", log_span("key", key), log_str("why", "unreadable"));
}

void router_bans_load(struct router *r)
{
	store_load(r->store, TABLE_BANS, on_ban, r, "the list of the router's bans");
}

void router_bans_free(struct router *r)
{
	store_forget(r->store, r);
	for (struct map_at at = map_first(&r->bans); at.value; at = map_next(at))
		free_ban(at.value);
	map_fini(&r->bans);
}
