// SPDX-License-Identifier: MIT
// A command of the game: found, carried out, answered if it asked.  Whatever is wrong with it is said
// in an error box; Twisted would close the link, we keep it.
#include "edge/link/amp_ask.h"
#include "edge/link/amp_link.h"

static const struct amp_command *find_in(const struct amp_command *c, struct span name)
{
	while (c->name && !span_is(name, c->name))
		c++;
	return c->name ? c : NULL;
}

static const struct amp_command *find(struct span name)
{
	const struct amp_command *c = find_in(amp_commands_objects, name);
	return c ? c : find_in(amp_commands_players, name);
}

static void complain(struct amp_link *l, struct span command, const char *why)
{
	LOG_AT(log_paced(&l->said, LOG_WARNING), "amp_command", log_str("game", l->game->name),
		log_span("command", command), log_str("says", why));
}

static void post(struct amp_link *l, struct buf *box)
{
	ensure(!box->failed); // answers are small, and lists of ours are cut
	if (l->socket)
		amp_socket_send(l->socket, buf_bytes(box));
	buf_fini(box);
}

static void send_error(struct amp_link *l, struct span tag, const char *code, struct span words)
{
	struct buf box = {0};
	amp_put(&box, "_error", tag);
	amp_put(&box, "_error_code", span_str(code));
	amp_put(&box, "_error_description", words);
	post(l, &box);
}

static void send_answer(struct amp_link *l, struct span tag, struct span answer)
{
	struct buf box = {0};
	amp_put(&box, "_answer", tag);
	buf_span(&box, answer);
	post(l, &box);
}

static void unknown(struct amp_link *l, struct span command, const struct span *tag)
{
	struct buf words = {0};
	complain(l, command, "is unknown");
	buf_lit(&words, "Unhandled Command: ");
	buf_span(&words, span_of(command.p, min_size(command.n, AMP_KEY_MAX)));
	if (tag)
		send_error(l, *tag, "UNHANDLED", buf_bytes(&words));
	buf_fini(&words);
}

void amp_serve(struct amp_link *l, struct span box)
{
	struct amp_ask ask = {.link = l, .box = box};
	struct span command, tag;
	bool asks = amp_find(box, "_ask", &tag);
	if (!amp_find(box, "_command", &command)) {
		complain(l, (struct span){0}, "a box that is neither a command nor an answer");
		return;
	}
	const struct amp_command *c = find(command);
	if (!c) {
		unknown(l, command, asks ? &tag : NULL);
		return;
	}
	c->run(&ask);
	if (amp_ask_failed(&ask))
		complain(l, command, ask.fault);
	if (asks && amp_ask_failed(&ask))
		send_error(l, tag, "BAD_ARGUMENT", span_str(ask.fault));
	else if (asks)
		send_answer(l, tag, buf_bytes(&ask.answer));
	buf_fini(&ask.answer);
}
