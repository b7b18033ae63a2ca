// SPDX-License-Identifier: MIT
// An account's record: fields i id, n name, h hash, c created, s seen, l locked (empty), f where it
// was last used, g an object: o its number, n the game's name.
#include "base/fields.h"
#include "base/mem.h"
#include "edge/account_priv.h"
#include <stdlib.h>

enum { VERSION = '1' };

void account_record_put(const struct account_record *r, struct buf *out)
{
	fields_begin(out, VERSION);
	fields_put_number(out, 'i', r->is.id);
	fields_put(out, 'n', r->is.name);
	fields_put(out, 'h', span_str(r->hash));
	fields_put_number(out, 'c', r->is.created_s);
	fields_put_number(out, 's', r->is.seen_s);
	if (r->is.locked)
		fields_put(out, 'l', SPAN(""));
	if (r->home.n)
		fields_put(out, 'f', account_place_key(&r->home));
	for (size_t i = 0; i < r->n_objects; i++) {
		struct buf object = {0};
		fields_put_number(&object, 'o', (uint64_t)r->objects[i].object);
		fields_put(&object, 'n', span_str(r->objects[i].game));
		fields_put(out, 'g', buf_bytes(&object));
		buf_fini(&object);
	}
}

static bool read_name(struct account_record *r, struct span name)
{
	if (r->name || !account_name_ok(name))
		return false;
	r->name = span_dup(name);
	r->is.name = span_str(r->name);
	return true;
}

static bool read_hash(struct account_record *r, struct span hash)
{
	if (!account_hash_ok(hash))
		return false;
	memcpy(r->hash, hash.p, hash.n);
	r->hash[hash.n] = '\0';
	return true;
}

static bool read_home(struct account_record *r, struct span place)
{
	if (place.n > sizeof r->home.at)
		return false;
	r->home.n = (uint8_t)place.n;
	memcpy(r->home.at, place.p, place.n);
	return true;
}

static bool read_object(struct account_record *r, struct span in)
{
	char tag;
	struct span field, game = {0};
	uint64_t object = 0;
	while (fields_take(&in, &tag, &field)) {
		if (tag == 'o' && !fields_number(field, &object))
			return false;
		if (tag == 'n')
			game = field;
	}
	if (in.n || !game.n || memchr(game.p, 0, game.n) || object > INT64_MAX ||
		r->n_objects == ACCOUNT_GAMES_MAX)
		return false;
	r->objects = mem_grow(r->objects, r->n_objects + 1, sizeof *r->objects);
	r->objects[r->n_objects++] =
		(struct account_object){.game = span_dup(game), .object = (int64_t)object};
	return true;
}

static bool read_field(struct account_record *r, char tag, struct span field)
{
	switch (tag) {
	case 'i': return fields_number(field, &r->is.id);
	case 'n': return read_name(r, field);
	case 'h': return read_hash(r, field);
	case 'c': return fields_number(field, &r->is.created_s);
	case 's': return fields_number(field, &r->is.seen_s);
	case 'l': r->is.locked = true; return true;
	case 'f': return read_home(r, field);
	case 'g': return read_object(r, field);
	default: return true;
	}
}

// What was read so far is in the record in any case.
bool account_record_read(struct account_record *r, struct span in)
{
	char tag;
	struct span field;
	if (!fields_open(&in, VERSION))
		return false;
	while (fields_take(&in, &tag, &field))
		if (!read_field(r, tag, field))
			return false;
	return !in.n && r->is.id && r->name && *r->hash;
}

void account_record_free(struct account_record *r)
{
	for (size_t i = 0; i < r->n_objects; i++)
		free(r->objects[i].game);
	free(r->objects);
	free(r->name);
	sodium_memzero(r->hash, sizeof r->hash);
	free(r);
}
