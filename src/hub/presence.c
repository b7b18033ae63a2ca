// SPDX-License-Identifier: MIT
#include "hub/presence.h"
#include <stdlib.h>

void presence_put(struct presence *p, const struct value *users, uint64_t now_ms)
{
	void *block = value_pack(users, &p->users);
	free(p->block);
	p->block = block;
	p->until_ms = now_ms + PRESENCE_LEASE_MS;
}

void presence_fini(struct presence *p)
{
	free(p->block);
	*p = (struct presence){0};
}

bool presence_known(const struct presence *p, uint64_t now_ms)
{
	return p->block && now_ms < p->until_ms;
}

const struct value *presence_find(const struct presence *p, struct span name)
{
	for (size_t i = 0; i < p->users.n; i++) {
		const struct value *user = &p->users.at[i];
		const struct value *its = value_get(user, "name");
		if (its && span_caseeq(value_text(its), name))
			return user;
	}
	return NULL;
}
