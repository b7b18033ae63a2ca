// SPDX-License-Identifier: MIT
// error: 6 code, 7 words, 8 the packet it is about, or 0 or an empty array.
// During the login it is the router's refusal; later it is told to our sessions, and what waits for
// an answer that will not come is released.
#include "i3/login.h"
#include "i3/oob/oob.h"
#include "i3/request.h"
#include "i3/service.h"
#include "i3/talk.h"

static bool is_any(struct span code, const char *const *words)
{
	for (; *words; words++)
		if (span_is(code, *words))
			return true;
	return false;
}

static bool is_quiet(struct span type, struct span code)
{
	static const char *const quiet[] = {"unk-dst", "unk-type", "not-imp", NULL};
	return (span_is(type, "locate-req") || span_is(type, "chanlist-req")) &&
	       is_any(code, quiet);
}

// Questions about out-of-band links are ours, not of one of our sessions.
static bool is_oob(struct i3_link *l, const struct packet *p, const struct value *packet)
{
	struct span type = value_text(value_at(packet, 0)), mud = value_text(value_at(packet, 4));
	bool asked = span_is(type, "auth-mud-req") || span_is(type, "oob-req");
	return asked && (from_router(l, p) || span_caseeq(p->originator_mud, mud)) &&
	       oob_no_key(l->i3->oob, l, mud, heard_text(l, p, 7));
}

// The router does not know this connection any more: only a new login helps.
static bool is_stranger(const struct i3_link *l, const struct packet *p, struct span code)
{
	static const char *const lost[] = {"unk-src", "bad-proto", NULL};
	return from_router(l, p) && is_any(code, lost);
}

// The channel a packet of ours was about.
static struct span channel_of(const struct value *packet)
{
	struct span type = value_text(value_at(packet, 0));
	bool named = span_starts(type, SPAN("channel-")) || span_is(type, "chan-who-req") ||
		     span_is(type, "chan-adminlist");
	return named ? value_text(value_at(packet, 6)) : (struct span){0};
}

// Only the router can keep us from a channel.
static bool refuses_listening(const struct i3_link *l, const struct packet *p, struct span code)
{
	static const char *const refused[] = {"unk-channel", "not-allowed", NULL};
	return from_router(l, p) && is_any(code, refused) &&
	       span_is(value_text(value_at(value_at(p->all, 8), 0)), "channel-listen");
}

static void publish(struct i3_link *l, const struct packet *p, const struct value *packet)
{
	struct span type = value_text(value_at(packet, 0)), channel = channel_of(packet);
	struct value_list params = {.arena = &l->arena};
	event_name(l, &params, "error_code", packet_text(p, 6));
	event_text(l, &params, "error_message", packet_text(p, 7));
	event_text(l, &params, "message", packet_text(p, 7));
	event_name(l, &params, "from_mud", p->originator_mud);
	event_text(l, &params, "to_mud", our_name(l));
	event_name(l, &params, "to_user", p->target_user);
	value_pair(&params, "context", value_str("i3_packet_error"));
	if (type.n)
		event_name(l, &params, "packet_type", type);
	if (channel.n)
		event_name(l, &params, "channel", channel);
	event_publish(l, EVENT_ERROR_OCCURRED, &params);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	struct span code = heard_text(l, p, 6);
	const struct value *packet = value_at(p->all, 8);
	struct span type = value_text(value_at(packet, 0));
	enum log_level level = log_paced(&l->said, LOG_INFO);
	LOG_AT(level, "i3_error", log_str("mud", l->identity->name),
		log_span("from", p->originator_mud), log_span("code", code),
		log_span("says", heard_text(l, p, 7)), log_span("about", type));
	if (l->state == LINK_STARTUP) {
		if (p->originator_mud.p[0] == '*' && !span_is(code, "warning"))
			login_refused(l, code, heard_text(l, p, 7));
		return;
	}
	if (refuses_listening(l, p, code))
		listens_refused(l, value_text(value_at(packet, 6)));
	bool of_request = request_refused(l, p);
	if (!is_quiet(type, code) && !is_oob(l, p, packet))
		publish(l, p, packet);
	if (!of_request)
		talk_refused(l, p);
	if (is_stranger(l, p, code))
		link_fail(l, "the router does not know us any more");
}

const struct service service_error = {
	.type = "error",
	.elements = 8,
	.early = true,
	.hear = hear,
};
