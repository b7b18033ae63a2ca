// SPDX-License-Identifier: MIT
#include "i3/person.h"
#include "i3/service.h"

enum { NAMES = 2 * 2 }; // mud and user, as pairs

struct value_list person_heard(struct i3_link *l, const struct packet *p)
{
	struct span user = heard_name(l, packet_text(p, 6));
	struct span visname = heard_name(l, packet_text(p, 7));
	int64_t gender = heard_int(value_at(p->all, 8));
	struct person heard = {.visname = visname.n ? visname : user,
		.gender =
			gender == PERSON_MALE || gender == PERSON_FEMALE ? gender : PERSON_NEUTER};
	struct value_list params = {.arena = &l->arena};
	event_name(l, &params, "from_mud", p->originator_mud);
	value_pair(&params, "user", value_span(user));
	value_pair(&params, "visname", value_span(heard.visname));
	value_pair(&params, "gender", value_int(heard.gender));
	value_pair(&params, "gender_name", value_str(person_gender(heard.gender)));
	if (user.n && people_put(&l->identity->people,
			      &(struct person_key){p->originator_mud, user}, &heard, clock_ms()))
		event_publish(l, EVENT_USER_UPDATED, &params);
	return params;
}

void person_facts(const struct value_list *heard, struct value_list *out)
{
	for (size_t i = NAMES; i < heard->n; i++)
		value_push(out, heard->at[i]);
}
