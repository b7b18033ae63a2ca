// SPDX-License-Identifier: MIT
// mudlist: 6 id, 7 mapping of MUD to 0 (gone) or its record.  Records come in three shapes, told
// apart by size, never by version: 13 elements; 11 without e-mail and other data; 12, that is 11
// with a number pushed in behind the state.
#include "i3/service.h"

enum {
	RECORD_MIN = 11,
	RECORD_FULL = 13,
	TEXT_MAX = 256,            // bytes of one text of a record
	FIRST_LIST_QUIET_MS = 500, // a router sends its first list in one burst of packets
};

struct record {
	const struct value *v;
	size_t shift; // elements pushed in behind the state
	bool old;     // without e-mail and other data
};

static bool record_read(const struct value *v, struct record *r)
{
	if (v->type != VALUE_ARRAY || v->n < RECORD_MIN)
		return false;
	*r = (struct record){.v = v};
	r->shift = v->n == RECORD_FULL - 1 && value_is_int(&v->at[1]);
	r->old = v->n - r->shift < RECORD_FULL - 1;
	return true;
}

static const struct value *field(const struct record *r, size_t i)
{
	return value_at(r->v, i + (i > 0 ? r->shift : 0));
}

static void put_text(
	struct i3_link *l, struct value_list *facts, const char *key, const struct value *v)
{
	value_pair(facts, key, value_span(utf8_cut(heard_span(l, value_text(v)), TEXT_MAX)));
}

// Keys people wrote; values of one number or text.  A record that is still too large goes without.
static struct value services_of(struct i3_link *l, const struct value *map)
{
	struct value_list out = {.arena = &l->arena};
	size_t bytes = 0;
	for (size_t i = 0; map->type == VALUE_MAP && i < map->n; i++) {
		const struct value *key = &map->at[2 * i], *v = &map->at[2 * i + 1];
		if (!value_is_str(key) || (!value_is_int(v) && !value_is_str(v)))
			continue;
		bytes += 2 * sizeof *v + key->n + value_text(v).n;
		if (bytes > ROSTER_RECORD_MAX / 2)
			break;
		value_push(&out, value_span(heard_span(l, value_text(key))));
		value_push(&out, heard_scalar(l, v));
	}
	return value_list_map(&out);
}

static struct value facts_of(struct i3_link *l, struct span name, const struct record *r)
{
	static const struct {
		const char *key;
		size_t at;
	} texts[] = {{"host", 1}, {"address", 1}, {"mudlib", 5}, {"lib", 5}, {"base_mudlib", 6},
		{"driver", 7}, {"mud_type", 8}, {"open_status", 9}};
	static const struct {
		const char *key;
		size_t at;
	} numbers[] = {{"port", 2}, {"tcp_port", 3}, {"udp_port", 4}};
	struct value_list facts = {.arena = &l->arena};
	struct value none = value_null();
	int64_t state = heard_int(field(r, 0));
	struct value title = value_span(name);
	put_text(l, &facts, "name", &title);
	for (size_t i = 0; i < countof(texts); i++)
		put_text(l, &facts, texts[i].key, field(r, texts[i].at));
	for (size_t i = 0; i < countof(numbers); i++)
		value_pair(&facts, numbers[i].key, value_int(heard_int(field(r, numbers[i].at))));
	put_text(l, &facts, "admin_email", r->old ? &none : field(r, 10));
	value_pair(&facts, "status", value_str(roster_state(state)));
	value_pair(&facts, "online", value_bool(state == MUD_UP));
	value_pair(&facts, "services", services_of(l, field(r, r->old ? 10 : 11)));
	return value_list_map(&facts);
}

static void announce(struct i3_link *l, struct span name, int64_t state, const struct value *facts)
{
	struct value_list params = {.arena = &l->arena};
	event_text(l, &params, "mud_name", name);
	value_pair(&params, "status", value_str(roster_state(state)));
	value_pair(&params, "info", *facts);
	event_publish(l, state == MUD_UP ? EVENT_MUD_ONLINE : EVENT_MUD_OFFLINE, &params);
}

static void hear_one(struct i3_link *l, struct span name, const struct value *v, bool news)
{
	struct roster *roster = &l->identity->roster;
	struct value facts = value_map(NULL, 0);
	int64_t state = MUD_DOWN;
	struct record r;
	bool changed;
	if (!name.n)
		return;
	bool known = roster_mud(roster, name) != NULL;
	if (record_read(v, &r)) {
		state = heard_int(field(&r, 0));
		facts = facts_of(l, name, &r);
		changed = roster_put_mud(roster, name, state, &facts);
	} else if (v->type != VALUE_ARRAY) {
		changed = roster_drop_mud(roster, name);
	} else {
		return;
	}
	if (changed && (news || known))
		announce(l, name, state, &facts);
}

// The first list is what there is; what comes later is news, and so is what has become of a MUD we
// knew.  Nothing marks the list's end.
static bool is_news(struct i3_link *l)
{
	uint64_t now = clock_ms();
	uint64_t since = l->list_ms > l->ready_ms ? l->list_ms : l->ready_ms;
	if (l->state == LINK_READY && now - since >= FIRST_LIST_QUIET_MS)
		l->list_known = true;
	l->list_ms = now;
	return l->list_known;
}

static void hear(struct i3_link *l, const struct packet *p)
{
	const struct value *list = value_at(p->all, 7);
	if (!from_router(l, p) || list->type != VALUE_MAP)
		return;
	bool news = is_news(l);
	for (size_t i = 0; i < list->n; i++)
		hear_one(l, value_text(&list->at[2 * i]), &list->at[2 * i + 1], news);
	l->identity->roster.mudlist_id = packet_int(p, 6);
}

const struct service service_mudlist = {
	.type = "mudlist",
	.elements = 8,
	.early = true,
	.hear = hear,
};
