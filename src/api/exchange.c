// SPDX-License-Identifier: MIT
// Calls about mail, files and news: a wish is granted at once, or the call waits for what comes of
// it.  All of its params have been used by then, so a call may wait however large it was.
#include "api/api.h"
#include "api/moderate.h"

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
	for (size_t i = 0; i < 2 * (size_t)answer->n; i++)
		value_push(&c->result, value_copy(c->arena, &answer->at[i]));
}

static bool later(struct call *c, pending_fill *fill, int64_t wait_s)
{
	static const struct value none = {.type = VALUE_MAP};
	struct answer_key key = {.kind = ANSWER_EXCHANGE, .user = text_of(c, c->number)};
	c->params = &none;
	c->may_defer = c->alone;
	if (!call_wait(c, &key, fill, wait_s))
		fill(c, NULL);
	return true;
}

// Mail and articles are talk; files are taken as they are, and may only be forbidden altogether.
static bool may_wish(struct call *c, struct exchange_wish *w)
{
	bool talk = w->verb == EXCHANGE_MAIL_SEND || w->verb == EXCHANGE_NEWS_POST;
	struct intent i = {.from_user = w->from_user};
	if (!talk && !w->mud.n)
		return true; // what we have here ourselves
	if (talk) {
		i.visname = w->subject;
		i.text = w->text;
	}
	if (!call_moderate(c, &i))
		return false;
	if (talk) {
		w->subject = i.visname;
		w->text = i.text;
	}
	return true;
}

bool call_exchange(struct call *c, struct exchange_wish *wish, pending_fill *fill, int64_t wait_s)
{
	struct exchange *x = c->identity->exchange;
	struct exchange_answer a = {
		.said = EXCHANGE_OFF, .result = {.arena = c->arena}, .words = ""};
	if (x && !may_wish(c, wish))
		return false;
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
