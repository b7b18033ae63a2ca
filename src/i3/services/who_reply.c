// SPDX-License-Identifier: MIT
// who-reply: 6 array of ({visname, idle, extra}).  What exists of an entry is shown.
// Many MUDs begin the extra text with "Level N - ".
#include "i3/service.h"

static struct value level_of(struct span extra)
{
	struct span level = SPAN("Level ");
	uint64_t n;
	if (!span_starts(extra, level))
		return value_null();
	span_take(&extra, level.n);
	struct span digits = span_until(extra, ' ');
	span_take(&extra, digits.n);
	if (!span_starts(extra, SPAN(" - ")) || !span_uint(digits, INT64_MAX, &n))
		return value_null();
	return value_int((int64_t)n);
}

static struct value user_of(struct i3_link *l, const struct value *entry, size_t *bytes)
{
	struct span name = heard_span(l, value_text(value_at(entry, 0)));
	struct span extra = heard_span(l, value_text(value_at(entry, 2)));
	struct value_list user = {.arena = &l->arena};
	*bytes += name.n + extra.n;
	value_pair(&user, "name", value_span(name));
	value_pair(&user, "idle", value_int(heard_int(value_at(entry, 1))));
	value_pair(&user, "level", level_of(extra));
	value_pair(&user, "extra", value_span(extra));
	return value_list_map(&user);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	const struct value *who = value_at(p->all, 6);
	struct value_list users = {.arena = &l->arena};
	size_t n = who->type == VALUE_ARRAY ? min_size(who->n, HEARD_USERS_MAX) : 0, bytes = 0;
	for (size_t i = 0; i < n && bytes < HEARD_USERS_BYTES; i++)
		if (who->at[i].type == VALUE_ARRAY)
			value_push(&users, user_of(l, &who->at[i], &bytes));
	struct value all = value_list_array(&users);
	struct value_list params = event_new(l, p);
	value_pair(&params, "users", all);
	event_publish(l, EVENT_WHO_REPLY, &params);
	answers_put(&l->identity->answers,
		&(struct answer_key){.kind = ANSWER_WHO, .mud = p->originator_mud}, &all,
		clock_ms());
}

const struct service service_who_reply = {
	.type = "who-reply",
	.elements = 7,
	.hear = hear,
};
