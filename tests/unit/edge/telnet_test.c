// SPDX-License-Identifier: MIT
// The telnet terminal: options one by one, newlines, the editor, prompts, compression, strangers.
#include "telnet_bed.h"

#include "base/clock.h"
#include "edge/player.h"
#include "net/net_priv.h"
#include <malloc.h>

#define WILL(o) IAC "\xfb" o
#define WONT(o) IAC "\xfc" o
#define DO(o)   IAC "\xfd" o
#define DONT(o) IAC "\xfe" o
#define SB(o)   IAC "\xfa" o
#define SE      IAC "\xf0"
#define EOR     IAC "\xef"
#define GA      IAC "\xf9"

// --- arriving ---

static void say_oob(struct bed *b, struct span package, struct span json)
{
	struct oob m = {.package = package, .json = json};
	b->terminal->kind->oob(b->terminal, &m);
	oob_fini(&m);
}

static void test_what_is_offered(void **state)
{
	struct bed *b = *state;
	check_read(b,
		DO("\x18") WILL("\x19") DO("\x1f") DO("\x27") WILL("\x2a") WILL("\x45") WILL("\x46")
			WILL("\x5a") WILL("\x5b") WILL("\xc9") WILL("\x56") WILL("\x57"));
	check_said(b, "");
}

static void test_compression_is_offered_as_configured(void **state)
{
	struct bed *b = *state;
	b->config.players.compression = false;
	int first = b->fd;
	bed_forget(b);
	bed_open(b);
	struct span offers = bed_read(b);
	assert_null(memmem(offers.p, offers.n, WILL("\x56"), 3));
	assert_null(memmem(offers.p, offers.n, WILL("\x57"), 3));
	bed_text(b, DO("\x56"));
	check_read(b, WONT("\x56"));
	close(first);
}

static void test_one_that_answers_all_is_settled_at_once(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	check_said(b, "settled|");
	check_read(b, "");
}

static void test_one_that_answers_nothing_is_settled_in_time(void **state)
{
	struct bed *b = *state;
	clock_update();
	uint64_t since = clock_ms();
	bed_until(b, b->said.n);
	check_said(b, "settled|");
	assert_true(clock_ms() - since >= TELNET_SETTLE_MS);
}

static void test_a_line_before_any_answer_is_heard_behind_settled(void **state)
{
	struct bed *b = *state;
	bed_text(b, "connect a b\r\n");
	check_said(b, "settled|line:connect a b|");
	bed_refuse_all(b, "");
	check_said(b, "settled|line:connect a b|");
}

static void test_one_that_loops_is_answered_a_bounded_number_of_times(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_forget(b);
	size_t answers = 0;
	for (int i = 0; i < 1000; i++) {
		bed_text(b, WILL("\x63") DO("\x21"));
		answers += bed_read(b).n / 3;
	}
	assert_int_equal(answers, TELNET_FLIPS_MAX);
	bed_text(b, "look\n");
	check_said(b, "line:look|");
}

// --- newlines ---

static void test_newlines_of_all_kinds_at_all_cuts(void **state)
{
	static const struct {
		struct span wire;
		const char *lines;
	} all[] = {
		{SPAN("a\r\nb\r\n"), "line:a|line:b|"},
		{SPAN("a\r\0b\r\0"), "line:a|line:b|"},
		{SPAN("a\nb\n"), "line:a|line:b|"},
		{SPAN("a\rb\r"), "line:a|line:b|"},
		{SPAN("a\n\rb\n\r"), "line:a|line:b|"},
		{SPAN("\r\n\r\na\r\n"), "line:|line:|line:a|"},
		{SPAN("\n\na\n"), "line:|line:|line:a|"},
		{SPAN("a\tb\0c" IAC IAC "\r\n"), "line:a\tbc\xc3\xbf|"},
		{SPAN("a" IAC "\xf1"
		      "b\r" IAC "\xf1"
		      "\nc\n"),
			"line:ab|line:c|"},
		{SPAN("a\x7f"
		      "b\b"
		      "cd\n"),
			"line:cd|"},
		{SPAN("caf\xc3\xa9\xe2\x80\xae!\n"), "line:caf\xc3\xa9!|"},
	};
	struct bed *b = *state;
	bed_refuse_all(b, "");
	for (size_t i = 0; i < countof(all); i++)
		for (size_t at = 0; at <= all[i].wire.n; at++) {
			bed_forget(b);
			bed_send(b, span_of(all[i].wire.p, at));
			bed_send(b, span_of(all[i].wire.p + at, all[i].wire.n - at));
			check_said(b, all[i].lines);
		}
}

static void test_a_line_too_long_is_cut_and_told(void **state)
{
	struct bed *b = *state;
	struct span flood = span_of(memset(mem_alloc(20000), 'x', 20000), 20000);
	bed_refuse_all(b, "");
	bed_forget(b);
	bed_send(b, flood);
	bed_text(b, "\r\nnext\r\n");
	assert_int_equal(b->said.n, 5 + TERMINAL_LINE_MAX + 1 + sizeof "line:next|" - 1);
	check_read(b, "That line was too long: only its beginning was heard.\r\n");
	free((char *)flood.p);
}

