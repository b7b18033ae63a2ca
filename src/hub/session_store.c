// SPDX-License-Identifier: MIT
#include "hub/session_store.h"
#include "base/clock.h"
#include "base/fields.h"
#include "base/log.h"
#include "base/metric.h"
#include "hub/delivery.h"
#include "hub/hub.h"
#include "hub/session_record.h"
#include "store/store.h"

#define TABLE_SESSIONS SPAN("sessions")
#define TABLE_TAPE     SPAN("tape")
#define TABLE_STATE    SPAN("session_state")
#define KEY_CLEAN      SPAN("stopped")

enum {
	NUMBER_DIGITS = 16,
	EVENT_VERSION = 1,
	// What a record takes of the store's queue beside its value, and at least: it counts calls too.
	RECORD_HEAD_BYTES = STORE_TABLE_MAX_BYTES + STORE_KEY_MAX_BYTES,
	RECORD_SHARE_BYTES = STORE_QUEUE_MAX_BYTES / STORE_QUEUE_MAX + 1,
};

static struct span key_of(struct session_store *ss, uint64_t number)
{
	buf_clear(&ss->key);
	buf_printf(&ss->key, "%0*llu", NUMBER_DIGITS, (unsigned long long)number);
	return buf_bytes(&ss->key);
}

// --- writing ---

static uint64_t put(struct session_store *ss, struct session *s, bool whole, store_done *done)
{
	buf_clear(&ss->value);
	session_record_put(&ss->value, s, whole);
	return store_put(
		ss->store, TABLE_SESSIONS, key_of(ss, s->number), buf_bytes(&ss->value), done, ss);
}

static struct session *session_of(struct link *it)
{
	return container_of(it, struct session, record.link);
}

static void on_put(void *owner, uint64_t id, enum store_result);

static void write_changed(struct session_store *ss)
{
	while (ss->n_writing < SESSION_STORE_WRITING_MAX && !list_empty(&ss->changed)) {
		struct session *s = session_of(ss->changed.next);
		list_unlink(&s->record.link);
		list_append(&ss->writing, &s->record.link);
		ss->n_writing++;
		s->record.dirty = false;
		s->record.once = true;
		s->record.sent = s->next;
		s->record.call = put(ss, s, false, on_put);
	}
}

static void answered(struct session_store *ss, struct session *s, enum store_result result)
{
	s->record.call = 0;
	list_unlink(&s->record.link);
	if (s->record.dirty)
		list_append(&ss->changed, &s->record.link);
	if (result == STORE_OK)
		s->record.next = s->record.sent;
}

// Answers come in order but for those of refused calls, so the session is mostly the first.
static void on_put(void *owner, uint64_t id, enum store_result result)
{
	struct session_store *ss = owner;
	ss->n_writing--;
	list_each(it, &ss->writing)
	{
		if (session_of(it)->record.call != id)
			continue;
		answered(ss, session_of(it), result);
		break;
	}
	write_changed(ss);
}

static struct session_store *of(struct session_keeper *k)
{
	return container_of(k, struct session_store, keeper);
}

static void keep(struct session_keeper *k, struct session *s)
{
	s->record.dirty = true;
	if (!list_empty(&s->record.link))
		return; // it has its turn, or another one when this write is answered
	list_append(&of(k)->changed, &s->record.link);
	write_changed(of(k));
}

// A record with it has the ids it can come back with as well: they have changed before it did.
static bool has(struct session_keeper *k, const struct session *s)
{
	(void)k;
	return !memcmp(&s->record.next, &s->next, sizeof s->next);
}

static void take(struct session_keeper *k, const struct session *s)
{
	if (s->record.once)
		store_take(of(k)->store, TABLE_SESSIONS, key_of(of(k), s->number), NULL, NULL);
}

