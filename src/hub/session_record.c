// SPDX-License-Identifier: MIT
#include "hub/session_record.h"
#include "base/clock.h"
#include "base/fields.h"
#include "base/log.h"
#include "base/mem.h"
#include "hub/hub.h"
#include <stdlib.h>

enum { VERSION = 1, GAP_NUMBERS = 5 };

// The numbers that stood on a tape, in order, and how far its messages have been looked through.
struct restoring {
	bool whole;
	uint64_t *seqs;
	size_t n, at;
};

// --- writing ---

// Differences as varints (LEB128): numbers that grow take two or three bytes each.
static void put_step(struct buf *out, uint64_t *last, uint64_t seq)
{
	uint64_t step = seq - *last;
	for (; step > 0x7f; step >>= 7)
		buf_char(out, (char)(step | 0x80));
	buf_char(out, (char)step);
	*last = seq;
}

static void put_on_tape(struct buf *out, const struct tape *t)
{
	struct buf numbers = {0};
	struct tape walk = *t;
	struct tape_record *r;
	uint64_t last = 0;
	for (int rank = 0; rank < TAPE_RANKS; rank++)
		walk.reels[rank].next = walk.reels[rank].first;
	for (; (r = tape_next(&walk)); tape_sent(&walk, r))
		put_step(&numbers, &last, r->seq);
	fields_put(out, 'n', buf_bytes(&numbers));
	buf_fini(&numbers);
}

static void put_gone(struct buf *out, const struct seqs *gone)
{
	struct buf numbers = {0};
	uint64_t seq = gone->before, last = 0;
	for (uint32_t at = 0; seqs_next(gone, &at, &seq);)
		put_step(&numbers, &last, seq);
	fields_put(out, 'g', buf_bytes(&numbers));
	buf_fini(&numbers);
}

static void put_gap(struct buf *out, const struct tape_gap *gap, uint64_t after)
{
	const uint64_t numbers[GAP_NUMBERS] = {gap->lost, gap->from, gap->to, after, gap->unknown};
	struct buf bytes = {0};
	for (int i = 0; i < GAP_NUMBERS; i++)
		fields_put_number(&bytes, 'x', numbers[i]);
	fields_put(out, 'G', buf_bytes(&bytes));
	buf_fini(&bytes);
}

static void put_tape(struct buf *out, const struct tape *t)
{
	fields_put_number(out, 's', t->sent);
	put_on_tape(out, t);
	put_gone(out, &t->gone);
	if (tape_has_gap(t))
		put_gap(out, &t->gap, 0);
	for (uint32_t i = 0; i < t->n_told; i++)
		put_gap(out, &t->told[i].gap, t->told[i].after + 1);
}

static void put_channel(struct buf *out, const struct member *m)
{
	struct buf bytes = {0};
	fields_put_number(&bytes, 's', m->since);
	fields_put(&bytes, 'n', span_str(m->channel->name));
	fields_put(out, 'c', buf_bytes(&bytes));
	buf_fini(&bytes);
}

// By the wall, because the other clock begins anew with the machine.
static uint64_t left_us(const struct session *s)
{
	return s->state == SESSION_AWAY ? clock_wall_us() - (clock_ms() - s->left_ms) * 1000 : 0;
}

void session_record_put(struct buf *out, const struct session *s, bool whole)
{
	fields_begin(out, VERSION);
	fields_put(out, 'i', span_str(s->identity->name));
	fields_put(out, 'k', span_of(s->key, sizeof s->key));
	fields_put(out, 'd', span_of(s->digest.at, sizeof s->digest.at));
	fields_put(out, 'f', span_of(s->former.at, sizeof s->former.at));
	fields_put(out, 'p', span_of(s->next.at, sizeof s->next.at));
	fields_put_number(out, 'r', s->rights);
	fields_put_number(out, 'w', s->wants);
	fields_put_number(out, 'o', s->opened_seq);
	fields_put_number(out, 'b', s->returns);
	fields_put_number(out, 'l', left_us(s)); // behind b, which says among whom
	fields_put_number(out, 'a', s->tape.acked);
	list_each(it, &s->memberships)
		put_channel(out, container_of(it, struct member, in_session));
	if (whole)
		put_tape(out, &s->tape);
}

// --- reading ---

static bool take_number(struct span *record, char tag, uint64_t *n)
{
	char found;
	struct span field;
	return fields_take(record, &found, &field) && found == tag && fields_number(field, n);
}

// Of a message there was: those to come have higher numbers, whatever the clock says by now.
static bool was_number(const struct session *s, uint64_t seq)
{
	struct hub *h = s->identity->hub;
	if (seq > HUB_SEQ_MAX)
		return false;
	h->seq = seq > h->seq ? seq : h->seq;
	return true;
}

static bool read_seq(const struct session *s, struct span field, uint64_t *seq)
{
	return fields_number(field, seq) && was_number(s, *seq);
}

static bool join(struct session *s, struct span in)
{
	uint64_t since;
	char tag;
	struct span name;
	if (!take_number(&in, 's', &since) || !was_number(s, since) ||
		!fields_take(&in, &tag, &name) || !channel_name_ok(name) ||
		channel_join(s, name) != CHANNEL_JOINED)
		return false;
	container_of(s->memberships.prev, struct member, in_session)->since = since;
	return true;
}

static bool read_digest(struct session *s, struct ids_digest *which, struct span field)
{
	struct ids_digest d;
	if (field.n != sizeof d)
		return false;
	memcpy(&d, field.p, sizeof d);
	if (ids_digest_is_set(&d))
		session_known_as(s, which, &d);
	return true;
}

