// SPDX-License-Identifier: MIT
#include "bridge/message.h"
#include "base/clock.h"
#include "base/mem.h"
#include "proto/json.h"
#include <stdlib.h>

enum { STAMP_MS_CHARS = 23 }; // "2026-01-02T03:04:05.678"

static const char *const side_words[BRIDGE_SIDES] = {"mod", "bot"};
static const char *const status_words[] = {"completed", "queued", "failed"};

const char *bridge_side_word(enum bridge_side side)
{
	return side_words[side];
}

const char *bridge_status_word(enum bridge_status status)
{
	return status_words[status];
}

// --- reading ---

bool bridge_read_json(struct arena *a, struct span text, struct value *out)
{
	struct json_error error;
	return json_read(a, (char *)(uintptr_t)text.p, text.n, out, &error) &&
	       out->type == VALUE_MAP;
}

const struct value *bridge_member(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);
	return v && v->type != VALUE_NULL ? v : NULL;
}

static bool read_text(const struct value *map, const char *key, struct span *out)
{
	const struct value *v = bridge_member(map, key);
	*out = v ? value_text(v) : (struct span){0};
	return v && v->type == VALUE_STRING && out->n;
}

bool bridge_read_id(const struct value *map, const char *key, struct span *out)
{
	return read_text(map, key, out) && out->n <= BRIDGE_ID_MAX && !span_has_controls(*out);
}

const char *bridge_greeting_of(const struct value *v, struct bridge_greeting *g)
{
	*g = (struct bridge_greeting){0};
	const struct value *type = bridge_member(v, "type"), *data = bridge_member(v, "data");
	if (type && type->type != VALUE_STRING)
		return "Malformed handshake.";
	bool held = data && data->type == VALUE_MAP;
	if (type && span_is(value_text(type), "mod")) {
		g->side = BRIDGE_MOD;
		return held && bridge_read_id(data, "server_id", &g->id) &&
				       bridge_read_id(data, "channel_id", &g->channel)
			       ? NULL
			       : "Malformed mod handshake.";
	}
	if (type && span_is(value_text(type), "bot")) {
		g->side = BRIDGE_BOT;
		return held && bridge_read_id(data, "bot_id", &g->id) ? NULL
								      : "Malformed bot handshake.";
	}
	return "Unknown handshake.";
}

const char *bridge_read_greeting(struct arena *a, struct span text, struct bridge_greeting *g)
{
	struct value v;
	*g = (struct bridge_greeting){0};
	return bridge_read_json(a, text, &v) ? bridge_greeting_of(&v, g) : "Malformed handshake.";
}

// RFC 3339 §5.6; the clock alone would take parts of one as well.
static bool is_timestamp(struct span s)
{
	uint64_t from, to;
	if (s.n < 20 || s.n > 40 || s.p[10] != 'T' || s.p[16] != ':')
		return false;
	char zone = s.p[s.n - 1] == 'Z' ? 'Z' : s.p[s.n - 6];
	return (zone == 'Z' || zone == '+' || zone == '-') && clock_read(s, &from, &to);
}

// A Go program that leaves a time out sends the year 1.
static bool is_no_time(struct span s)
{
	return span_is(s, "0001-01-01T00:00:00Z");
}

static bool read_ts(const struct value *v, struct bridge_words *w)
{
	const struct value *ts = bridge_member(v, "ts");
	if (!ts || is_no_time(value_text(ts)))
		return true;
	w->ts = value_text(ts);
	return is_timestamp(w->ts);
}

static bool read_author(const struct value *v, struct bridge_words *w)
{
	const struct value *author = bridge_member(v, "author");
	if (!author || author->type != VALUE_MAP || !bridge_read_id(author, "id", &w->author_id))
		return false;
	const struct value *name = bridge_member(author, "name");
	if (name)
		w->author_name = value_text(name);
	return !name || name->type == VALUE_STRING;
}

static bool read_meta(struct arena *a, const struct value *v, struct bridge_words *w)
{
	const struct value *meta = bridge_member(v, "meta");
	struct buf text = {0};
	if (!meta)
		return true;
	if (meta->type != VALUE_MAP)
		return false;
	json_put(&text, meta);
	bool good = !text.failed;
	if (good)
		w->meta = span_of(arena_copy(a, text.p, text.n), text.n);
	buf_fini(&text);
	return good;
}

