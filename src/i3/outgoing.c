// SPDX-License-Identifier: MIT
#include "i3/service.h"

enum sent outgoing_packet(
	struct i3_link *l, const struct packet *head, const struct value *body, size_t n)
{
	struct value *all = arena_alloc(&l->arena, (PACKET_HEADER + n) * sizeof *all);
	packet_header(all, head);
	memcpy(all + PACKET_HEADER, body, n * sizeof *all);
	struct value packet = value_array(all, PACKET_HEADER + n);
	return link_send(l, &packet);
}

struct span outgoing_name(struct i3_link *l, struct span name)
{
	return utf8_cut(text_clean_name(&l->arena, name), TEXT_USER_MAX);
}

bool outgoing_fits(struct i3_link *l, struct span *text, size_t max)
{
	*text = utf8_clean(&l->arena, *text);
	return text->n > 0 && text->n <= max;
}

// The name goes out as its owner writes it; routers compare every letter.
struct span outgoing_mud(struct i3_link *l, struct span mud)
{
	const struct roster_mud *m = mud.n ? roster_mud(&l->identity->roster, mud) : NULL;
	return m ? span_str(m->name) : mud;
}

// Kept before it is sent: the router in this process may refuse it at once.
static enum sent send_told(struct i3_link *l, const struct packet *head, const struct outgoing *o)
{
	bool queued = l->carrier && l->carrier->ops->far;
	struct told_new line = {.place = queued ? l->pacing.put + 1 : 0,
		.type = head->type,
		.id = o->message_id,
		.from_user = head->originator_user,
		.to_mud = head->target_mud,
		.to_user = head->target_user,
		.text = value_text(&o->body[1])};
	told_put(&l->told, &line, clock_ms());
	enum sent sent = outgoing_packet(l, head, o->body, o->n);
	struct told_line *kept = sent == SENT ? NULL : told_find(&l->told, o->message_id);
	if (kept)
		told_forget(&l->told, kept);
	return sent;
}

enum sent outgoing_send(struct i3_link *l, const struct outgoing *o)
{
	struct span mud = o->mud;
	if (mud.n && !outgoing_fits(l, &mud, TEXT_MUD_MAX))
		return SENT_TOO_BIG; // without a target it would go to everybody
	struct packet head = {.type = span_str(o->type),
		.originator_mud = our_name(l),
		.originator_user = outgoing_name(l, o->from_user),
		.target_mud = outgoing_mud(l, mud),
		.target_user = o->user};
	return o->message_id.n ? send_told(l, &head, o) : outgoing_packet(l, &head, o->body, o->n);
}

// About one user, of one MUD or of all of them.
enum sent outgoing_ask(struct i3_link *l, const struct intent *i, const struct outgoing_question *q)
{
	struct span user = i->target_user;
	bool to_all = q->kind == ANSWER_LOCATE;
	if (!outgoing_fits(l, &user, TEXT_USER_MAX) || (!to_all && !i->target_mud.n))
		return SENT_TOO_BIG;
	user = text_lower(&l->arena, user);
	struct outgoing o = {.type = q->type,
		.from_user = i->from_user,
		.mud = to_all ? (struct span){0} : i->target_mud,
		.body = {value_span(user)},
		.n = 1};
	struct asked_by by = {{q->kind, to_all ? o.mud : outgoing_mud(l, o.mud), user},
		outgoing_name(l, i->from_user)};
	asked_put(&l->asked, &by, clock_ms()); // the router in this process answers at once
	return outgoing_send(l, &o);
}