static void test_pasted_lines_wait_and_none_is_lost(void **state)
{
	struct bed *b = *state;
	struct buf paste = {0}, want = {0};
	b->config.players.lines_per_second = 500;
	b->config.players.lines_burst = 10;
	bed_refuse_all(b, "\xc9");
	bed_forget(b);
	for (int i = 0; i < 100; i++) {
		buf_printf(&paste, "say %d\r\n", i);
		buf_printf(&want, "line:say %d|", i);
		if (i % 10 == 5) {
			buf_lit(&paste, SB("\xc9") "X.Y [1]" SE);
			buf_lit(&want, "oob:X.Y [1]|");
		}
	}
	clock_update();
	uint64_t since = clock_ms();
	bed_send(b, buf_bytes(&paste));
	assert_true(b->said.n < want.n);
	bed_until(b, b->said.n >= want.n);
	check_bytes(buf_bytes(&b->said), buf_bytes(&want));
	assert_true(clock_ms() - since >= 180); // 100 above the burst, at 500 a second
	buf_fini(&paste);
	buf_fini(&want);
}

// Whatever else is set to be due in between.
static void test_who_had_to_wait_is_heard_when_its_turn_has_come(void **state)
{
	struct bed *b = *state;
	b->config.players.lines_per_second = 100;
	b->config.players.lines_burst = 1;
	bed_refuse_all(b, "");
	bed_forget(b);
	bed_text(b, "one\n");
	uint64_t since = clock_ms();
	while (clock_ms() < since + 20)
		clock_update();
	struct look same = b->terminal->look;
	b->terminal->kind->prefer(b->terminal, &same, LOOK_COLOURS);
	bed_text(b, "two\n");
	bed_until(b, b->said.n >= strlen("line:one|line:two|"));
	check_said(b, "line:one|line:two|");
}

// --- who they are ---

static void test_ttype_is_asked_until_all_is_known(void **state)
{
	struct bed *b = *state;
	struct terminal_facts f;
	bed_refuse_all(b, "\x18");
	check_read(b, SB("\x18") "\x01" SE);
	check_said(b, "");
	bed_dribble(b, SPAN(SB("\x18") "\0TINTIN++" SE));
	check_read(b, SB("\x18") "\x01" SE);
	bed_text(b, SB("\x18") "\0xterm-256color" SE);
	check_read(b, SB("\x18") "\x01" SE);
	assert_int_equal(b->terminal->look.colours, LOOK_256);
	bed_text(b, SB("\x18") "\0MTTS 271" SE);
	check_read(b, "");
	check_said(b, "settled|");
	b->terminal->kind->facts(b->terminal, &f);
	check_text(f.client, "TINTIN++");
	check_text(f.type, "xterm-256color");
	assert_int_equal(f.mtts, 271);
	assert_int_equal(b->terminal->look.colours, LOOK_TRUE);
	bed_text(b, SB("\x18") "\0OTHER" SE); // nobody asked
	b->terminal->kind->facts(b->terminal, &f);
	check_text(f.client, "TINTIN++");
}

static void test_plain_telnet_has_a_terminal_and_no_name(void **state)
{
	struct bed *b = *state;
	struct terminal_facts f;
	bed_refuse_all(b, "\x18");
	bed_text(b, SB("\x18") "\0XTERM" SE);
	bed_text(b, SB("\x18") "\0XTERM" SE);
	check_said(b, "settled|");
	b->terminal->kind->facts(b->terminal, &f);
	check_text(f.client, "");
	check_text(f.type, "XTERM");
}

static void test_the_telnet_of_old_windows_is_asked_once(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x18");
	bed_forget(b);
	bed_text(b, SB("\x18") "\0ANSI" SE);
	check_read(b, "");
	check_said(b, "settled|");
}

static void test_ttype_without_end_is_asked_five_times(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x18");
	size_t asked = bed_read(b).n / 6;
	for (int i = 0; i < 20; i++) {
		struct buf says = {0};
		buf_lit(&says, SB("\x18") "\0");
		buf_printf(&says, "N%d" SE, i);
		bed_send(b, buf_bytes(&says));
		buf_fini(&says);
	}
	asked += bed_read(b).n / 6;
	assert_int_equal(asked, 5);
	check_said(b, "settled|");
}

static void test_sizes_are_clamped_and_changes_told(void **state)
{
	static const struct {
		struct span says;
		unsigned width, height;
	} sizes[] = {
		{SPAN(SB("\x1f") "\0\x50\0\x18" SE), 80, 24},
		{SPAN(SB("\x1f") "\0\0\0\0" SE), 0, 0},
		{SPAN(SB("\x1f") IAC IAC IAC IAC "\0\x01" SE), 1000, 20},
		{SPAN(SB("\x1f") "\0" IAC IAC "\0\x30" SE), 255, 48},
		{SPAN(SB("\x1f") "\0\x50\0" SE), 255, 48},
		{SPAN(SB("\x1f") SE), 255, 48},
	};
	struct bed *b = *state;
	struct terminal_facts f;
	bed_refuse_all(b, "\x1f");
	check_said(b, "");
	for (size_t i = 0; i < countof(sizes); i++) {
		bed_send(b, sizes[i].says);
		b->terminal->kind->facts(b->terminal, &f);
		assert_int_equal(f.width, sizes[i].width);
		assert_int_equal(f.height, sizes[i].height);
	}
	bed_until(b, b->changes);
	for (unsigned i = 0; i < 1000; i++) { // dragged
		char says[] = SB("\x1f") "\0\x50\0\x18" SE;
		says[4] = (char)(50 + i % 50);
		bed_send(b, span_of(says, sizeof says - 1));
	}
	assert_true(b->changes < 100);
}

