// SPDX-License-Identifier: MIT
#include "hub/moderation.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "hub/moderation_priv.h"
#include <stdio.h>
#include <stdlib.h>

static uint64_t now_s(void)
{
	return clock_wall_us() / 1000000;
}

// --- rules ---

struct id_key {
	char at[24];
};

static struct span key_of(struct id_key *k, uint64_t id)
{
	return span_of(
		k->at, (size_t)snprintf(k->at, sizeof k->at, "%llu", (unsigned long long)id));
}

static bool is_over(const struct moderation_rule *r, uint64_t now)
{
	return r->spec.until_s && r->spec.until_s <= now;
}

bool moderation_is_for(const struct moderation_rule *r, const struct identity *i)
{
	return !r->spec.scope.n || (i && span_caseeq(r->spec.scope, span_str(i->name)));
}

static struct link *list_for(struct moderation *m, const struct moderation_spec *s)
{
	struct folded f;
	if (s->kind == MODERATION_WORD)
		return &m->words;
	if (s->kind == MODERATION_OFF)
		return &m->switches;
	struct span key = moderation_fold(&f, s->user, s->mud);
	struct party *p = map_find(&m->parties, key);
	if (!p) {
		p = mem_alloc(sizeof *p);
		list_init(&p->rules);
		map_put(&m->parties, key, p);
	}
	return &p->rules;
}

static void free_rule(struct moderation_rule *r)
{
	word_free(r->word);
	free(r->texts);
	free(r);
}

static struct moderation_rule *copy_rule(const struct moderation_rule *from, struct word *word)
{
	const struct moderation_spec *s = &from->spec;
	struct moderation_rule *r = mem_alloc(sizeof *r);
	*r = *from;
	r->word = word;
	char *at = r->texts = mem_alloc(
		s->scope.n + s->user.n + s->mud.n + s->pattern.n + s->reason.n + s->by.n + 1);
	r->spec.scope = span_put(&at, s->scope);
	r->spec.user = span_put(&at, s->user);
	r->spec.mud = span_put(&at, s->mud);
	r->spec.pattern = span_put(&at, s->pattern);
	r->spec.reason = span_put(&at, s->reason);
	r->spec.by = span_put(&at, s->by);
	return r;
}

static struct moderation_rule *put(
	struct moderation *m, const struct moderation_rule *from, struct word *word)
{
	struct moderation_rule *r = copy_rule(from, word);
	struct id_key k;
	map_put(&m->rules, key_of(&k, r->id), r);
	list_append(list_for(m, &r->spec), &r->in_kind);
	m->n_words += r->spec.kind == MODERATION_WORD;
	if (r->id > m->last_id)
		m->last_id = r->id;
	if (r->spec.until_s && r->spec.until_s < m->next_until_s)
		m->next_until_s = r->spec.until_s;
	return r;
}

// It is still there for last words.
static void unlist(struct moderation *m, struct moderation_rule *r)
{
	struct id_key k;
	struct folded f;
	bool party = r->spec.kind == MODERATION_MUTE || r->spec.kind == MODERATION_BAN;
	list_unlink(&r->in_kind);
	if (party && list_empty(list_for(m, &r->spec)))
		free(map_take(&m->parties, moderation_fold(&f, r->spec.user, r->spec.mud)));
	m->n_words -= r->spec.kind == MODERATION_WORD;
	map_take(&m->rules, key_of(&k, r->id));
}

static void take(struct moderation *m, struct moderation_rule *r)
{
	unlist(m, r);
	free_rule(r);
}

static void keep(struct moderation *m, uint64_t id, const struct moderation_rule *r)
{
	if (m->keeper)
		m->keeper->keep(m->keeper, id, r);
}

void moderation_init(struct moderation *m, struct hub *hub)
{
	*m = (struct moderation){.hub = hub, .next_until_s = UINT64_MAX};
	list_init(&m->words);
	list_init(&m->switches);
}

void moderation_fini(struct moderation *m)
{
	for (struct map_at at = map_first(&m->rules); at.value; at = map_next(at))
		free_rule(at.value);
	for (struct map_at at = map_first(&m->parties); at.value; at = map_next(at))
		free(at.value);
	map_fini(&m->rules);
	map_fini(&m->parties);
}

// --- adding and removing ---

static bool says_the_same(const struct moderation_rule *r, const struct moderation_spec *s)
{
	if (r->spec.kind != s->kind || r->fixed || !span_caseeq(r->spec.scope, s->scope))
		return false;
	return s->kind != MODERATION_WORD ||
	       (r->spec.regex == s->regex && span_eq(r->spec.pattern, s->pattern));
}

static struct moderation_rule *find_same(struct moderation *m, const struct moderation_spec *s)
{
	struct link *rules = list_for(m, s);
	list_each(it, rules)
	{
		struct moderation_rule *r = container_of(it, struct moderation_rule, in_kind);
		if (says_the_same(r, s))
			return r;
	}
	return NULL;
}

