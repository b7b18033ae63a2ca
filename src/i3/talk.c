// SPDX-License-Identifier: MIT
#include "i3/talk.h"
#include "i3/request.h"
#include "i3/service.h"

static struct span visname_or(struct i3_link *l, struct span visname, const struct packet *p)
{
	struct span name = heard_name(l, visname);
	return name.n ? name : heard_name(l, p->originator_user);
}

// Clients show an emote behind the name, as they were always given it; the token for the name that
// the network wants in front is taken off again.  Anywhere else it stays.
struct span talk_without_name(struct span emote)
{
	struct span token = SPAN("$N ");
	return span_starts(emote, token) ? span_of(emote.p + token.n, emote.n - token.n) : emote;
}

// --- one to one ---

// From somebody to somebody of ours?  Who asked in vain is told so.
static bool is_for_us(struct i3_link *l, const struct packet *p, bool says)
{
	if (!p->target_user.n || !p->target_mud.n)
		return false; // for the MUD itself: some use that as a keepalive
	if (!p->originator_user.n || !says) {
		answer_error(l, p, "bad-pkt", "it says nothing, or nobody says it");
		return false;
	}
	return user_may_be_here(l, p, p->target_user);
}

static void tell_of(
	struct i3_link *l, const struct packet *p, enum event event, struct value_list *params)
{
	value_pair(params, "visname", value_span(visname_or(l, packet_text(p, 6), p)));
	event_publish(l, event, params);
}

void talk_hear(struct i3_link *l, const struct packet *p, enum event event)
{
	if (!is_for_us(l, p, value_is_str(value_at(p->all, 7))))
		return;
	bool emote = event == EVENT_EMOTETO_RECEIVED;
	struct span text = heard_text(l, p, 7);
	if (emote)
		text = talk_without_name(text);
	struct value_list params = event_new(l, p);
	value_pair(&params, "message", value_span(text));
	if (emote)
		value_pair(&params, "emote", value_span(text));
	tell_of(l, p, event, &params);
}

void talk_hear_beep(struct i3_link *l, const struct packet *p)
{
	if (!is_for_us(l, p, true))
		return;
	struct value_list params = event_new(l, p);
	tell_of(l, p, EVENT_BEEP_RECEIVED, &params);
}

struct span talk_emote(struct i3_link *l, struct span text)
{
	return text_has(text, SPAN("$N")) ? text : arena_join(&l->arena, SPAN("$N "), text);
}

static struct span visname_of(struct i3_link *l, const struct intent *i)
{
	struct span name = utf8_cut(text_clean_name(&l->arena, i->visname), TEXT_VISNAME_MAX);
	return name.n ? name : outgoing_name(l, i->from_user);
}

// The type and what stands behind the visible name are the caller's.  An empty target would make it
// a broadcast.
static enum sent submit(struct i3_link *l, const struct intent *i, struct outgoing *o)
{
	struct span user = i->target_user;
	if (!i->target_mud.n || !outgoing_fits(l, &user, TEXT_USER_MAX))
		return SENT_TOO_BIG;
	o->from_user = i->from_user;
	o->mud = i->target_mud;
	o->user = text_lower(&l->arena, user);
	o->body[0] = value_span(visname_of(l, i));
	o->message_id = i->message_id;
	return outgoing_send(l, o);
}

enum sent talk_submit(struct i3_link *l, const struct intent *i, const char *type, struct span text)
{
	if (!outgoing_fits(l, &text, TEXT_MESSAGE_MAX))
		return SENT_TOO_BIG;
	struct outgoing o = {.type = type, .body = {[1] = value_span(text)}, .n = 2};
	return submit(l, i, &o);
}

enum sent talk_submit_beep(struct i3_link *l, const struct intent *i)
{
	struct outgoing o = {.type = "beep", .n = 1};
	return submit(l, i, &o);
}

// The line may be gone when this returns: what waits for it may end the link.
static void fail(struct i3_link *l, struct told_line *line, struct span code, struct span words)
{
	struct value_list params = {.arena = &l->arena};
	struct value_list answer = request_refusal(l, code, words);
	struct value refusal = value_list_map(&answer);
	struct span id = arena_span(&l->arena, line->id);
	value_pair(&params, "message_id", value_span(id));
	event_name(l, &params, "code", code);
	event_text(l, &params, "text", words);
	event_name(l, &params, "to_mud", arena_span(&l->arena, line->to_mud));
	event_name(l, &params, "to_user", arena_span(&l->arena, line->to_user));
	event_name(l, &params, "from_user", arena_span(&l->arena, line->from_user));
	told_forget(&l->told, line);
	event_publish(l, EVENT_TELL_FAILED, &params);
	answers_put(&l->identity->answers, &(struct answer_key){.kind = ANSWER_TELL, .user = id},
		&refusal, clock_ms());
}

// Without the packet it is about, an error says whom it is for and no more: it is taken to be about
// that user's oldest tell there, unless it may be about a question of his.
static struct told_line *guess(struct i3_link *l, const struct packet *error)
{
	struct span mud = from_router(l, error) ? (struct span){0} : error->originator_mud;
	struct asked_by by = {{.kind = ANSWER_FINGER, .mud = mud}, error->target_user};
	if (!error->target_user.n || asked_waits(&l->asked, &by, clock_ms()))
		return NULL;
	return told_by(&l->told, error->target_user, mud, clock_ms());
}

static bool may_refuse(struct span code)
{
	static const char *const codes[] = {
		"unk-dst", "unk-user", "unk-type", "not-imp", "not-allowed", "bad-pkt"};
	for (size_t i = 0; i < countof(codes); i++)
		if (span_is(code, codes[i]))
			return true;
	return false;
}

void talk_refused(struct i3_link *l, const struct packet *error)
{
	const struct value *quoted = value_at(error->all, 8);
	bool quotes = quoted->type == VALUE_ARRAY && quoted->n >= PACKET_HEADER;
	struct span code = packet_text(error, 6);
	if (!may_refuse(code))
		return;
	struct told_line *line =
		quotes ? told_quoted(&l->told, quoted, clock_ms()) : guess(l, error);
	if (line && (from_router(l, error) || span_caseeq(error->originator_mud, line->to_mud)))
		fail(l, line, code, packet_text(error, 7));
}

void talk_unsent(struct i3_link *l)
{
	struct told_line *line;
	link_begin(l);
	while ((line = told_unsent(&l->told, l->pacing.taken)))
		fail(l, line, SPAN("not-sent"),
			SPAN("the link to the router broke before it had left"));
	link_end(l);
}

// --- channels ---

// What is aimed at one player is remembered as the others read it.
static void remember(const struct talk_line *line, struct channel *c, const struct message *m)
{
	struct span text = line->target_mud.n ? line->text_others : line->text;
	channel_remember(c, &(struct channel_line){.seq = m->seq,
				    .wall_us = m->wall_us,
				    .emote = line->event == EVENT_CHANNEL_EMOTE,
				    .from_mud = line->from_mud,
				    .from_user = line->from_user,
				    .visname = line->visname,
				    .message = text});
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
		line.text = talk_without_name(line.text);
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
