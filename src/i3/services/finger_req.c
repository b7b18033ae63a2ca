// SPDX-License-Identifier: MIT
// finger-req: what is known of a player.  6: user.
#include "i3/service.h"

static struct value text_or_0(struct span s)
{
	return s.n ? value_span(s) : value_int(0);
}

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
		return v ? text_or_0(value_text(v)) : value_int(0);
	double seconds = v->type == VALUE_INT ? (double)v->i : v->f;
	if (!(seconds > 0 && seconds < 32503680000.0)) // the year 3000, as presence has it
		return value_int(0);
	clock_text((uint64_t)(seconds * 1000000), text);
	return value_span(arena_span(&l->arena, span_of(text, 19)));
}

static void hear(struct i3_link *l, const struct packet *p)
{
	const struct value *user = user_asked_for(l, p);
	if (!user)
		return;
	answer_send(l, p, "finger-reply",
		(const struct value[]){value_span(user_field(user, "name")),
			text_or_0(user_field(user, "title")), value_int(0), value_int(0),
			login_time(l, user), value_int(user_number(user, "idle")), value_int(0),
			user_level(l, user), extra_of(l, user)},
		9);
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
