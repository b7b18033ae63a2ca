// SPDX-License-Identifier: MIT
#include "i3/passwords.h"
#include "base/mem.h"
#include <stdlib.h>

static const struct span table = {"i3_passwords", sizeof "i3_passwords" - 1};

struct password {
	int64_t number;
	bool kept; // in the store
};

void passwords_init(struct passwords *p, struct store *store)
{
	*p = (struct passwords){.store = store};
}

void passwords_fini(struct passwords *p)
{
	store_forget(p->store, p);
	for (struct map_at at = map_first(&p->map); at.value; at = map_next(at))
		free(at.value);
	map_fini(&p->map);
}

static struct buf key_of(const struct password_of *of)
{
	struct buf key = {0};
	buf_printf(&key, "%s\n%s", of->identity, of->router);
	return key;
}

static void remember(struct passwords *p, struct span key, int64_t number, bool kept)
{
	struct password *one = map_find(&p->map, key);
	if (!one) {
		one = mem_zalloc(sizeof *one);
		map_put(&p->map, key, one);
	}
	one->number = number;
	one->kept = kept;
}

static void on_row(void *owner, struct span key, struct span value)
{
	uint64_t number;
	if (span_uint(value, INT64_MAX, &number))
		remember(owner, key, (int64_t)number, true);
}

static void on_loaded(void *owner, uint64_t id, enum store_result result)
{
	struct passwords *p = owner;
	(void)id;
	p->loaded(p, result == STORE_OK);
}

void passwords_load(struct passwords *p, void (*loaded)(struct passwords *, bool ok))
{
	p->loaded = loaded;
	store_scan(p->store, table, on_row, on_loaded, p);
}

static const struct password *find(const struct passwords *p, const struct password_of *of)
{
	struct buf key = key_of(of);
	const struct password *one = map_find(&p->map, buf_bytes(&key));
	buf_fini(&key);
	return one;
}

int64_t passwords_find(const struct passwords *p, const struct password_of *of)
{
	const struct password *one = find(p, of);
	return one ? one->number : 0;
}

bool passwords_kept(const struct passwords *p, const struct password_of *of, int64_t number)
{
	const struct password *one = find(p, of);
	return one && one->kept && one->number == number;
}

uint64_t passwords_put(struct passwords *p, const struct password_of *of, int64_t number,
	store_done *done, void *owner)
{
	struct buf key = key_of(of), text = {0};
	remember(p, buf_bytes(&key), number, false);
	buf_int(&text, number);
	uint64_t id = store_put(p->store, table, buf_bytes(&key), buf_bytes(&text), done, owner);
	buf_fini(&key);
	buf_fini(&text);
	return id;
}

void passwords_keep(struct passwords *p, const struct password_of *of, int64_t number)
{
	struct buf key = key_of(of);
	remember(p, buf_bytes(&key), number, true);
	buf_fini(&key);
}
