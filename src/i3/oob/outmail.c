// SPDX-License-Identifier: MIT
// Mail of ours: in the store before its sender is told "queued", and until the other MUD has
// acknowledged it, refused it, or three days are over.  One copy per MUD: each has a fate of its own.
// Should we die between an acknowledgement and its note, the mail is sent twice, never not at all.
//
//	posting ── in the store ──► item of its peer ── mail, mail-ack ──► mail_status, off the store
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "i3/oob/mail.h"
#include "i3/service.h"
#include "proto/lpc.h"
#include <stdio.h>
#include <stdlib.h>

static const struct span table = {"i3_mail_out", sizeof "i3_mail_out" - 1};

enum { KEPT_USER, KEPT_TO, KEPT_CC, KEPT_SUBJECT, KEPT_TEXT, KEPT_SENT, KEPT_SIZE };

struct oob_posting { // mail on its way to the store
	struct link in_office;
	struct oob_office *office;
	int64_t number;
	unsigned waiting; // copies not in the store yet
	bool failed;
	struct link copies; // struct outmail, by its item's link
};

struct outmail {
	struct oob_item item;
	struct oob_office *office;
	int64_t number;
	char *mud;
	struct value kept;
	void *block;
	size_t bytes;
};

static const struct oob_item_ops mail_ops;

// --- keeping ---

static struct buf key_of(const struct outmail *m)
{
	struct buf key = {0};
	buf_printf(
		&key, "%s\n%020lld\n%s", m->office->identity->name, (long long)m->number, m->mud);
	return key;
}

static struct outmail *outmail_new(
	struct oob_office *f, int64_t number, struct span mud, const struct value *kept)
{
	struct outmail *m = mem_zalloc(sizeof *m);
	uint64_t sent_s = (uint64_t)heard_int(value_at(kept, KEPT_SENT));
	oob_item_init(&m->item, &mail_ops, (sent_s + MAIL_DAYS * (uint64_t)86400) * SECOND_MS);
	m->office = f;
	m->number = number;
	m->mud = span_dup(mud);
	m->block = value_pack(kept, &m->kept);
	m->bytes = value_bytes(kept);
	f->n_out++;
	f->oob->mail_out_bytes += m->bytes;
	return m;
}

static void outmail_free(struct outmail *m)
{
	oob_item_drop(&m->item);
	m->office->n_out--;
	m->office->oob->mail_out_bytes -= m->bytes;
	free(m->block);
	free(m->mud);
	free(m);
}

static void unkeep(struct outmail *m)
{
	struct buf key = key_of(m);
	store_take(m->office->oob->i3->store, table, buf_bytes(&key), NULL, NULL);
	buf_fini(&key);
}

// --- its fate ---

static void settle(struct outmail *m, const char *status, struct value failures)
{
	struct oob *o = m->office->oob;
	oob_begin(o);
	struct value_list params = {.arena = &o->arena};
	value_pair(&params, "mail_id", value_int(m->number));
	value_pair(&params, "to_mud", value_str(m->mud));
	value_pair(&params, "status", value_str(status));
	value_pair(&params, "failures", failures);
	struct value map = value_list_map(&params);
	log_info("mail_out", log_str("mud", m->office->identity->name), log_str("to", m->mud),
		log_int("mail", m->number), log_str("status", status));
	identity_publish(m->office->identity,
		&(struct message){.event = EVENT_MAIL_STATUS, .params = &map}, NULL);
	metric_add(METRIC_MAIL_SENT, !failures.n);
	unkeep(m);
	outmail_free(m);
	oob_end(o);
}

static struct outmail *of(struct oob_item *item)
{
	return container_of(item, struct outmail, item);
}

