// SPDX-License-Identifier: MIT
// Lines on filtered channels go to the owner in a chan-filter-req, and come back in a
// chan-filter-reply, edited or not, to be heard; or never, when the owner drops them.  Whose line
// waits is remembered, so that an owner can change what was said but not who spoke: one reply for
// one line, in time.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "i3/router/router_priv.h"
#include <stdlib.h>

struct filtered {
	struct link link;
	int64_t ttl;
	uint64_t until_ms;
	char mud[ROUTER_NAME_MAX + 1];
	size_t user_bytes;
	char user[ROUTER_FILTER_USER_MAX];
};

static void forget(struct filtered *f)
{
	list_unlink(&f->link);
	free(f);
}

void router_filter_clear(struct router_channel *c, uint64_t until_ms)
{
	unsigned n = 0;
	list_each(it, &c->filtering)
	{
		struct filtered *f = container_of(it, struct filtered, link);
		if (f->until_ms > until_ms)
			break;
		forget(f);
		n++;
	}
	metric_add(METRIC_ROUTER_DROPPED, n);
	if (n)
		log_debug("router_filter_drop", log_str("channel", c->name), log_int("lines", n));
}

// --- to the owner ---

static bool is_full(const struct router_channel *c, struct span mud)
{
	unsigned all = 0, own = 0;
	list_each(it, &c->filtering)
	{
		const struct filtered *f = container_of(it, struct filtered, link);
		all++;
		own += span_caseeq(span_str(f->mud), mud);
	}
	return all >= ROUTER_FILTER_MAX || own >= ROUTER_FILTER_PER_MUD;
}

static void remember(struct router *r, struct router_channel *c, const struct packet *line)
{
	struct filtered *f = mem_zalloc(sizeof *f);
	f->ttl = line->ttl;
	f->until_ms = clock_ms() + ROUTER_FILTER_MS;
	memcpy(f->mud, line->originator_mud.p, line->originator_mud.n);
	f->user_bytes = line->originator_user.n;
	memcpy(f->user, line->originator_user.p, f->user_bytes);
	list_append(&c->filtering, &f->link);
	router_muds_arm(r, f->until_ms);
}

static struct router_link *owner_of(const struct router *r, const struct router_channel *c)
{
	const struct router_mud *m = router_mud_find(r, span_str(c->owner));
	return m && m->link && m->link->state == LINK_UP ? m->link : NULL;
}

static struct router_refusal why_not_ask(struct router_channel *c, const struct packet *line)
{
	router_filter_clear(c, clock_ms());
	if (line->originator_user.n > ROUTER_FILTER_USER_MAX)
		return (struct router_refusal){
			"not-allowed", "a user's name on a filtered channel has 64 bytes at most"};
	if (is_full(c, line->originator_mud))
		return (struct router_refusal){
			"not-allowed", "too many lines wait for the owner of this channel"};
	return (struct router_refusal){0};
}

struct router_refusal router_filter_ask(
	struct router *r, struct router_channel *c, const struct value *v)
{
	struct packet line;
	const char *why;
	ensure(packet_read(v, &line, &why));
	struct router_link *owner = owner_of(r, c);
	if (!owner)
		return (struct router_refusal){
			"unk-dst", "the owner of this channel filters it and is not connected"};
	struct router_refusal no = why_not_ask(c, &line);
	if (no.code)
		return no;
	struct value body[] = {value_str(c->name), *v};
	if (!router_send_to(owner, (struct span){0}, "chan-filter-req", body, countof(body)))
		return (struct router_refusal){
			"bad-pkt", "too large for the owner of this channel"};
	remember(r, c, &line);
	return (struct router_refusal){0};
}

// --- and back ---

static struct filtered *find(const struct router_channel *c, const struct packet *line)
{
	list_each(it, &c->filtering)
	{
		struct filtered *f = container_of(it, struct filtered, link);
		if (f->until_ms > clock_ms() &&
			span_caseeq(span_str(f->mud), line->originator_mud) &&
			span_caseeq(span_of(f->user, f->user_bytes), line->originator_user))
			return f;
	}
	return NULL;
}

// What is wrong with the reply as such; NULL when nothing is, and *line is what it holds.
static const char *reply_fault(const struct packet *p, struct packet *line, size_t *visname)
{
	const char *why;
	if (p->all->n != CHANNEL_LINE + 1 || !value_is_str(value_at(p->all, CHANNEL_NAME)))
		return "chan-filter-reply is a channel and a packet";
	if (!packet_read(value_at(p->all, CHANNEL_LINE), line, &why))
		return why;
	if (!router_is_line(line->type))
		return "a filtered packet is channel-m, channel-e or channel-t";
	why = router_line_fault(line, visname);
	if (!why && line->target_mud.n)
		why = "a filtered packet has no target";
	if (!why && !span_eq(packet_text(line, CHANNEL_NAME), packet_text(p, CHANNEL_NAME)))
		why = "a filtered packet stays on its channel";
	return why;
}

// Only what follows the header is the owner's.
static bool utter(struct router *r, struct router_channel *c, const struct filtered *f,
	const struct packet *line, size_t visname)
{
	struct span user = span_of(f->user, f->user_bytes);
	struct value *at = arena_copy(&r->arena, line->all->at, line->all->n * sizeof *at);
	packet_header(at, &(struct packet){.type = line->type,
				  .ttl = f->ttl,
				  .originator_mud = span_str(f->mud),
				  .originator_user = user});
	if (!value_text(&at[visname]).n)
		at[visname] = value_span(user);
	struct value packet = value_array(at, line->all->n);
	return router_channel_utter(r, c, &packet);
}

static void take_reply(struct router_link *l, struct router_channel *c, const struct packet *p,
	const struct packet *line, size_t visname)
{
	if (!router_mud_find(l->router, line->originator_mud)) {
		router_error(l, "not-allowed", "the MUD of this line is not known here", p);
		return;
	}
	struct filtered *f = find(c, line);
	if (!f) {
		router_error(l, "not-allowed", "no line of this user waits on this channel", p);
		return;
	}
	if (!router_channel_admits(c, span_str(f->mud)))
		router_error(l, "not-allowed", "this MUD may not speak here any more", p);
	else if (!utter(l->router, c, f, line, visname))
		router_error(l, "bad-pkt", "too large for some of the listeners", p);
	forget(f);
}

void router_filter_reply(struct router_link *l, struct packet *p)
{
	struct packet line;
	size_t visname;
	const char *why = reply_fault(p, &line, &visname);
	if (why) {
		router_error(l, "bad-pkt", why, p);
		return;
	}
	struct router_channel *c = router_channel_of(l, p);
	if (!c)
		return;
	if (!router_channel_owns(c, router_link_name(l)))
		router_error(l, "not-allowed", "this channel belongs to somebody else", p);
	else if (c->type != ROUTER_CHANNEL_FILTERED)
		router_error(l, "not-allowed", "this channel is not filtered", p);
	else
		take_reply(l, c, p, &line, visname);
}
