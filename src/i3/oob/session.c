// SPDX-License-Identifier: MIT
// oob-end: 1 MUD.  oob-error is nobody's standard; ours has 1 code, 2 words, and of others' we take
// whatever texts there are.  How a link begins is begin.c.
#include "i3/oob/session.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/oob/oob_priv.h"
#include "i3/packet.h"
#include "i3/service.h"
#include <stdlib.h>

enum { ERROR_WORDS_MAX = 256 };

static const char *const state_words[] = {
	"asking", "dialling", "greeting", "expecting", "ours", "theirs", "closed"};

// --- states ---

static bool may_enter(enum oob_state from, enum oob_state to)
{
	switch (to) {
	case OOB_ASKING:
	case OOB_EXPECTING: return false; // born so
	case OOB_DIALLING: return from == OOB_ASKING;
	case OOB_GREETING: return from == OOB_DIALLING;
	case OOB_OURS: return from == OOB_GREETING || from == OOB_THEIRS;
	case OOB_THEIRS: return from == OOB_EXPECTING || from == OOB_OURS;
	case OOB_CLOSED: return from != OOB_CLOSED;
	}
	return false;
}

void oob_session_enter(struct oob_session *s, enum oob_state to, uint32_t ms)
{
	ensure(may_enter(s->state, to));
	s->state = to;
	s->busy_ms = clock_ms();
	if (ms)
		timer_start(&s->deadline, ms);
	else
		timer_stop(&s->deadline);
	log_debug("oob_state", log_id("link", s->id), log_str("mud", s->mud ? s->mud : ""),
		log_str("state", state_words[to]));
}

static void on_timer_closed(struct timer *t)
{
	struct oob_session *s = container_of(t, struct oob_session, deadline);
	free(s->mud);
	free(s);
}

static void let_go_of_peer(struct oob_session *s, const char *why)
{
	struct oob_peer *p = s->peer;
	struct oob_item *item = s->item;
	if (item) {
		s->item = NULL;
		item->session = NULL;
		if (item->ops->durable) { // behind the others, should it be what breaks links
			list_unlink(&item->link);
			list_append(&item->peer->items, &item->link);
		} else {
			item->ops->failed(item, span_str(why ? why : "the link ended"));
		}
	}
	s->peer = NULL;
	if (p)
		oob_peer_ended(p, why);
}

void oob_session_end(struct oob_session *s, const char *why)
{
	if (s->state == OOB_CLOSED)
		return;
	bool stranger = s->state == OOB_EXPECTING;
	enum log_level level = why && stranger ? log_paced(&s->oob->pace, LOG_WARNING) : LOG_INFO;
	if (why && stranger)
		LOG_AT(level, "oob_refused", log_str("from", s->address), log_str("why", why));
	else
		log_info("oob_end", log_id("link", s->id), log_str("mud", s->mud ? s->mud : ""),
			log_str("why", why ? why : "all is said"));
	oob_session_enter(s, OOB_CLOSED, 0);
	list_unlink(&s->in_oob);
	s->oob->n_sessions--;
	metric_add(METRIC_OOB_LINKS, -1);
	if (s->wire)
		s->wire->ops->close(s->wire, s->crowded        ? CLOSE_RESET
					     : why && stranger ? CLOSE_REFUSED
							       : CLOSE_DONE);
	s->wire = NULL;
	timer_close(&s->deadline, on_timer_closed);
	let_go_of_peer(s, why);
}

static void on_deadline(struct timer *t)
{
	struct oob_session *s = container_of(t, struct oob_session, deadline);
	switch (s->state) {
	case OOB_ASKING: oob_session_end(s, "the MUD gave no key"); break;
	case OOB_DIALLING: oob_session_end(s, "the MUD cannot be reached"); break;
	case OOB_GREETING: oob_session_end(s, "the MUD did not greet us"); break;
	case OOB_EXPECTING: oob_session_end(s, "no oob-begin in time"); break;
	case OOB_OURS: oob_session_end(s, "the MUD does not answer"); break;
	case OOB_THEIRS: oob_session_end(s, s->held ? "no answer was found in time" : NULL); break;
	case OOB_CLOSED: break;
	}
}

// --- life ---