static void on_added(void *owner, uint64_t id, enum store_result result)
{
	struct session_store *ss = owner;
	(void)id;
	ss->waiting--;
	metric_add(result != STORE_FAILED ? METRIC_TAPE_KEPT : METRIC_TAPE_NOT_KEPT, 1);
}

static void add(struct session_keeper *k, const struct delivery *d)
{
	struct session_store *ss = of(k);
	if (!ss->hub->session_limits.timeout_ms)
		return; // sessions end with their connections, so nobody will come back for it
	if (ss->waiting == SESSION_STORE_WAITING_MAX) {
		metric_add(METRIC_TAPE_NOT_KEPT, 1);
		return;
	}
	struct buf *out = &ss->value;
	buf_clear(out);
	fields_begin(out, EVENT_VERSION);
	fields_put(out, 'i', span_str(d->identity->name));
	fields_put(out, 'e', span_str(event_rows[d->message->event].name));
	if (d->channel)
		fields_put(out, 'c', span_str(d->channel->name));
	if (d->except)
		fields_put_number(out, 'x', d->except->number);
	fields_put(out, 't', span_of(d->record->text, d->record->n));
	ss->waiting++;
	store_put_soon(
		ss->store, TABLE_TAPE, key_of(ss, d->record->seq), buf_bytes(out), on_added, ss);
}

// --- reading ---

struct event_record {
	struct span identity, event, channel, text;
	uint64_t except;
};

static bool read_event(struct span in, struct event_record *r)
{
	char tag;
	struct span field;
	*r = (struct event_record){0};
	if (!fields_open(&in, EVENT_VERSION))
		return false;
	while (fields_take(&in, &tag, &field)) {
		switch (tag) {
		case 'i': r->identity = field; break;
		case 'e': r->event = field; break;
		case 'c': r->channel = field; break;
		case 't': r->text = field; break;
		case 'x':
			if (!fields_number(field, &r->except))
				return false;
			break;
		default: break;
		}
	}
	return !in.n && r->text.n;
}

static const struct event_row *find_event(struct span name)
{
	for (int i = 0; i < EVENT_COUNT; i++)
		if (span_is(name, event_rows[i].name))
			return event_rows[i].rank == TAPE_VOLATILE ? NULL : &event_rows[i];
	return NULL;
}

// Was it a member before that?
static bool was_in(const struct session *s, struct span channel, uint64_t seq)
{
	list_each(it, &s->memberships)
	{
		const struct member *m = container_of(it, struct member, in_session);
		if (span_eq(span_str(m->channel->name), channel))
			return m->since < seq;
	}
	return false;
}

static bool is_for(const struct session *s, const struct event_record *r, uint64_t seq)
{
	return seq > s->opened_seq && seq > s->tape.acked && s->number != r->except &&
	       (!r->channel.n || was_in(s, r->channel, seq));
}

static void restore_event(struct session_store *ss, const struct event_record *r,
	const struct event_row *row, uint64_t seq)
{
	struct hub *h = ss->hub;
	struct identity *i = hub_identity(h, r->identity);
	struct tape_record *record = NULL;
	if (!i)
		return;
	list_each(it, &i->sessions)
	{
		struct session *s = container_of(it, struct session, in_identity);
		if (!is_for(s, r, seq) || !rights_cover(s->rights, row->right) ||
			!session_record_lacks(s, seq))
			continue;
		if (!record)
			record = tape_record_new(
				&h->room, seq, (struct tape_kind){row->rank, row->right}, r->text);
		tape_put(&s->tape, &h->session_limits.tape, record, !session_record_is_whole(s));
	}
	if (record)
		tape_record_unref(&h->room, record);
}

static void on_event(void *owner, struct span key, struct span value)
{
	struct session_store *ss = owner;
	struct event_record r;
	uint64_t seq;
	const struct event_row *row = NULL;
	if (span_uint(key, HUB_SEQ_MAX, &seq) && read_event(value, &r))
		row = find_event(r.event);
	if (!row) {
		log_error("tape_record", log_span("key", key), log_str("why", "unreadable"));
		return;
	}
	ss->hub->seq = seq > ss->hub->seq ? seq : ss->hub->seq;
	restore_event(ss, &r, row, seq);
}

