// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "hub/hub.h"
#include "hub/replay.h"
#include <stdlib.h>

// --- ids: hub->session_ids knows every session under the digests of its ids ---

static struct span bytes_of(const struct ids_digest *d)
{
	return span_of(d->at, sizeof d->at);
}

static void forget_id(struct session *s, struct ids_digest *d)
{
	if (ids_digest_is_set(d))
		map_take(&s->identity->hub->session_ids, bytes_of(d));
	*d = (struct ids_digest){0};
}

static void prepare_id(struct session *s)
{
	ids_secret(s->next_id);
	s->next = ids_digest_of(span_str(s->next_id));
}

static void name(struct session *s)
{
	if (!*s->next_id)
		prepare_id(s);
	memcpy(s->id, s->next_id, sizeof s->id);
	s->digest = s->next;
	map_put(&s->identity->hub->session_ids, bytes_of(&s->digest), s);
	prepare_id(s);
}

struct session *session_find(struct hub *h, struct span id)
{
	struct ids_digest d = ids_digest_of(id);
	return map_find(&h->session_ids, bytes_of(&d));
}

void session_known_as(struct session *s, struct ids_digest *which, const struct ids_digest *d)
{
	*which = *d;
	map_put(&s->identity->hub->session_ids, bytes_of(which), s);
}

static void forget_ids(struct session *s)
{
	forget_id(s, &s->digest);
	forget_id(s, &s->former);
	if (!*s->next_id)
		forget_id(s, &s->next);
}

static bool may_rename(const struct session *s)
{
	struct session_keeper *keeper = s->identity->hub->keeper;
	return *s->next_id && (!keeper || !s->kept || keeper->has(keeper, s));
}

// The one it came with stays good, in case the answer with the new one is lost; and stays its only one
// while the new one could be lost with this process.
static void rename_after(struct session *s, struct span id)
{
	struct ids_digest shown = ids_digest_of(id);
	forget_ids(s);
	if (may_rename(s)) {
		session_known_as(s, &s->former, &shown);
		name(s);
		return;
	}
	session_known_as(s, &s->digest, &shown);
	ensure(id.n == sizeof s->id - 1);
	memmove(s->id, id.p, id.n);
	s->id[id.n] = '\0';
	if (!*s->next_id)
		prepare_id(s);
}

void session_changed(struct session *s)
{
	struct session_keeper *keeper = s->identity->hub->keeper;
	if (keeper && s->kept)
		keeper->put(keeper, s);
}

// --- connections ---

// Each session that comes is news for the players, for it may be a game that is back before its former
// session is known to be gone; of those that go the last one is.
static void tell_players(struct identity *i)
{
	struct gaming *gaming = i->hub->gaming;
	if (gaming)
		gaming->ops->presence(gaming, i);
}

static void set_plays(struct session *s, bool plays)
{
	struct identity *i = s->identity;
	if (s->plays == plays)
		return;
	s->plays = plays;
	i->n_plays += plays ? 1 : -1;
	if (plays || !i->n_plays)
		tell_players(i);
}

static void look_whether_it_plays(struct session *s)
{
	bool ours = s->outlet && s->outlet->hear;
	set_plays(s, s->state != SESSION_AWAY && !ours && s->rights & RIGHT_PLAYERS);
}

void session_allow(struct session *s, unsigned rights)
{
	s->rights = rights;
	look_whether_it_plays(s);
}

static void count(const struct session *s, int64_t by)
{
	if (s->outlet && s->outlet->hear)
		return; // nobody's but ours
	metric_add(s->state == SESSION_AWAY ? METRIC_SESSIONS_AWAY : METRIC_SESSIONS, by);
}

static void enter(struct session *s, enum session_state state)
{
	count(s, -1);
	s->state = state;
	count(s, 1);
	look_whether_it_plays(s);
}