// A mod's `id` is its server's and the channel stands in `destination`; a bot's `id` is the channel.
static bool read_channel(
	const struct value *v, const struct bridge_greeting *sender, struct bridge_words *w)
{
	struct span id;
	if (!bridge_read_id(v, "id", &id))
		return false;
	w->channel = id;
	if (sender->side == BRIDGE_BOT)
		return true;
	const struct value *to = bridge_member(v, "destination");
	return span_eq(id, sender->id) && to && to->type == VALUE_MAP &&
	       bridge_read_id(to, "channel_id", &w->channel);
}

bool bridge_words_of(struct arena *a, const struct value *v, const struct bridge_greeting *sender,
	struct bridge_words *w)
{
	*w = (struct bridge_words){.from = sender->side};
	return bridge_read_id(v, "msg_id", &w->msg_id) && read_channel(v, sender, w) &&
	       read_author(v, w) && read_text(v, "content", &w->content) && read_ts(v, w) &&
	       read_meta(a, v, w);
}

bool bridge_read_message(struct arena *a, struct span text, const struct bridge_greeting *sender,
	struct bridge_words *w)
{
	struct value v;
	return bridge_read_json(a, text, &v) && bridge_words_of(a, &v, sender, w);
}

// --- keeping ---

struct bridge_message *bridge_message_new(const struct bridge_words *w)
{
	size_t n = w->msg_id.n + w->channel.n + w->author_id.n + w->author_name.n + w->content.n +
		   w->meta.n + w->ts.n;
	struct bridge_message *m = mem_alloc(sizeof *m + n);
	char *at = m->text;
	*m = (struct bridge_message){.received_us = clock_wall_us(), .bytes = sizeof *m + n};
	m->words = (struct bridge_words){.from = w->from,
		.msg_id = span_put(&at, w->msg_id),
		.channel = span_put(&at, w->channel),
		.author_id = span_put(&at, w->author_id),
		.author_name = span_put(&at, w->author_name),
		.content = span_put(&at, w->content),
		.meta = span_put(&at, w->meta),
		.ts = span_put(&at, w->ts)};
	list_init(&m->link);
	return m;
}

void bridge_message_free(struct bridge_message *m)
{
	list_unlink(&m->link);
	blob_unref(m->frame);
	bridge_trail_unref(m->trail);
	free(m);
}

// --- writing ---

void bridge_put_stamp(struct buf *out, const char *key, uint64_t us)
{
	char text[CLOCK_TEXT_BYTES];
	clock_text(us, text);
	buf_printf(out, ",\"%s\":\"", key);
	buf_put(out, text, STAMP_MS_CHARS);
	buf_lit(out, "Z\"");
}

static void put_text(struct buf *out, const char *key, struct span text)
{
	buf_str(out, key);
	json_put_text(out, text);
}

void bridge_put_body(struct buf *out, const struct bridge_message *m)
{
	const struct bridge_words *w = &m->words;
	buf_printf(out, "{\"type\":\"%s\"", side_words[w->from]);
	put_text(out, ",\"channel_id\":", w->channel);
	put_text(out, ",\"author\":{\"id\":", w->author_id);
	if (w->author_name.n)
		put_text(out, ",\"name\":", w->author_name);
	put_text(out, "},\"content\":", w->content);
	if (w->meta.n) {
		buf_lit(out, ",\"meta\":");
		buf_span(out, w->meta);
	}
	if (w->ts.n)
		put_text(out, ",\"ts\":", w->ts);
	else
		bridge_put_stamp(out, "ts", m->received_us);
	bridge_put_stamp(out, "received_at", m->received_us);
}

void bridge_put_message(struct buf *out, const struct bridge_message *m)
{
	bridge_put_body(out, m);
	bridge_put_stamp(out, "forwarded_at", clock_wall_us());
	buf_char(out, '}');
}

void bridge_put_connected(struct buf *out, enum bridge_side side)
{
	buf_printf(out, "{\"status\":\"connected\",\"type\":\"%s\"}", side_words[side]);
}

void bridge_put_status(struct buf *out, enum bridge_status status, enum bridge_side side)
{
	buf_printf(
		out, "{\"status\":\"%s\",\"type\":\"%s\"}", status_words[status], side_words[side]);
}

void bridge_put_error(struct buf *out, const char *words, int code)
{
	buf_printf(out, "{\"message\":\"%s\",\"code\":%d}", words, code);
}