// Puts nothing when there is a reason not to.
static struct moderation_rule *try_put(
	struct moderation *m, const struct moderation_rule *from, struct buf *why)
{
	const struct moderation_spec *s = &from->spec;
	const char *no = moderation_why_not(m, s);
	struct word *word = NULL;
	if (no)
		buf_str(why, no);
	else if (s->kind == MODERATION_WORD)
		word = word_new(s->pattern, s->regex, why);
	return no || (s->kind == MODERATION_WORD && !word) ? NULL : put(m, from, word);
}

const struct moderation_rule *moderation_add(
	struct moderation *m, const struct moderation_spec *spec, struct buf *why)
{
	struct moderation_rule rule = {.spec = *spec, .id = m->last_id + 1, .created_s = now_s()};
	moderation_sweep(m);
	if (spec->scope.n && !hub_identity(m->hub, spec->scope)) {
		buf_str(why, "the scope is no MUD of this gateway");
		return NULL;
	}
	if (is_over(&rule, now_s())) {
		buf_str(why, "until is a time that has passed");
		return NULL;
	}
	struct moderation_rule *r = try_put(m, &rule, why);
	if (!r)
		return NULL;
	struct moderation_rule *old = find_same(m, spec);
	if (old != r) {
		keep(m, old->id, NULL);
		take(m, old);
	}
	keep(m, r->id, r);
	if (spec->kind != MODERATION_OFF)
		moderation_tell_change(m, r, "added");
	return r;
}

const struct moderation_rule *moderation_find(struct moderation *m, uint64_t id)
{
	struct id_key k;
	moderation_sweep(m);
	return map_find(&m->rules, key_of(&k, id));
}

static void end(struct moderation *m, struct moderation_rule *r, const char *change)
{
	keep(m, r->id, NULL);
	unlist(m, r);
	if (r->spec.kind == MODERATION_OFF) {
		r->spec.reason = (struct span){0};
		moderation_tell_switched(m, r, SPAN("until"));
	} else {
		moderation_tell_change(m, r, change);
	}
	free_rule(r);
}

bool moderation_remove(struct moderation *m, uint64_t id)
{
	struct id_key k;
	moderation_sweep(m);
	struct moderation_rule *r = map_find(&m->rules, key_of(&k, id));
	if (!r || r->fixed || r->spec.kind == MODERATION_OFF)
		return false;
	end(m, r, "removed");
	return true;
}

// While it runs nothing seems to end: telling asks again whether something has.
void moderation_sweep(struct moderation *m)
{
	if (m->next_until_s == UINT64_MAX)
		return;
	uint64_t now = now_s(), next_s = UINT64_MAX;
	if (m->next_until_s > now)
		return;
	m->next_until_s = UINT64_MAX;
	for (struct map_at at = map_first(&m->rules); at.value; at = map_next(at)) {
		struct moderation_rule *r = at.value;
		uint64_t until_s = r->spec.until_s;
		if (is_over(r, now))
			end(m, r, "expired");
		else if (until_s && until_s < next_s)
			next_s = until_s;
	}
	m->next_until_s = next_s;
}

bool moderation_restore(struct moderation *m, const struct moderation_rule *rule, struct buf *why)
{
	struct id_key k;
	if (map_find(&m->rules, key_of(&k, rule->id))) {
		buf_str(why, "its number is taken");
		return false;
	}
	return try_put(m, rule, why) != NULL;
}

void moderation_configure(struct moderation *m, const char *const *words, size_t n)
{
	for (struct map_at at = map_first(&m->rules); at.value; at = map_next(at))
		if (((const struct moderation_rule *)at.value)->fixed)
			take(m, at.value);
	for (size_t i = 0; i < n; i++) {
		struct buf why = {0};
		struct moderation_rule r = {.fixed = true, .id = ++m->last_id};
		r.created_s = now_s();
		r.spec = (struct moderation_spec){.kind = MODERATION_WORD,
			.pattern = span_str(words[i]),
			.by = SPAN("configuration")};
		if (!try_put(m, &r, &why))
			log_warning("moderation_words", log_str("word", words[i]),
				log_span("why", buf_bytes(&why)));
		buf_fini(&why);
	}
}

bool moderation_switch(
	struct moderation *m, bool on, const struct moderation_spec *spec, struct buf *why)
{
	struct moderation_spec s = *spec;
	s.kind = MODERATION_OFF;
	struct moderation_rule *old = find_same(m, &s);
	if (s.scope.n && !hub_identity(m->hub, s.scope)) {
		buf_str(why, "the scope is no MUD of this gateway");
		return false;
	}
	if (!on && !moderation_add(m, &s, why))
		return false;
	if (on && old) {
		keep(m, old->id, NULL);
		take(m, old);
	}
	moderation_tell_switched(m, &(struct moderation_rule){.spec = s}, s.by);
	return true;
}
