// SPDX-License-Identifier: MIT
// A MUD's record as routers tell it each other: a mapping with a key for everything, where a mudlist
// has an array.  Times say whether it is there: connect_time is 0 when it is not.
#include "base/clock.h"
#include "i3/router/irn.h"

static const struct {
	const char *key;
	size_t at;
	bool is_text;
} fields[] = {
	{"player_port", RECORD_PLAYER_PORT, false},
	{"imud_tcp_port", RECORD_PLAYER_PORT + 1, false},
	{"imud_udp_port", RECORD_PLAYER_PORT + 2, false},
	{"mudlib", RECORD_DRIVER - 2, true},
	{"base_mudlib", RECORD_DRIVER - 1, true},
	{"driver", RECORD_DRIVER, true},
	{"mud_type", RECORD_DRIVER + 1, true},
	{"open_status", RECORD_DRIVER + 2, true},
	{"admin_email", RECORD_EMAIL, true},
};

// --- out ---

struct value irn_record_of(struct router *r, const struct router_mud *m, bool trusted)
{
	struct value_list v = {.arena = &r->arena};
	struct value list = router_mud_record(r, m, false);
	bool up = m->state == ROUTER_MUD_UP;
	int64_t since = (int64_t)m->since_s;
	if (list.type != VALUE_ARRAY)
		return value_int(0);
	value_pair(&v, "name", value_str(m->name));
	value_pair(&v, "ip", list.at[RECORD_ADDRESS]);
	value_pair(&v, "connect_time", value_int(up ? since : 0));
	value_pair(&v, "disconnect_time", value_int(up ? 0 : since));
	value_pair(&v, "password", value_int(trusted ? m->password : 0));
	value_pair(&v, "old_mudlist_id", value_int(0));
	value_pair(&v, "old_chanlist_id", value_int(0));
	for (size_t i = 0; i < countof(fields); i++)
		value_pair(&v, fields[i].key, list.at[fields[i].at]);
	value_pair(&v, "services", list.at[RECORD_SERVICES]);
	value_pair(&v, "other_data", list.at[RECORD_OTHER]);
	value_pair(&v, "restart_delay", value_int(m->state));
	value_pair(&v, "router", value_str(r->name));
	value_pair(&v, "protocol", value_int(m->protocol));
	return value_list_map(&v);
}

// --- in ---

static struct value get(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);
	return v ? *v : value_int(0);
}

static int64_t int_of(const struct value *map, const char *key, int64_t most)
{
	struct value v = get(map, key);
	return value_is_int(&v) && v.i > 0 && v.i <= most ? v.i : 0;
}

// A MUD without an address others can use is where its router is.
static void read_address(struct irn_claim *c, struct span ip)
{
	bool is_good = ip.n && ip.n < sizeof c->address && !span_starts(ip, SPAN("0.0.0.0")) &&
		       !span_starts(ip, SPAN("127.")) && !span_starts(ip, SPAN("::"));
	for (size_t i = 0; i < ip.n && is_good; i++)
		is_good = strchr("0123456789abcdefABCDEF.:", ip.p[i]) != NULL;
	if (!is_good) {
		irn_link_address(c->link, c->address);
		return;
	}
	memcpy(c->address, ip.p, ip.n);
	c->address[ip.n] = '\0';
}

static void read_state(struct irn_claim *c, const struct value *map)
{
	const struct value *connected = value_get(map, "connect_time");
	struct value delay = get(map, "restart_delay");
	int64_t down = value_is_int(&delay) && delay.i > 0 ? delay.i : ROUTER_MUD_DOWN;
	bool up = connected && value_is_int(connected)
			  ? connected->i > 0
			  : value_is_int(&delay) && delay.i == ROUTER_MUD_UP;
	c->state = up ? ROUTER_MUD_UP : down;
	// Who came last has a name: nobody comes from the future to have it for ever.
	int64_t latest = (int64_t)(clock_wall_us() / 1000000) + IRN_AHEAD_S;
	c->since_s = int_of(map, up ? "connect_time" : "disconnect_time", latest);
}

static void read_record(struct irn_claim *c, const struct value *map)
{
	enum { PORT_MAX = 65535 };
	struct value services = get(map, "services"), other = get(map, "other_data");
	for (size_t i = 0; i < RECORD_SIZE; i++)
		c->record[i] = value_int(0);
	for (size_t i = 0; i < countof(fields); i++) {
		struct value v = get(map, fields[i].key);
		c->record[fields[i].at] = fields[i].is_text
						  ? value_span(value_text(&v))
						  : value_int(int_of(map, fields[i].key, PORT_MAX));
	}
	c->record[RECORD_SERVICES] = services.type == VALUE_MAP ? services : value_map(NULL, 0);
	c->record[RECORD_OTHER] = other.type == VALUE_MAP ? other : value_int(0);
}

// NULL, or why it is not believed.
const char *irn_claim_read(struct irn_claim *c, const struct value *map)
{
	const struct irn_peer *p = c->link->peer;
	struct value name = get(map, "name"), router = get(map, "router"), ip = get(map, "ip");
	if (value_is_str(&name) && !span_caseeq(value_text(&name), c->name))
		return "its name and its key differ";
	if (value_is_str(&router) && !span_caseeq(value_text(&router), span_str(p->name)))
		return "a MUD of another router";
	read_address(c, value_text(&ip));
	read_state(c, map);
	read_record(c, map);
	c->password = p->trusted ? int_of(map, "password", INT32_MAX) : 0;
	c->protocol = int_of(map, "protocol", 3);
	if (!c->protocol)
		c->protocol = int_of(map, "version", 3);
	return router_startup_bad_record(p->irn->router, c->record);
}
