// SPDX-License-Identifier: MIT
// chan-filter-req: the router asks the owner of a channel of type 2 whether a line may be heard.
// 6 channel, 7 the whole channel-m, -e or -t packet.  Reply: 6 channel, 7 that packet, edited or not;
// a line that is not to be heard gets none.
#include "i3/service.h"
#include "i3/talk.h"

struct shape { // where a line keeps what may be edited; 0: nowhere
	const char *type, *word;
	unsigned elements, visname, message, message_target;
};

static const struct shape shapes[] = {
	{"channel-m", "message", 9, 7, 8, 0},
	{"channel-e", "emote", 9, 7, 8, 0},
	{"channel-t", "targeted", 13, 11, 9, 10},
};

static const struct shape *shape_of(const struct packet *line, struct span channel)
{
	for (size_t i = 0; i < countof(shapes); i++)
		if (span_is(line->type, shapes[i].type) && line->all->n >= shapes[i].elements &&
			span_eq(packet_text(line, 6), channel))
			return &shapes[i];
	return NULL;
}

// The line inside a request.  NULL: what it holds is none.
static const struct shape *read_line(const struct packet *p, struct packet *line)
{
	const char *why;
	return packet_read(value_at(p->all, 7), line, &why) ? shape_of(line, packet_text(p, 6))
							    : NULL;
}

static bool is_emote(const struct shape *s)
{
	return s->type[strlen("channel-")] == 'e';
}

static enum sent suppress(struct i3_link *l, const struct packet *p, const char *why)
{
	struct packet line;
	metric_add(METRIC_I3_FILTERED, 1);
	if (read_line(p, &line))
		log_info("channel_filtered", log_str("mud", l->identity->name),
			log_span("channel", packet_text(p, 6)),
			log_span("from", line.originator_mud),
			log_span("user", line.originator_user), log_str("why", why));
	return SENT;
}

struct edit {
	struct i3_link *l;
	const struct value *says;
	struct value *packet; // elements of the line
	const struct shape *shape;
};

static void put(const struct edit *e, unsigned at, const char *key)
{
	struct span text = inquiry_text(e->l, e->says, key, TEXT_MESSAGE_MAX);
	if (!at || !text.n)
		return;
	e->packet[at] = value_span(is_emote(e->shape) ? talk_emote(e->l, text) : text);
}

static void put_visname(const struct edit *e)
{
	struct span name = outgoing_name(e->l, user_field(e->says, "visname"));
	if (name.n)
		e->packet[e->shape->visname] = value_span(name);
}

// The MUD says {allow, message, message_target, visname}.  A new text is for all who hear the line,
// its target as well, unless that one has a text of its own.
static enum sent answer(struct i3_link *l, const struct packet *p, const struct value *says)
{
	struct packet line;
	const struct value *allow = says ? value_get(says, "allow") : NULL;
	const struct shape *shape = read_line(p, &line);
	if (!allow || !allow->b || !shape)
		return suppress(l, p, says ? "refused" : "nobody answered");
	struct value all = value_copy(&l->arena, line.all);
	struct edit edit = {l, says, arena_copy(&l->arena, all.at, all.n * sizeof *all.at), shape};
	put(&edit, shape->message, "message");
	put(&edit, shape->message_target, "message");
	put(&edit, shape->message_target, "message_target");
	put_visname(&edit);
	return answer_send(l, p, "chan-filter-reply",
		(const struct value[]){
			value_span(packet_text(p, 6)), value_array(edit.packet, all.n)},
		2);
}

static void put_target(struct i3_link *l, struct value_list *params, const struct packet *line)
{
	event_name(l, params, "target_mud", packet_text(line, 7));
	event_name(l, params, "target_user", packet_text(line, 8));
	event_name(l, params, "target_visname", packet_text(line, 12));
	event_text(l, params, "message_target", packet_text(line, 10));
}

static void hear(struct i3_link *l, const struct packet *p)
{
	struct packet line;
	const struct shape *shape = from_router(l, p) ? read_line(p, &line) : NULL;
	struct value_list params = {.arena = &l->arena};
	if (!shape)
		return;
	struct span text = packet_text(&line, shape->message);
	event_text(l, &params, "channel", packet_text(p, 6));
	value_pair(&params, "type", value_str(shape->word));
	event_name(l, &params, "from_mud", line.originator_mud);
	event_name(l, &params, "from_user", line.originator_user);
	event_name(l, &params, "visname", packet_text(&line, shape->visname));
	event_text(l, &params, "message", is_emote(shape) ? talk_without_name(text) : text);
	if (shape->message_target)
		put_target(l, &params, &line);
	inquiry_open(l, p, &(struct inquiry_spec){QUERY_CHANNEL_FILTER, answer, &params});
}

const struct service service_chan_filter_req = {
	.type = "chan-filter-req",
	.elements = 8,
	.offered = OFFERED(channel),
	.hear = hear,
};