static void test_a_size_nobody_agreed_to_is_ignored(void **state)
{
	struct bed *b = *state;
	struct terminal_facts f;
	bed_text(b, SB("\x1f") "\0\x50\0\x18" SE);
	b->terminal->kind->facts(b->terminal, &f);
	assert_int_equal(f.width, 0);
}

static void test_new_environ_tells_by_name(void **state)
{
	struct bed *b = *state;
	struct terminal_facts f;
	bed_refuse_all(b, "\x27");
	check_read(
		b, SB("\x27") "\1\0CLIENT_NAME\0CLIENT_VERSION\0CHARSET\0MTTS\0TERMINAL_TYPE" SE);
	bed_dribble(b, SPAN(SB("\x27") "\0\0CLIENT_NAME\1Mud\2\1let\3CLIENT_VERSION\1"
				       "4.17\0MTTS\1"
				       "77"
				       "\0EMPTY\0CHARSET\1ISO-8859-1" SE));
	b->terminal->kind->facts(b->terminal, &f);
	check_text(f.client, "Mudlet"); // \1 behind ESC is a byte; clean() takes it out
	check_text(f.version, "4.17");
	assert_int_equal(f.mtts, 77);
	assert_true(b->terminal->look.reader);
	assert_int_equal(b->terminal->look.charset, CHARSET_LATIN1);
	check_said(b, "settled|");
	bed_text(b, SB("\x27") "\2\0CLIENT_VERSION\1"
			       "4.18" SE);
	b->terminal->kind->facts(b->terminal, &f);
	check_text(f.version, "4.18");
}

static void test_ten_thousand_variables_cost_what_one_does(void **state)
{
	struct bed *b = *state;
	struct buf flood = {0};
	struct terminal_facts f;
	bed_refuse_all(b, "\x27");
	for (int i = 0; i < 10000; i++) {
		buf_lit(&flood, SB("\x27") "\2\0CLIENT_NAME\1");
		buf_printf(&flood, "name %d" SE, i);
	}
	bed_send(b, buf_bytes(&flood));
	b->terminal->kind->facts(b->terminal, &f);
	check_text(f.client, "name 9999");
	assert_true(b->changes < 100);
	buf_fini(&flood);
}

static void test_an_empty_environment_settles(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x27");
	bed_text(b, SB("\x27") "\0" SE);
	check_said(b, "settled|");
}

// --- character sets ---

static void test_charset_is_requested_when_agreed(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x2a");
	check_read(b, SB("\x2a") "\x01;UTF-8;ISO-8859-1" SE);
	check_said(b, "");
	bed_text(b, SB("\x2a") "\x02ISO-8859-1" SE);
	check_said(b, "settled|");
	assert_int_equal(b->terminal->look.charset, CHARSET_LATIN1);
	bed_forget(b);
	bed_text(b, "caf\xe9" IAC IAC "\r\n");
	check_said(b, "line:caf\xc3\xa9\xc3\xbf|");
	bed_show(b, "caf\xc3\xa9\xc3\xbf\n", false, false);
	check_read(b, "caf\xe9" IAC IAC "\r\n");
}

static void test_who_says_it_has_no_utf8_is_spelt_to(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x18");
	bed_text(b,
		SB("\x18") "\0MUSHCLIENT" SE SB("\x18") "\0ANSI-256" SE SB("\x18") "\0MTTS 9" SE);
	assert_int_equal(b->terminal->look.charset, CHARSET_ASCII);
	bed_forget(b);
	bed_show(b, "caf\xc3\xa9\n", false, false);
	check_read(b, "cafe\r\n");
	bed_text(b, "caf\xe9\r\ncaf\xc3\xa9\r\n");
	check_said(b, "line:caf\xc3\xa9|line:caf\xc3\xa9|");
	bed_text(b, WILL("\x2a") SB("\x2a") "\x01;UTF-8" SE); // agreeing outweighs it
	assert_int_equal(b->terminal->look.charset, CHARSET_UTF8);
}

static void test_a_client_may_request_a_charset(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_text(b, WILL("\x2a") SB("\x2a") "\x01[TTABLE]\x01 KOI8-R ISO-8859-2 " SE);
	check_read(b, DO("\x2a") SB("\x2a") "\x02KOI8-R" SE);
	assert_int_equal(b->terminal->look.charset, CHARSET_KOI8R);
	bed_text(b, SB("\x2a") "\x01;X;Y" SE);
	check_read(b, SB("\x2a") "\x03" SE);
	bed_text(b, SB("\x2a") "\x01,latin1,UTF-8" SE);
	check_read(b, SB("\x2a") "\x02UTF-8" SE);
	bed_text(b, SB("\x2a") SE SB("\x2a") "\x01" SE SB("\x2a") "\x01[TTABLE]" SE SB(
			    "\x2a") "\x04" SE);
	check_read(b, SB("\x2a") "\x03" SE SB("\x2a") "\x03" SE SB("\x2a") "\x05" SE);
}