static void attach(struct session *s, const struct session_spec *spec)
{
	s->rights = spec->rights;
	s->wire = spec->wire;
	s->outlet = spec->outlet;
	s->outlet_to = spec->outlet_to;
	if (spec->key)
		memcpy(s->key, spec->key, sizeof s->key);
	if (s->limit.per_minute != spec->per_minute || s->limit.burst != spec->burst)
		limit_init(&s->limit, spec->per_minute, spec->burst, clock_ms());
}

static struct session *make(struct identity *i, enum session_state state)
{
	struct session *s = mem_zalloc(sizeof *s);
	s->identity = i;
	s->opened_ms = clock_ms();
	s->opened_seq = i->hub->seq;
	s->state = state;
	list_init(&s->memberships);
	list_init(&s->in_state);
	list_init(&s->record.link);
	tape_init(&s->tape, &i->hub->room);
	list_append(&i->sessions, &s->in_identity);
	i->n_sessions++;
	i->n_away += state == SESSION_AWAY;
	return s;
}

struct session *session_open(struct identity *i, const struct session_spec *spec)
{
	struct session *s = make(i, SESSION_LIVE);
	s->number = hub_next(&i->hub->session_number);
	s->kept = spec->key != NULL;
	attach(s, spec);
	count(s, 1);
	name(s);
	session_changed(s);
	look_whether_it_plays(s);
	return s;
}

struct session *session_restore(struct identity *i, uint64_t number)
{
	struct session *s = make(i, SESSION_AWAY);
	uint64_t *last = &i->hub->session_number;
	count(s, 1);
	s->number = number;
	*last = number > *last ? number : *last;
	s->kept = true;
	s->record.once = true;
	return s;
}

// Among the others in order of leaving.
void session_left(struct session *s, uint64_t ms)
{
	struct link *list = &s->identity->away[s->returns], *before = list->prev;
	while (before != list &&
		clock_ms() - container_of(before, struct session, in_state)->left_ms <
			clock_ms() - ms)
		before = before->prev;
	s->left_ms = ms;
	list_append(before->next, &s->in_state);
}

void session_close(struct session *s)
{
	struct session_keeper *keeper = s->identity->hub->keeper;
	if (keeper && s->kept)
		keeper->take(keeper, s);
	s->kept = false; // what it leaves now is no change to be kept
	set_plays(s, false);
	list_each(it, &s->memberships)
	{
		struct member *m = container_of(it, struct member, in_session);
		channel_leave(s, span_str(m->channel->name));
	}
	forget_ids(s);
	list_unlink(&s->in_identity);
	list_unlink(&s->in_state);
	list_unlink(&s->record.link);
	count(s, -1);
	if (s->state == SESSION_AWAY)
		s->identity->n_away--;
	s->identity->n_sessions--;
	if (s->wants)
		queries_unwanted(s->identity);
	if (!s->identity->wanted)
		hub_prune(s->identity->hub);
	tape_fini(&s->tape);
	free(s);
}

// Older clients never come back to theirs: those go before any that somebody may come back to.
static struct session *away_longest(const struct identity *i)
{
	const struct link *list = list_empty(&i->away[0]) ? &i->away[1] : &i->away[0];
	return container_of(list->next, struct session, in_state);
}

void session_detach(struct session *s)
{
	struct identity *i = s->identity;
	enter(s, SESSION_AWAY);
	list_unlink(&s->in_state);
	list_append(&i->away[s->returns], &s->in_state);
	s->outlet = NULL;
	s->outlet_to = NULL;
	s->left_ms = clock_ms();
	if (s->wants)
		queries_unwanted(i);
	session_changed(s);
	i->n_away++;
	if (!i->wanted || !i->hub->session_limits.timeout_ms)
		session_close(s);
	else if (i->n_away > SESSION_AWAY_MAX)
		session_close(away_longest(i));
}

static uint64_t too_old(const struct hub *h)
{
	uint64_t now = clock_wall_us(), ttl = h->session_limits.tape.ttl_us;
	return now > ttl ? now - ttl : 0;
}

