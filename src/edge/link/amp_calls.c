// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/mem.h"
#include "edge/link/amp_link.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TAG_BYTES = 17 };

void amp_calls_init(struct amp_calls *c)
{
	list_init(&c->waiting);
	c->box.max = AMP_BOX_MAX;
}

void amp_calls_fini(struct amp_calls *c)
{
	list_each(it, &c->waiting) free(container_of(it, struct amp_call, in_calls));
	map_fini(&c->by_tag);
	buf_fini(&c->box);
}

static struct span tag_text(uint64_t tag, char out[TAG_BYTES])
{
	return span_of(out, (size_t)snprintf(out, TAG_BYTES, "%" PRIx64, tag));
}

struct buf *amp_call(struct amp_link *l, const char *command)
{
	struct amp_calls *c = &l->calls;
	char tag[TAG_BYTES];
	buf_clear(&c->box);
	c->command = command;
	amp_put(&c->box, "_ask", tag_text(++c->last_tag, tag));
	amp_put(&c->box, "_command", span_str(command));
	return &c->box;
}

static void remember(struct amp_calls *c, const struct amp_call *about)
{
	struct amp_call *call = mem_zalloc(sizeof *call);
	char tag[TAG_BYTES];
	*call = *about;
	call->tag = c->last_tag;
	call->command = c->command;
	call->bytes = c->box.n;
	call->due_ms = clock_ms() + AMP_CALL_MS;
	list_append(&c->waiting, &call->in_calls);
	map_put(&c->by_tag, tag_text(call->tag, tag), call);
	c->n++;
	c->bytes += call->bytes;
}

void amp_call_send(struct amp_link *l, const struct amp_call *about)
{
	struct amp_calls *c = &l->calls;
	if (l->state < AMP_HELLO)
		return;
	if (c->box.failed) { // what players and their clients say has smaller limits
		log_warning("amp_too_big", log_str("game", l->game->name),
			log_str("command", c->command));
		return;
	}
	remember(c, about); // also the one too many: whoever asked hears that it is lost
	if (c->n > AMP_CALLS_MAX || c->bytes > AMP_CALLS_BYTES_MAX)
		amp_socket_break(l->socket, CLOSE_SLOW);
	else
		amp_socket_send(l->socket, buf_bytes(&c->box));
}

static void finish(struct amp_link *l, struct amp_call *call, const struct amp_reply *reply)
{
	struct amp_calls *c = &l->calls;
	char tag[TAG_BYTES];
	map_take(&c->by_tag, tag_text(call->tag, tag));
	list_unlink(&call->in_calls);
	c->n--;
	c->bytes -= call->bytes;
	if (reply->got == AMP_ERROR && !span_is(reply->code, "UNHANDLED"))
		LOG_AT(log_paced(&l->said, LOG_WARNING), "amp_error",
			log_str("game", l->game->name), log_str("command", call->command),
			log_span("code", reply->code), log_span("says", reply->description));
	if (call->done)
		call->done(l, call, reply);
	free(call);
}

void amp_calls_answered(struct amp_link *l, struct span tag, const struct amp_reply *reply)
{
	struct amp_call *call = map_find(&l->calls.by_tag, tag);
	if (call)
		finish(l, call, reply);
	else
		LOG_AT(log_paced(&l->said, LOG_WARNING), "amp_answer",
			log_str("game", l->game->name), log_span("tag", tag),
			log_str("says", "nothing waits for it"));
}

void amp_calls_expire(struct amp_link *l, uint64_t now_ms)
{
	struct link *waiting = &l->calls.waiting;
	while (!list_empty(waiting)) {
		struct amp_call *call = container_of(waiting->next, struct amp_call, in_calls);
		if (call->due_ms > now_ms)
			return;
		LOG_AT(log_paced(&l->said, LOG_WARNING), "amp_unanswered",
			log_str("game", l->game->name), log_str("command", call->command));
		finish(l, call, &(struct amp_reply){.got = AMP_EXPIRED});
	}
}

void amp_calls_lost(struct amp_link *l)
{
	struct link *waiting = &l->calls.waiting;
	while (!list_empty(waiting))
		finish(l, container_of(waiting->next, struct amp_call, in_calls),
			&(struct amp_reply){.got = AMP_LOST});
}
