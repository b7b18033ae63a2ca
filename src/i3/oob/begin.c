// SPDX-License-Identifier: MIT
// How an out-of-band link begins, on both sides: a key over the router, the other side's address and
// port from its list, and oob-begin: 1 MUD, 2 kind (0 none, 1 key), 3 key.
#include "base/log.h"
#include "base/mem.h"
#include "i3/oob/oob_priv.h"
#include "i3/service.h"
#include <arpa/inet.h>
#include <stdlib.h>

enum { BEGIN_ELEMENTS = 4, BEGIN_KEYED = 1 };

// --- keys given and taken ---

int64_t oob_give_key(struct oob *o, struct i3_link *l, struct span mud)
{
	if (!oob_port(o, l->identity))
		return 0;
	return oob_keys_give(&o->keys, l->identity, mud, clock_ms());
}

// Without a key only the address is proof.
bool oob_expect(struct oob *o, struct i3_link *l, struct span mud)
{
	if (!oob_port(o, l->identity) || !oob_config(o)->oob.check_address)
		return false;
	oob_keys_expect(&o->keys, l->identity, mud, clock_ms());
	return true;
}

static struct oob_session *asking(struct oob *o, struct i3_link *l, struct span mud)
{
	struct oob_office *f = o ? oob_office_of(o, l->identity) : NULL;
	struct oob_peer *p = f ? oob_peer_find(f, mud) : NULL;
	struct oob_session *s = p ? p->session : NULL;
	return s && s->state == OOB_ASKING && s->keyed ? s : NULL;
}

void oob_take_key(struct oob *o, struct i3_link *l, struct span mud, int64_t key)
{
	struct oob_session *s = asking(o, l, mud);
	if (s)
		oob_session_key(s, key);
}

bool oob_no_key(struct oob *o, struct i3_link *l, struct span mud, struct span words)
{
	struct oob_session *s = asking(o, l, mud);
	struct buf why = {0};
	if (!s)
		return false;
	buf_printf(&why, "no key: %.*s", (int)min_size(words.n, 200), words.p ? words.p : "");
	buf_char(&why, '\0');
	oob_session_end(s, why.p);
	buf_fini(&why);
	return true;
}

// --- whom we dial ---

static bool knows_keys(const struct roster_mud *m)
{
	const struct value *services = value_get(&m->facts, "services");
	return services && services->type == VALUE_MAP && value_get(services, "auth");
}

void oob_session_dial(struct oob_peer *p)
{
	struct oob_office *f = p->office;
	struct i3_link *l = oob_link(f);
	const struct roster_mud *m = roster_mud(&f->identity->roster, span_str(p->mud));
	struct oob_session *s = oob_session_new(f->oob, OOB_ASKING);
	s->office = f;
	s->mud = mem_str(m->name);
	s->peer = p;
	s->keyed = knows_keys(m);
	p->session = s;
	timer_start(&s->deadline, OOB_ASKING_MS);
	uint64_t id = s->id;
	struct oob *o = f->oob;
	link_begin(l);
	struct outgoing out = {
		.type = s->keyed ? "auth-mud-req" : "oob-req", .mud = span_str(m->name)};
	bool sent = outgoing_send(l, &out) == SENT; // the answer may come from inside
	link_end(l);
	s = oob_session_find(o, id);
	if (s && s->state == OOB_ASKING && !sent)
		oob_session_end(s, "the router could not be asked");
	else if (s && s->state == OOB_ASKING && !s->keyed)
		oob_session_key(s, 0);
}

// Some MUDs tell their port among their services only.
static uint16_t port_of(const struct roster_mud *m)
{
	const struct value *services = value_get(&m->facts, "services");
	const struct value *port = value_get(&m->facts, "tcp_port");
	const struct value *oob =
		services && services->type == VALUE_MAP ? value_get(services, "oob") : NULL;
	int64_t n = port ? heard_int(port) : 0;
	if (n <= 0)
		n = oob ? heard_int(oob) : 0;
	return n > 0 && n <= UINT16_MAX ? (uint16_t)n : 0;
}

static bool is_any(const char *host)
{
	return !*host || !strcmp(host, "0.0.0.0") || !strcmp(host, "::");
}

