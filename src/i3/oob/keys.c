// SPDX-License-Identifier: MIT
#include "i3/oob/keys.h"
#include "base/ids.h"
#include <sodium.h>
#include <stdlib.h>

void oob_keys_spend(struct oob_key *k)
{
	free(k->mud);
	*k = (struct oob_key){0};
}

void oob_keys_fini(struct oob_keys *keys)
{
	for (size_t i = 0; i < OOB_KEYS_MAX; i++)
		oob_keys_spend(&keys->at[i]);
}

// The place of what the MUD had before, else a free one, else the one that ends first.
static struct oob_key *place(struct oob_keys *keys, const struct identity *i, struct span mud)
{
	struct oob_key *best = &keys->at[0];
	for (size_t n = 0; n < OOB_KEYS_MAX; n++) {
		struct oob_key *k = &keys->at[n];
		if (k->mud && k->identity == i && span_caseeq(span_str(k->mud), mud))
			return k;
		if (k->until_ms < best->until_ms)
			best = k;
	}
	return best;
}

static void put(struct oob_keys *keys, struct identity *i, struct span mud, struct oob_key fresh)
{
	struct oob_key *k = place(keys, i, mud);
	oob_keys_spend(k);
	*k = fresh;
	k->identity = i;
	k->mud = span_dup(mud);
}

int64_t oob_keys_give(struct oob_keys *keys, struct identity *i, struct span mud, uint64_t now_ms)
{
	int64_t number = (int64_t)ids_below(INT32_MAX) + 1;
	put(keys, i, mud, (struct oob_key){.number = number, .until_ms = now_ms + OOB_KEY_MS});
	return number;
}

void oob_keys_expect(struct oob_keys *keys, struct identity *i, struct span mud, uint64_t now_ms)
{
	put(keys, i, mud, (struct oob_key){.until_ms = now_ms + OOB_KEY_MS});
}

struct oob_key *oob_keys_find(
	struct oob_keys *keys, struct span mud, int64_t number, uint64_t now_ms)
{
	struct oob_key *found = NULL;
	for (size_t n = 0; n < OOB_KEYS_MAX; n++) {
		struct oob_key *k = &keys->at[n];
		if (!k->mud || now_ms >= k->until_ms || !span_caseeq(span_str(k->mud), mud))
			continue;
		if (sodium_memcmp(&k->number, &number, sizeof number) == 0)
			found = k;
	}
	return found;
}
