// SPDX-License-Identifier: MIT
// What each look is sent.  Whatever strangers put into the text, no bytes act on the client but SGR
// and the gate's own tags.
#include "check.h"
#include "proto/cells.h"
#include "proto/markup.h"

static const struct span attacks[] = {
#define ATTACK(text) {"" text, sizeof(text) - 1},
#include "markup_attacks.tbl"
};

static void read_whole(enum dialect d, struct span text, struct rich *r)
{
	struct markup m = {.dialect = (uint8_t)d};
	rich_clear(r);
	markup_read(&m, text, r);
	markup_end(&m, r);
}

static void render_one(enum dialect d, struct span text, const struct look *look, struct buf *out)
{
	struct rich r = {0};
	struct pen pen = {0};
	read_whole(d, text, &r);
	render_telnet(&r, look, &pen, true, out);
	rich_fini(&r);
}

static void check_shown(const char *evennia, struct look look, const char *want)
{
	struct buf out = {0};
	render_one(DIALECT_EVENNIA, span_str(evennia), &look, &out);
	check_text(buf_bytes(&out), want);
	buf_fini(&out);
}

static void check_ansi(const char *text, struct look look, const char *want)
{
	struct buf out = {0};
	render_one(DIALECT_ANSI, span_str(text), &look, &out);
	check_text(buf_bytes(&out), want);
	buf_fini(&out);
}

static void colours_are_the_nearest_a_look_has(void **state)
{
	(void)state;
	struct look sixteen = {.colours = LOOK_16}, bright = {.colours = LOOK_16, .bright = true};
	struct look many = {.colours = LOOK_256, .bright = true}, all = {.colours = LOOK_TRUE};
	check_shown("|rx|n.", sixteen, "\x1b[1;31mx\x1b[0m.");
	check_shown("|rx|n.", bright, "\x1b[91mx\x1b[0m.");
	check_shown("|[rx|n.", sixteen, "\x1b[41mx\x1b[0m.");
	check_shown("|[rx|n.", bright, "\x1b[101mx\x1b[0m.");
	check_shown("|#ff0000x", bright, "\x1b[91mx\x1b[0m");
	check_shown("|#cc0101x", bright, "\x1b[31mx\x1b[0m");
	check_shown("|#ff8700x|#808080y", many, "\x1b[38;5;208mx\x1b[38;5;244my\x1b[0m");
	check_shown("|#ff8001x|[#010203y", all, "\x1b[38;2;255;128;1mx\x1b[48;2;1;2;3my\x1b[0m");
	many.bright = false;
	check_shown("|rx|Ry", many, "\x1b[38;5;9mx\x1b[31my\x1b[0m");
	check_shown("|505x|=ly", all, "\x1b[38;5;201mx\x1b[38;5;242my\x1b[0m");
	check_shown("|505x", bright, "\x1b[95mx\x1b[0m");
	check_shown("|rx|[Gy", (struct look){0}, "xy");
}

static void only_differences_are_sent(void **state)
{
	(void)state;
	struct look look = {.colours = LOOK_16, .bright = true};
	check_ansi("\x1b[31ma\x1b[31mb\x1b[1mc\x1b[0m\x1b[1;31md\x1b[32me\x1b[0m", look,
		"\x1b[31mab\x1b[1mcd\x1b[32me\x1b[0m");
	check_ansi("\x1b[1;31ma\x1b[22mb\x1b[39mc", look, "\x1b[1;31ma\x1b[0;31mb\x1b[0mc");
	check_ansi("\x1b[31m\x1b[0m", look, "");
	check_ansi("\x1b[31m\n\x1b[32mx\n", look, "\r\n\x1b[32mx\r\n\x1b[0m");
}

static void backgrounds_end_before_their_line(void **state)
{
	(void)state;
	struct look look = {.colours = LOOK_16};
	check_ansi("\x1b[41ma\nb\n", look, "\x1b[41ma\x1b[0m\r\n\x1b[41mb\x1b[0m\r\n");
	check_ansi("\x1b[7;32ma\nb", look, "\x1b[7;32ma\x1b[0m\r\n\x1b[7;32mb\x1b[0m");
}

static void a_stream_goes_on_with_its_pen(void **state)
{
	(void)state;
	struct look look = {.colours = LOOK_16};
	struct markup m = {.dialect = DIALECT_ANSI};
	struct pen pen = {0};
	struct rich r = {0};
	struct buf out = {0};
	markup_read(&m, SPAN("\x1b[32mHP> "), &r);
	render_telnet(&r, &look, &pen, false, &out);
	assert_int_equal(pen.column, 4);
	rich_clear(&r);
	markup_read(&m, SPAN("go\x1b[0m"), &r);
	render_telnet(&r, &look, &pen, false, &out);
	check_text(buf_bytes(&out), "\x1b[32mHP> go\x1b[0m");
	assert_int_equal(pen.column, 6);
	rich_clear(&r);
	markup_read(&m, SPAN("\n"), &r);
	render_telnet(&r, &look, &pen, false, &out);
	assert_int_equal(pen.column, 0);
	rich_fini(&r);
	buf_fini(&out);
}