static struct value packet(struct oob_item *item, struct arena *a)
{
	const struct outmail *m = of(item);
	const struct value *kept = m->kept.at;
	struct value v = VALUE_LIST(value_str("mail"), value_int(m->number), kept[KEPT_USER],
		kept[KEPT_TO], kept[KEPT_CC], value_array(NULL, 0), kept[KEPT_SENT],
		kept[KEPT_SUBJECT], kept[KEPT_TEXT]);
	v.at = arena_copy(a, v.at, v.n * sizeof *v.at);
	return v;
}

static const struct value *ack_of(const struct value *map, int64_t number)
{
	for (size_t i = 0; map->type == VALUE_MAP && i < map->n; i++)
		if (heard_int(&map->at[2 * i]) == number)
			return &map->at[2 * i + 1];
	return NULL;
}

static bool answered(struct oob_item *item, const struct value *v)
{
	struct outmail *m = of(item);
	struct i3_link *l = oob_link(m->office);
	const struct value *said = ack_of(value_at(v, 1), m->number);
	if (!span_is(value_text(value_at(v, 0)), "mail-ack") || !said)
		return false;
	link_begin(l);
	struct value_list failures = {.arena = &l->arena};
	for (size_t i = 0; said->type == VALUE_ARRAY && i < said->n; i++)
		if (value_is_str(&said->at[i]) && failures.n < MAIL_FAILURES_MAX)
			value_push(&failures, value_span(heard_name(l, value_text(&said->at[i]))));
	settle(m, failures.n ? "failed" : "delivered", value_list_array(&failures));
	link_end(l);
	return true;
}

static void failed(struct oob_item *item, struct span why)
{
	struct value one = value_span(why);
	settle(of(item), "failed", value_array(&one, 1));
}

static const struct oob_item_ops mail_ops = {
	.durable = true, .packet = packet, .answered = answered, .failed = failed};

// --- posting ---

static void posting_free(struct oob_posting *p)
{
	store_forget(p->office->oob->i3->store, p);
	list_unlink(&p->in_office);
	free(p);
}

static void posted(struct oob_posting *p)
{
	struct oob_office *f = p->office;
	struct oob *o = f->oob;
	oob_begin(o);
	struct value_list params = {.arena = &o->arena};
	value_pair(&params, "mail_id", value_int(p->number));
	value_pair(&params, "status", value_str(p->failed ? "failed" : "queued"));
	if (p->failed)
		value_pair(&params, "error_message", value_str("the store did not keep it"));
	oob_tell(f, EVENT_COUNT, p->number, &params);
	list_each(it, &p->copies)
	{
		struct outmail *m = of(container_of(it, struct oob_item, link));
		list_unlink(it);
		if (p->failed)
			failed(&m->item, SPAN("the store did not keep it"));
		else
			oob_peer_put(f, span_str(m->mud), &m->item);
	}
	posting_free(p);
	oob_end(o);
}

static void on_kept(void *owner, uint64_t id, enum store_result result)
{
	struct oob_posting *p = owner;
	(void)id;
	p->failed |= result != STORE_OK;
	if (--p->waiting == 0)
		posted(p);
}

static void keep(struct oob_posting *p, struct outmail *m)
{
	struct buf key = key_of(m), text = {0};
	lpc_put(&text, &m->kept);
	list_append(&p->copies, &m->item.link);
	p->waiting++;
	store_put(p->office->oob->i3->store, table, buf_bytes(&key), buf_bytes(&text), on_kept, p);
	buf_fini(&key);
	buf_fini(&text);
}

// --- the wish ---

static bool has_room(struct oob_office *f, const struct oob_addresses *all, size_t bytes)
{
	if (f->n_out + all->n_muds > MAIL_OUT_MAX ||
		f->oob->mail_out_bytes + all->n_muds * bytes > MAIL_TABLE_BYTES)
		return false;
	for (size_t i = 0; i < all->n_muds; i++)
		if (!oob_peer_room(f, span_str(all->muds[i])))
			return false;
	return true;
}

