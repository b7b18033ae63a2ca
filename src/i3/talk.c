// SPDX-License-Identifier: MIT
#include "i3/talk.h"
#include "i3/service.h"

static struct span visname_or(struct i3_link *l, struct span visname, const struct packet *p)
{
	struct span name = heard_name(l, visname);
	return name.n ? name : heard_name(l, p->originator_user);
}

// Clients show an emote behind the name, as they were always given it; the token for the name that
// the network wants in front is taken off again.  Anywhere else it stays.
static struct span without_name(struct span emote)
{
	struct span token = SPAN("$N ");
	return span_starts(emote, token) ? span_of(emote.p + token.n, emote.n - token.n) : emote;
}

// --- one to one ---

void talk_hear(struct i3_link *l, const struct packet *p, enum event event)
{
	if (!p->target_user.n || !p->target_mud.n)
		return; // for the MUD itself: some use that as a keepalive
	if (!p->originator_user.n || !value_is_str(value_at(p->all, 7))) {
		answer_error(l, p, "bad-pkt", "it says nothing, or nobody says it");
		return;
	}
	if (!user_may_be_here(l, p, p->target_user))
		return;
	bool emote = event == EVENT_EMOTETO_RECEIVED;
	struct span text = heard_text(l, p, 7);
	if (emote)
		text = without_name(text);
	struct value_list params = event_new(l, p);
	value_pair(&params, "message", value_span(text));
	if (emote)
		value_pair(&params, "emote", value_span(text));
	value_pair(&params, "visname", value_span(visname_or(l, packet_text(p, 6), p)));
	event_publish(l, event, &params);
}

struct span talk_emote(struct i3_link *l, struct span text)
{
	return text_has(text, SPAN("$N")) ? text : text_join(&l->arena, SPAN("$N "), text);
}

static struct span visname_of(struct i3_link *l, const struct intent *i)
{
	struct span name = utf8_cut(text_clean_name(&l->arena, i->visname), TEXT_VISNAME_MAX);
	return name.n ? name : outgoing_name(l, i->from_user);
}

// An empty target would make it a broadcast.
enum sent talk_submit(struct i3_link *l, const struct intent *i, const char *type, struct span text)
{
	struct span user = i->target_user;
	if (!i->target_mud.n || !outgoing_fits(l, &user, TEXT_USER_MAX) ||
		!outgoing_fits(l, &text, TEXT_MESSAGE_MAX))
		return SENT_TOO_BIG;
	return outgoing_send(l, &(struct outgoing){.type = type,
					.from_user = i->from_user,
					.mud = i->target_mud,
					.user = text_lower(&l->arena, user),
					.body = {value_span(visname_of(l, i)), value_span(text)},
					.n = 2});
}

// --- channels ---

static void remember(const struct talk_line *line, struct channel *c, const struct message *m)
{
	channel_remember(c, &(struct channel_line){.seq = m->seq,
				    .wall_us = m->wall_us,
				    .emote = line->event == EVENT_CHANNEL_EMOTE,
				    .from_mud = line->from_mud,
				    .from_user = line->from_user,
				    .visname = line->visname,
				    .message = line->text});
}

static void put_target(struct i3_link *l, struct value_list *params, const struct talk_line *line)
{
	event_name(l, params, "target_mud", line->target_mud);
	event_name(l, params, "target_user", line->target_user);
	event_text(l, params, "message_others", line->text_others);
}

static void publish(struct i3_link *l, const struct talk_line *line, struct channel *c)
{
	bool emote = line->event == EVENT_CHANNEL_EMOTE;
	struct value mud = value_span(line->from_mud), user = value_span(line->from_user);
	struct value_list params = {.arena = &l->arena};
	event_text(l, &params, "channel", span_str(c->name));
	value_pair(&params, "from_mud", mud);
	value_pair(&params, "from_user", user);
	value_pair(&params, "mud", mud);
	value_pair(&params, "user", user);
	value_pair(&params, "message", value_span(line->text));
	if (emote)
		value_pair(&params, "emote", value_span(line->text));
	value_pair(&params, "visname", value_span(line->visname));
	value_pair(&params, "type", value_str(emote ? "emote" : "message"));
	if (line->target_mud.n)
		put_target(l, &params, line);
	struct value map = value_list_map(&params);
	struct message m = {.event = line->event, .params = &map};
	channel_publish(c, &m);
	remember(line, c, &m);
}

void talk_hear_channel(struct i3_link *l, const struct packet *p, const struct talk_line *heard)
{
	struct channel *c = channel_find(l->identity, packet_text(p, 6));
	struct talk_line line = *heard;
	if (!c || !p->originator_user.n)
		return;
	line.text = heard_span(l, line.text);
	if (line.event == EVENT_CHANNEL_EMOTE && !line.target_mud.n)
		line.text = without_name(line.text);
	if (!line.text.n)
		return;
	line.visname = visname_or(l, line.visname, p);
	line.from_mud = heard_name(l, p->originator_mud);
	line.from_user = heard_name(l, p->originator_user);
	publish(l, &line, c);
}

enum sent talk_submit_channel(
	struct i3_link *l, const struct intent *i, const char *type, struct span text)
{
	struct span channel = i->channel;
	if (!outgoing_fits(l, &channel, CHANNEL_NAME_MAX) ||
		!outgoing_fits(l, &text, TEXT_MESSAGE_MAX))
		return SENT_TOO_BIG;
	return outgoing_send(l, &(struct outgoing){.type = type,
					.from_user = i->from_user,
					.body = {value_span(channel), value_span(visname_of(l, i)),
						value_span(text)},
					.n = 3});
}
