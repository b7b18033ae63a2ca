// SPDX-License-Identifier: MIT
// Mail for us: in the store before it is acknowledged, and there until one of our sessions deletes
// it.  All of it is in memory as well, so that a list costs no disk.  A sender who has not heard our
// acknowledgement sends again: what is here already is acknowledged and not kept twice.
#include "base/log.h"
#include "base/mem.h"
#include "i3/oob/mail.h"
#include "i3/service.h"
#include "proto/lpc.h"
#include <stdlib.h>

static const struct span table = {"i3_mail_in", sizeof "i3_mail_in" - 1};

enum {
	LIST_DEFAULT = 20,
	LIST_BYTES = 512 << 10, // of one list: half of what an answer may have
};

struct oob_inmail {
	struct link in_office;
	struct oob_office *office;
	int64_t number;
	bool stored;
	uint64_t session; // waits for the acknowledgement
	struct value kept;
	void *block;
	size_t bytes;
};

static struct buf key_of(const struct oob_inmail *m)
{
	struct buf key = {0};
	buf_printf(&key, "%s\n%020lld", m->office->identity->name, (long long)m->number);
	return key;
}

static struct oob_inmail *inmail_new(struct oob_office *f, int64_t number, const struct value *kept)
{
	struct oob_inmail *m = mem_zalloc(sizeof *m);
	m->office = f;
	m->number = number;
	m->block = value_pack(kept, &m->kept);
	m->bytes = value_bytes(kept);
	list_append(&f->inbox, &m->in_office);
	f->n_in++;
	f->in_bytes += m->bytes;
	f->oob->mail_in_bytes += m->bytes;
	return m;
}

static void inmail_free(struct oob_inmail *m)
{
	store_forget(m->office->oob->i3->store, m);
	list_unlink(&m->in_office);
	m->office->n_in--;
	m->office->in_bytes -= m->bytes;
	m->office->oob->mail_in_bytes -= m->bytes;
	free(m->block);
	free(m);
}

static void unkeep(struct oob_inmail *m)
{
	struct buf key = key_of(m);
	store_take(m->office->oob->i3->store, table, buf_bytes(&key), NULL, NULL);
	buf_fini(&key);
}

static struct value describe(struct arena *a, const struct oob_inmail *m)
{
	const struct value *kept = m->kept.at;
	struct value_list facts = {.arena = a};
	value_pair(&facts, "mail_id", value_int(m->number));
	value_pair(&facts, "from_mud", kept[LETTER_MUD]);
	value_pair(&facts, "from_user", kept[LETTER_USER]);
	value_pair(&facts, "users", kept[LETTER_USERS]);
	value_pair(&facts, "to", oob_mail_people(a, &kept[LETTER_TO]));
	value_pair(&facts, "cc", oob_mail_people(a, &kept[LETTER_CC]));
	value_pair(&facts, "subject", kept[LETTER_SUBJECT]);
	value_pair(&facts, "message", kept[LETTER_TEXT]);
	value_pair(&facts, "sent_at", kept[LETTER_SENT]);
	return value_list_map(&facts);
}

// --- hearing ---

static void acknowledge(struct oob_session *s, int64_t theirs, const char *failure)
{
	struct value words = value_str(failure);
	struct value said[] = {value_int(theirs), value_array(&words, failure != NULL)};
	struct value packet = VALUE_LIST(value_str("mail-ack"), value_map(said, 1));
	oob_session_send(s, &packet);
}

static struct oob_inmail *same_mail(struct oob_office *f, const struct value *kept)
{
	static const int who[] = {LETTER_MUD, LETTER_USER, LETTER_TO, LETTER_SENT, LETTER_SUBJECT,
		LETTER_TEXT, LETTER_THEIRS};
	list_each(it, &f->inbox)
	{
		struct oob_inmail *m = container_of(it, struct oob_inmail, in_office);
		bool same = true;
		for (size_t i = 0; same && i < countof(who); i++)
			same = value_eq(&m->kept.at[who[i]], &kept[who[i]]);
		if (same)
			return m;
	}
	return NULL;
}

static bool has_room(const struct oob_office *f, const struct value *kept, size_t bytes)
{
	unsigned same = 0; // of the same MUD
	list_each(it, &f->inbox)
	{
		const struct oob_inmail *m = container_of(it, struct oob_inmail, in_office);
		same += value_eq(&m->kept.at[LETTER_MUD], &kept[LETTER_MUD]);
	}
	return same < MAIL_IN_MUD_MAX && f->n_in < MAIL_IN_MAX &&
	       f->in_bytes + bytes <= MAIL_IN_BYTES &&
	       f->oob->mail_in_bytes + bytes <= MAIL_TABLE_BYTES;
}

static void publish(struct oob_inmail *m)
{
	struct oob *o = m->office->oob;
	oob_begin(o);
	struct value map = describe(&o->arena, m);
	log_info("mail_in", log_str("mud", m->office->identity->name),
		log_span("from", value_text(&m->kept.at[LETTER_MUD])), log_int("mail", m->number));
	identity_publish(m->office->identity,
		&(struct message){.event = EVENT_MAIL_RECEIVED, .params = &map}, NULL);
	oob_end(o);
}

