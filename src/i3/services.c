// SPDX-License-Identifier: MIT
// Which service a packet or an intent belongs to, and what all of them need for their answers.
#include "i3/moderate.h"
#include "i3/service.h"
#include "proto/lpc.h"

enum {
	ERROR_QUOTE_MAX = 8000,    // bytes: a longer packet is not sent back with its error
	TEXT_HEARD_MAX = 16 << 10, // four times what anybody should send; history keeps many
	TEXT_HEARD_NAME_MAX = 512, // eight times what we send: some names are full of colour codes
};

static const struct service *const services[] = {
#define SERVICE(name) &service_##name,
#include "tables/services.tbl"
};

struct span our_name(const struct i3_link *l)
{
	return span_str(l->identity->name);
}

bool from_router(const struct i3_link *l, const struct packet *p)
{
	return span_caseeq(p->originator_mud, span_str(l->router));
}

static bool offered(const struct i3_link *l, const struct service *s)
{
	const struct config_identity *c = i3_identity(l->i3, l->identity->name);
	return !s->offered || *(const bool *)((const char *)c + s->offered);
}

struct value services_offered(struct arena *a, const struct config_identity *c)
{
	struct value_list keys = {.arena = a};
	for (size_t i = 0; i < countof(services); i++) {
		const struct service *s = services[i];
		if (s->advertise && *(const bool *)((const char *)c + s->offered))
			value_pair(&keys, s->advertise, value_int(1));
	}
	return value_list_map(&keys);
}

// --- incoming ---

// An error for a packet that is none goes only to a MUD the router has vouched for.
static void unreadable(struct i3_link *l, const struct value *v, const char *why)
{
	struct span mud = value_text(value_at(v, 2)), user = value_text(value_at(v, 3));
	struct packet to = {.originator_mud = mud, .originator_user = user, .all = v};
	bool is_error = span_is(value_text(value_at(v, 0)), "error");
	const struct roster_mud *known = mud.n ? roster_mud(&l->identity->roster, mud) : NULL;
	if (known && !is_error && span_eq(value_text(value_at(v, 4)), our_name(l)))
		answer_error(l, &to, "bad-pkt", why);
	link_garbled(l, why);
}

static const struct service *find(struct span type)
{
	for (size_t i = 0; i < countof(services); i++)
		if (span_is(type, services[i]->type))
			return services[i];
	return NULL;
}

static void log_drop(const struct i3_link *l, const struct packet *p, const char *why)
{
	log_debug("i3_dropped", log_str("mud", l->identity->name), log_span("type", p->type),
		log_span("from", p->originator_mud), log_str("why", why));
}

// A reply nobody waits for is no request that somebody wants answered.
static void refuse(struct i3_link *l, const struct packet *p, const char *code, const char *why)
{
	log_drop(l, p, why);
	if (p->target_mud.n && !span_ends(p->type, SPAN("-reply")) && !from_router(l, p) &&
		link_logged_in(l))
		answer_error(l, p, code, why);
}

void services_hear(struct i3_link *l, const struct value *packet)
{
	struct packet p;
	const char *why = "originator without a name";
	if (!packet_read(packet, &p, &why) || !p.originator_mud.n) {
		unreadable(l, packet, why);
		return;
	}
	l->garbled = 0;
	const struct service *s = find(p.type);
	if (p.ttl < 0)
		log_drop(l, &p, "its time is over");
	else if (p.target_mud.n && !span_caseeq(p.target_mud, our_name(l)))
		log_drop(l, &p, "for another MUD");
	else if (!link_logged_in(l) && !(s && s->early))
		log_drop(l, &p, "before the login");
	else if (!s || !offered(l, s) || (!s->hear && s->submit))
		refuse(l, &p, "unk-type", "unknown packet type");
	else if (packet->n < s->elements)
		refuse(l, &p, "bad-pkt", "too few elements");
	else if (s->hear && moderate_lets_in(l, &p))
		s->hear(l, &p);
}

struct span heard_span(struct i3_link *l, struct span s)
{
	return utf8_cut(utf8_clean(&l->arena, s), TEXT_HEARD_MAX);
}

struct span heard_name(struct i3_link *l, struct span s)
{
	return utf8_cut(text_clean_name(&l->arena, s), TEXT_HEARD_NAME_MAX);
}

struct span heard_text(struct i3_link *l, const struct packet *p, size_t i)
{
	return heard_span(l, packet_text(p, i));
}

