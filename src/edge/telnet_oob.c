// SPDX-License-Identifier: MIT
// Out-of-band messages of the game, by the option they are meant for: package "MSDP" is an object of
// variables, "ATCP" a string, all else is GMCP.  A message may be for thousands and be as large as a
// call of the API, so its bytes are made once and stand in all their outputs.
#include "edge/telnet_priv.h"
#include "proto/json.h"
#include "proto/msdp.h"

static bool read_json(struct telnet *t, struct span text, struct value *v)
{
	arena_clear(&t->all->arena);
	return json_read_copy(&t->all->arena, text, v);
}

static enum telnet_option option_of(struct span package)
{
	if (span_caseeq(package, SPAN("MSDP")))
		return TELNET_OPT_MSDP;
	return span_caseeq(package, SPAN("ATCP")) ? TELNET_OPT_ATCP : TELNET_OPT_GMCP;
}

static bool is_agreed(const struct telnet *t, enum telnet_option o)
{
	bool us = o != TELNET_OPT_ATCP && telnet_us(t, o);
	return us || (o != TELNET_OPT_MSDP && telnet_him(t, o));
}

static void put_gmcp(const struct oob *m, struct buf *says)
{
	buf_span(says, m->package);
	if (m->json.n)
		buf_char(says, ' ');
	buf_span(says, m->json);
}

// False: there is nothing to say.
static bool put(struct telnet *t, const struct oob *m, enum telnet_option o, struct buf *says)
{
	struct value v;
	if (o == TELNET_OPT_GMCP) {
		put_gmcp(m, says);
		return true;
	}
	if (!read_json(t, m->json, &v))
		return false;
	if (o == TELNET_OPT_ATCP)
		buf_span(says, value_text(&v));
	else
		msdp_put(says, &v);
	return says->n || o == TELNET_OPT_ATCP;
}

static void make(struct telnet *t, struct oob *m, enum telnet_option o)
{
	struct buf says = {0}, wire = {0};
	m->tried = true;
	if (put(t, m, o, &says)) {
		telnet_put_sub(&wire, telnet_number(o), buf_bytes(&says));
		m->made = blob_new(wire.n);
		blob_append(m->made, buf_bytes(&wire));
	}
	buf_fini(&says);
	buf_fini(&wire);
}

void telnet_oob(struct terminal *term, struct oob *m)
{
	struct telnet *t = telnet_of(term);
	enum telnet_option o = option_of(m->package);
	if (!is_agreed(t, o))
		return;
	if (!m->tried)
		make(t, m, o);
	if (m->made)
		telnet_share(t, m->made, 0, m->made->n);
}
