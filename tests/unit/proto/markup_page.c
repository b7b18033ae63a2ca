// SPDX-License-Identifier: MIT
// markup_page DIALECT FILE...: of each file, read as that dialect, its text, its HTML, its plain text
// and its spans, each with a NUL behind it.  For tests with parsers that are not ours.
#include "base/mem.h"
#include "proto/markup.h"
#include <stdio.h>
#include <stdlib.h>

static void put(void (*render)(const struct rich *, struct buf *), const struct rich *r)
{
	struct buf out = {0};
	render(r, &out);
	buf_char(&out, '\0');
	fwrite(out.p, 1, out.n, stdout);
	buf_fini(&out);
}

static void put_text(const struct rich *r, struct buf *out)
{
	buf_span(out, buf_bytes(&r->text));
}

static void show(enum dialect d, const char *path)
{
	struct markup m = {.dialect = (uint8_t)d};
	struct rich r = {0};
	char bytes[4096];
	FILE *f = fopen(path, "rb");
	if (!f)
		die("%s: cannot be read", path);
	for (size_t n; (n = fread(bytes, 1, sizeof bytes, f));)
		markup_read(&m, span_of(bytes, n), &r);
	fclose(f);
	markup_end(&m, &r);
	put(put_text, &r);
	put(render_html, &r);
	put(render_plain, &r);
	put(render_spans, &r);
	rich_fini(&r);
}

int main(int argc, char **argv)
{
	enum dialect d;
	if (argc < 3 || !dialect_find(span_str(argv[1]), &d))
		die("usage: %s DIALECT FILE...", argv[0]);
	for (int i = 2; i < argc; i++)
		show(d, argv[i]);
	return 0;
}
