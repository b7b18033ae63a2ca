// SPDX-License-Identifier: MIT
// Reading startup-req-1, -2 and -3: shape, names that can be, and the record that comes of it.
#include "i3/router/router_priv.h"

enum {
	PROTOCOL_MAX = 3,
	STARTUP_SIZE = 20,
	STARTUP_SIZE_OLD = 18, // without e-mail address and other data
	PORT_MAX = 65535,
};

enum { // elements of startup-req
	STARTUP_PASSWORD = PACKET_HEADER,
	STARTUP_MUDLIST_ID,
	STARTUP_CHANLIST_ID,
	STARTUP_PLAYER_PORT,
	STARTUP_MUDLIB = 12,
	STARTUP_OPEN_STATUS = 16,
	STARTUP_EMAIL,
	STARTUP_SERVICES_OLD = 17,
	STARTUP_SERVICES,
	STARTUP_OTHER,
};

static bool are_ints(const struct value *v, size_t from, size_t to)
{
	for (size_t i = from; i <= to; i++)
		if (!value_is_int(value_at(v, i)))
			return false;
	return true;
}

static bool is_absent(const struct value *v)
{
	return value_is_int(v) && v->i == 0;
}

static bool are_texts(const struct value *v, size_t from, size_t to)
{
	for (size_t i = from; i <= to; i++)
		if (!value_is_str(value_at(v, i)) && !is_absent(value_at(v, i)))
			return false;
	return true;
}

static bool is_map(const struct value *v)
{
	return v->type == VALUE_MAP || is_absent(v);
}

static bool is_deeper(const struct value *v, int most)
{
	if (v->type != VALUE_ARRAY && v->type != VALUE_MAP)
		return false;
	if (most == 0)
		return true;
	size_t n = v->type == VALUE_MAP ? 2 * (size_t)v->n : v->n;
	for (size_t i = 0; i < n; i++)
		if (is_deeper(&v->at[i], most - 1))
			return true;
	return false;
}

static int64_t port_of(const struct value *v)
{
	return v->i < 0 || v->i > PORT_MAX ? 0 : v->i;
}

static void fill_record(struct router_startup *s)
{
	const struct value *v = s->packet->all;
	struct value *record = s->record;
	record[RECORD_STATE] = record[RECORD_ADDRESS] = value_int(0);
	for (size_t i = 0; i < 3; i++)
		record[RECORD_PLAYER_PORT + i] =
			value_int(port_of(value_at(v, STARTUP_PLAYER_PORT + i)));
	size_t last = s->old_layout ? STARTUP_OPEN_STATUS : STARTUP_EMAIL;
	record[RECORD_EMAIL] = value_str("");
	for (size_t i = STARTUP_MUDLIB; i <= last; i++)
		record[i - STARTUP_MUDLIB + RECORD_PLAYER_PORT + 3] =
			value_span(value_text(value_at(v, i)));
	record[RECORD_SERVICES] =
		*value_at(v, s->old_layout ? STARTUP_SERVICES_OLD : STARTUP_SERVICES);
	record[RECORD_OTHER] = s->old_layout ? value_int(0) : *value_at(v, STARTUP_OTHER);
	if (record[RECORD_SERVICES].type != VALUE_MAP)
		record[RECORD_SERVICES] = value_map(NULL, 0);
}

const char *router_startup_bad_record(struct router *r, const struct value record[RECORD_SIZE])
{
	struct value all = value_array(record, RECORD_SIZE);
	if (is_deeper(&all, ROUTER_RECORD_DEPTH_MAX) ||
		router_text_bytes(r, &all) > ROUTER_RECORD_MAX)
		return "services and other data are too large";
	return NULL;
}