int64_t heard_int(const struct value *v)
{
	uint64_t n;
	if (v->type == VALUE_STRING)
		return span_uint(value_text(v), INT64_MAX, &n) ? (int64_t)n : 0;
	return v->type == VALUE_INT ? v->i : 0;
}

struct value heard_scalar(struct i3_link *l, const struct value *v)
{
	if (v->type == VALUE_STRING)
		return value_span(heard_span(l, value_text(v)));
	return v->type == VALUE_INT || v->type == VALUE_FLOAT ? *v : value_int(0);
}

// --- answers ---

enum sent answer_send(struct i3_link *l, const struct packet *to, const char *type,
	const struct value *body, size_t n)
{
	struct packet head = {.type = span_str(type),
		.originator_mud = our_name(l),
		.target_mud = to->originator_mud,
		.target_user = to->originator_user};
	enum sent sent = outgoing_packet(l, &head, body, n);
	if (sent != SENT)
		log_drop(l, to, "its answer found no room");
	return sent;
}

static struct value quote(const struct packet *p)
{
	struct buf text = {.max = ERROR_QUOTE_MAX};
	lpc_put(&text, p->all);
	bool fits = !text.failed;
	buf_fini(&text);
	return fits ? *p->all : value_int(0);
}

// Never an error for an error: two MUDs could answer each other for ever.
enum sent answer_error(
	struct i3_link *l, const struct packet *to, const char *code, const char *words)
{
	if (span_is(to->type, "error"))
		return SENT;
	return answer_send(l, to, "error",
		(const struct value[]){value_str(code), value_str(words), quote(to)}, 3);
}

// --- outgoing ---

enum sent services_submit(struct i3_link *l, const struct intent *intent)
{
	for (size_t i = 0; i < countof(services); i++)
		if (services[i]->submit && services[i]->intent == intent->kind)
			return services[i]->submit(l, intent);
	bug("an intent without a service");
}

// --- the link ---

void services_announce_ready(struct i3_link *l)
{
	link_begin(l);
	struct value_list params = {.arena = &l->arena};
	value_pair(&params, "message", value_str("Logged in to the Intermud-3 router"));
	value_pair(&params, "status", value_str("connected"));
	event_publish(l, EVENT_GATEWAY_RECONNECTED, &params);
	link_end(l);
}

// What was accepted and is gone is said: the sender was told "sent".
void services_announce_lost(struct i3_link *l, unsigned packets)
{
	struct buf words = {0};
	link_begin(l);
	struct value_list params = {.arena = &l->arena};
	buf_printf(&words, "The link to the router broke before %u packets had left", packets);
	value_pair(&params, "error_code", value_str("not-sent"));
	value_pair(&params, "error_message", value_span(buf_bytes(&words)));
	value_pair(&params, "message", value_span(buf_bytes(&words)));
	value_pair(&params, "from_mud", value_str(l->router));
	value_pair(&params, "to_mud", value_str(l->identity->name));
	value_pair(&params, "to_user", value_str(""));
	value_pair(&params, "context", value_str("i3_link_lost"));
	event_publish(l, EVENT_ERROR_OCCURRED, &params);
	link_end(l);
	buf_fini(&words);
}

// --- who is here ---

const struct presence *known_presence(const struct i3_link *l)
{
	const struct presence *p = &l->identity->presence;
	return presence_known(p, clock_ms()) ? p : NULL;
}

enum sent answer_absent(struct i3_link *l, const struct packet *p)
{
	return answer_error(l, p, "unk-user", "no such user is logged on");
}

const struct value *user_asked_for(struct i3_link *l, const struct packet *p)
{
	const struct presence *known = known_presence(l);
	return known ? presence_find(known, packet_text(p, 6)) : NULL;
}

bool user_may_be_here(struct i3_link *l, const struct packet *p, struct span user)
{
	const struct presence *known = known_presence(l);
	if (!known || presence_find(known, user))
		return true;
	answer_absent(l, p);
	return false;
}

struct span user_field(const struct value *user, const char *key)
{
	const struct value *v = value_get(user, key);
	return v ? value_text(v) : (struct span){0};
}

int64_t user_number(const struct value *user, const char *key)
{
	const struct value *v = value_get(user, key);
	return v && v->type == VALUE_INT ? v->i : 0;
}

struct value user_level(struct i3_link *l, const struct value *user)
{
	struct buf text = {0};
	buf_int(&text, user_number(user, "level"));
	struct value v = value_span(arena_span(&l->arena, buf_bytes(&text)));
	buf_fini(&text);
	return v;
}
