// SPDX-License-Identifier: MIT
// What a game is told of a player's client: nothing that does not hold through the gate.
#include "edge/link/telnet_priv.h"

// Bits of MTTS that hold through the gate: it reads games' escape sequences and lets colours pass,
// not what moves the cursor, the mouse or the palette.
enum {
	MTTS_ANSI = 1,
	MTTS_UTF8 = 4,
	MTTS_256 = 8,
	MTTS_READER = 64,
	MTTS_PROXY = 128,
	MTTS_TRUE = 256,
	MTTS_MNES = 512,
	MTTS_TLS = 2048,
};

const struct look *claims_look(const struct upstream *u)
{
	static const struct look plain;
	return u->player->terminal ? &u->player->terminal->look : &plain;
}

uint32_t claims_mtts(const struct upstream *u)
{
	struct terminal_facts facts, *f = &facts;
	player_facts(u->player, f);
	const struct look *l = claims_look(u);
	uint32_t bits = MTTS_PROXY | (f->mtts & MTTS_MNES);
	bits |= l->colours >= LOOK_16 ? MTTS_ANSI : 0;
	bits |= l->colours >= LOOK_256 ? MTTS_256 : 0;
	bits |= l->colours >= LOOK_TRUE ? MTTS_TRUE : 0;
	bits |= l->charset == CHARSET_UTF8 ? MTTS_UTF8 : 0;
	bits |= l->reader ? MTTS_READER : 0;
	bits |= f->secure ? MTTS_TLS : 0;
	return bits;
}

// What a client says of itself, in letters that old parsers have.
static void put_word(struct buf *out, struct span word, const char *otherwise)
{
	size_t before = out->n;
	for (size_t i = 0; i < word.n && i < TERMINAL_NAME_MAX; i++)
		if (word.p[i] > ' ' && word.p[i] < 127)
			buf_char(out, word.p[i]);
	if (out->n == before)
		buf_str(out, otherwise);
}

void claims_client(const struct upstream *u, struct buf *out)
{
	struct terminal_facts f;
	player_facts(u->player, &f);
	put_word(out, f.client, "GATEHOUSE");
}

static void put_version(const struct upstream *u, struct buf *out)
{
	struct terminal_facts f;
	player_facts(u->player, &f);
	put_word(out, f.version, "");
}

void claims_kind(const struct upstream *u, struct buf *out)
{
	static const char *const kinds[] = {"DUMB", "ANSI", "XTERM-256COLOR", "XTERM-TRUECOLOR"};
	struct terminal_facts f;
	player_facts(u->player, &f);
	put_word(out, f.type, kinds[claims_look(u)->colours]);
}

const char *const claims_names[CLAIMS_COUNT] = {
	"CHARSET", "CLIENT_NAME", "CLIENT_VERSION", "IPADDRESS", "MTTS", "TERMINAL_TYPE"};

bool claims_variable(const struct upstream *u, struct span name, struct buf *out)
{
	if (span_is(name, "CHARSET")) // of this connection: what the player has is the gate's work
		buf_str(out, charset_name((enum charset)u->charset.is));
	else if (span_is(name, "CLIENT_NAME"))
		claims_client(u, out);
	else if (span_is(name, "CLIENT_VERSION"))
		put_version(u, out);
	else if (span_is(name, "IPADDRESS"))
		buf_str(out, u->player->address);
	else if (span_is(name, "MTTS"))
		buf_printf(out, "%u", claims_mtts(u));
	else if (span_is(name, "TERMINAL_TYPE"))
		claims_kind(u, out);
	else
		return false;
	return true;
}