static void test_of_two_requests_at_once_ours_counts(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x2a");
	bed_forget(b);
	bed_text(b, WILL("\x2a") SB("\x2a") "\x01;KOI8-R" SE);
	check_read(b, DO("\x2a") SB("\x2a") "\x03" SE);
	bed_text(b, SB("\x2a") "\x02UTF-8" SE);
	assert_int_equal(b->terminal->look.charset, CHARSET_UTF8);
}

static void test_the_players_word_outweighs_what_was_agreed(void **state)
{
	struct bed *b = *state;
	struct look wanted = {.charset = CHARSET_CP437, .colours = LOOK_NONE};
	bed_refuse_all(b, "\x2a");
	b->terminal->kind->prefer(b->terminal, &wanted, LOOK_CHARSET | LOOK_COLOURS);
	bed_text(b, SB("\x2a") "\x02UTF-8" SE);
	assert_int_equal(b->terminal->look.charset, CHARSET_CP437);
	assert_int_equal(b->terminal->look.colours, LOOK_NONE);
	assert_int_equal(b->terminal->look.width, 0);
}

// --- typing ---

static void test_passwords_are_hidden_and_their_newline_is_ours(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_forget(b);
	b->terminal->kind->hide(b->terminal, true);
	check_read(b, WILL("\x01"));
	bed_text(b, DO("\x01") "secret\r\n");
	check_read(b, "\r\n");
	check_said(b, "line:secret|");
	b->terminal->kind->hide(b->terminal, true);
	check_read(b, "");
	b->terminal->kind->hide(b->terminal, false);
	check_read(b, WONT("\x01"));
	bed_text(b, DONT("\x01") "look\r\n");
	check_read(b, "");
}

// As PuTTY begins.
static void characters(struct bed *b)
{
	bed_refuse_all(b, "");
	bed_forget(b);
	bed_text(b, DO("\x01") WILL("\x03") DO("\x03"));
	check_read(b, WILL("\x01") DO("\x03") WILL("\x03"));
}

static void test_who_sends_characters_has_an_editor(void **state)
{
	struct bed *b = *state;
	characters(b);
	bed_dribble(b, SPAN("lok\bok\r"));
	check_read(b, "lok\b \bok\r\n");
	bed_dribble(b, SPAN("\nsay one  two\x17\x17x\x15n\r\0"));
	check_read(b, "say one  two\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \bx"
		      "\b \b\b \b\b \b\b \b\b \bn\r\n");
	check_said(b, "line:look|line:n|");
	bed_forget(b);
	bed_text(b, "a\x12");
	check_read(b, "a\r\na");
	bed_text(b, "\x1b[A\x1bOB\x1b[15~b\r");
	check_read(b, "b\r\n");
	bed_text(b, "\x7f\b\x17\x15\r");
	check_read(b, "\r\n");
	check_said(b, "line:ab|line:|");
}

static void test_the_editor_knows_how_wide_characters_are(void **state)
{
	struct bed *b = *state;
	characters(b);
	bed_dribble(b, SPAN("a\xe6\xbc\xa2"
			    "e\xcc\x81"));
	check_read(b, "a\xe6\xbc\xa2"
		      "e\xcc\x81");
	bed_text(b, "\x7f");
	check_read(b, "\b \b");
	bed_text(b, "\x7f");
	check_read(b, "\b \b\b \b");
	bed_text(b, "\r");
	check_said(b, "line:a|");
}

static void test_the_editor_hides_passwords(void **state)
{
	struct bed *b = *state;
	characters(b);
	b->terminal->kind->hide(b->terminal, true);
	bed_text(b, "secreT\x7ft\r");
	check_read(b, "\r\n");
	b->terminal->kind->hide(b->terminal, false);
	bed_text(b, "x");
	check_read(b, "x");
	check_said(b, "line:secret|");
}

static void test_what_is_typed_is_shown_again_behind_what_comes(void **state)
{
	struct bed *b = *state;
	characters(b);
	bed_text(b, "say h");
	check_read(b, "say h");
	bed_show(b, "Anna comes in.\n", false, false);
	check_read(b, "\r\nAnna comes in.\r\nsay h");
	bed_show(b, "!!SOUND(x)\n", false, false);
	check_read(b, "\r\n !!SOUND(x)\r\nsay h");
	bed_text(b, "i\r");
	check_read(b, "i\r\n");
	check_said(b, "line:say hi|");
}

static void test_telnets_own_editing_commands(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_forget(b);
	bed_text(b, "abc" IAC "\xf7"
		    "d" IAC "\xf1\n"
		    "junk" IAC "\xf8"
		    "e\n"
		    "more" IAC "\xf4"
		    "f\n");
	check_said(b, "line:abd|line:e|line:f|");
	bed_text(b, IAC "\xf6");
	check_read(b, "[Yes]\r\n");
	for (int i = 0; i < 2 * TELNET_FLIPS_MAX; i++) {
		bed_text(b, DO("\x06") DO("\x06"));
		check_read(b, WILL("\x06") WILL("\x06"));
	}
}