static void post(struct oob_office *f, const struct oob_addresses *all, const struct value *kept,
	struct exchange_answer *a)
{
	struct oob_posting *p = mem_zalloc(sizeof *p);
	p->office = f;
	p->number = oob_number(f);
	list_init(&p->copies);
	list_append(&f->postings, &p->in_office);
	for (size_t i = 0; i < all->n_muds; i++)
		keep(p, outmail_new(f, p->number, span_str(all->muds[i]), kept));
	a->said = EXCHANGE_LATER;
	a->soon_s = OOB_STORED_S;
	a->number = p->number;
}

void oob_outmail_wish(
	struct oob_office *f, const struct exchange_wish *w, struct exchange_answer *a)
{
	struct arena *arena = a->result.arena;
	struct oob_addresses all = {.n = 0};
	if (!oob_addresses_read(f, w->to, &all, a, "to"))
		return;
	size_t n_to = all.n;
	if (!oob_addresses_read(f, w->cc, &all, a, "cc"))
		return;
	struct span text = utf8_clean(arena, w->text);
	if (!n_to || !text.n) {
		oob_refuse(a, n_to ? "message" : "to", n_to ? "nothing in it" : "nobody in it");
		return;
	}
	struct value kept = VALUE_LIST(value_span(text_clean_name(arena, w->from_user)),
		oob_addresses_map(arena, &all, 0, n_to),
		oob_addresses_map(arena, &all, n_to, all.n),
		value_span(text_clean_name(arena, w->subject)), value_span(text),
		value_int((int64_t)(clock_wall_us() / 1000000)));
	if (has_room(f, &all, value_bytes(&kept)))
		post(f, &all, &kept, a);
	else
		a->said = EXCHANGE_FULL;
}

// --- life ---

static bool is_kept(const struct value *v)
{
	return v->type == VALUE_ARRAY && v->n == KEPT_SIZE && v->at[KEPT_TO].type == VALUE_MAP &&
	       value_is_int(&v->at[KEPT_SENT]);
}

static void on_row(void *owner, struct span key, struct span text)
{
	struct oob *o = owner;
	struct arena arena = {0};
	struct lpc_error error;
	struct value v;
	struct span rest = key, name = span_until(rest, '\n');
	span_take(&rest, min_size(name.n + 1, rest.n));
	struct span digits = span_until(rest, '\n');
	span_take(&rest, min_size(digits.n + 1, rest.n));
	uint64_t number;
	struct oob_office *f = oob_office_named(o, name);
	while (digits.n > 1 && digits.p[0] == '0')
		span_take(&digits, 1);
	if (!f || !rest.n || !span_uint(digits, INT64_MAX, &number) ||
		!lpc_read(&arena, &text, &v, &error) || !is_kept(&v)) {
		log_error("mail_left", log_span("mail", key),
			log_str("why", f ? "unreadable" : "not an identity of ours"));
	} else {
		struct outmail *m = outmail_new(f, (int64_t)number, rest, &v);
		f->last_number =
			number > (uint64_t)f->last_number ? (int64_t)number : f->last_number;
		oob_peer_put(f, rest, &m->item);
	}
	arena_fini(&arena);
}

void oob_outmail_load(struct oob *o)
{
	store_load(o->i3->store, table, on_row, o, "the mail that waits");
}

void oob_outmail_fini(struct oob_office *f)
{
	list_each(it, &f->postings)
	{
		struct oob_posting *p = container_of(it, struct oob_posting, in_office);
		list_each(copy, &p->copies)
			outmail_free(of(container_of(copy, struct oob_item, link)));
		posting_free(p);
	}
	for (struct map_at at = map_first(&f->peers); at.value; at = map_next(at)) {
		struct oob_peer *p = at.value;
		list_each(it, &p->items)
		{
			struct oob_item *item = container_of(it, struct oob_item, link);
			if (item->ops == &mail_ops)
				outmail_free(of(item));
		}
	}
}