void oob_session_key(struct oob_session *s, int64_t key)
{
	struct oob *o = s->oob;
	const struct roster_mud *m = roster_mud(&s->office->identity->roster, span_str(s->mud));
	const struct value *host = m ? value_get(&m->facts, "host") : NULL;
	struct oob_wire_to to = {.port = m ? port_of(m) : 0, .attempt = s->peer->backoff.failures};
	if (!host || !value_text(host).n || !to.port) {
		oob_session_end(s, "the MUD has no port for out-of-band links");
		return;
	}
	s->key = key;
	char *name = span_dup(value_text(host));
	to.host = name;
	if (oob_is_ours(o, span_str(s->mud))) // routers may list an address we cannot dial
		to = (struct oob_wire_to){is_any(o->host) ? "127.0.0.1" : o->host, o->port, 0};
	oob_session_enter(s, OOB_DIALLING,
		OOB_DIALLING_MS + OOB_GREETING_MS); // the look-up has no end of its own
	s->wire = oob_wire_dial(o, s, &to);
	free(name);
}

static void send_begin(struct oob_session *s)
{
	struct value packet =
		VALUE_LIST(value_str("oob-begin"), value_str(s->office->identity->name),
			value_int(s->peer && s->keyed), value_int(s->peer ? s->key : 0));
	oob_session_send(s, &packet);
}

void oob_session_opened(struct oob_session *s)
{
	oob_session_enter(s, OOB_GREETING, OOB_GREETING_MS);
	send_begin(s);
}

void oob_hear_greeting(struct oob_session *s, struct span type)
{
	if (!span_is(type, "oob-begin")) {
		oob_session_end(s, "the MUD did not greet us");
		return;
	}
	log_info("oob_begin", log_id("link", s->id), log_str("mud", s->mud),
		log_str("with", s->office->identity->name));
	s->wire->ops->trust(s->wire);
	oob_session_turn(s);
}

// --- who dials us ---

static bool same_address(const char *a, const char *b)
{
	unsigned char x[sizeof(struct in6_addr)], y[sizeof(struct in6_addr)];
	if (inet_pton(AF_INET, a, x) == 1 && inet_pton(AF_INET, b, y) == 1)
		return memcmp(x, y, sizeof(struct in_addr)) == 0;
	return inet_pton(AF_INET6, a, x) == 1 && inet_pton(AF_INET6, b, y) == 1 &&
	       memcmp(x, y, sizeof x) == 0;
}

static bool is_loopback(const char *a)
{
	struct in_addr v4;
	return (inet_pton(AF_INET, a, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127) ||
	       strcmp(a, "::1") == 0;
}

// Our own identities dial our listener where it is, not where a router says they are.
const char *oob_check(struct oob_session *s, const struct oob_key *k)
{
	const struct roster_mud *m = roster_mud(&k->identity->roster, span_str(k->mud));
	const struct value *host = m ? value_get(&m->facts, "host") : NULL;
	if (!oob_config(s->oob)->oob.check_address)
		return k->number ? NULL : "a link without a key";
	if (oob_is_ours(s->oob, span_str(k->mud)) &&
		(is_loopback(s->address) || same_address(s->address, s->oob->host)))
		return NULL;
	char *listed = host ? span_dup(value_text(host)) : NULL;
	bool same = listed && same_address(s->address, listed);
	free(listed);
	return same ? NULL : "not from the address of that MUD";
}

static const char *let_in(struct oob_session *s, const struct value *v)
{
	struct span mud = value_text(value_at(v, 1));
	const struct value *kind = value_at(v, 2), *number = value_at(v, 3);
	if (!span_is(value_text(value_at(v, 0)), "oob-begin") || v->n < BEGIN_ELEMENTS || !mud.n ||
		!value_is_int(kind) || !value_is_int(number))
		return "the first packet is no oob-begin";
	bool keyed = kind->i == BEGIN_KEYED;
	if (keyed ? number->i <= 0 : kind->i != 0)
		return "unknown kind of key";
	struct oob_key *k = oob_keys_find(&s->oob->keys, mud, keyed ? number->i : 0, clock_ms());
	if (!k)
		return keyed ? "wrong key" : "not announced";
	const char *why = oob_check(s, k);
	if (why)
		return why;
	s->office = oob_office_of(s->oob, k->identity);
	s->mud = mem_str(k->mud);
	oob_keys_spend(k);
	return NULL;
}

void oob_hear_first(struct oob_session *s, const struct value *v)
{
	const char *why = let_in(s, v);
	if (why) {
		oob_session_refuse(s, "not-allowed", why);
		oob_session_end(s, why);
		return;
	}
	log_info("oob_begin", log_id("link", s->id), log_str("mud", s->mud),
		log_str("with", s->office->identity->name), log_str("from", s->address));
	s->wire->ops->trust(s->wire);
	send_begin(s);
	oob_session_enter(s, OOB_THEIRS, OOB_IDLE_MS);
}