struct oob_session *oob_session_new(struct oob *o, enum oob_state state)
{
	struct oob_session *s = mem_zalloc(sizeof *s);
	s->oob = o;
	s->id = ++o->last_session;
	s->state = state;
	timer_init(net_loop(o->i3->net), &s->deadline, on_deadline);
	list_append(&o->sessions, &s->in_oob);
	o->n_sessions++;
	metric_add(METRIC_OOB_LINKS, 1);
	return s;
}

struct oob_session *oob_session_find(struct oob *o, uint64_t id)
{
	list_each(it, &o->sessions)
	{
		struct oob_session *s = container_of(it, struct oob_session, in_oob);
		if (s->id == id)
			return s;
	}
	return NULL;
}

static bool has_room(const struct oob *o, struct span address)
{
	unsigned same = 0;
	list_each(it, &o->sessions)
	{
		const struct oob_session *s = container_of(it, struct oob_session, in_oob);
		same += s->address[0] && span_is(address, s->address);
	}
	return o->n_sessions < OOB_SESSIONS_MAX && same < OOB_ADDRESS_MAX;
}

// Whoever means something begins at once: of too many strangers the oldest is none of those.
static void make_room(struct oob *o)
{
	struct oob_session *oldest = NULL;
	unsigned n = 0;
	list_each(it, &o->sessions)
	{
		struct oob_session *s = container_of(it, struct oob_session, in_oob);
		if (s->state != OOB_EXPECTING)
			continue;
		oldest = oldest ? oldest : s;
		n++;
	}
	if (n < OOB_STRANGERS_MAX)
		return;
	oldest->crowded = true;
	oob_session_end(oldest, "no oob-begin yet, and too many others");
}

struct oob_session *oob_session_accept(struct oob *o, struct oob_wire *w, struct span address)
{
	if (o->stopped || !address.n || !has_room(o, address))
		return NULL;
	make_room(o);
	struct oob_session *s = oob_session_new(o, OOB_EXPECTING);
	s->wire = w;
	memcpy(s->address, address.p, min_size(address.n, sizeof s->address - 1));
	timer_start(&s->deadline, OOB_EXPECTING_MS);
	return s;
}

// --- packets ---

void oob_session_send(struct oob_session *s, const struct value *packet)
{
	if (s->wire)
		s->wire->ops->send(s->wire, packet);
}

void oob_session_refuse(struct oob_session *s, const char *code, const char *words)
{
	struct value packet = VALUE_LIST(value_str("oob-error"), value_str(code), value_str(words));
	oob_session_send(s, &packet);
}

static void send_end(struct oob_session *s)
{
	struct value packet =
		VALUE_LIST(value_str("oob-end"), value_str(s->office->identity->name));
	oob_session_send(s, &packet);
	oob_session_enter(s, OOB_THEIRS, s->peer ? OOB_THEIRS_MS : OOB_IDLE_MS);
}

// Our turn: the next thing that waits for this MUD, or the word to the other side.
static void say_next(struct oob_session *s)
{
	struct oob_peer *p = s->peer ? s->peer : oob_peer_find(s->office, span_str(s->mud));
	struct oob_item *item = p ? oob_peer_next(p) : NULL;
	if (!item) {
		send_end(s);
		return;
	}
	s->item = item;
	item->session = s;
	timer_start(&s->deadline, OOB_ITEM_MS);
	oob_begin(s->oob);
	struct value packet = item->ops->packet(item, &s->oob->arena);
	oob_session_send(s, &packet);
	oob_end(s->oob);
}

void oob_session_turn(struct oob_session *s)
{
	if (++s->rounds > OOB_ROUNDS_MAX) {
		oob_session_end(s, "too many turns");
		return;
	}
	oob_session_enter(s, OOB_OURS, OOB_ITEM_MS);
	say_next(s);
}

static struct span error_words(struct oob_session *s, const struct value *v)
{
	struct buf text = {.max = 4 * ERROR_WORDS_MAX};
	for (size_t i = 1; i < v->n; i++) {
		struct span part = value_text(&v->at[i]);
		if (part.n && text.n)
			buf_lit(&text, ": ");
		buf_span(&text, utf8_cut(text_clean_name(&s->oob->arena, part), ERROR_WORDS_MAX));
	}
	struct span kept = arena_span(&s->oob->arena, buf_bytes(&text));
	buf_fini(&text);
	return kept.n ? kept : SPAN("the MUD said oob-error");
}