static void single_byte_clients_get_their_bytes_and_255_twice(void **state)
{
	(void)state;
	struct look look = {.charset = CHARSET_LATIN1};
	check_ansi("\xc3\xbf\xc3\xbf\xc3\xa9 \xe2\x80\x99\n", look, "\xff\xff\xff\xff\xe9 '\r\n");
	look.charset = CHARSET_UTF8;
	check_ansi("\xc3\xbf", look, "\xc3\xbf");
	look = (struct look){.charset = CHARSET_ASCII, .colours = LOOK_16};
	check_ansi("\x1b[31m\xc3\xa9\x1b[0m!", look, "\x1b[31me\x1b[0m!");
}

static void mxp_text_holds_no_tags_and_links_are_secure(void **state)
{
	(void)state;
	struct look look = {.links = LOOK_MXP};
	check_shown("a<b>&c \x1b[4z<b> \x1b[#z", look, "a&lt;b&gt;&amp;c &lt;b&gt; ");
	check_shown("|lcsay \"<hi>|ltx|le.", look,
		"\x1b[4z<SEND HREF=\"say &quot;&lt;hi&gt;\">x\x1b[4z</SEND>.");
	check_shown("|luhttp://a/?b&c|ltx|le", look,
		"\x1b[4z<A HREF=\"http://a/?b&amp;c\">x\x1b[4z</A>");
	look.charset = CHARSET_ASCII;
	check_shown("\xe2\x80\xb9SEND\xe2\x80\xba", look, "&lt;SEND&gt;");
	check_shown("|lc\xe2\x80\xb9x\xe2\x80\xba|ltx|le", look,
		"\x1b[4z<SEND HREF=\"&lt;x&gt;\">x\x1b[4z</SEND>");
}

static void links_are_what_the_client_knows(void **state)
{
	(void)state;
	struct look look = {.links = LOOK_MSLP, .colours = LOOK_16};
	check_shown("|lclook|ltx|le.", look, "\x1b]68;1;SEND;look\a\x1b[4mx\x1b[24m.");
	look.links = LOOK_OSC8;
	check_shown("|lclook|ltx|le.", look, "x.");
	check_shown("|luhttp://a/|ltx|le.", look, "\x1b]8;;http://a/\x1b\\x\x1b]8;;\x1b\\.");
	look.links = LOOK_PLAIN;
	check_shown("|luhttp://a/|ltx|le.", look, "x (http://a/).");
	check_shown("|luhttp://a/|lthttp://a/|le.", look, "http://a/.");
	look.links = LOOK_MXP;
	check_shown("|lclook|lta|/b|le", look,
		"\x1b[4z<SEND HREF=\"look\">a\x1b[4z</SEND>\r\n"
		"\x1b[4z<SEND HREF=\"look\">b\x1b[4z</SEND>");
}

static void sounds_are_the_games_only(void **state)
{
	(void)state;
	struct look deaf = {0}, look = {.sounds = true};
	struct markup m = {.dialect = DIALECT_ANSI, .sounds = true};
	struct rich r = {0};
	struct buf out = {0};
	markup_read(&m, SPAN("!!SOUND(a.wav)\nx !!SOUND(b)\n"), &r);
	render_telnet(&r, &look, &(struct pen){0}, true, &out);
	check_text(buf_bytes(&out), "!!SOUND(a.wav)\r\nx !!SOUND(b)\r\n");
	buf_clear(&out);
	render_telnet(&r, &deaf, &(struct pen){0}, true, &out);
	check_text(buf_bytes(&out), "x !!SOUND(b)\r\n");
	check_ansi(
		"!!SOUND(x)\n!!Music(y)\n!!x\n!", look, " !!SOUND(x)\r\n !!Music(y)\r\n!!x\r\n !");
	look.charset = CHARSET_ASCII;
	check_ansi("\xef\xbc\x81!SOUND\xef\xbc\x88x)", look, " !!SOUND(x)");
	look.width = 10;
	check_ansi("abc defgh !!SOUND(x)", look, "abc defgh\r\n !!SOUND(x\r\n)");
	rich_fini(&r);
	buf_fini(&out);
}

static void screen_readers_get_words(void **state)
{
	(void)state;
	struct look look = {.colours = LOOK_TRUE, .reader = true, .links = LOOK_MXP};
	check_ansi("\x1b[31m+------+-----+\x1b[0m\n| a *** |\n------ News ------\n", look,
		"\r\n| a *** |\r\n- News -\r\n");
	check_ansi("┌────┐\na<b\n-- \n", look, "\r\na&lt;b\r\n-- \r\n");
	check_shown("|luhttp://a/?b&c|ltx|le", look, "x (http://a/?b&amp;c)");
	check_shown("|lclook|lt|ra--|[b--b|n|le.", look, "a-b.");
}

