// SPDX-License-Identifier: MIT
#include "i3/oob/oob.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/oob/oob_priv.h"
#include "i3/service.h"
#include <stdlib.h>

const struct oob_service *const oob_services[] = {
#define OOB(name) &oob_service_##name,
#include "tables/oob.tbl"
	NULL,
};

void oob_begin(struct oob *o)
{
	o->depth++;
}

void oob_end(struct oob *o)
{
	if (--o->depth == 0)
		arena_clear(&o->arena);
}

const struct config *oob_config(const struct oob *o)
{
	return o->i3->config;
}

// --- who offers what ---

bool oob_offers(const struct oob *o, const struct identity *i, const struct oob_service *s)
{
	const struct config_identity *c = i3_identity(o->i3, i->name);
	return i->wanted && *(const bool *)((const char *)c + s->offered);
}

static bool offers_any(const struct oob *o, const struct identity *i)
{
	for (const struct oob_service *const *s = oob_services; *s; s++)
		if (oob_offers(o, i, *s))
			return true;
	return false;
}

uint16_t oob_port(const struct oob *o, const struct identity *i)
{
	return o && offers_any(o, i) ? o->port : 0;
}

void oob_advertise(const struct oob *o, const struct identity *i, struct value_list *services)
{
	uint16_t port = oob_port(o, i);
	for (const struct oob_service *const *s = oob_services; port && *s; s++)
		if (oob_offers(o, i, *s))
			value_pair(services, (*s)->advertise, value_int(1));
	if (!port)
		return;
	value_pair(services, "auth", value_int(1));
	value_pair(services, "oob", value_int(port));
}

bool oob_lets_in(const struct oob_session *s, struct utterance *u)
{
	struct identity *i = s->office->identity;
	u->mud = span_str(s->mud);
	const struct moderation_rule *r =
		moderation_judge(&i->hub->moderation, i, u, &s->oob->arena);
	if (r)
		log_debug("moderated", log_str("mud", i->name), log_span("user", u->user),
			log_str("from", s->mud), log_int("rule", (int64_t)r->id));
	return !r;
}

bool oob_place(struct oob *o, const char *at)
{
	const char *colon = at ? strrchr(at, ':') : NULL;
	if (!o)
		return false;
	uint16_t port = colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
	struct span host = span_of(at, colon ? (size_t)(colon - at) : 0);
	if (host.n > 1 && host.p[0] == '[')
		host = span_of(host.p + 1, host.n - 2);
	memset(o->host, 0, sizeof o->host);
	memcpy(o->host, host.n ? host.p : "", min_size(host.n, sizeof o->host - 1));
	bool changed = port != o->port;
	o->port = port;
	return changed;
}

// --- offices ---

struct oob_office *oob_office_of(struct oob *o, const struct identity *i)
{
	list_each(it, &o->offices)
	{
		struct oob_office *f = container_of(it, struct oob_office, in_oob);
		if (f->identity == i)
			return f;
	}
	return NULL;
}

struct oob_office *oob_office_named(struct oob *o, struct span name)
{
	struct identity *i = hub_identity(o->i3->hub, name);
	return i ? oob_office_of(o, i) : NULL;
}

struct i3_link *oob_link(const struct oob_office *f)
{
	return container_of(f->identity->uplink, struct i3_link, uplink);
}

bool oob_is_ours(const struct oob *o, struct span mud)
{
	const struct identity *i = hub_identity(o->i3->hub, mud);
	return i && i->wanted;
}

// Seconds since 1970, or one more than the last: it grows over restarts too.
int64_t oob_number(struct oob_office *f)
{
	int64_t now = (int64_t)(clock_wall_us() / 1000000);
	f->last_number = now > f->last_number ? now : f->last_number + 1;
	return f->last_number;
}