static void end_with(struct oob_session *s, struct span why)
{
	char *words = span_dup(why);
	oob_session_end(s, words);
	free(words);
}

static void hear_end(struct oob_session *s)
{
	if (s->state != OOB_THEIRS)
		return;
	if (s->peer && !oob_peer_next(s->peer))
		oob_session_end(s, NULL);
	else
		oob_session_turn(s);
}

// A late answer is no request that somebody wants answered.
static void drop(struct oob_session *s, struct span type)
{
	log_debug("oob_dropped", log_id("link", s->id), log_span("type", type));
	if (type.n && !span_ends(type, SPAN("-reply")) && !span_ends(type, SPAN("-ack")))
		oob_session_refuse(s, "unk-type", "unknown packet type");
}

// Some answers have no type, so what waits for one is asked whether this is it.
static void hear_answer(struct oob_session *s, const struct value *v, struct span type)
{
	struct oob_item *item = s->item;
	if (!item || !item->ops->answered(item, v))
		drop(s, type);
	else if (s->state == OOB_OURS)
		say_next(s);
}

static void hear_error(struct oob_session *s, const struct value *v)
{
	struct span words = error_words(s, v);
	struct oob_item *item = s->item;
	enum log_level level = log_paced(&s->office->pace, LOG_INFO);
	LOG_AT(level, "oob_error", log_id("link", s->id), log_str("mud", s->mud),
		log_span("says", words));
	if (s->state == OOB_GREETING || !item) {
		end_with(s, words);
		return;
	}
	s->item = NULL;
	item->session = NULL;
	item->ops->failed(item, words);
	if (s->state == OOB_OURS)
		say_next(s);
}

static bool hear_request(struct oob_session *s, const struct value *v, struct span type)
{
	for (const struct oob_service *const *it = oob_services; *it; it++)
		for (const struct oob_packet_row *row = (*it)->packets; row->type; row++) {
			if (!span_is(type, row->type))
				continue;
			struct utterance asks = {.talk = TALK_REQUEST};
			if (!oob_lets_in(s, &asks))
				oob_session_refuse(s, "not-allowed", "not let in");
			else if (!oob_offers(s->oob, s->office->identity, *it))
				oob_session_refuse(s, "not-imp", "this service is switched off");
			else if (v->n < row->elements)
				oob_session_refuse(s, "bad-pkt", "too few elements");
			else
				row->hear(s, v);
			return true;
		}
	return false;
}

void oob_session_heard(struct oob_session *s, const struct value *v)
{
	struct span type = v->type == VALUE_ARRAY ? value_text(value_at(v, 0)) : (struct span){0};
	s->busy_ms = clock_ms();
	bool error = span_is(type, "oob-error") || span_is(type, "error");
	if (s->state == OOB_THEIRS) // not idle
		timer_start(&s->deadline, s->peer ? OOB_THEIRS_MS : OOB_IDLE_MS);
	if (s->state == OOB_EXPECTING)
		oob_hear_first(s, v);
	else if (error)
		hear_error(s, v);
	else if (s->state == OOB_GREETING)
		oob_hear_greeting(s, type);
	else if (span_is(type, "oob-end"))
		hear_end(s);
	else if (!hear_request(s, v, type))
		hear_answer(s, v, type);
}

void oob_session_garbled(struct oob_session *s, const char *why)
{
	oob_session_refuse(s, "bad-pkt", why);
	oob_session_end(s, why);
}

// The other side may leave in its turn; in any other something was left unsaid.
void oob_session_lost(struct oob_session *s, const char *why)
{
	s->wire = NULL;
	oob_session_end(s, s->state == OOB_THEIRS ? NULL : why);
}

void oob_session_hold(struct oob_session *s)
{
	s->held = true;
	if (s->wire)
		s->wire->ops->hold(s->wire, true);
}

void oob_session_go_on(struct oob_session *s)
{
	s->held = false;
	if (s->wire)
		s->wire->ops->hold(s->wire, false);
}
