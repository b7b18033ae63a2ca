// SPDX-License-Identifier: MIT
// Out-of-band messages of the game, by the option they are meant for: package "MSDP" is an object of
// variables, "ATCP" a string, all else is GMCP.
#include "edge/telnet_priv.h"
#include "proto/json.h"
#include "proto/msdp.h"

static bool read_json(struct telnet *t, struct span text, struct value *v)
{
	arena_clear(&t->all->arena);
	return json_read_copy(&t->all->arena, text, v);
}

static void put_msdp(struct telnet *t, const struct value *v)
{
	struct buf says = {0};
	msdp_put(&says, v);
	if (says.n)
		telnet_sub(t, TELNET_OPT_MSDP, buf_bytes(&says));
	buf_fini(&says);
}

static void put_gmcp(struct telnet *t, struct span package, struct span json)
{
	struct buf says = {0};
	buf_span(&says, package);
	if (json.n)
		buf_char(&says, ' ');
	buf_span(&says, json);
	telnet_sub(t, TELNET_OPT_GMCP, buf_bytes(&says));
	buf_fini(&says);
}

void telnet_oob(struct telnet *t, struct span package, struct span json)
{
	struct value v;
	if (span_caseeq(package, SPAN("MSDP"))) {
		if (telnet_us(t, TELNET_OPT_MSDP) && read_json(t, json, &v))
			put_msdp(t, &v);
	} else if (span_caseeq(package, SPAN("ATCP"))) {
		if (telnet_him(t, TELNET_OPT_ATCP) && read_json(t, json, &v))
			telnet_sub(t, TELNET_OPT_ATCP, value_text(&v));
	} else if (telnet_us(t, TELNET_OPT_GMCP) || telnet_him(t, TELNET_OPT_GMCP)) {
		put_gmcp(t, package, json);
	}
}
