// SPDX-License-Identifier: MIT
// What a client cannot take as it is: other character sets than UTF-8, 255 (RFC 854), and eyes that
// are ears.
#include "base/utf8.h"
#include "proto/render_priv.h"
#include "proto/telnet.h"

static void put_bytes(const struct look *look, struct span utf8, struct buf *out)
{
	struct buf bytes = {0};
	charset_put((enum charset)look->charset, utf8, &bytes);
	telnet_put_text(out, buf_bytes(&bytes));
	buf_fini(&bytes);
}

static void write_for_ears(
	const struct rich *r, const struct look *look, struct pen *pen, bool reset, struct buf *out)
{
	struct rich spoken = {0};
	rich_speak(r, pen->column != 0, &spoken);
	render_terminal(&spoken, look, pen, reset, out);
	rich_fini(&spoken);
}

static void write_any(
	const struct rich *r, const struct look *look, struct pen *pen, bool reset, struct buf *out)
{
	if (look->reader)
		write_for_ears(r, look, pen, reset, out);
	else
		render_terminal(r, look, pen, reset, out);
}

static bool is_ascii(const struct rich *r)
{
	return utf8_ascii(r->text.p, r->text.n) == r->text.n &&
	       utf8_ascii(r->data.p, r->data.n) == r->data.n;
}

void render_telnet(
	const struct rich *r, const struct look *look, struct pen *pen, bool reset, struct buf *out)
{
	struct rich fitted = {0};
	struct buf utf8 = {0};
	// UTF-8 has no byte 255.
	if (look->charset == CHARSET_UTF8 || is_ascii(r)) {
		write_any(r, look, pen, reset, out);
		return;
	}
	// Spelt out first: the letters that are there instead may mean something to a client.
	rich_fit(r, look->charset, &fitted);
	write_any(&fitted, look, pen, reset, &utf8);
	put_bytes(look, buf_bytes(&utf8), out);
	rich_fini(&fitted);
	buf_fini(&utf8);
}