void session_resume(
	struct session *s, const struct session_spec *spec, struct span id, uint64_t seq)
{
	bool plays = s->plays;
	if (s->state == SESSION_AWAY)
		s->identity->n_away--;
	else
		s->outlet->replaced(s->outlet_to);
	rename_after(s, id);
	s->returns = true;
	attach(s, spec);
	tape_rewind(&s->tape, seq);
	tape_forget_before(&s->tape, too_old(s->identity->hub));
	enter(s, SESSION_BEHIND);
	list_unlink(&s->in_state);
	list_append(&s->identity->hub->behind, &s->in_state);
	session_changed(s);
	if (plays &&
		s->plays) // it comes by a new connection, before the old one is known to be gone
		tell_players(s->identity);
	metric_add(METRIC_SESSIONS_RESUMED, 1);
}

bool session_keeps_up(const struct session *s)
{
	uint32_t half = s->identity->hub->session_limits.tape.count / 2;
	return s->state == SESSION_LIVE ||
	       (s->state == SESSION_BEHIND &&
		       tape_waiting(&s->tape) < min_size(half, SESSION_WAITING_MAX));
}

void session_drained(struct session *s)
{
	if (s->state != SESSION_BEHIND)
		return;
	list_unlink(&s->in_state);
	list_append(&s->identity->hub->behind, &s->in_state);
}

void session_ack(struct session *s, uint64_t seq)
{
	if (seq > s->tape.sent)
		seq = s->tape.sent;
	if (seq <= s->tape.acked)
		return;
	tape_ack(&s->tape, seq);
	s->returns = true;
	if (!ids_digest_is_set(&s->former))
		return; // how far it has read may wait for the next sweep: it is only told again
	forget_id(s, &s->former); // it has read what came behind the new id
	session_changed(s);       // so that the old one is not good again after a kill
}

// --- time ---

static void sweep(struct session *s, uint64_t oldest_us, uint64_t settled_us)
{
	struct hub *h = s->identity->hub;
	if (s->state == SESSION_AWAY && clock_ms() - s->left_ms >= h->session_limits.timeout_ms) {
		session_close(s);
		return;
	}
	if (s->tape.acked != s->stored_ack)
		session_changed(s);
	s->stored_ack = s->tape.acked;
	tape_forget_before(&s->tape, oldest_us);
	tape_settle_before(&s->tape, settled_us);
}

static void sweep_all(struct hub *h, uint64_t oldest_us, uint64_t settled_us)
{
	list_each(in_hub, &h->identities)
	{
		struct identity *i = container_of(in_hub, struct identity, in_hub);
		list_each(it, &i->sessions)
			sweep(container_of(it, struct session, in_identity), oldest_us, settled_us);
	}
}

void sessions_sweep(struct hub *h)
{
	uint64_t oldest = too_old(h), ttl = h->session_limits.tape.ttl_us;
	sweep_all(h, oldest, oldest > ttl ? oldest - ttl : 0);
}

static uint64_t oldest_of(const struct hub *h)
{
	uint64_t oldest = h->seq;
	list_each(in_hub, &h->identities)
	{
		const struct identity *i = container_of(in_hub, struct identity, in_hub);
		list_each(it, &i->sessions)
		{
			uint64_t seq =
				tape_oldest(&container_of(it, struct session, in_identity)->tape);
			oldest = seq && seq < oldest ? seq : oldest;
		}
	}
	return oldest;
}

// Every tape is looked at, so an eighth of the time they hold goes at once.
void sessions_relieve(struct hub *h)
{
	uint64_t oldest = oldest_of(h);
	while (h->room.bytes > TAPE_ALL_BYTES_MAX / 8 * 7 && oldest <= h->seq) {
		oldest += (h->seq - oldest) / 8 + 1;
		sweep_all(h, oldest, 0);
	}
}