// --- reading ---

static void test_a_prompt_ends_as_was_agreed(void **state)
{
	struct bed *b = *state;
	bed_show(b, "> ", true, false);
	struct span got = bed_read(b); // speaks no telnet, as far as we know
	assert_memory_equal(got.p + got.n - 3, "\x57> ", 3);
}

static void test_prompts_end_in_ga(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_show(b, "> ", true, false);
	check_read(b, "> " GA);
	bed_show(b, "It rains.\n", false, false);
	check_read(b, "It rains.\r\n");
	bed_text(b, DO("\x03"));
	bed_forget(b);
	bed_show(b, "> ", true, false);
	check_read(b, "> ");
}

static void test_prompts_end_in_eor(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x19");
	bed_show(b, "> ", true, false);
	check_read(b, "> " EOR);
	bed_show(b, "The game is away.", false, true);
	check_read(b, "\r\nThe game is away.\r\n");
	bed_show(b, "Name? ", true, false);
	bed_text(b, "anna\r\n");
	bed_forget(b);
	bed_show(b, "Welcome.", false, true); // the client's Enter has ended that line
	check_read(b, "Welcome.\r\n");
}

// Whoever has read a mark may hold half a line back until the next.
static void test_prompts_without_a_mark_are_marked_when_no_more_comes(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_show(b, "HP 10> ", false, false);
	bed_show(b, "Name? ", true, false);
	bed_text(b, "anna\r\n");
	check_read(b, "HP 10> Name? " GA); // the first of all needed none
	bed_show(b, "HP 10> ", false, false);
	check_read(b, "HP 10> ");
	bed_until(b, b->read.n);
	check_read(b, GA);
	bed_show(b, "You are", false, false);
	bed_show(b, " here.\n", false, false);
	assert_true(telnet_of(b->terminal)->mark_ms == CLOCK_NEVER); // whole lines are read at once
	bed_show(b, "HP 10> ", false, false);
	bed_text(b, "look\r\n");
	assert_true(telnet_of(b->terminal)->mark_ms == CLOCK_NEVER); // and who types has read it
	check_read(b, "You are here.\r\nHP 10> ");
}

static void stream_red(struct bed *b)
{
	struct style red = {.fg = {COLOUR_INDEX, 1, 0, 0}};
	struct showing s;
	rich_clear(&b->rich);
	rich_style(&b->rich, &red);
	rich_text(&b->rich, SPAN("red"));
	showing_init(&s, &b->shows, &b->rich);
	s.stream = true;
	b->terminal->kind->show(b->terminal, &s);
	showing_fini(&s);
	check_read(b, "\x1b[31mred");
}

static void test_who_turns_out_to_have_no_colours_is_not_left_in_one(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x18");
	bed_forget(b);
	stream_red(b);
	bed_text(b, SB("\x18") "\0PLAIN" SE SB("\x18") "\0DUMB" SE);
	assert_int_equal(b->terminal->look.colours, LOOK_NONE);
	bed_forget(b);
	bed_show(b, "Notice", false, true);
	check_read(b, "\x1b[0m\r\nNotice\r\n");
}

static void test_streams_go_on_with_their_pen(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	stream_red(b);
	bed_show(b, "Notice", false, true);
	check_read(b, "\x1b[0m\r\nNotice\r\n");
	bed_show(b, "plain\n", false, false);
	check_read(b, "plain\r\n");
}

static void test_those_who_look_alike_share_bytes(void **state)
{
	struct bed *b = *state;
	struct terminal *one = b->terminal;
	struct showing s;
	int first = b->fd;
	bed_refuse_all(b, "");
	bed_forget(b);
	bed_open(b);
	bed_refuse_all(b, "");
	bed_forget(b);
	rich_clear(&b->rich);
	rich_text(&b->rich, SPAN("Hello, all of you.\n"));
	showing_init(&s, &b->shows, &b->rich);
	one->kind->show(one, &s);
	b->terminal->kind->show(b->terminal, &s);
	assert_int_equal(s.n, 1);
	assert_true(s.made[0].blob->refs >= 4); // the tick's, the showing's, two outputs'
	showing_fini(&s);
	check_read(b, "Hello, all of you.\r\n");
	close(first);
}

// --- compression ---

static void test_mccp2_starts_in_one_piece(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_forget(b);
	size_t had = b->wire.n;
	bed_text(b, DO("\x56"));
	assert_true(b->wire.n > had + 5); // read in one go
	bed_refuse_all(b, "\x56");
}

static void agree_mccp2(struct bed *b)
{
	bed_refuse_all(b, "\x56");
	assert_non_null(b->inflater);
	bed_forget(b);
}

static void test_mccp2_is_flushed_once_a_turn_and_whole(void **state)
{
	struct bed *b = *state;
	struct buf want = {0};
	agree_mccp2(b);
	size_t had = b->wire.n;
	for (int i = 0; i < 1000; i++) {
		struct showing s;
		rich_clear(&b->rich);
		rich_text(&b->rich, SPAN("You hit the troll.\n"));
		showing_init(&s, &b->shows, &b->rich);
		b->terminal->kind->show(b->terminal, &s);
		showing_fini(&s);
		buf_lit(&want, "You hit the troll.\r\n");
	}
	check_bytes(bed_read(b), buf_bytes(&want));
	assert_true(b->wire.n - had < 600); // a flush for each would be 8,000
	buf_fini(&want);
}