static bool read_gap(struct tape *t, struct span in)
{
	uint64_t numbers[GAP_NUMBERS];
	for (int i = 0; i < GAP_NUMBERS; i++)
		if (!take_number(&in, 'x', &numbers[i]))
			return false;
	tape_restore_gap(t,
		&(struct tape_gap){.lost = numbers[0],
			.from = numbers[1],
			.to = numbers[2],
			.unknown = numbers[4] != 0},
		numbers[3]);
	return true;
}

static bool take_step(struct span *in, uint64_t *seq)
{
	uint64_t step = 0;
	for (int shift = 0; in->n && shift < 64; shift += 7) {
		unsigned char c = (unsigned char)span_take(in, 1).p[0];
		step |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80) {
			*seq += step;
			return true;
		}
	}
	return false;
}

static void read_on_tape(struct restoring *r, struct span in)
{
	uint64_t seq = 0;
	r->whole = true;
	r->seqs = mem_array(in.n, sizeof *r->seqs); // each takes a byte at least
	while (take_step(&in, &seq))
		r->seqs[r->n++] = seq;
}

static void read_gone(struct tape *t, struct span in)
{
	uint64_t seq = 0;
	while (take_step(&in, &seq))
		seqs_put(&t->gone, seq);
}

static bool read_small(struct span field, unsigned *n)
{
	uint64_t wide;
	bool good = fields_number(field, &wide);
	*n = (unsigned)wide;
	return good;
}

static bool read_returns(struct session *s, struct span field)
{
	uint64_t n;
	bool good = fields_number(field, &n);
	s->returns = n != 0;
	return good;
}

static bool read_left(struct session *s, struct span field)
{
	uint64_t us, now = clock_wall_us();
	bool good = fields_number(field, &us);
	session_left(s, clock_ms() - (us && us < now ? (now - us) / 1000 : 0));
	return good;
}

static bool read_tape(struct session *s, char tag, struct span field)
{
	switch (tag) {
	case 's': return read_seq(s, field, &s->tape.sent);
	case 'n': read_on_tape(s->restoring, field); return true;
	case 'g': read_gone(&s->tape, field); return true;
	case 'G': return read_gap(&s->tape, field);
	default: return true;
	}
}

static bool read_field(struct session *s, char tag, struct span field)
{
	switch (tag) {
	case 'k':
		memcpy(s->key, field.p, min_size(field.n, sizeof s->key));
		return field.n == sizeof s->key;
	case 'd': return read_digest(s, &s->digest, field);
	case 'f': return read_digest(s, &s->former, field);
	case 'p': return read_digest(s, &s->next, field);
	case 'r': return read_small(field, &s->rights);
	case 'w': return read_small(field, &s->wants);
	case 'o': return read_seq(s, field, &s->opened_seq);
	case 'b': return read_returns(s, field);
	case 'l': return read_left(s, field);
	case 'a': return read_seq(s, field, &s->tape.acked);
	case 'c': return join(s, field);
	default: return true;
	}
}

static bool is_tape(char tag)
{
	return tag == 's' || tag == 'n' || tag == 'g' || tag == 'G';
}

static bool read_all(struct session *s, struct span in, bool whole)
{
	char tag;
	struct span field;
	while (fields_take(&in, &tag, &field))
		if (is_tape(tag) ? whole && !read_tape(s, tag, field) : !read_field(s, tag, field))
			return false;
	return !in.n;
}

static void restoring_free(struct session *s)
{
	if (s->restoring)
		free(s->restoring->seqs);
	free(s->restoring);
	s->restoring = NULL;
}

bool session_record_restore(struct hub *h, uint64_t number, struct span in, bool whole)
{
	char tag;
	struct span name;
	if (!fields_open(&in, VERSION) || !fields_take(&in, &tag, &name) || tag != 'i') {
		log_error("session_record", log_int("session", (int64_t)number),
			log_str("why", "unreadable"));
		return false;
	}
	struct identity *i = hub_identity(h, name);
	if (!i || !i->wanted)
		return false;
	struct session *s = session_restore(i, number);
	s->restoring = mem_zalloc(sizeof *s->restoring);
	bool good = read_all(s, in, whole);
	bool due = clock_ms() - s->left_ms < h->session_limits.timeout_ms;
	if (good && due)
		return true;
	if (!good)
		log_error("session_record", log_int("session", (int64_t)number),
			log_str("why", "unreadable"));
	restoring_free(s);
	session_close(s);
	return false;
}

bool session_record_is_whole(const struct session *s)
{
	return s->restoring && s->restoring->whole;
}

static void miss(struct session *s)
{
	uint64_t seq = s->restoring->seqs[s->restoring->at++];
	tape_miss(&s->tape, seq);
}

bool session_record_lacks(struct session *s, uint64_t seq)
{
	struct restoring *r = s->restoring;
	if (!r || !r->whole)
		return true;
	while (r->at < r->n && r->seqs[r->at] < seq)
		miss(s);
	if (r->at == r->n || r->seqs[r->at] != seq)
		return false;
	r->at++;
	return true;
}

void session_record_restored(struct session *s)
{
	struct restoring *r = s->restoring;
	if (!r)
		return;
	while (r->whole && r->at < r->n)
		miss(s);
	if (!r->whole)
		s->tape.gap.unknown = true;
	restoring_free(s);
}
