// SPDX-License-Identifier: MIT
// channel-t: an emote on a channel aimed at somebody.  6 channel, 7 and 8 the target's mud and user,
// 9 text for the others, 10 text for the target, 11 and 12 the visnames of both: $N and $O.
#include "hub/emote.h"
#include "i3/service.h"
#include "i3/talk.h"

// People of our own MUD are named without it.
static struct span person(struct i3_link *l, struct span visname, struct span mud)
{
	struct span name = outgoing_name(l, visname);
	if (span_caseeq(mud, our_name(l)))
		return name;
	return arena_join(&l->arena, arena_join(&l->arena, name, SPAN("@")), outgoing_name(l, mud));
}

static struct span filled(struct i3_link *l, const struct packet *p, size_t i)
{
	struct span text = utf8_cut(heard_text(l, p, i), TEXT_MESSAGE_MAX);
	struct emote_names names = {.by = person(l, packet_text(p, 11), p->originator_mud),
		.to = person(l, packet_text(p, 12), packet_text(p, 7)),
		.aimed = true};
	return utf8_cut(emote_fill(&l->arena, text, &names), TEXT_MESSAGE_MAX);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	bool ours = span_caseeq(packet_text(p, 7), our_name(l));
	talk_hear_channel(l, p,
		&(struct talk_line){.event = EVENT_CHANNEL_EMOTE,
			.visname = packet_text(p, 11),
			.text = filled(l, p, ours ? 10 : 9),
			.target_mud = packet_text(p, 7),
			.target_user = packet_text(p, 8),
			.text_others = filled(l, p, 9)});
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	struct span mud = i->target_mud, user = i->target_user, others = i->text_others;
	struct span channel = i->channel, text = i->text;
	if (!outgoing_fits(l, &mud, TEXT_MUD_MAX) || !outgoing_fits(l, &user, TEXT_USER_MAX) ||
		!outgoing_fits(l, &channel, CHANNEL_NAME_MAX) ||
		!outgoing_fits(l, &others, TEXT_MESSAGE_MAX) ||
		!outgoing_fits(l, &text, TEXT_MESSAGE_MAX))
		return SENT_TOO_BIG;
	struct span by = outgoing_name(l, i->visname), to = outgoing_name(l, i->target_visname);
	return outgoing_send(
		l, &(struct outgoing){.type = "channel-t",
			   .from_user = i->from_user,
			   .body = {value_span(channel), value_span(outgoing_mud(l, mud)),
				   value_span(text_lower(&l->arena, user)), value_span(others),
				   value_span(text),
				   value_span(by.n ? by : outgoing_name(l, i->from_user)),
				   value_span(to.n ? to : user)},
			   .n = 7});
}

const struct service service_channel_t = {
	.type = "channel-t",
	.elements = 13,
	.offered = OFFERED(channel),
	.hear = hear,
	.intent = INTENT_CHANNEL_TARGET,
	.submit = submit,
};