static void test_a_burst_is_flushed_completely(void **state)
{
	struct bed *b = *state;
	struct buf text = {0};
	agree_mccp2(b);
	for (uint32_t i = 0, x = 1; i < 120000; i++)
		buf_char(
			&text, i % 79 ? (char)('a' + (x = x * 1664525u + 1013904223u) % 26) : '\n');
	buf_char(&text, '\0');
	bed_show(b, text.p, false, false);
	struct span got = bed_read(b);
	assert_int_equal(got.n, text.n - 1 + (120000 + 78) / 79);
	buf_fini(&text);
}

// Compressing holds up everybody, so a turn does a part of it.
static void test_much_is_compressed_over_several_turns(void **state)
{
	struct bed *b = *state;
	struct buf text = {0};
	agree_mccp2(b);
	for (uint32_t i = 0, x = 1; i < 900000; i++)
		buf_char(
			&text, i % 79 ? (char)('a' + (x = x * 1664525u + 1013904223u) % 26) : '\n');
	rich_clear(&b->rich);
	rich_text(&b->rich, buf_bytes(&text));
	struct showing s;
	showing_init(&s, &b->shows, &b->rich);
	b->terminal->kind->show(b->terminal, &s);
	showing_fini(&s);
	assert_true(b->terminal->kind->is_full(b->terminal));
	assert_true(telnets_flush(b->all));
	assert_int_equal(bed_read(b).n, text.n + (900000 + 78) / 79);
	assert_false(b->terminal->kind->is_full(b->terminal));
	assert_false(telnets_flush(b->all));
	check_said(b, "drained|");
	buf_fini(&text);
}

static void test_mccp2_ends_with_a_whole_stream(void **state)
{
	struct bed *b = *state;
	agree_mccp2(b);
	bed_show(b, "before\n", false, false);
	bed_text(b, DONT("\x56"));
	bed_show(b, "behind\n", false, false);
	assert_true(b->inflated_whole);
	check_read(b, "before\r\n" WONT("\x56") "behind\r\n");
	bed_text(b, DO("\x56")); // and anew
	bed_show(b, "again\n", false, false);
	check_read(b, WILL("\x56") SB("\x56") SE "again\r\n");
}

static void test_a_goodbye_ends_the_stream(void **state)
{
	struct bed *b = *state;
	agree_mccp2(b);
	bed_show(b, "Goodbye.", false, true);
	b->terminal->kind->close(b->terminal, CLOSE_DONE);
	bed_until(b, b->ended);
	assert_true(b->inflated_whole);
	check_read(b, "Goodbye.\r\n");
	check_said(b, "gone:done|");
}

static void test_mccp3_of_a_client(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x57");
	bed_forget(b);
	// zlib of "look\r\n"
	struct span begun =
		SPAN(SB("\x57") SE "\x78\x9c\xcb\xc9\xcf\xcf\xe6\xe5\x02\x00\x07\xda\x01\xcd");
	bed_dribble(b, begun);
	bed_text(b, "plain\r\n");
	check_said(b, "line:look|line:plain|");
}

// --- out of band ---

static void test_gmcp_is_checked_and_passed(void **state)
{
	struct bed *b = *state;
	struct terminal_facts f;
	bed_refuse_all(b, "\xc9");
	bed_forget(b);
	bed_text(b, SB("\xc9") "Core.Hello {\"client\":\"Mudlet\",\"version\":\"4.17\"}" SE);
	bed_text(b, SB("\xc9") "core.supports.set [\"Char 1\",\"Room 1\",5]" SE);
	bed_text(b, SB("\xc9") "Core.Supports.Add [\"room 2\",\"Comm 1\"]" SE);
	bed_text(b, SB("\xc9") "Core.Supports.Remove [\"Char\"]" SE);
	b->terminal->kind->facts(b->terminal, &f);
	assert_true(f.gmcp);
	check_text(f.client, "Mudlet");
	check_text(f.version, "4.17");
	check_text(f.supports, "[\"room 2\",\"Comm 1\"]");
	bed_text(b, SB("\xc9") "Core.Ping 120" SE SB("\xc9") "Core.KeepAlive" SE);
	check_read(b, SB("\xc9") "Core.Ping" SE);
	buf_clear(&b->said);
	bed_text(b, SB("\xc9") "Char.Items.Inv" SE SB("\xc9") "Char.X  {\"a\": [1, 2]} " SE);
	check_said(b, "oob:Char.Items.Inv |oob:Char.X {\"a\": [1, 2]}|");
	bed_forget(b);
	bed_text(b,
		SB("\xc9") "Bad {" SE SB("\xc9") SE SB("\xc9") " {}" SE SB("\xc9") "B\x1b {}" SE);
	check_said(b, "");
	say_oob(b, SPAN("Char.Vitals"), SPAN("{\"hp\":1}"));
	say_oob(b, SPAN("Core.Goodbye"), SPAN(""));
	say_oob(b, SPAN("MSDP"), SPAN("{\"hp\":1}"));
	check_read(b, SB("\xc9") "Char.Vitals {\"hp\":1}" SE SB("\xc9") "Core.Goodbye" SE);
}

