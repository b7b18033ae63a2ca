// SPDX-License-Identifier: MIT
// finger-req: what is known of a player.  6: user.  Reply: 6 visname, 7 title, 8 real name,
// 9 e-mail, 10 login or logout time, 11 idle, 12 address, 13 level, 14 extra.
#include "i3/service.h"

enum {
	FIELD_MAX = 256,
	EXTRA_MAX = 2500, // with all the others, every letter escaped, it still fits one packet
};

static struct value extra_of(struct i3_link *l, const struct value *user)
{
	struct buf text = {0};
	struct span race = user_field(user, "race"), guild = user_field(user, "guild");
	struct span at = user_field(user, "location");
	if (race.n)
		buf_printf(&text, "race: %.*s, ", (int)race.n, race.p);
	if (guild.n)
		buf_printf(&text, "guild: %.*s, ", (int)guild.n, guild.p);
	if (at.n)
		buf_printf(&text, "location: %.*s, ", (int)at.n, at.p);
	struct span kept = arena_span(&l->arena, buf_bytes(&text));
	buf_fini(&text);
	return kept.n ? value_span(span_of(kept.p, kept.n - 2)) : value_int(0);
}

static struct value login_time(struct i3_link *l, const struct value *user)
{
	char text[CLOCK_TEXT_BYTES];
	const struct value *v = value_get(user, "login_time");
	if (!v || (v->type != VALUE_INT && v->type != VALUE_FLOAT))
		return v ? packet_name(inquiry_text(l, user, "login_time", FIELD_MAX))
			 : value_int(0);
	double seconds = v->type == VALUE_INT ? (double)v->i : v->f;
	if (!(seconds > 0 && seconds < 32503680000.0)) // the year 3000, as presence has it
		return value_int(0);
	clock_text((uint64_t)(seconds * 1000000), text);
	return value_span(arena_span(&l->arena, span_of(text, 19)));
}

static enum sent from_presence(struct i3_link *l, const struct packet *p)
{
	const struct value *user = user_asked_for(l, p);
	if (!user)
		return answer_absent(l, p);
	return answer_send(l, p, "finger-reply",
		(const struct value[]){value_span(user_field(user, "name")),
			packet_name(user_field(user, "title")), value_int(0), value_int(0),
			login_time(l, user), value_int(user_number(user, "idle")), value_int(0),
			user_level(l, user), extra_of(l, user)},
		9);
}

static struct value said(struct i3_link *l, const struct value *user, const char *key)
{
	return packet_name(inquiry_text(l, user, key, FIELD_MAX));
}

// The MUD says {found, and what finger_reply calls user_info}.
static enum sent answer(struct i3_link *l, const struct packet *p, const struct value *says)
{
	const struct value *user = says ? value_get(says, "user_info") : NULL;
	if (!says)
		return from_presence(l, p);
	if (!user)
		return answer_absent(l, p);
	struct span name = inquiry_name(l, user, "name");
	const struct value *level = value_get(user, "level");
	bool number = level && level->type == VALUE_INT;
	return answer_send(l, p, "finger-reply",
		(const struct value[]){
			value_span(name.n ? name : outgoing_name(l, packet_text(p, 6))),
			said(l, user, "title"), said(l, user, "real_name"), said(l, user, "email"),
			login_time(l, user), value_int(user_number(user, "idle_time")),
			said(l, user, "ip_address"),
			number ? user_level(l, user) : said(l, user, "level"),
			packet_name(inquiry_text(l, user, "extra", EXTRA_MAX))},
		9);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	if (p->target_mud.n)
		inquiry_hear(l, p, &(struct inquiry_about){QUERY_FINGER, "user"}, answer);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return outgoing_ask(l, i, &(struct outgoing_question){ANSWER_FINGER, "finger-req"});
}

const struct service service_finger_req = {
	.type = "finger-req",
	.elements = 7,
	.advertise = "finger",
	.offered = OFFERED(finger),
	.hear = hear,
	.intent = INTENT_FINGER,
	.submit = submit,
};
