// SPDX-License-Identifier: MIT
// MUDs between routers: a record as a mapping, and who owns a name.
//
// A router tells only of MUDs that logged in to it, and believes of each only the router it logged
// in to.  A MUD connected here is ours whatever a peer says; if a peer says it has it as well, ours
// is probed, because it may have moved and the old connection may be dead.  Of two peers with the
// same name the one it logged in to later has it, and at the same second the lesser one, so that
// every router comes to the same answer whatever it hears first.
#include "base/clock.h"
#include "base/log.h"
#include "i3/router/irn.h"
#include <strings.h>

enum { BODY_ID = PACKET_HEADER, BODY_MUDS, DELTA_SIZE };

bool irn_mud_is_of(const struct router_mud *m, const struct irn_peer *p)
{
	return span_caseeq(span_str(m->router), span_str(p->name));
}

// --- out ---

static void send_delta(struct irn_link *l, struct value_list *muds)
{
	struct value body[] = {value_int(l->peer->irn->router->mudlist_id), value_list_map(muds)};
	if (muds->n)
		irn_send(l, "irn-mudlist-delta", body, countof(body));
	*muds = (struct value_list){.arena = muds->arena};
}

// Tombstones are sent too: whoever was away has missed the deletion.
void irn_muds_send(struct irn_link *l, bool changed_only)
{
	struct router *r = l->peer->irn->router;
	struct value_list muds = {.arena = &r->arena};
	size_t bytes = 0;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		const struct router_mud *m = at.value;
		if (m->router[0] || (changed_only && m->changed_id <= r->mudlist_told_id))
			continue;
		struct value record = irn_record_of(r, m, l->peer->trusted);
		size_t n = router_text_bytes(r, &record) + sizeof m->name;
		if (bytes + n > ROUTER_LIST_BYTES) {
			send_delta(l, &muds);
			bytes = 0;
		}
		bytes += n;
		value_pair(&muds, m->name, record);
	}
	send_delta(l, &muds);
}

// --- in: believing it ---

static struct router_mud *room_for(struct irn_claim *c)
{
	const struct irn_peer *p = c->link->peer;
	struct router *r = p->irn->router;
	size_t of_peer = 0, of_all = 0; // with those that were deleted: they need room as well
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		const struct router_mud *m = at.value;
		of_peer += m->state != ROUTER_MUD_DELETED && irn_mud_is_of(m, p);
		of_all += m->router[0] != '\0';
	}
	if (of_peer >= IRN_MUDS_MAX)
		return NULL;
	if (!router_mud_any(r, c->name) && of_all >= IRN_MUDS_ALL_MAX && !router_mud_make_room(r))
		return NULL;
	return router_mud_new(r, c->name);
}

// Against the one of another router.
static bool is_stronger(const struct irn_claim *c, const struct router_mud *m)
{
	bool up = c->state == ROUTER_MUD_UP, was_up = m->state == ROUTER_MUD_UP;
	uint64_t since = (uint64_t)c->since_s;
	if (!m->router[0]) // ours, but away
		return up;
	if (up != was_up || !up)
		return up;
	if (since != m->since_s)
		return since > m->since_s;
	return strcasecmp(c->link->peer->name, m->router) < 0;
}

static void probe(struct router_mud *m)
{
	if (m->probe_ms > clock_ms())
		return;
	m->probe_ms = clock_ms() + IRN_PROBE_MS;
	if (!m->link || m->link->inside)
		return;
	m->link->silent = true;
	router_send(m->link, "auth-mud-req", NULL, 0);
}

static void note_rival(struct irn_claim *c, struct router_mud *m)
{
	struct irn_peer *p = c->link->peer;
	if (c->state != ROUTER_MUD_UP) {
		m->rival = m->rival == p ? NULL : m->rival;
		return;
	}
	enum log_level level = m->rival != p ? log_paced(&p->pace, LOG_WARNING) : LOG_DEBUG;
	if (m->rival != p)
		LOG_AT(level, "irn_rival", log_str("mud", m->name),
			log_str("router", m->router[0] ? m->router : p->irn->router->name),
			log_str("claimed_by", p->name));
	m->rival = p;
	p->irn->rivals = true;
	probe(m);
}

