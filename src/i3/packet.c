// SPDX-License-Identifier: MIT
#include "i3/packet.h"

struct value packet_name(struct span name)
{
	return name.n ? value_span(name) : value_int(0);
}

static bool is_name(const struct value *v)
{
	return v->type == VALUE_STRING || (v->type == VALUE_INT && v->i == 0);
}

bool packet_read(const struct value *v, struct packet *p, const char **why)
{
	*p = (struct packet){.all = v};
	if (v->type != VALUE_ARRAY || v->n < PACKET_HEADER) {
		*why = "a packet is an array of at least six elements";
		return false;
	}
	for (size_t i = 2; i < PACKET_HEADER; i++)
		if (!is_name(&v->at[i])) {
			*why = "originator and target are strings or 0";
			return false;
		}
	if (v->at[0].type != VALUE_STRING || v->at[1].type != VALUE_INT) {
		*why = "type is a string and ttl an integer";
		return false;
	}
	p->type = value_text(&v->at[0]);
	p->ttl = v->at[1].i;
	p->originator_mud = value_text(&v->at[2]);
	p->originator_user = value_text(&v->at[3]);
	p->target_mud = value_text(&v->at[4]);
	p->target_user = value_text(&v->at[5]);
	return true;
}

void packet_header(struct value head[PACKET_HEADER], const struct packet *p)
{
	head[0] = value_span(p->type);
	head[1] = value_int(p->ttl ? p->ttl : PACKET_TTL);
	head[2] = packet_name(p->originator_mud);
	head[3] = packet_name(p->originator_user);
	head[4] = packet_name(p->target_mud);
	head[5] = packet_name(p->target_user);
}

struct span packet_text(const struct packet *p, size_t i)
{
	return value_text(value_at(p->all, i));
}

int64_t packet_int(const struct packet *p, size_t i)
{
	const struct value *v = value_at(p->all, i);
	return v->type == VALUE_INT ? v->i : 0;
}
