// SPDX-License-Identifier: MIT
// The first byte says who sends: a stranger's handshake, a mod's message or a bot's.  What is taken
// keeps the rules, and is written as JSON that says the same.
#include "base/mem.h"
#include "base/utf8.h"
#include "bridge/message.h"
#include "proto/json.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STRANGER = 'h', MOD = 'm' }; // any other byte: a bot

static void check_id(struct span id)
{
	ensure(id.n && id.n <= BRIDGE_ID_MAX && !span_has_controls(id) && utf8_valid(id));
}

static void check_greeting(struct arena *a, struct span text)
{
	struct bridge_greeting g;
	if (bridge_read_greeting(a, text, &g))
		return;
	check_id(g.id);
	if (g.side == BRIDGE_MOD)
		check_id(g.channel);
	else
		ensure(!g.channel.n);
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

static void check_message(struct arena *a, struct span text, const struct bridge_greeting *sender)
{
	struct bridge_words w;
	struct buf out = {0};
	if (!bridge_read_message(a, text, sender, &w))
		return;
	check_id(w.msg_id);
	check_id(w.channel);
	check_id(w.author_id);
	ensure(w.content.n && w.from == sender->side);
	struct bridge_message *m = bridge_message_new(&w);
	bridge_put_message(&out, m);
	ensure(out.n <= text.n + BRIDGE_TEXT_ADDS);
	check_written(a, &m->words, &out);
	bridge_message_free(m);
	buf_fini(&out);
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
	else
		check_message(&arena, span_of(text, size - 1), data[0] == MOD ? &mod : &bot);
	free(text);
	arena_fini(&arena);
	return 0;
}
