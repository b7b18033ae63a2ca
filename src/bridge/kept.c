// SPDX-License-Identifier: MIT
#include "bridge/kept.h"
#include "base/clock.h"
#include "bridge/wish.h"
#include "proto/json.h"

typedef unsigned long long number; // as printf knows it

static void put_text(struct buf *out, const char *key, struct span text)
{
	buf_str(out, key);
	json_put_text(out, text);
}

void bridge_put_kept(struct buf *out, const struct bridge_message *m)
{
	bridge_put_body(out, m);
	put_text(out, ",\"msg_id\":", m->words.msg_id);
}

// --- to receivers ---

static void put_place(struct buf *out, const struct bridge_place *at)
{
	bridge_put_stamp(out, "forwarded_at", clock_wall_us());
	buf_printf(out, ",\"seq\":%llu,\"epoch\":%llu", (number)at->seq, (number)at->epoch);
}

void bridge_put_given(struct buf *out, struct span kept, const struct bridge_place *at)
{
	buf_span(out, kept);
	put_place(out, at);
	buf_char(out, '}');
}

static struct span text_of(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);
	return v ? value_text(v) : (struct span){0};
}

static struct span copy_of(struct arena *a, const struct value *v)
{
	struct buf text = {0};
	json_put(&text, v);
	struct span copy = span_of(arena_copy(a, text.p, text.n), text.n);
	buf_fini(&text);
	return copy;
}

bool bridge_read_line(struct arena *a, struct span kept, struct bridge_kept_line *out)
{
	struct value v;
	char *text = arena_alloc(a, kept.n + 1), *at = text;
	span_put(&at, kept);
	*at = '}';
	*out = (struct bridge_kept_line){0};
	if (!bridge_read_json(a, span_of(text, kept.n + 1), &v))
		return false;
	const struct value *author = value_get(&v, "author"), *meta = value_get(&v, "meta");
	if (!author || author->type != VALUE_MAP)
		return false;
	struct span id = text_of(author, "id"), name = text_of(author, "name");
	*out = (struct bridge_kept_line){.line = {.type = text_of(&v, "type"),
						 .channel = text_of(&v, "channel_id"),
						 .author_id = id,
						 .author = name.n ? name : id,
						 .content = text_of(&v, "content")},
		.author_name = name,
		.meta = meta ? copy_of(a, meta) : (struct span){0},
		.ts = text_of(&v, "ts"),
		.received_at = text_of(&v, "received_at"),
		.msg_id = text_of(&v, "msg_id")};
	return true;
}

static void put_author(struct buf *out, const struct bridge_kept_line *l)
{
	put_text(out, "{\"id\":", l->line.author_id);
	if (l->author_name.n)
		put_text(out, ",\"name\":", l->author_name);
	buf_char(out, '}');
}

static bool is_first_of_author(const struct bridge_kept_line *at, size_t i)
{
	bool first = true;
	for (size_t j = 0; j < i; j++)
		first &= !span_eq(at[j].line.author_id, at[i].line.author_id) ||
			 !span_eq(at[j].line.author, at[i].line.author);
	return first;
}

static void put_authors(struct buf *out, const struct bridge_kept_line *at, size_t n)
{
	bool first = true;
	buf_lit(out, ",\"authors\":[");
	for (size_t i = 0; i < n; i++) {
		if (!is_first_of_author(at, i))
			continue;
		if (!first)
			buf_char(out, ',');
		put_author(out, &at[i]);
		first = false;
	}
	buf_char(out, ']');
}

