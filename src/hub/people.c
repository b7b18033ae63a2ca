// SPDX-License-Identifier: MIT
#include "hub/people.h"
#include "base/buf.h"
#include "base/mem.h"
#include <stdlib.h>

struct known {
	struct person person;
	uint64_t heard_ms;
	size_t bytes;
	char visname[];
};

static void put_name(struct buf *out, struct span name)
{
	buf_lower(out, name);
	buf_char(out, '\n'); // no name holds one
}

static void put_key(struct buf *out, const struct person_key *k)
{
	put_name(out, k->mud);
	put_name(out, k->user);
}

static void drop(struct people *p, struct span key)
{
	struct known *one = map_take(&p->known, key);
	if (one)
		p->bytes -= one->bytes;
	free(one);
}

void people_fini(struct people *p)
{
	for (struct map_at at = map_first(&p->known); at.value; at = map_next(at))
		free(at.value);
	map_fini(&p->known);
}

static bool is_news(const struct known *had, const struct person *now)
{
	return !had || had->person.gender != now->gender ||
	       !span_eq(had->person.visname, now->visname);
}

bool people_put(
	struct people *p, const struct person_key *k, const struct person *person, uint64_t now_ms)
{
	struct buf key = {0};
	put_key(&key, k);
	bool news = is_news(map_find(&p->known, buf_bytes(&key)), person);
	struct known *one = mem_alloc(sizeof *one + person->visname.n);
	char *at = one->visname;
	one->person.visname = span_put(&at, person->visname);
	one->person.gender = person->gender;
	one->heard_ms = now_ms;
	one->bytes = sizeof *one + person->visname.n + key.n;
	drop(p, buf_bytes(&key));
	while (map_count(&p->known) &&
		(map_count(&p->known) >= PEOPLE_MAX || p->bytes + one->bytes > PEOPLE_BYTES_MAX))
		drop(p, map_first(&p->known).key);
	map_put(&p->known, buf_bytes(&key), one);
	p->bytes += one->bytes;
	buf_fini(&key);
	return news;
}

const struct person *people_find(
	const struct people *p, const struct person_key *k, uint64_t now_ms)
{
	struct buf key = {0};
	put_key(&key, k);
	const struct known *one = map_find(&p->known, buf_bytes(&key));
	buf_fini(&key);
	return one && now_ms - one->heard_ms < PEOPLE_FRESH_MS ? &one->person : NULL;
}

const char *person_gender(int64_t gender)
{
	return gender == PERSON_MALE ? "male" : gender == PERSON_FEMALE ? "female" : "neuter";
}
