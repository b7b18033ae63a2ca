// SPDX-License-Identifier: MIT
// A record is text: its version and then a field a line, in the order of put_record().  The texts
// have no control characters, so none holds a newline.
// A rule counts from the moment it is given, kept or not: a player who is silenced while the disk
// is full shall be silent.  When the store fails, the log and an event say so.
#include "hub/moderation_store.h"
#include "base/log.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>

#define TABLE   SPAN("moderation")
#define VERSION "1"

struct writing {
	uint64_t rule;
};

struct key {
	char at[24];
};

// As many digits as the largest number has, so that keys sort as numbers do.
static struct span key_of(struct key *k, uint64_t id)
{
	return span_of(
		k->at, (size_t)snprintf(k->at, sizeof k->at, "%019llu", (unsigned long long)id));
}

static struct span id_bytes(const uint64_t *id)
{
	return span_of(id, sizeof *id);
}

static void put_line(struct buf *out, struct span text)
{
	buf_span(out, text);
	buf_char(out, '\n');
}

static void put_record(struct buf *out, const struct moderation_rule *r)
{
	const struct moderation_spec *s = &r->spec;
	put_line(out, SPAN(VERSION));
	put_line(out, span_str(moderation_word(s->kind)));
	buf_printf(out, "%d\n%d\n%llu\n%llu\n", s->regex, s->drop, (unsigned long long)s->until_s,
		(unsigned long long)r->created_s);
	put_line(out, s->scope);
	put_line(out, s->user);
	put_line(out, s->mud);
	put_line(out, s->pattern);
	put_line(out, s->reason);
	put_line(out, s->by);
}

static struct span take_line(struct span *text)
{
	struct span line = span_until(*text, '\n');
	span_take(text, min_size(line.n + 1, text->n));
	return line;
}

static bool take_number(struct span *text, uint64_t *n)
{
	return span_uint(take_line(text), INT64_MAX, n);
}

static bool take_kind(struct span *text, enum moderation_kind *kind)
{
	struct span word = take_line(text);
	for (*kind = MODERATION_MUTE; *kind <= MODERATION_OFF; (*kind)++)
		if (span_is(word, moderation_word(*kind)))
			return true;
	return false;
}

static bool read_record(struct span text, struct moderation_rule *r)
{
	struct moderation_spec *s = &r->spec;
	uint64_t regex, drop;
	if (!span_is(take_line(&text), VERSION) || !take_kind(&text, &s->kind) ||
		!take_number(&text, &regex) || !take_number(&text, &drop) ||
		!take_number(&text, &s->until_s) || !take_number(&text, &r->created_s))
		return false;
	s->regex = regex;
	s->drop = drop;
	s->scope = take_line(&text);
	s->user = take_line(&text);
	s->mud = take_line(&text);
	s->pattern = take_line(&text);
	s->reason = take_line(&text);
	s->by = take_line(&text);
	return true;
}

// Numbers grow from the largest there is: one near the end is none of ours.
static void on_row(void *owner, struct span key, struct span text)
{
	struct moderation_store *m = owner;
	struct moderation_rule r = {0};
	struct buf why = {0};
	if (!span_uint(key, MODERATION_ID_MAX / 2, &r.id) || !read_record(text, &r))
		buf_str(&why, "unreadable");
	else
		(void)!moderation_restore(m->moderation, &r, &why);
	if (why.n)
		log_error("moderation_record", log_span("key", key),
			log_span("why", buf_bytes(&why)));
	buf_fini(&why);
}

static void on_done(void *owner, uint64_t id, enum store_result result)
{
	struct moderation_store *m = owner;
	struct writing *w = map_take(&m->writing, id_bytes(&id));
	if (result == STORE_FAILED) {
		log_error("moderation_not_kept", log_int("rule", (int64_t)w->rule));
		moderation_lost(m->moderation, w->rule);
	}
	free(w);
}

static void keep(struct moderation_keeper *keeper, uint64_t id, const struct moderation_rule *r)
{
	struct moderation_store *m = container_of(keeper, struct moderation_store, keeper);
	struct writing *w = mem_zalloc(sizeof *w);
	struct buf text = {0};
	struct key k;
	uint64_t call;
	w->rule = id;
	if (r) {
		put_record(&text, r);
		call = store_put(m->store, TABLE, key_of(&k, id), buf_bytes(&text), on_done, m);
	} else {
		call = store_take(m->store, TABLE, key_of(&k, id), on_done, m);
	}
	map_put(&m->writing, id_bytes(&call), w);
	buf_fini(&text);
}

bool moderation_store_open(struct moderation_store *m, struct moderation *moderation,
	struct store *store, struct buf *why)
{
	*m = (struct moderation_store){.keeper = {keep}, .moderation = moderation, .store = store};
	moderation->keeper = &m->keeper;
	return store_scan_now(store, TABLE, on_row, m, why);
}

void moderation_store_close(struct moderation_store *m)
{
	if (!m->store)
		return;
	store_forget(m->store, m);
	m->moderation->keeper = NULL;
	for (struct map_at at = map_first(&m->writing); at.value; at = map_next(at))
		free(at.value);
	map_fini(&m->writing);
}