// Protocols 1 and 2 exist in both layouts; which it is, the size says.
static const char *read_startup(struct router *r, struct router_startup *s)
{
	const struct value *v = s->packet->all;
	s->old_layout = v->n == STARTUP_SIZE_OLD;
	if (v->n != STARTUP_SIZE && (!s->old_layout || s->protocol == PROTOCOL_MAX))
		return "this start-up packet has 20 elements";
	if (!are_ints(v, STARTUP_PASSWORD, STARTUP_MUDLIB - 1))
		return "password, list ids and ports are integers";
	if (!are_texts(v, STARTUP_MUDLIB, s->old_layout ? STARTUP_OPEN_STATUS : STARTUP_EMAIL))
		return "mudlib to admin_email are strings";
	fill_record(s);
	s->password = value_at(v, STARTUP_PASSWORD)->i;
	s->mudlist_id = value_at(v, STARTUP_MUDLIST_ID)->i;
	s->chanlist_id = value_at(v, STARTUP_CHANLIST_ID)->i;
	if (!is_map(value_at(v, s->old_layout ? STARTUP_SERVICES_OLD : STARTUP_SERVICES)) ||
		!is_map(&s->record[RECORD_OTHER]))
		return "services and other data are mappings";
	return router_startup_bad_record(r, s->record);
}

static bool is_template(struct span name)
{
	static const char *const names[] = {"DeadSoulsWin", "DeadSoulsNew", "Your Mud's Name Here",
		"Your Muds Name"}; // nobody changed the sample file
	for (size_t i = 0; i < countof(names); i++)
		if (span_caseeq(name, span_str(names[i])))
			return true;
	return false;
}

static uint32_t next_point(struct span *s)
{
	unsigned char first = (unsigned char)s->p[0];
	size_t n = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	struct span c = span_take(s, min_size(n, s->n));
	uint32_t point = n == 1 ? first : first & (0xffU >> (n + 1));
	for (size_t i = 1; i < c.n; i++)
		point = point << 6 | ((unsigned char)c.p[i] & 0x3f);
	return point;
}

// C1 controls, blanks, soft hyphens, fillers, zero-width, direction and variation marks, tags.
bool router_name_has_unseen(struct span name)
{
	static const struct {
		uint32_t from, to;
	} unseen[] = {{0x80, 0xa0}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160},
		{0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f}, {0x2028, 0x202f},
		{0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
		{0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
		{0xe0000, 0xe0fff}};
	while (name.n) {
		uint32_t point = next_point(&name);
		for (size_t i = 0; i < countof(unseen); i++)
			if (point >= unseen[i].from && point <= unseen[i].to)
				return true;
	}
	return false;
}

const char *router_startup_bad_name(struct span name)
{
	if (name.n == 0 || name.n > ROUTER_NAME_MAX)
		return "a name has 1 to 64 bytes";
	if (name.p[0] == '*')
		return "names with an asterisk in front are routers";
	if (!span_eq(name, span_trim(name)))
		return "a name has no blanks at its ends";
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < ' ' || strchr("\"\\@\x7f", name.p[i]))
			return "a name has no control characters, quotes, backslashes or @";
	if (router_name_has_unseen(name))
		return "a name has no invisible characters";
	return is_template(name) ? "set the name of your MUD first" : NULL;
}

static int protocol_of(struct span type)
{
	struct span digits = type;
	uint64_t n;
	span_take(&digits, sizeof "startup-req-" - 1);
	return span_uint(digits, PROTOCOL_MAX, &n) && n ? (int)n : 0;
}

struct router_refusal router_startup_read(
	struct router *r, const struct packet *p, struct router_startup *s)
{
	struct span to = p->target_mud;
	*s = (struct router_startup){.packet = p};
	s->protocol = protocol_of(s->packet->type);
	s->name = s->packet->originator_mud;
	if (!s->protocol)
		return (struct router_refusal){
			"not-imp", "this router knows startup-req-1, -2 and -3"};
	const char *why = read_startup(r, s);
	if (why)
		return (struct router_refusal){"bad-pkt", why};
	if (to.n && !span_caseeq(to, span_str(r->name)))
		return (struct router_refusal){"unk-dst", "this is another router"};
	why = router_startup_bad_name(s->name);
	return why ? (struct router_refusal){"not-allowed", why} : (struct router_refusal){0};
}