static void lines_are_wrapped_between_words(void **state)
{
	(void)state;
	struct look look = {.width = 10};
	check_ansi("one two three four", look, "one two\r\nthree four");
	check_ansi("0123456789 x\n0123456789\ny", look, "0123456789\r\nx\r\n0123456789\r\ny");
	check_ansi("ab 0123456789abcdef", look, "ab\r\n0123456789\r\nabcdef");
	check_ansi("世界世界世界", look, "世界世界世\r\n界");
	check_ansi("a 世界世界世", look, "a\r\n世界世界世");
	check_ansi("e\xcc\x81\x65\xcc\x81\x65\xcc\x81 345 789", look,
		"e\xcc\x81\x65\xcc\x81\x65\xcc\x81 345\r\n789");
	look.colours = LOOK_16;
	check_ansi(
		"one two th\x1b[31mree\x1b[0m four", look, "one two\r\nth\x1b[31mree\x1b[0m four");
	look.width = 1;
	check_ansi("世x", look, "世\r\nx");
}

static void text_is_as_wide_as_terminals_show_it(void **state)
{
	(void)state;
	assert_int_equal(cells_behind(SPAN("abc"), 0), 3);
	assert_int_equal(cells_behind(SPAN("a\tb"), 0), 9);
	assert_int_equal(cells_behind(SPAN("世e\xcc\x81"), 0), 3);
	check_text(cells_cut(SPAN("a世e\xcc\x81x"), 4), "a世e\xcc\x81");
	check_text(cells_cut(SPAN("a世"), 2), "a");
}

static void the_bell_rings_once(void **state)
{
	(void)state;
	check_ansi("a\a\a\ab", (struct look){0}, "a\ab");
}

// --- attacks ---

// SGR, the gate's own of MXP, and nothing else.  → bytes of the sequence at the front.
static size_t allowed(struct span s, const struct look *look)
{
	size_t i = 2;
	assert_true(s.n > 2 && s.p[1] == '[');
	while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == ';'))
		i++;
	assert_true(i < s.n);
	if (s.p[i] == 'm') {
		assert_true(look->colours != LOOK_NONE && !look->reader);
		return i + 1;
	}
	assert_true(look->links == LOOK_MXP && !look->reader);
	assert_true(span_starts(s, SPAN("\x1b[4z<SEND HREF=\"")) ||
		    span_starts(s, SPAN("\x1b[4z<A HREF=\"")) ||
		    span_starts(s, SPAN("\x1b[4z</SEND>")) || span_starts(s, SPAN("\x1b[4z</A>")));
	return span_until(s, '>').n + 1;
}

static bool starts_sound(struct span s)
{
	return span_caseeq(span_of(s.p, min_size(s.n, 8)), SPAN("!!sound(")) ||
	       span_caseeq(span_of(s.p, min_size(s.n, 8)), SPAN("!!music("));
}

static void check_harmless(struct span s, const struct look *look)
{
	bool begins = true;
	while (s.n) {
		unsigned char c = (unsigned char)s.p[0];
		if (begins)
			assert_false(starts_sound(s));
		if (c == 0x1b) {
			span_take(&s, allowed(s, look));
			continue;
		}
		assert_true(c >= ' ' || c == '\r' || c == '\n' || c == '\t' || c == '\a');
		assert_true(c != 0x7f);
		if (c == '\r')
			assert_true(s.n > 1 && s.p[1] == '\n');
		if (c == 0xff)
			assert_true(s.n > 1 && span_take(&s, 1).n && s.p[0] == '\xff');
		if (look->charset == CHARSET_UTF8 && c == 0xc2)
			assert_true(s.n > 1 && (unsigned char)s.p[1] >= 0xa0);
		if (look->links == LOOK_MXP)
			assert_true(c != '<' && c != '>');
		begins = c == '\n';
		span_take(&s, 1);
	}
}

static void attacks_reach_no_look(void **state)
{
	(void)state;
	struct buf out = {0};
	for (size_t i = 0; i < countof(attacks); i++)
		for (int each = 0; each < DIALECT_COUNT * 4 * CHARSET_COUNT * 2 * 2 * 2; each++) {
			int rest = each;
			enum dialect d = (enum dialect)(rest % DIALECT_COUNT);
			rest /= DIALECT_COUNT;
			struct look look = {.colours = (uint8_t)(rest % 4)};
			rest /= 4;
			look.charset = (uint8_t)(rest % CHARSET_COUNT);
			rest /= CHARSET_COUNT;
			look.links = rest & 1 ? LOOK_MXP : LOOK_PLAIN;
			look.reader = rest & 2;
			look.width = rest & 4 ? 7 : 0;
			buf_clear(&out);
			render_one(d, attacks[i], &look, &out);
			check_harmless(buf_bytes(&out), &look);
		}
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(colours_are_the_nearest_a_look_has),
		TEST(only_differences_are_sent),
		TEST(backgrounds_end_before_their_line),
		TEST(a_stream_goes_on_with_its_pen),
		TEST(single_byte_clients_get_their_bytes_and_255_twice),
		TEST(mxp_text_holds_no_tags_and_links_are_secure),
		TEST(links_are_what_the_client_knows),
		TEST(sounds_are_the_games_only),
		TEST(screen_readers_get_words),
		TEST(lines_are_wrapped_between_words),
		TEST(text_is_as_wide_as_terminals_show_it),
		TEST(the_bell_rings_once),
		TEST(attacks_reach_no_look),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
