// SPDX-License-Identifier: MIT
// Which back ends there are.  To add one: a file beside this one and a row in tables/stores.tbl.
#include "store/store_priv.h"

const struct store_backend *const stores[] = {
#define STORE(name) &store_##name,
#include "tables/stores.tbl"
	NULL,
};

const struct store_backend *store_find_backend(const struct store_config *cfg, struct buf *why)
{
	const char *name = cfg->backend ? cfg->backend : cfg->path ? "sqlite" : "memory";
	for (const struct store_backend *const *it = stores; *it; it++) {
		if (strcmp((*it)->name, name) != 0)
			continue;
		if (!(*it)->durable || (cfg->path && *cfg->path))
			return *it;
		buf_printf(why, "the %s store needs the path of its file", name);
		return NULL;
	}
	buf_printf(why, "there is no store called %s", name);
	return NULL;
}