static void on_session(void *owner, struct span key, struct span value)
{
	struct session_store *ss = owner;
	uint64_t number;
	if (!span_uint(key, HUB_SEQ_MAX, &number) ||
		!session_record_restore(ss->hub, number, value, ss->clean))
		store_take(ss->store, TABLE_SESSIONS, key, NULL, NULL);
}

static void on_state(void *owner, struct span key, struct span value)
{
	struct session_store *ss = owner;
	(void)value;
	if (span_eq(key, KEY_CLEAN))
		ss->clean = true;
}

// Their tapes are whole now.
static void settle(struct session_store *ss, struct identity *i)
{
	list_each(it, &i->sessions)
	{
		struct session *s = container_of(it, struct session, in_identity);
		session_record_restored(s);
		keep(&ss->keeper, s);
	}
}

void session_store_open(struct session_store *ss, struct hub *h, struct store *store)
{
	*ss = (struct session_store){.keeper = {keep, has, take, add}, .hub = h, .store = store};
	list_init(&ss->writing);
	list_init(&ss->changed);
	store_load(store, TABLE_STATE, on_state, ss, "the state of the sessions");
	store_take(store, TABLE_STATE, KEY_CLEAN, NULL, NULL); // before the next line reads
	session_store_sweep(ss); // a daemon that never ran long has left all it ever wrote
	store_load(store, TABLE_SESSIONS, on_session, ss, "the list of the sessions");
	store_load(store, TABLE_TAPE, on_event, ss, "what is kept for the sessions");
	list_each(it, &h->identities) settle(ss, container_of(it, struct identity, in_hub));
	h->keeper = &ss->keeper;
}

void session_store_sweep(struct session_store *ss)
{
	struct hub *h = ss->hub;
	uint64_t now = clock_wall_us(), ttl = h->session_limits.tape.ttl_us;
	struct span to = key_of(ss, now > ttl ? now - ttl : 0);
	store_trim(ss->store, &(struct store_range){.table = TABLE_TAPE, .to = to}, 0, NULL, NULL);
	store_trim(ss->store, &(struct store_range){.table = TABLE_TAPE}, SESSION_STORE_EVENTS_MAX,
		NULL, NULL);
}

// All together may be more than the store takes at once.
static void put_last(struct session_store *ss, struct session *s, size_t *room)
{
	if (*room < STORE_VALUE_MAX_BYTES + RECORD_HEAD_BYTES) {
		store_flush(ss->store);
		*room = STORE_QUEUE_MAX_BYTES;
	}
	put(ss, s, true, NULL);
	*room -= min_size(*room, max_size(ss->value.n + RECORD_HEAD_BYTES, RECORD_SHARE_BYTES));
}

static void put_all(struct session_store *ss)
{
	size_t room = 0;
	list_each(in_hub, &ss->hub->identities)
	{
		struct identity *i = container_of(in_hub, struct identity, in_hub);
		list_each(it, &i->sessions)
		{
			struct session *s = container_of(it, struct session, in_identity);
			if (s->kept)
				put_last(ss, s, &room);
		}
	}
}

static void forget_all(struct link *list)
{
	list_each(it, list) list_unlink(it);
}

void session_store_close(struct session_store *ss)
{
	if (!ss->hub)
		return;
	ss->hub->keeper = NULL;
	store_forget(ss->store, ss);
	forget_all(&ss->writing);
	forget_all(&ss->changed);
	put_all(ss);
	store_flush(ss->store);
	store_put(ss->store, TABLE_STATE, KEY_CLEAN, SPAN("1"), NULL, NULL);
	buf_fini(&ss->key);
	buf_fini(&ss->value);
}
