// SPDX-License-Identifier: MIT
// The first byte says who sends: a stranger's handshake, a mod's message or a bot's, of version 1 or
// 2.  What is taken keeps the rules, and is written as JSON that says the same; of version 2 also as
// it stands in a stream, and read again from there.
#include "base/mem.h"
#include "base/utf8.h"
#include "bridge/kept.h"
#include "bridge/wish.h"
#include "proto/json.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STRANGER = 'h', MOD = 'm', NEW_MOD = 'M', NEW_BOT = 'B' }; // any other byte: a bot

static void check_id(struct span id)
{
	ensure(id.n && id.n <= BRIDGE_ID_MAX && !span_has_controls(id) && utf8_valid(id));
}

static void check_wish(const struct bridge_greeting *g, const struct bridge_wish *w)
{
	struct coalesce trial;
	ensure(g->id.n <= BRIDGE_CONSUMER_ID_MAX);
	ensure(!w->limit.messages || coalesce_init(&trial, &w->limit));
	ensure(g->side == BRIDGE_BOT ? w->follows == !w->channels : !w->follows && !w->channels);
	for (size_t i = 0; w->channels && i < w->channels->n; i++)
		check_id(value_text(value_at(w->channels, i)));
	for (size_t i = 0; i < bridge_resumes(w); i++)
		check_id(bridge_resume_at(w, i).channel);
}

static void check_greeting(struct arena *a, struct span text)
{
	struct bridge_greeting g;
	struct bridge_wish w;
	if (bridge_read_hello(a, text, &g, &w))
		return;
	check_id(g.id);
	if (g.side == BRIDGE_MOD)
		check_id(g.channel);
	else
		ensure(!g.channel.n);
	if (w.version > 1)
		check_wish(&g, &w);
}

static struct span text_at(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);
	ensure(v && v->type == VALUE_STRING);
	return value_text(v);
}

static void check_written(struct arena *a, const struct bridge_words *w, struct buf *out)
{
	struct value v;
	struct json_error error;
	ensure(!out->failed && json_read(a, out->p, out->n, &v, &error));
	const struct value *author = value_get(&v, "author"), *name = value_get(author, "name");
	ensure(span_is(text_at(&v, "type"), bridge_side_word(w->from)));
	ensure(span_eq(text_at(&v, "channel_id"), w->channel));
	ensure(span_eq(text_at(author, "id"), w->author_id));
	ensure(!name == !w->author_name.n && (!name || span_eq(value_text(name), w->author_name)));
	ensure(span_eq(text_at(&v, "content"), w->content));
	ensure(!w->ts.n || span_eq(text_at(&v, "ts"), w->ts));
	ensure(!value_get(&v, "meta") == !w->meta.n);
	text_at(&v, "received_at");
	text_at(&v, "forwarded_at");
}

static void check_words(struct arena *a, size_t n, const struct bridge_words *w)
{
	struct buf out = {0};
	check_id(w->msg_id);
	check_id(w->channel);
	check_id(w->author_id);
	ensure(w->content.n);
	struct bridge_message *m = bridge_message_new(w);
	bridge_put_message(&out, m);
	ensure(out.n <= n + BRIDGE_TEXT_ADDS);
	check_written(a, &m->words, &out);
	bridge_message_free(m);
	buf_fini(&out);
}

static void check_message(struct arena *a, struct span text, const struct bridge_greeting *sender)
{
	struct bridge_words w;
	if (!bridge_read_message(a, text, sender, &w))
		return;
	ensure(w.from == sender->side);
	check_words(a, text.n, &w);
}

static void check_kept(struct arena *a, const struct bridge_words *w)
{
	struct bridge_message *m = bridge_message_new(w);
	struct buf kept = {0}, out = {0};
	struct bridge_kept_line l[2];
	struct value v;
	struct json_error error;
	const struct bridge_place at = {2, 1};
	bridge_put_kept(&kept, m);
	ensure(bridge_read_line(a, buf_bytes(&kept), &l[0]));
	ensure(span_eq(l[0].line.content, w->content) && span_eq(l[0].msg_id, w->msg_id));
	bridge_put_given(&out, buf_bytes(&kept), &at);
	check_written(a, w, &out);
	buf_clear(&out);
	l[1] = l[0];
	bridge_put_joined(&out, l, 2, &at);
	ensure(!out.failed && json_read(a, out.p, out.n, &v, &error));
	bridge_message_free(m);
	buf_fini(&kept);
	buf_fini(&out);
}

static void check_said(struct arena *a, struct span text, const struct bridge_greeting *sender)
{
	struct bridge_words w;
	struct bridge_ack ack;
	enum bridge_said said = bridge_read_said(a, text, sender, &w, &ack);
	if (said == BRIDGE_SAID_ACK)
		check_id(ack.channel);
	if (said != BRIDGE_SAID_WORDS)
		return;
	check_words(a, text.n, &w);
	check_kept(a, &w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bridge_greeting mod = {BRIDGE_MOD, {"s1", 2}, {"c1", 2}},
					    bot = {BRIDGE_BOT, {"b1", 2}, {0}};
	struct arena arena = {0};
	if (!size)
		return 0;
	char *text = mem_alloc(size - 1); // its own allocation: reading past the end is seen
	memcpy(text, data + 1, size - 1);
	if (data[0] == STRANGER)
		check_greeting(&arena, span_of(text, size - 1));
	else if (data[0] == NEW_MOD || data[0] == NEW_BOT)
		check_said(&arena, span_of(text, size - 1), data[0] == NEW_MOD ? &mod : &bot);
	else
		check_message(&arena, span_of(text, size - 1), data[0] == MOD ? &mod : &bot);
	free(text);
	arena_fini(&arena);
	return 0;
}
