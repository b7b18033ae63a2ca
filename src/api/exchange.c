// SPDX-License-Identifier: MIT
// What calls about mail, files and news have in common: how a wish is answered, now or later.
#include "api/api.h"

static struct span text_of(struct call *c, int64_t number)
{
	struct buf text = {0};
	buf_int(&text, number);
	struct span kept = arena_span(c->arena, buf_bytes(&text));
	buf_fini(&text);
	return kept;
}

void call_put_exchange(struct call *c, const struct value *answer)
{
	if (!answer) {
		call_put_text(c, "status", "requested");
		call_put(c, "request_id", value_int(c->number));
		return;
	}
	for (size_t i = 0; i < answer->n; i++) {
		value_push(&c->result, value_copy(c->arena, &answer->at[2 * i]));
		value_push(&c->result, value_copy(c->arena, &answer->at[2 * i + 1]));
	}
}

static bool later(struct call *c, pending_fill *fill, int64_t wait_s)
{
	struct answer_key key = {.kind = ANSWER_EXCHANGE, .user = text_of(c, c->number)};
	if (!call_later(c, &key, fill, (uint32_t)wait_s))
		fill(c, NULL);
	return true;
}

bool call_exchange(
	struct call *c, const struct exchange_wish *wish, pending_fill *fill, int64_t wait_s)
{
	struct exchange *x = c->identity->exchange;
	struct exchange_answer a = {
		.said = EXCHANGE_OFF, .result = {.arena = c->arena}, .words = ""};
	if (x)
		x->ops->wish(x, wish, &a);
	c->number = a.number;
	switch (a.said) {
	case EXCHANGE_DONE: c->result = a.result; return true;
	case EXCHANGE_LATER: return later(c, fill, a.soon_s ? a.soon_s : wait_s);
	case EXCHANGE_OFF: return call_fail(c, ERROR_SERVICE_OFF, NULL);
	case EXCHANGE_FULL: return call_fail(c, ERROR_TOO_MANY, NULL);
	case EXCHANGE_REFUSED: break;
	}
	return call_fail_say(c, ERROR_BAD_PARAM, a.field, "%s", a.words);
}
