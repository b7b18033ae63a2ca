// SPDX-License-Identifier: MIT
// GMCP and MSDP between the game and the client, message by message, and MSSP, which ends here: the
// gate tells crawlers itself, also while the game is away.
//
// What a client said of itself when it came, once and maybe before there was a game, is said by the
// gate, and again to a game that is back: Core.Hello, Core.Supports.Set, MSDP's REPORT.  The other way,
// Core.Goodbye is not passed on: it is the game that goes, not the gate.
#include "base/utf8.h"
#include "edge/link/telnet_priv.h"
#include "proto/gmcp.h"
#include "proto/json.h"
#include "proto/msdp.h"

// --- GMCP ---

void relay_gmcp(struct upstream *u, struct span package, struct span json)
{
	struct buf says = {0}, out = {0};
	buf_span(&says, package);
	if (json.n)
		buf_char(&says, ' ');
	buf_span(&says, json);
	telnet_put_sub(&out, telnet_number(TELNET_OPT_GMCP), buf_bytes(&says));
	wire_piece(u, buf_bytes(&out));
	buf_fini(&says);
	buf_fini(&out);
}

// Words that are no JSON, which old games send, become a string of it.
static void put_json(struct buf *out, struct span text)
{
	struct arena arena = {0};
	struct value v;
	if (!text.n || json_read_copy(&arena, text, &v))
		buf_span(out, text);
	else
		json_put_text(out, text);
	arena_fini(&arena);
}

static void hear_gmcp(struct upstream *u, struct span says)
{
	struct buf text = {0}, json = {0};
	utf8_repair(&text, says);
	struct span rest = buf_bytes(&text), package = span_until(rest, ' ');
	span_take(&rest, package.n);
	put_json(&json, span_trim(rest));
	if (gmcp_is_package(package) && !span_caseeq(package, SPAN("Core.Goodbye")) &&
		!again_takes(u, package, buf_bytes(&json)))
		player_oob(u->player, package, buf_bytes(&json));
	buf_fini(&text);
	buf_fini(&json);
}

// --- MSDP ---

static const struct span msdp = {"MSDP", sizeof "MSDP" - 1};

static void hear_msdp(struct upstream *u, struct span says)
{
	struct arena arena = {0};
	struct buf json = {0};
	struct value v;
	if (msdp_read(&arena, says, &v)) {
		json_put(&json, &v);
		player_oob(u->player, msdp, buf_bytes(&json));
	}
	buf_fini(&json);
	arena_fini(&arena);
}

static void say_msdp(struct upstream *u, struct span json)
{
	struct arena arena = {0};
	struct buf says = {0}, out = {0};
	struct value v;
	if (json_read_copy(&arena, json, &v))
		msdp_put(&says, &v);
	if (says.n)
		telnet_put_sub(&out, telnet_number(TELNET_OPT_MSDP), buf_bytes(&says));
	wire_give(u, &out);
	buf_fini(&says);
	arena_fini(&arena);
}

// --- MSSP ---

enum { MSSP_NAME = 1, MSSP_VALUE = 2 };

static struct span take_word(struct span *rest)
{
	struct span word = {rest->p, 0};
	while (word.n < rest->n && (uint8_t)rest->p[word.n] > MSSP_VALUE)
		word.n++;
	span_take(rest, word.n);
	return word;
}

static void put_word(struct buf *out, struct span word)
{
	struct buf utf8 = {0};
	utf8_repair(&utf8, word);
	buf_span(out, buf_bytes(&utf8));
	buf_char(out, '\0');
	buf_fini(&utf8);
}

static void hear_mssp(struct upstream *u, struct span says)
{
	struct buf pairs = {0};
	struct span name = {0};
	while (says.n && pairs.n < UPSTREAM_MSSP_MAX) {
		uint8_t type = (uint8_t)span_take(&says, 1).p[0];
		struct span word = take_word(&says);
		if (type == MSSP_NAME)
			name = word;
		if (type != MSSP_VALUE || !name.n || pairs.n + name.n + word.n > UPSTREAM_MSSP_MAX)
			continue;
		put_word(&pairs, name);
		put_word(&pairs, word);
	}
	buf_fini(&u->reach->game->mssp);
	u->reach->game->mssp = pairs;
}

// --- both ways ---

void relay_sub(struct upstream *u, enum telnet_option o, struct span says)
{
	if (o == TELNET_OPT_GMCP)
		hear_gmcp(u, says);
	else if (o == TELNET_OPT_MSDP)
		hear_msdp(u, says);
	else if (o == TELNET_OPT_MSSP)
		hear_mssp(u, says);
}

static void say_report(void *owner, struct span json)
{
	say_msdp(owner, json);
}

static void say_hello(struct upstream *u, const struct terminal_facts *f)
{
	struct buf json = {0};
	buf_lit(&json, "{\"client\":");
	json_put_text(&json, f->client.n ? f->client : SPAN("Gatehouse"));
	buf_lit(&json, ",\"version\":");
	json_put_text(&json, f->version);
	buf_char(&json, '}');
	relay_gmcp(u, SPAN("Core.Hello"), buf_bytes(&json));
	buf_fini(&json);
}

static void say_supports(struct upstream *u, const struct terminal_facts *f)
{
	uint64_t now = span_digest(f->supports);
	if (!f->supports.n || now == u->supports)
		return;
	u->supports = now;
	relay_gmcp(u, SPAN("Core.Supports.Set"), f->supports);
}

void relay_begin(struct upstream *u, enum telnet_option o)
{
	struct terminal_facts f;
	player_facts(u->player, &f);
	if (o == TELNET_OPT_MSDP)
		reports_each(&u->player->reports, say_report, u);
	if (o != TELNET_OPT_GMCP)
		return;
	u->supports = 0;
	say_hello(u, &f);
	say_supports(u, &f);
}

void relay_changed(struct upstream *u)
{
	struct terminal_facts f;
	player_facts(u->player, &f);
	if (answers_is_on(u, TELNET_OPT_GMCP))
		say_supports(u, &f);
}

void relay_oob(struct upstream *u, struct span package, struct span json)
{
	learn_oob(u, package, json);
	if (span_caseeq(package, msdp)) {
		if (answers_is_on(u, TELNET_OPT_MSDP))
			say_msdp(u, json);
	} else if (answers_is_on(u, TELNET_OPT_GMCP)) {
		relay_gmcp(u, package, json);
	}
}
