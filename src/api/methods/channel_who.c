// SPDX-License-Identifier: MIT
// Asks a MUD (or every MUD that is up and has channels) who listens.  Answers of the last half
// minute are given at once; others come as channel_who_reply events.
#include "api/api.h"
#include "api/moderate.h"
#include "base/clock.h"

enum { ASK_MAX = 16 }; // MUDs asked by one call: each is a packet, and routers count them

static void add_users(struct value_list *users, const struct value *names, const char *mud)
{
	for (size_t i = 0; i < names->n; i++) {
		struct value_list user = {.arena = users->arena};
		value_pair(&user, "name", names->at[i]);
		value_pair(&user, "mud", value_str(mud));
		value_push(users, value_list_map(&user));
	}
}

static bool has_channels(const struct roster_mud *m)
{
	const struct value *services = value_get(&m->facts, "services");
	return m->state == MUD_UP && services && value_get(services, "channel");
}

static bool is_target(const struct call *c, const struct roster_mud *m)
{
	struct span only = call_text(c, "target_mud");
	return only.n ? span_caseeq(span_str(m->name), only) : has_channels(m);
}

static struct answer_key key_of(const struct call *c, struct span mud)
{
	return (struct answer_key){ANSWER_CHANNEL, mud, call_text(c, "channel")};
}

static const struct value *known(const struct call *c, const struct roster_mud *m)
{
	struct answer_key key = key_of(c, span_str(m->name));
	const struct value *names = answers_find(&c->identity->answers, &key, clock_ms());
	return names && !answer_is_refusal(names) ? names : NULL;
}

// → how many were asked; *last is one of them.  False: nobody could be, or may be, not even from
// what is known.
static bool ask(struct call *c, int *asked, struct span *last)
{
	const struct map *muds = &c->identity->roster.muds;
	struct intent i = {.kind = INTENT_CHANNEL_WHO,
		.channel = call_text(c, "channel"),
		.from_user = call_text_or(c, "from_user", SPAN("*"))};
	if (!call_moderate(c, &i))
		return false;
	for (struct map_at at = map_first(muds); at.value && *asked < ASK_MAX; at = map_next(at)) {
		const struct roster_mud *m = at.value;
		i.target_mud = span_str(m->name);
		struct answer_key key = key_of(c, i.target_mud);
		if (!is_target(c, m) || known(c, m))
			continue;
		answers_drop(&c->identity->answers, &key);
		if (!call_send(c, &i))
			return *asked > 0; // those who were may answer
		++*asked;
		if (!known(c, m)) // a MUD in this process answers at once
			*last = i.target_mud;
	}
	return true;
}

static void put_known(struct call *c)
{
	struct value_list members = {.arena = c->arena}, users = {.arena = c->arena};
	const struct map *muds = &c->identity->roster.muds;
	int64_t missing = 0;
	for (struct map_at at = map_first(muds); at.value; at = map_next(at)) {
		const struct roster_mud *m = at.value;
		struct value_list row = {.arena = c->arena};
		const struct value *names = is_target(c, m) ? known(c, m) : NULL;
		missing += is_target(c, m) && !names;
		if (!names)
			continue;
		value_pair(&row, "mud", value_str(m->name));
		value_pair(&row, "users", value_copy(c->arena, names));
		value_push(&members, value_list_map(&row));
		add_users(&users, names, m->name);
	}
	call_put_text(c, "status", "success");
	call_put(c, "channel", value_span(call_text(c, "channel")));
	call_put(c, "members", value_list_array(&members));
	call_put(c, "users", value_list_array(&users));
	call_put(c, "count", value_int((int64_t)users.n));
	call_put(c, "asked", value_int(missing > ASK_MAX ? ASK_MAX : missing));
}

// answer: the refusal of the only MUD asked, or one of those that are known by now.
static void fill(struct call *c, const struct value *answer)
{
	if (!call_text(c, "target_mud").n || !call_refusal(c, answer)) {
		put_known(c);
		return;
	}
	call_put_reply(c, answer, "refused");
	call_put(c, "channel", value_span(call_text(c, "channel")));
}

// Of several MUDs nobody knows which will answer, so the whole time is waited for them.
static bool run(struct call *c)
{
	int asked = 0;
	struct span last = {0};
	if (!ask(c, &asked, &last))
		return false;
	struct answer_key key = key_of(c, asked == 1 ? last : (struct span){0});
	const struct value *refusal = answers_find(&c->identity->answers, &key, clock_ms());
	if (refusal || last.n == 0 || !call_wait(c, &key, fill, call_int_or(c, "wait", 0)))
		fill(c, refusal);
	return true;
}

const struct method method_channel_who = {
	.name = "channel_who",
	.says = "Who listens to a channel, MUD by MUD.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"target_mud", NULL, ARG_TEXT, false, 0, 64, "ask this MUD only"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who asks"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the answers here"}, {0}},
	.results = (const struct result_field
			[]){{"status", "string",
				    "\"success\"; with wait and target_mud perhaps \"refused\""},
		{"channel", "string", "the name"}, {"members", "array", "{mud, users[]}"},
		{"users", "array", "{name, mud}, the same the other way round"},
		{"count", "integer", "users"},
		{"asked", "integer",
			"MUDs that have not answered yet; they will as channel_who_reply events"},
		REFUSAL_RESULTS, {0}},
	.run = run,
};
