// SPDX-License-Identifier: MIT
// GMCP: messages as in proto/gmcp.h, whose names are the same in any case.  Core is between the
// client and the gate; all else is the game's.
#include "proto/gmcp.h"
#include "base/log.h"
#include "edge/telnet_priv.h"
#include "edge/telnet_supports.h"
#include "proto/json.h"

static bool read_json(struct telnet *t, struct span text, struct value *v)
{
	arena_clear(&t->all->arena);
	*v = value_null();
	return !text.n || json_read_copy(&t->all->arena, text, v);
}

static void hello(struct telnet *t, const struct value *v)
{
	const struct value *client = value_get(v, "client"), *version = value_get(v, "version");
	if (client)
		telnet_know(t, ABOUT_CLIENT, value_text(client));
	if (version)
		telnet_know(t, ABOUT_VERSION, value_text(version));
}

// → it was for us.
static bool take_core(struct telnet *t, struct span package, const struct value *v)
{
	if (span_caseeq(package, SPAN("Core.Ping")))
		telnet_sub(t, TELNET_OPT_GMCP, SPAN("Core.Ping"));
	else if (span_caseeq(package, SPAN("Core.Hello")))
		hello(t, v);
	else if (span_caseeq(package, SPAN("Core.Supports.Set")))
		telnet_supports(t, v, SUPPORTS_SET);
	else if (span_caseeq(package, SPAN("Core.Supports.Add")))
		telnet_supports(t, v, SUPPORTS_ADD);
	else if (span_caseeq(package, SPAN("Core.Supports.Remove")))
		telnet_supports(t, v, SUPPORTS_REMOVE);
	else
		return span_caseeq(package, SPAN("Core.KeepAlive"));
	return true;
}

static void on_sub(struct telnet *t, struct span says)
{
	struct span package = span_until(says, ' ');
	struct span json = span_trim(span_of(says.p + package.n, says.n - package.n));
	struct value v;
	telnet_spend(t);
	if (!gmcp_is_package(package) || !read_json(t, json, &v)) {
		log_debug("gmcp_bad", log_id("conn", conn_id(t->conn)));
		return;
	}
	if (!take_core(t, package, &v))
		t->terminal.events->oob(t->terminal.player, package, json);
}

const struct telnet_option_kind telnet_GMCP = {.on_sub = on_sub};
