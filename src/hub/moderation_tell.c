// SPDX-License-Identifier: MIT
// How a rule looks to people, and the events about rules.
#include "hub/moderation_priv.h"

static struct value name_or_any(struct span name)
{
	return name.n ? value_span(name) : value_str("*");
}

const char *moderation_word(enum moderation_kind kind)
{
	static const char *const words[] = {"mute", "ban", "word", "off"};
	return words[kind];
}

struct value moderation_value(const struct moderation_rule *r, struct arena *arena)
{
	const struct moderation_spec *s = &r->spec;
	struct value_list v = {.arena = arena};
	value_pair(&v, "id", value_int((int64_t)r->id));
	value_pair(&v, "kind", value_str(moderation_word(s->kind)));
	value_pair(&v, "scope", name_or_any(s->scope));
	if (s->kind == MODERATION_WORD) {
		value_pair(&v, "pattern", value_span(s->pattern));
		value_pair(&v, "regex", value_bool(s->regex));
		value_pair(&v, "action", value_str(s->drop ? "drop" : "mask"));
	} else if (s->kind != MODERATION_OFF) {
		value_pair(&v, "user", name_or_any(s->user));
		value_pair(&v, "mud", name_or_any(s->mud));
	}
	value_pair(&v, "until", value_int((int64_t)s->until_s));
	value_pair(&v, "reason", value_span(s->reason));
	value_pair(&v, "by", value_span(s->by));
	value_pair(&v, "created", value_int((int64_t)r->created_s));
	return value_list_map(&v);
}

static void tell(struct moderation *m, const struct moderation_rule *r, struct message *message)
{
	list_each(it, &m->hub->identities)
	{
		struct identity *i = container_of(it, struct identity, in_hub);
		if (moderation_is_for(r, i))
			identity_publish(i, message, NULL);
	}
}

static void tell_rule(struct moderation *m, const struct moderation_rule *r, const char *change,
	struct value rule)
{
	struct value pairs[] = {value_str("change"), value_str(change), value_str("rule"), rule};
	struct value params = value_map(pairs, countof(pairs) / 2);
	tell(m, r, &(struct message){.event = EVENT_MODERATION_CHANGED, .params = &params});
}

void moderation_tell_change(
	struct moderation *m, const struct moderation_rule *r, const char *change)
{
	struct arena arena = {0};
	tell_rule(m, r, change, moderation_value(r, &arena));
	arena_fini(&arena);
}

// Of a rule that is gone only the number is known: the store keeps what was to be forgotten.
void moderation_lost(struct moderation *m, uint64_t id)
{
	const struct moderation_rule *r = moderation_find(m, id), gone = {.id = id};
	struct value number[] = {value_str("id"), value_int((int64_t)id)};
	if (r)
		moderation_tell_change(m, r, "not_kept");
	else
		tell_rule(m, &gone, "not_kept", value_map(number, 1));
}

// Each identity by itself: one that is off while the gateway comes back on stays off.
void moderation_tell_switched(struct moderation *m, const struct moderation_rule *r, struct span by)
{
	list_each(it, &m->hub->identities)
	{
		struct identity *i = container_of(it, struct identity, in_hub);
		struct arena arena = {0};
		struct value_list v = {.arena = &arena};
		const struct moderation_rule *off = moderation_off(m, i);
		value_pair(&v, "on", value_bool(!off));
		value_pair(&v, "reason", value_span(off ? off->spec.reason : r->spec.reason));
		value_pair(&v, "by", value_span(by));
		struct value params = value_list_map(&v);
		struct message message = {.event = EVENT_NETWORK_SWITCHED, .params = &params};
		if (moderation_is_for(r, i))
			identity_publish(i, &message, NULL);
		arena_fini(&arena);
	}
}
