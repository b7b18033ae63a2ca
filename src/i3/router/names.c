// SPDX-License-Identifier: MIT
// The list of a channel: MUDs it bans or admits, connected or not, known or not.  A MUD's name is
// its own whatever the case.
#include "base/mem.h"
#include "base/utf8.h"
#include "i3/router/router_priv.h"
#include <stdlib.h>

bool router_name_is_good(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < ' ' || strchr("\"\\\x7f", name.p[i]))
			return false;
	return name.n > 0 && name.n <= ROUTER_NAME_MAX && name.p[0] != '*';
}

// Whatever has become of the file: what is not text must not go out to others.
bool router_kept_is_text(struct span kept)
{
	return utf8_valid(kept) && !(kept.n && memchr(kept.p, '\0', kept.n));
}

static size_t place(const struct router_names *names, struct span name)
{
	size_t i = 0;
	while (i < names->n && !span_caseeq(span_str(names->at[i]), name))
		i++;
	return i;
}

bool router_names_have(const struct router_names *names, struct span name)
{
	return place(names, name) < names->n;
}

void router_names_add(struct router_names *names, struct span name)
{
	ensure(router_name_is_good(name));
	if (router_names_have(names, name))
		return;
	names->at = mem_grow(names->at, names->n + 1, sizeof *names->at);
	memcpy(names->at[names->n], name.p, name.n);
	names->at[names->n++][name.n] = '\0';
}

void router_names_take(struct router_names *names, struct span name)
{
	size_t i = place(names, name);
	if (i == names->n)
		return;
	names->n--;
	memmove(names->at[i], names->at[i + 1], (names->n - i) * sizeof *names->at);
}

void router_names_copy(struct router_names *to, const struct router_names *from)
{
	*to = (struct router_names){0};
	for (size_t i = 0; i < from->n; i++)
		router_names_add(to, span_str(from->at[i]));
}

void router_names_fini(struct router_names *names)
{
	free(names->at);
	*names = (struct router_names){0};
}