// It was ours: who has not heard the other claim, or holds it the weaker one, looks again.  Dead
// Souls believes whoever spoke last.
static void disown(struct irn *irn, struct router_mud *m)
{
	m->state = ROUTER_MUD_DOWN;
	list_each(it, &irn->peers)
	{
		struct irn_link *way = irn_peer_way(container_of(it, struct irn_peer, in_irn));
		struct value_list one = {.arena = &irn->router->arena};
		if (!way || !way->modern)
			continue;
		value_pair(&one, m->name, irn_record_of(irn->router, m, false));
		send_delta(way, &one);
	}
}

static bool is_same(const struct router_mud *m, const struct irn_claim *c)
{
	struct value old = value_array(m->record, RECORD_SIZE);
	struct value new = value_array(c->record, RECORD_SIZE);
	return m->state == c->state && irn_mud_is_of(m, c->link->peer) &&
	       strcmp(m->address, c->address) == 0 && value_eq(&old, &new) &&
	       (!c->password || m->password == c->password) &&
	       (c->state != ROUTER_MUD_UP || m->since_s == (uint64_t)c->since_s);
}

static void fill(struct irn_claim *c, struct router_mud *m)
{
	struct irn_peer *p = c->link->peer;
	struct router *r = p->irn->router;
	bool follows = !irn_mud_is_of(m, p);
	bool is_new = !m->changed_id || m->state == ROUTER_MUD_DELETED;
	bool was_ours = !m->router[0] && !is_new;
	bool same = is_same(m, c);
	m->grace_until_ms = CLOCK_NEVER;
	if (same)
		return;
	if (was_ours)
		disown(p->irn, m);
	enum log_level level = follows ? log_paced(&p->pace, LOG_INFO) : LOG_DEBUG;
	if (follows && m->password)
		LOG_AT(level, "irn_moved", log_str("mud", m->name), log_str("to", p->name));
	memcpy(m->router, p->name, sizeof m->router);
	memcpy(m->address, c->address, sizeof m->address);
	if (c->password)
		m->password = (int32_t)c->password;
	if (p->trusted)
		m->home[0] = '\0';
	m->protocol = (int8_t)c->protocol;
	m->old_layout = false;
	m->state = c->state;
	m->since_s = c->state == ROUTER_MUD_UP ? (uint64_t)c->since_s : clock_wall_us() / 1000000;
	router_mud_fill(m, c->record);
	if (follows)
		irn_channels_follow(r, m);
	router_mud_changed(r, m);
	router_mud_save(r, m, NULL, NULL);
}

// Whose it was until now may have it yet when this one's is gone.
static struct irn_peer *former_of(const struct irn_claim *c, const struct router_mud *m)
{
	struct irn_peer *p = c->link->peer;
	if (!m || !m->router[0] || m->state != ROUTER_MUD_UP || irn_mud_is_of(m, p))
		return m && m->rival != p ? m->rival : NULL;
	return irn_peer_find(p->irn, span_str(m->router));
}

static void take_claim(struct irn_claim *c)
{
	struct router *r = c->link->peer->irn->router;
	struct router_mud *m = router_mud_find(r, c->name);
	if (m && m->link) {
		note_rival(c, m);
		return;
	}
	if (m && !irn_mud_is_of(m, c->link->peer) && !is_stronger(c, m)) {
		if (m->router[0])
			note_rival(c, m);
		return;
	}
	struct irn_peer *former = former_of(c, m);
	if (!m)
		m = room_for(c);
	if (m) {
		fill(c, m);
		m->rival = former;
		c->link->peer->irn->rivals |= former != NULL;
	} else
		irn_dropped(c->link, "it tells of too many MUDs", c->name);
}

