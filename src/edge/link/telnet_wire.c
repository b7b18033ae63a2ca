// SPDX-License-Identifier: MIT
// The bytes of an upstream: text, which goes to the player as it comes, and pieces towards the game.
// A piece is an option's answer or some lines; it is written alone, when the kernel has taken the one
// before.
#include "base/log.h"
#include "edge/link/telnet_priv.h"

enum {
	PACE_MS = 1,   // between two pieces
	STILL_MS = 20, // between two looks at a game that does not read
	EARLY_MAX = 2 * CONN_READ_BYTES + TELNET_SUB_MAX, // one read, and what was left of another
};

// --- a connection ---

static struct charset_in charset_of(const struct upstream *u)
{
	enum charset is = CHARSET_UTF8;
	if (!charset_find(span_str(reach_config(u->reach)->telnet.charset), &is))
		is = CHARSET_UTF8; // it was checked with the configuration
	return (struct charset_in){.is = (uint8_t)is, .otherwise = CHARSET_CP1252};
}

void wire_begin(struct upstream *u)
{
	struct buf header = {0};
	u->charset = charset_of(u);
	u->markup = (struct markup){.dialect = (uint8_t)reach_config(u->reach)->markup};
	u->early.max = EARLY_MAX;
	source_header(u, &header);
	if (header.n)
		conn_write(u->conn, buf_bytes(&header));
	buf_fini(&header);
	answers_begin(u);
}

void wire_end(struct upstream *u)
{
	if (u->hidden && u->joined)
		player_hide(u->player, false);
	u->hidden = u->early_prompt = false;
	buf_fini(&u->early);
	buf_fini(&u->pieces);
	timer_stop(&u->pace);
}

// --- towards the player ---

static void show(struct upstream *u, bool prompt)
{
	struct edge *e = u->player->edge;
	struct showing s;
	showing_init(&s, &e->shows, &e->rich);
	s.prompt = prompt;
	s.stream = true;
	player_show(u->player, &s);
	showing_fini(&s);
	if (u->conn && player_is_full(u->player)) {
		log_debug("player_paused", log_id("player", u->player->id));
		conn_pause(u->conn); // until drained()
	}
}

static void show_text(struct upstream *u, struct span bytes)
{
	struct edge *e = u->player->edge;
	buf_clear(&e->text);
	rich_clear(&e->rich);
	charset_read(&u->charset, bytes, &e->text);
	markup_read(&u->markup, buf_bytes(&e->text), &e->rich);
	again_heard(u, buf_bytes(&e->rich.text));
	show(u, false);
	again_step(u);
}

static void text(struct upstream *u, struct span bytes)
{
	if (u->joined)
		show_text(u, bytes);
	else
		buf_span(&u->early, bytes);
}

// Half a code at the end of a prompt is no code.
static void prompt(struct upstream *u)
{
	struct edge *e = u->player->edge;
	if (!u->joined) {
		u->early_prompt = true;
		return;
	}
	rich_clear(&e->rich);
	markup_flush(&u->markup, &e->rich);
	show(u, true);
}

void wire_early(struct upstream *u)
{
	struct buf early = u->early;
	bool was_prompt = u->early_prompt;
	u->early = (struct buf){.max = EARLY_MAX};
	u->early_prompt = false;
	if (u->hidden)
		player_hide(u->player, true);
	if (early.n)
		show_text(u, buf_bytes(&early));
	if (was_prompt && u->player)
		prompt(u);
	buf_fini(&early);
}

static void command(struct upstream *u, uint8_t what)
{
	if (what == TELNET_GA || what == TELNET_EOR)
		prompt(u);
}

void wire_msg(struct upstream *u, const struct codec_msg *msg)
{
	struct span body = msg->body;
	switch (msg->kind) {
	case TELNET_IS_TEXT: text(u, body); break;
	case TELNET_IS_COMMAND: command(u, (uint8_t)body.p[0]); break;
	case TELNET_IS_ASK: answers_ask(u, body); break;
	case TELNET_IS_SUB:
		answers_sub(u, (uint8_t)body.p[0], span_of(body.p + 1, body.n - 1));
		break;
	default:
		log_debug("upstream_cut", log_id("player", u->player->id),
			log_int("option", (uint8_t)body.p[0]));
	}
}

// --- towards the game ---

static bool is_still(const struct upstream *u)
{
	return conn_unsent(u->conn) > 0;
}

void wire_pace(struct upstream *u)
{
	uint32_t n;
	if (!u->conn || !u->pieces.n)
		return;
	if (is_still(u)) {
		timer_start(&u->pace, STILL_MS);
		return;
	}
	memcpy(&n, u->pieces.p, sizeof n);
	conn_write(u->conn, span_of(u->pieces.p + sizeof n, n));
	buf_drop(&u->pieces, sizeof n + n);
	u->last -= (uint32_t)min_size(u->last, sizeof n + n);
	if (u->pieces.n)
		timer_start(&u->pace, PACE_MS);
	else
		buf_fini(&u->pieces);
}

static bool joins_last(const struct upstream *u, size_t more)
{
	return u->pieces.n && u->last_is_text && u->pieces.n - u->last + more <= UPSTREAM_PIECE_MAX;
}

static void append(struct upstream *u, struct span bytes, bool is_text)
{
	uint32_t n = (uint32_t)bytes.n;
	u->pieces.max = 2 * UPSTREAM_WAITING_MAX;
	u->last = (uint32_t)u->pieces.n;
	u->last_is_text = is_text;
	buf_put(&u->pieces, &n, sizeof n);
	buf_span(&u->pieces, bytes);
}

static void append_to_last(struct upstream *u, struct span bytes)
{
	uint32_t n;
	memcpy(&n, u->pieces.p + u->last, sizeof n);
	n += (uint32_t)bytes.n;
	memcpy(u->pieces.p + u->last, &n, sizeof n);
	buf_span(&u->pieces, bytes);
}

static bool put(struct upstream *u, struct span bytes, bool is_text)
{
	if (!u->conn || u->pieces.n + bytes.n > UPSTREAM_WAITING_MAX)
		return false;
	if (!u->pieces.n && !is_still(u)) {
		conn_write(u->conn, bytes);
		return true;
	}
	if (!u->pieces.n)
		timer_start(&u->pace, PACE_MS);
	if (is_text && joins_last(u, bytes.n))
		append_to_last(u, bytes);
	else
		append(u, bytes, is_text);
	return true;
}

bool wire_piece(struct upstream *u, struct span bytes)
{
	return put(u, bytes, false);
}

void wire_give(struct upstream *u, struct buf *b)
{
	if (b->n)
		(void)wire_piece(
			u, buf_bytes(b)); // a game that asks on and reads nothing is not answered
	buf_fini(b);
}

bool wire_line(struct upstream *u, struct span utf8)
{
	struct buf in_charset = {0}, line = {0};
	u->q.flips =
		0; // somebody is there: what is asked for from now on is no loop of two programs
	charset_write((enum charset)u->charset.is, utf8, &in_charset);
	telnet_put_text(&line, buf_bytes(&in_charset));
	buf_lit(&line, "\r\n");
	bool taken = put(u, buf_bytes(&line), true);
	buf_fini(&in_charset);
	buf_fini(&line);
	return taken;
}
