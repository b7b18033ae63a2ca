// SPDX-License-Identifier: MIT
#include "i3/request.h"
#include "i3/service.h"

enum { NOWHERE = 0xffff }; // an element no packet has

// Where a packet that is quoted says what was asked.  What names no MUD was asked of the router.
static const struct asked_in {
	const char *type;
	enum answer_kind kind;
	uint16_t mud, user;
} requests[] = {
	{"auth-mud-req", ANSWER_AUTH, 4, NOWHERE},
	{"chan-adminlist", ANSWER_CHANNEL_ADMINS, NOWHERE, 6},
	{"chan-user-req", ANSWER_CHANNEL_USER, 4, 6},
	{"chan-who-req", ANSWER_CHANNEL, 4, 6},
	{"channel-add", ANSWER_CHANNEL_ADD, NOWHERE, 6},
	{"channel-admin", ANSWER_CHANNEL_ADMIN, NOWHERE, 6},
	{"channel-remove", ANSWER_CHANNEL_REMOVE, NOWHERE, 6},
	{"finger-req", ANSWER_FINGER, 4, 6},
	{"ping-req", ANSWER_PING, 4, NOWHERE},
	{"who-req", ANSWER_WHO, 4, NOWHERE},
};

enum sent request_send(struct i3_link *l, const struct answer_key *key, const struct outgoing *o)
{
	struct asked_by by = {{key->kind, outgoing_mud(l, key->mud), key->user}, {0}};
	asked_put(&l->asked, &by, clock_ms()); // the router in this process answers at once
	return outgoing_send(l, o);
}

enum sent request_channel(
	struct i3_link *l, enum answer_kind kind, const struct intent *i, struct outgoing *o)
{
	struct span channel = i->channel;
	if (!outgoing_fits(l, &channel, CHANNEL_NAME_MAX))
		return SENT_TOO_BIG;
	o->mud = span_str(l->router);
	o->body[0] = value_span(channel);
	return request_send(l, &(struct answer_key){.kind = kind, .user = channel}, o);
}

bool request_done(struct i3_link *l, const struct answer_key *key, uint64_t *ms)
{
	return asked_done(&l->asked, key, clock_ms(), ms);
}

void request_answer(struct i3_link *l, const struct answer_key *key, const struct value_list *pairs)
{
	struct value map = value_list_map(pairs);
	answers_put(&l->identity->answers, key, &map, clock_ms());
}

// A MUD may refuse what it was asked itself, the router everything.  A quote is its sender's word.
static bool may_refuse(const struct i3_link *l, const struct packet *error, struct span asked)
{
	return from_router(l, error) || (asked.n && span_caseeq(error->originator_mud, asked));
}

// Some routers quote nothing, but their words name the channel.
static bool key_of(struct i3_link *l, const struct packet *error, struct answer_key *key)
{
	const struct value *packet = value_at(error->all, 8);
	struct span type = value_text(value_at(packet, 0));
	for (size_t i = 0; i < countof(requests); i++) {
		const struct asked_in *in = &requests[i];
		if (!span_is(type, in->type))
			continue;
		*key = (struct answer_key){in->kind, value_text(value_at(packet, in->mud)),
			value_text(value_at(packet, in->user))};
		return may_refuse(l, error, key->mud);
	}
	const struct question *q =
		type.n || !from_router(l, error)
			? NULL
			: asked_named(&l->asked, packet_text(error, 7), clock_ms());
	if (q)
		*key = (struct answer_key){
			.kind = q->kind, .user = arena_span(&l->arena, span_str(q->user))};
	return q;
}

struct value_list request_refusal(struct i3_link *l, struct span code, struct span words)
{
	struct value_list answer = {.arena = &l->arena};
	value_pair(&answer, "status", value_str(ANSWER_REFUSED));
	event_name(l, &answer, "error_code", code);
	event_text(l, &answer, "error_message", words);
	return answer;
}

// What who and channel_who ask is not kept: their replies say all there is to know.
static bool is_asked(struct i3_link *l, const struct answer_key *key)
{
	uint64_t ms;
	return key->kind == ANSWER_WHO || key->kind == ANSWER_CHANNEL || request_done(l, key, &ms);
}

bool request_refused(struct i3_link *l, const struct packet *error)
{
	struct answer_key key;
	if (span_is(packet_text(error, 6), "warning") || !key_of(l, error, &key) ||
		!is_asked(l, &key))
		return false;
	struct value_list answer = request_refusal(l, packet_text(error, 6), packet_text(error, 7));
	if (key.kind == ANSWER_PING) // who does not know the question is there all the same
		value_pair(
			&answer, "alive", value_bool(span_caseeq(error->originator_mud, key.mud)));
	request_answer(l, &key, &answer);
	return true;
}