void bridge_put_joined(struct buf *out, const struct bridge_kept_line *at, size_t n,
	const struct bridge_place *last)
{
	struct coalesce_line lines[COALESCE_LINES_MAX];
	struct buf content = {0};
	const struct bridge_kept_line *l = &at[n - 1];
	ensure(n && n <= COALESCE_LINES_MAX);
	for (size_t i = 0; i < n; i++)
		lines[i] = at[i].line;
	bool several = coalesce_put(lines, n, &content);
	put_text(out, "{\"type\":", l->line.type);
	put_text(out, ",\"channel_id\":", l->line.channel);
	buf_lit(out, ",\"author\":");
	if (several)
		buf_lit(out, "{\"id\":\"\",\"name\":\"\"}");
	else
		put_author(out, l);
	put_text(out, ",\"content\":", buf_bytes(&content));
	if (l->meta.n) {
		buf_lit(out, ",\"meta\":");
		buf_span(out, l->meta);
	}
	put_text(out, ",\"ts\":", l->ts);
	put_text(out, ",\"received_at\":", l->received_at);
	put_text(out, ",\"msg_id\":", l->msg_id);
	put_place(out, last);
	buf_printf(out, ",\"first_seq\":%llu,\"count\":%zu", (number)(last->seq - n + 1), n);
	if (several)
		put_authors(out, at, n);
	buf_char(out, '}');
	buf_fini(&content);
}

void bridge_put_gap(
	struct buf *out, struct span channel, uint64_t epoch, const struct stream_gap *gap)
{
	put_text(out, "{\"type\":\"gap\",\"channel_id\":", channel);
	buf_printf(out, ",\"epoch\":%llu,\"lost\":%llu,\"from\":%llu,\"to\":%llu", (number)epoch,
		(number)gap->lost, (number)gap->from, (number)gap->to);
	if (gap->from_us)
		bridge_put_stamp(out, "from_time", gap->from_us);
	bridge_put_stamp(out, "to_time", gap->to_us);
	buf_printf(out, ",\"reason\":\"%s\"}", stream_why_word(gap->why));
}

// --- from peers ---

static bool read_ack(
	const struct value *v, const struct bridge_greeting *sender, struct bridge_ack *ack)
{
	*ack = (struct bridge_ack){.channel = sender->channel};
	ack->has_epoch = bridge_member(v, "epoch") != NULL;
	return bridge_read_number(v, "ack", &ack->seq) &&
	       (!ack->has_epoch || bridge_read_number(v, "epoch", &ack->epoch)) &&
	       ((sender->side == BRIDGE_MOD && !bridge_member(v, "channel_id")) ||
		       bridge_read_id(v, "channel_id", &ack->channel));
}

enum bridge_said bridge_read_said(struct arena *a, struct span text,
	const struct bridge_greeting *sender, struct bridge_words *words, struct bridge_ack *ack)
{
	struct value v;
	if (!bridge_read_json(a, text, &v))
		return BRIDGE_SAID_NOTHING;
	if (bridge_member(&v, "ack"))
		return read_ack(&v, sender, ack) ? BRIDGE_SAID_ACK : BRIDGE_SAID_NOTHING;
	return bridge_words_of(a, &v, sender, words) ? BRIDGE_SAID_WORDS : BRIDGE_SAID_NOTHING;
}

// --- to senders ---

void bridge_put_answer(struct buf *out, const struct bridge_answer *a)
{
	bool kept = a->result == STREAM_KEPT || a->result == STREAM_DUPLICATE;
	if (a->result == STREAM_TOO_BIG) {
		put_text(out,
			"{\"message\":\"Message too long.\",\"code\":413,\"msg_id\":", a->msg_id);
		buf_char(out, '}');
		return;
	}
	buf_printf(out, "{\"status\":\"%s\",\"type\":\"%s\"",
		bridge_status_word(kept ? a->status : BRIDGE_FAILED), bridge_side_word(a->side));
	put_text(out, ",\"msg_id\":", a->msg_id);
	if (!kept)
		buf_lit(out, ",\"code\":503,\"retry\":true");
	if (kept && a->seq)
		buf_printf(out, ",\"seq\":%llu", (number)a->seq);
	if (a->result == STREAM_DUPLICATE)
		buf_lit(out, ",\"duplicate\":true");
	buf_char(out, '}');
}