static void grant(struct exchange *x, const struct exchange_wish *w, struct exchange_answer *a)
{
	struct oob_office *f = container_of(x, struct oob_office, exchange);
	for (const struct oob_service *const *s = oob_services; *s; s++)
		if (w->verb >= (*s)->first && w->verb <= (*s)->last &&
			oob_offers(f->oob, f->identity, *s))
			(*s)->wish(f, w, a);
}

static const struct exchange_ops exchange_ops = {.wish = grant};

void oob_join(struct oob *o, struct identity *i)
{
	if (!o)
		return;
	struct oob_office *f = mem_zalloc(sizeof *f);
	f->oob = o;
	f->identity = i;
	f->exchange.ops = &exchange_ops;
	list_init(&f->postings);
	list_init(&f->inbox);
	list_init(&f->works);
	list_append(&o->offices, &f->in_oob);
	i->exchange = &f->exchange;
}

void oob_refuse(struct exchange_answer *a, const char *field, const char *words)
{
	a->said = EXCHANGE_REFUSED;
	a->field = field;
	a->words = words;
}

const char *oob_target(struct oob_office *f, struct span mud, const struct oob_service *s,
	struct exchange_answer *a)
{
	const struct roster_mud *m = roster_mud(&f->identity->roster, mud);
	const struct value *services = m ? value_get(&m->facts, "services") : NULL;
	const char *why = NULL;
	if (span_caseeq(mud, span_str(f->identity->name)))
		why = "that is this MUD itself";
	else if (!m)
		why = "no MUD of that name is known";
	else if (m->state == MUD_UP &&
		 (!services || services->type != VALUE_MAP || !value_get(services, s->advertise)))
		why = "that MUD does not offer this service";
	if (m && !why)
		return m->name;
	oob_refuse(a, "target_mud", why);
	return NULL;
}

void oob_tell(
	struct oob_office *f, enum event event, int64_t number, const struct value_list *params)
{
	struct value map = value_list_map(params);
	struct buf text = {0};
	buf_int(&text, number);
	answers_tell(&f->identity->answers,
		&(struct answer_key){.kind = ANSWER_EXCHANGE, .user = buf_bytes(&text)}, &map);
	if (event != EVENT_COUNT)
		identity_publish(
			f->identity, &(struct message){.event = event, .params = &map}, NULL);
	buf_fini(&text);
}

// --- life ---

static void on_tick(struct timer *t)
{
	struct oob *o = container_of(t, struct oob, tick);
	list_each(it, &o->offices) oob_peers_tick(container_of(it, struct oob_office, in_oob));
}

struct oob *oob_new(struct i3 *i)
{
	struct oob *o = mem_zalloc(sizeof *o);
	o->i3 = i;
	list_init(&o->sessions);
	list_init(&o->offices);
	timer_init(net_loop(i->net), &o->tick, on_tick);
	timer_repeat(&o->tick, OOB_TICK_MS);
	return o;
}

void oob_load(struct oob *o)
{
	for (const struct oob_service *const *s = oob_services; o && *s; s++)
		if ((*s)->load)
			(*s)->load(o);
}

void oob_stop(struct oob *o)
{
	if (!o)
		return;
	o->stopped = true;
	timer_stop(&o->tick);
	list_each(it, &o->sessions) oob_session_end(
		container_of(it, struct oob_session, in_oob), "the gate is stopping");
}

static void office_free(struct oob_office *f)
{
	for (const struct oob_service *const *s = oob_services; *s; s++)
		(*s)->fini(f);
	oob_peers_free(f);
	f->identity->exchange = NULL;
	list_unlink(&f->in_oob);
	free(f);
}

static void on_tick_closed(struct timer *t)
{
	free(container_of(t, struct oob, tick));
}

void oob_free(struct oob *o)
{
	if (!o)
		return;
	oob_stop(o);
	list_each(it, &o->offices) office_free(container_of(it, struct oob_office, in_oob));
	oob_keys_fini(&o->keys);
	arena_fini(&o->arena);
	timer_close(&o->tick, on_tick_closed);
}
