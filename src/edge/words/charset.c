// SPDX-License-Identifier: MIT
#include "edge/word.h"

static void run(struct player *p, struct span rest)
{
	enum charset set;
	struct buf b = {0};
	if (charset_find(rest, &set)) {
		word_prefer(p, &(struct look){.charset = (uint8_t)set}, LOOK_CHARSET);
		buf_printf(&b, "Your character set is %s now.", charset_name(set));
	} else {
		buf_printf(&b, "Your character set is %s.  There are:",
			charset_name((enum charset)p->terminal->look.charset));
		for (int i = 0; i < CHARSET_COUNT; i++)
			buf_printf(&b, " %s", charset_name((enum charset)i));
	}
	buf_char(&b, '\0');
	player_notice(p, b.p);
	buf_fini(&b);
}

const struct word word_charset = {
	"charset", "[NAME]", "in which your client reads and writes, such as ISO-8859-1", run};