// Without an acknowledgement the sender tries again when our disk may be well; until then the store
// shall not hold this one.
static void on_kept(void *owner, uint64_t id, enum store_result result)
{
	struct oob_inmail *m = owner;
	struct oob_session *s = oob_session_find(m->office->oob, m->session);
	(void)id;
	if (result != STORE_OK) {
		log_error("mail_not_kept", log_str("mud", m->office->identity->name));
		unkeep(m);
		inmail_free(m);
		if (s)
			oob_session_end(s, "the store did not keep a mail");
		return;
	}
	m->stored = true;
	metric_add(METRIC_MAIL_RECEIVED, 1);
	publish(m);
	if (!s)
		return;
	acknowledge(s, m->kept.at[LETTER_THEIRS].i, NULL);
	oob_session_go_on(s);
}

static void keep(struct oob_session *s, const struct value *kept)
{
	struct oob_inmail *m = inmail_new(s->office, oob_number(s->office), kept);
	struct buf key = key_of(m), text = {0};
	m->session = s->id;
	lpc_put(&text, kept);
	oob_session_hold(s);
	store_put(s->oob->i3->store, table, buf_bytes(&key), buf_bytes(&text), on_kept, m);
	buf_fini(&key);
	buf_fini(&text);
}

static const char *moderated(const struct oob_session *s, struct value kept[LETTER_SIZE])
{
	struct span texts[] = {value_text(&kept[LETTER_SUBJECT]), value_text(&kept[LETTER_TEXT])};
	struct utterance said = {.talk = TALK_TELL,
		.user = value_text(&kept[LETTER_USER]),
		.texts = texts,
		.n = countof(texts)};
	if (!oob_lets_in(s, &said))
		return "not let in";
	kept[LETTER_SUBJECT] = value_span(texts[0]);
	kept[LETTER_TEXT] = value_span(texts[1]);
	return NULL;
}

void oob_inmail_hear(struct oob_session *s, const struct value *packet)
{
	struct i3_link *l = oob_link(s->office);
	struct value kept[LETTER_SIZE];
	link_begin(l);
	const char *why = oob_letter_read(l, s, packet, kept);
	if (!why)
		why = moderated(s, kept);
	struct value all = value_array(kept, LETTER_SIZE);
	const struct oob_inmail *same = why ? NULL : same_mail(s->office, kept);
	if (!why && !same && !has_room(s->office, kept, value_bytes(&all)))
		why = "mailbox full";
	enum log_level level = why ? log_paced(&s->office->pace, LOG_INFO) : LOG_DEBUG;
	if (why)
		LOG_AT(level, "mail_refused", log_str("mud", our_name(l).p),
			log_str("from", s->mud), log_str("why", why));
	if (same && !same->stored)
		oob_session_end(s, "the same mail over two links");
	else if (why || same)
		acknowledge(s, kept[LETTER_THEIRS].i, why);
	else
		keep(s, &all);
	link_end(l);
}

// --- wishes ---

void oob_inmail_list(struct oob_office *f, const struct exchange_wish *w, struct exchange_answer *a)
{
	struct arena *arena = a->result.arena;
	struct value_list mails = {.arena = arena};
	int64_t limit = w->limit > 0 ? w->limit : LIST_DEFAULT;
	size_t bytes = 0;
	int64_t last = 0;
	bool more = false;
	list_each(it, &f->inbox)
	{
		const struct oob_inmail *m = container_of(it, struct oob_inmail, in_office);
		if (!m->stored || m->number <= w->number)
			continue;
		more = (int64_t)mails.n >= limit || (mails.n && bytes + m->bytes > LIST_BYTES);
		if (more)
			break;
		value_push(&mails, describe(arena, m));
		bytes += m->bytes;
		last = m->number;
	}
	a->said = EXCHANGE_DONE;
	value_pair(&a->result, "mails", value_list_array(&mails));
	value_pair(&a->result, "count", value_int((int64_t)mails.n));
	if (more)
		value_pair(&a->result, "next", value_int(last));
}

// Should we die before the disk knows, the mail is there again: nobody loses one by that.
void oob_inmail_delete(
	struct oob_office *f, const struct exchange_wish *w, struct exchange_answer *a)
{
	bool found = false;
	list_each(it, &f->inbox)
	{
		struct oob_inmail *m = container_of(it, struct oob_inmail, in_office);
		if (m->number != w->number || !m->stored)
			continue;
		unkeep(m);
		inmail_free(m);
		found = true;
	}
	a->said = EXCHANGE_DONE;
	value_pair(&a->result, "mail_id", value_int(w->number));
	value_pair(&a->result, "status", value_str(found ? "deleted" : "not_found"));
}

// --- life ---

static void on_row(void *owner, struct span key, struct span text)
{
	struct arena arena = {0};
	struct lpc_error error;
	struct value v;
	struct span name = span_until(key, '\n'), digits = key;
	uint64_t number;
	span_take(&digits, min_size(name.n + 1, key.n));
	struct oob_office *f = oob_office_named(owner, name);
	while (digits.n > 1 && digits.p[0] == '0')
		span_take(&digits, 1);
	if (!f || !span_uint(digits, INT64_MAX, &number) || !lpc_read(&arena, &text, &v, &error) ||
		v.type != VALUE_ARRAY || v.n != LETTER_SIZE) {
		log_error("mail_left", log_span("mail", key),
			log_str("why", f ? "unreadable" : "not an identity of ours"));
	} else {
		inmail_new(f, (int64_t)number, &v)->stored = true;
		f->last_number =
			(int64_t)number > f->last_number ? (int64_t)number : f->last_number;
	}
	arena_fini(&arena);
}

void oob_inmail_load(struct oob *o)
{
	store_load(o->i3->store, table, on_row, o, "the mailboxes");
}

void oob_inmail_fini(struct oob_office *f)
{
	list_each(it, &f->inbox) inmail_free(container_of(it, struct oob_inmail, in_office));
}
