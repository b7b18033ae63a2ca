// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "hub/hub.h"
#include <stdlib.h>

struct session *session_open(struct identity *i, const struct session_spec *spec)
{
	struct session *s = mem_zalloc(sizeof *s);
	s->identity = i;
	s->rights = spec->rights;
	s->wire = spec->wire;
	s->outlet = spec->outlet;
	s->outlet_to = spec->outlet_to;
	s->opened_ms = clock_ms();
	limit_init(&s->limit, spec->per_minute, spec->burst, s->opened_ms);
	list_init(&s->memberships);
	ids_uuid(s->id);
	list_append(&i->sessions, &s->in_identity);
	i->n_sessions++;
	metric_add(METRIC_SESSIONS, 1);
	return s;
}

void session_close(struct session *s)
{
	list_each(it, &s->memberships)
	{
		struct member *m = container_of(it, struct member, in_session);
		channel_leave(s, span_str(m->channel->name));
	}
	list_unlink(&s->in_identity);
	s->identity->n_sessions--;
	if (s->wants)
		queries_unwanted(s->identity);
	if (!s->identity->wanted)
		hub_prune(s->identity->hub);
	metric_add(METRIC_SESSIONS, -1);
	free(s);
}