static void take_deletion(struct irn_link *l, struct span name)
{
	struct router *r = l->peer->irn->router;
	struct router_mud *m = router_mud_find(r, name);
	if (m && !m->link && irn_mud_is_of(m, l->peer))
		router_mud_down(r, m, ROUTER_MUD_DELETED);
}

static void take_one(struct irn_link *l, struct span name, const struct value *v)
{
	struct irn_claim c = {.link = l, .name = name};
	const char *why = router_startup_bad_name(name);
	if (value_is_int(v)) {
		take_deletion(l, name);
		return;
	}
	if (!why && v->type != VALUE_MAP)
		why = "a record is a mapping or 0";
	if (!why)
		why = irn_claim_read(&c, v);
	if (why)
		irn_dropped(l, why, name);
	else
		take_claim(&c);
}

void irn_muds_take(struct irn_link *l, const struct packet *p)
{
	const struct value *muds = value_at(p->all, BODY_MUDS);
	if (p->all->n < DELTA_SIZE || muds->type != VALUE_MAP || muds->n > IRN_DELTA_MAX) {
		irn_dropped(l, "a mudlist is an id and a mapping", p->type);
		return;
	}
	for (size_t i = 0; i < muds->n; i++)
		take_one(l, value_text(&muds->at[2 * i]), &muds->at[2 * i + 1]);
}

// --- a peer comes and goes ---

void irn_muds_grace(struct irn_peer *p, uint64_t ms)
{
	struct router *r = p->irn->router;
	uint64_t until_ms = clock_ms() + ms;
	bool any = false;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		struct router_mud *m = at.value;
		if (m->state != ROUTER_MUD_UP || !irn_mud_is_of(m, p))
			continue;
		m->grace_until_ms = until_ms;
		any = true;
	}
	if (any)
		router_muds_arm(r, until_ms);
}

void irn_muds_down(struct irn_peer *p)
{
	struct router *r = p->irn->router;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		struct router_mud *m = at.value;
		if (m->state == ROUTER_MUD_UP && irn_mud_is_of(m, p))
			router_mud_down(r, m, ROUTER_MUD_DOWN);
	}
}

void irn_muds_forget(struct irn_peer *p)
{
	struct router *r = p->irn->router;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		struct router_mud *m = at.value;
		if (m->rival == p)
			m->rival = NULL;
		if (m->state != ROUTER_MUD_DELETED && irn_mud_is_of(m, p))
			router_mud_down(r, m, ROUTER_MUD_DELETED);
	}
}

void irn_mud_arrived(struct router *r, struct router_mud *m)
{
	if (!m->router[0])
		return;
	log_info("irn_moved", log_str("mud", m->name), log_str("from", m->router),
		log_str("to", r->name));
	m->router[0] = '\0';
	irn_channels_follow(r, m);
}

// --- names that two have ---

// The one who has it is away: what the other says counts now.
static bool tick_mud(struct router_mud *m)
{
	struct router_link *l = m->link;
	bool ours = !m->router[0];
	if (l && !l->inside && l->silent && m->probe_ms <= clock_ms()) {
		router_link_cut(l, CLOSE_REPLACED, "it is at another router, and silent here");
		l = NULL;
	}
	if (l || (!ours && m->state == ROUTER_MUD_UP))
		return true;
	struct irn_link *way = irn_peer_way(m->rival);
	if (way && m->rival->asked_ms && clock_ms() - m->rival->asked_ms < IRN_ASK_MS)
		return true;
	irn_peer_ask_muds(m->rival);
	m->rival = NULL;
	return false;
}

void irn_muds_tick(struct irn *irn)
{
	struct router *r = irn->router;
	bool any = false;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		struct router_mud *m = at.value;
		if (m->rival)
			any |= tick_mud(m);
	}
	irn->rivals = any;
}