static void test_a_message_for_many_is_made_once(void **state)
{
	struct bed *b = *state;
	struct oob m = {.package = SPAN("MSDP"), .json = SPAN("{\"HP\":\"12\"}")};
	bed_refuse_all(b, "\x45");
	bed_forget(b);
	for (int i = 0; i < 3; i++)
		b->terminal->kind->oob(b->terminal, &m);
	assert_int_equal(m.made->refs, 4);
	check_read(b, SB("\x45") "\1HP\2"
				 "12" SE SB("\x45") "\1HP\2"
						    "12" SE SB("\x45") "\1HP\2"
								       "12" SE);
	oob_fini(&m);
}

static void test_a_message_of_msdp_is_so_many_variables(void **state)
{
	struct bed *b = *state;
	struct buf sub = {0};
	size_t heard = 0;
	bed_refuse_all(b, "\x45");
	bed_forget(b);
	buf_lit(&sub, SB("\x45"));
	for (int i = 0; i < 4000; i++)
		buf_lit(&sub, "\1A\2");
	buf_lit(&sub, SE);
	bed_send(b, buf_bytes(&sub));
	for (size_t i = 0; i < b->said.n; i++)
		heard += b->said.p[i] == '|';
	assert_int_equal(heard, 64);
	buf_fini(&sub);
}

static void test_gmcp_is_for_those_who_agreed(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_forget(b);
	bed_text(b, SB("\xc9") "X {}" SE);
	say_oob(b, SPAN("Char.Vitals"), SPAN("{}"));
	check_said(b, "");
	check_read(b, "");
}

static void test_msdp_is_json_to_the_game(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x45");
	bed_forget(b);
	bed_text(b, SB("\x45") "\1LIST\2COMMANDS\1REPORT\2HP\2MP" SE SB("\x45") "junk" SE);
	check_said(b, "oob:MSDP {\"LIST\":\"COMMANDS\"}|oob:MSDP {\"REPORT\":[\"HP\",\"MP\"]}|");
	say_oob(b, SPAN("MSDP"), SPAN("{\"HP\":12,\"L\":[\"a\"]}"));
	say_oob(b, SPAN("Char.Vitals"), SPAN("{}"));
	check_read(b, SB("\x45") "\1HP\2"
				 "12\1L\2\5\2a\6" SE);
}

static void test_atcp_is_a_string_to_the_game(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_text(b, WILL("\xc8"));
	bed_forget(b);
	bed_text(b, SB("\xc8") "hello Nexus 3\nroom 1" SE);
	check_said(b, "oob:ATCP \"hello Nexus 3room 1\"|");
	say_oob(b, SPAN("ATCP"), SPAN("\"Room.Brief x\""));
	check_read(b, SB("\xc8") "Room.Brief x" SE);
}

static void test_mssp_by_option(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x46");
	check_read(b, SB("\x46") "\1NAME\2Dragon" IAC IAC "\1PLAYERS\2"
				 "3\1PORT\2"
				 "4000\2"
				 "4001" SE);
}

static void test_mxp_and_msp(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "\x5a\x5b");
	check_read(b, SB("\x5b") SE MXP_OPEN);
	assert_int_equal(b->terminal->look.links, LOOK_MXP);
	assert_true(b->terminal->look.sounds);
	b->terminal->kind->reset(b->terminal);
	check_read(b, "\x1b[3z" MXP_OPEN);
	bed_text(b, DONT("\x5b") DONT("\x5a"));
	check_read(b, WONT("\x5b") WONT("\x5a"));
	assert_int_equal(b->terminal->look.links, LOOK_PLAIN);
	assert_false(b->terminal->look.sounds);
}

// --- strangers ---

static void test_browsers_are_answered(void **state)
{
	struct bed *b = *state;
	bed_forget(b);
	bed_dribble(b, SPAN("GET / HTTP/1.1\r\n"));
	bed_text(b, "Host: x\r\n\r\n");
	bed_until(b, b->ended);
	struct span got = bed_read(b);
	assert_true(span_starts(got, SPAN("HTTP/1.1 400 Bad Request\r\n")));
	check_said(b, "gone:bad|");
}

static void test_a_player_may_get_something(void **state)
{
	struct bed *b = *state;
	bed_text(b, "GET lamp\r\n");
	check_said(b, "settled|line:GET lamp|");
	bed_text(b, "GET / HTTP/1.1\r\nMSSP-REQUEST\r\n");
	check_said(b, "settled|line:GET lamp|line:GET / HTTP/1.1|line:MSSP-REQUEST|");
}

static void test_tls_on_the_plain_port_ends(void **state)
{
	struct bed *b = *state;
	bed_dribble(b, SPAN("\x16\x03"));
	bed_until(b, b->ended);
	check_said(b, "gone:bad|");
}

static void test_mssp_by_text(void **state)
{
	struct bed *b = *state;
	bed_forget(b);
	bed_text(b, "MSSP-REQUEST\r\n");
	bed_until(b, b->ended);
	check_read(b, "\r\nMSSP-REPLY-START\r\nNAME\tDragon" IAC IAC
		      "\r\nPLAYERS\t3\r\nPORT\t4000\r\nPORT\t4001\r\nMSSP-REPLY-END\r\n");
	check_said(b, "gone:done|");
}

