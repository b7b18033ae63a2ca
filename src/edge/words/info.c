// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "edge/edge.h"
#include "edge/word.h"

static const char *const colours[] = {"no colors", "16 colors", "256 colors", "16 million colors"};

static void put_client(struct buf *b, const struct player *p, const struct terminal_facts *f)
{
	const struct look *look = &p->terminal->look;
	buf_printf(b, "  client    %.*s %.*s (%.*s), by %s%s%s\n", (int)f->client.n, f->client.p,
		(int)f->version.n, f->version.p, (int)f->type.n, f->type.p, f->transport,
		f->secure ? ", encrypted" : "", f->mccp ? ", compressed" : "");
	buf_printf(b, "  window    %u columns, %u lines\n", f->width, f->height);
	buf_printf(b, "  text      %s, %s%s", charset_name((enum charset)look->charset),
		colours[look->colours], look->reader ? ", for a screen reader" : "");
	if (look->width)
		buf_printf(b, ", wrapped at %u", look->width);
	buf_char(b, '\n');
}

static void run(struct player *p, struct span rest)
{
	struct terminal_facts f;
	struct buf b = {0};
	(void)rest;
	player_facts(p, &f);
	if (p->game)
		buf_printf(&b, "  game      %s, %s\n", p->game->name,
			game_is_in(p->game) ? "up" : "away for a moment");
	if (p->name)
		buf_printf(&b, "  name      %s\n", p->name);
	buf_printf(&b, "  address   %s\n", p->address);
	put_client(&b, p, &f);
	buf_printf(&b, "  here for  %llu minutes",
		(unsigned long long)((clock_ms() - p->since_ms) / (60 * SECOND_MS)));
	buf_char(&b, '\0');
	player_notice(p, b.p);
	buf_fini(&b);
}

const struct word word_info = {"info", "", "what the gate knows of you and your client", run};