// --- costs ---

static void test_an_idle_player_costs_little(void **state)
{
	struct bed *b = *state;
	bed_refuse_all(b, "");
	bed_text(b, "look\r\n");
	struct telnet *t = telnet_of(b->terminal);
	assert_null(t->about);
	assert_int_equal(t->line.cap + t->rest.cap + b->conn->in.cap, 0);
	size_t all = sizeof(struct conn) + codec_telnet.state_bytes + sizeof(struct telnet) +
		     sizeof(struct player);
	print_message("conn %zu, codec %zu, terminal %zu, player %zu\n", sizeof(struct conn),
		codec_telnet.state_bytes, sizeof(struct telnet), sizeof(struct player));
	assert_in_range(all, 1, 3072);
}

static void test_keepalive_is_for_those_who_speak_telnet(void **state)
{
	struct bed *b = *state;
	bed_forget(b);
	b->config.players.keepalive_s = 1;
	bed_text(b, DONT("\x56"));
	bed_until(b, b->read.n);
	check_read(b, IAC "\xf1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(test_what_is_offered),
		BED_TEST(test_compression_is_offered_as_configured),
		BED_TEST(test_one_that_answers_all_is_settled_at_once),
		BED_TEST(test_one_that_answers_nothing_is_settled_in_time),
		BED_TEST(test_a_line_before_any_answer_is_heard_behind_settled),
		BED_TEST(test_one_that_loops_is_answered_a_bounded_number_of_times),
		BED_TEST(test_newlines_of_all_kinds_at_all_cuts),
		BED_TEST(test_a_line_too_long_is_cut_and_told),
		BED_TEST(test_pasted_lines_wait_and_none_is_lost),
		BED_TEST(test_who_had_to_wait_is_heard_when_its_turn_has_come),
		BED_TEST(test_ttype_is_asked_until_all_is_known),
		BED_TEST(test_plain_telnet_has_a_terminal_and_no_name),
		BED_TEST(test_the_telnet_of_old_windows_is_asked_once),
		BED_TEST(test_ttype_without_end_is_asked_five_times),
		BED_TEST(test_sizes_are_clamped_and_changes_told),
		BED_TEST(test_a_size_nobody_agreed_to_is_ignored),
		BED_TEST(test_new_environ_tells_by_name),
		BED_TEST(test_ten_thousand_variables_cost_what_one_does),
		BED_TEST(test_an_empty_environment_settles),
		BED_TEST(test_charset_is_requested_when_agreed),
		BED_TEST(test_who_says_it_has_no_utf8_is_spelt_to),
		BED_TEST(test_a_client_may_request_a_charset),
		BED_TEST(test_of_two_requests_at_once_ours_counts),
		BED_TEST(test_the_players_word_outweighs_what_was_agreed),
		BED_TEST(test_passwords_are_hidden_and_their_newline_is_ours),
		BED_TEST(test_who_sends_characters_has_an_editor),
		BED_TEST(test_the_editor_knows_how_wide_characters_are),
		BED_TEST(test_the_editor_hides_passwords),
		BED_TEST(test_what_is_typed_is_shown_again_behind_what_comes),
		BED_TEST(test_telnets_own_editing_commands),
		BED_TEST(test_a_prompt_ends_as_was_agreed),
		BED_TEST(test_prompts_end_in_ga),
		BED_TEST(test_prompts_end_in_eor),
		BED_TEST(test_prompts_without_a_mark_are_marked_when_no_more_comes),
		BED_TEST(test_streams_go_on_with_their_pen),
		BED_TEST(test_who_turns_out_to_have_no_colours_is_not_left_in_one),
		BED_TEST(test_those_who_look_alike_share_bytes),
		BED_TEST(test_mccp2_starts_in_one_piece),
		BED_TEST(test_mccp2_is_flushed_once_a_turn_and_whole),
		BED_TEST(test_much_is_compressed_over_several_turns),
		BED_TEST(test_a_burst_is_flushed_completely),
		BED_TEST(test_mccp2_ends_with_a_whole_stream),
		BED_TEST(test_a_goodbye_ends_the_stream),
		BED_TEST(test_mccp3_of_a_client),
		BED_TEST(test_gmcp_is_checked_and_passed),
		BED_TEST(test_gmcp_is_for_those_who_agreed),
		BED_TEST(test_msdp_is_json_to_the_game),
		BED_TEST(test_a_message_for_many_is_made_once),
		BED_TEST(test_a_message_of_msdp_is_so_many_variables),
		BED_TEST(test_atcp_is_a_string_to_the_game),
		BED_TEST(test_mssp_by_option),
		BED_TEST(test_mxp_and_msp),
		BED_TEST(test_browsers_are_answered),
		BED_TEST(test_a_player_may_get_something),
		BED_TEST(test_tls_on_the_plain_port_ends),
		BED_TEST(test_mssp_by_text),
		BED_TEST(test_an_idle_player_costs_little),
		BED_TEST(test_keepalive_is_for_those_who_speak_telnet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
