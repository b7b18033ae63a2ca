// SPDX-License-Identifier: MIT
// What each dialect means (markup_vectors.tbl), however it is cut; what strangers put into streams
// (markup_attacks.tbl); and that nothing a player says means anything.
#include "markup_rig.h"

static const struct {
	enum dialect dialect;
	bool sounds;
	struct span in;
	const char *want;
} vectors[] = {
#define VECTOR(dialect, in, want)     {DIALECT_##dialect, false, {"" in, sizeof(in) - 1}, want},
#define VECTOR_MSP(dialect, in, want) {DIALECT_##dialect, true, {"" in, sizeof(in) - 1}, want},
#include "markup_vectors.tbl"
};

static const struct span attacks[] = {
#define ATTACK(text) {"" text, sizeof(text) - 1},
#include "markup_attacks.tbl"
};

static void read_cut(enum dialect d, bool sounds, struct span in, const size_t *cuts, size_t n_cuts,
	struct buf *out)
{
	struct markup m = {.dialect = (uint8_t)d, .sounds = sounds};
	struct rich r = {0};
	size_t at = 0;
	for (size_t i = 0; i <= n_cuts; i++) {
		size_t to = i < n_cuts ? cuts[i] : in.n;
		markup_read(&m, span_of(in.p + at, to - at), &r);
		at = to;
	}
	markup_end(&m, &r);
	check_clean(&r);
	rich_describe(&r, out);
	rich_fini(&r);
}

// However it is cut, `want` is read.
static void check_cuts(enum dialect d, bool sounds, struct span in, struct span want)
{
	size_t all[4096];
	struct buf out = {0};
	for (size_t cut = 0; cut <= in.n; cut++) {
		buf_clear(&out);
		read_cut(d, sounds, in, &cut, 1, &out);
		check_bytes(buf_bytes(&out), want);
	}
	for (size_t i = 0; i < in.n && i < countof(all); i++)
		all[i] = i;
	buf_clear(&out);
	read_cut(d, sounds, in, all, min_size(in.n, countof(all)), &out);
	check_bytes(buf_bytes(&out), want);
	buf_fini(&out);
}

static void dialects_mean_what_their_games_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(vectors); i++) {
		struct buf whole = {0};
		read_cut(vectors[i].dialect, vectors[i].sounds, vectors[i].in, NULL, 0, &whole);
		check_text(buf_bytes(&whole), vectors[i].want);
		check_cuts(vectors[i].dialect, vectors[i].sounds, vectors[i].in,
			span_str(vectors[i].want));
		buf_fini(&whole);
	}
}

static void attacks_are_clean_text_however_they_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(attacks); i++)
		for (int d = 0; d < DIALECT_COUNT; d++)
			for (int sounds = 0; sounds < 2; sounds++) {
				struct buf whole = {0};
				read_cut((enum dialect)d, sounds, attacks[i], NULL, 0, &whole);
				check_cuts((enum dialect)d, sounds, attacks[i], buf_bytes(&whole));
				buf_fini(&whole);
			}
}

// Pieces of all dialects in random order, cut at random.
static void random_streams_do_not_depend_on_their_cuts(void **state)
{
	(void)state;
	static const char *const pieces[] = {"\x1b", "[", "]", "1;31m", "38;2;1;2;3m", "|", "lc",
		"lt", "le", "look", "%^", "RED", "%%^^", "{", "r", "&", "^", "}", "\t", "@", "(",
		")", "<", "send href='x'>", "[F530]", "\n", "\r", "\xc3", "\xa9", "\xe2\x82",
		"\xac", "\xc2", "\x9b", "!!SOUND(a.wav)", "!!", "MUSIC(", " ", "word", "\a", "0m"};
	uint32_t seed = 12345;
	for (int round = 0; round < 3000; round++) {
		struct buf in = {0}, whole = {0}, cut = {0};
		size_t cuts[16], n = 0;
		for (int i = 0; i < 30; i++) {
			seed = seed * 1664525 + 1013904223;
			buf_str(&in, pieces[(seed >> 16) % countof(pieces)]);
		}
		for (size_t at = 0; n < countof(cuts); n++) {
			seed = seed * 1664525 + 1013904223;
			at += (seed >> 16) % (in.n / 8);
			if (at > in.n)
				break;
			cuts[n] = at;
		}
		enum dialect d = (enum dialect)(round % DIALECT_COUNT);
		read_cut(d, round & 8, buf_bytes(&in), NULL, 0, &whole);
		read_cut(d, round & 8, buf_bytes(&in), cuts, n, &cut);
		check_bytes(buf_bytes(&cut), buf_bytes(&whole));
		buf_fini(&in);
		buf_fini(&whole);
		buf_fini(&cut);
	}
}

static void check_escaped(enum dialect d, struct span said)
{
	struct buf clean = {0}, escaped = {0};
	struct markup m = {.dialect = (uint8_t)d, .sounds = true};
	struct rich r = {0};
	text_clean(said, &clean);
	markup_escape(d, said, &escaped);
	markup_read(&m, buf_bytes(&escaped), &r);
	markup_end(&m, &r);
	check_bytes(buf_bytes(&r.text), buf_bytes(&clean));
	assert_int_equal(r.n, 0);
	buf_fini(&clean);
	buf_fini(&escaped);
	rich_fini(&r);
}

static void what_a_player_says_is_shown_as_it_was_said(void **state)
{
	(void)state;
	for (int d = 0; d < DIALECT_COUNT; d++) {
		for (size_t i = 0; i < countof(attacks); i++)
			check_escaped((enum dialect)d, attacks[i]);
		for (size_t i = 0; i < countof(vectors); i++)
			check_escaped((enum dialect)d, vectors[i].in);
	}
}

static void a_name_said_between_codes_of_pinkfish_is_no_code(void **state)
{
	(void)state;
	struct buf text = {0}, out = {0};
	buf_lit(&text, "%^RED%^");
	markup_escape(DIALECT_PINKFISH, SPAN("BOLD"), &text);
	buf_lit(&text, "%^RESET%^");
	read_cut(DIALECT_PINKFISH, false, buf_bytes(&text), NULL, 0, &out);
	check_text(buf_bytes(&out), "<f1>BOLD<>");
	buf_fini(&text);
	buf_fini(&out);
}

static void a_style_goes_on_in_the_next_text_of_a_stream(void **state)
{
	(void)state;
	struct markup m = {.dialect = DIALECT_ANSI};
	struct rich r = {0};
	struct buf out = {0};
	markup_read(&m, SPAN("\x1b[31mone"), &r);
	rich_clear(&r);
	markup_read(&m, SPAN("two\x1b[0m"), &r);
	rich_describe(&r, &out);
	check_text(buf_bytes(&out), "<f1>two<>");
	rich_fini(&r);
	buf_fini(&out);
}

static void the_end_of_a_text_lets_go_of_what_waited(void **state)
{
	(void)state;
	struct markup m = {.dialect = DIALECT_EVENNIA};
	struct rich r = {0};
	struct buf out = {0};
	markup_read(&m, SPAN("|lclook|ltx|r|"), &r);
	markup_end(&m, &r);
	rich_describe(&r, &out);
	check_text(buf_bytes(&out), "[cmd|look]x<f9>|[/]<>");
	markup_read(&m, SPAN("plain"), &r);
	buf_clear(&out);
	rich_clear(&r);
	markup_read(&m, SPAN("plain"), &r);
	rich_describe(&r, &out);
	check_text(buf_bytes(&out), "plain");
	rich_fini(&r);
	buf_fini(&out);
}

static void a_prompt_is_shown_whole_and_the_stream_goes_on(void **state)
{
	(void)state;
	struct markup m = {.dialect = DIALECT_PINKFISH};
	struct rich r = {0};
	struct buf out = {0};
	markup_read(&m, SPAN("%^RED%^HP 100%"), &r);
	markup_flush(&m, &r);
	markup_read(&m, SPAN("^x\x1b"), &r);
	markup_flush(&m, &r);
	markup_read(&m, SPAN("[32mgreen"), &r);
	rich_describe(&r, &out);
	check_text(buf_bytes(&out), "<f1>HP 100%^x<f2>green");
	rich_fini(&r);
	buf_fini(&out);
}

static void typed_text_loses_what_acts_or_hides(void **state)
{
	(void)state;
	struct buf out = {0};
	text_clean(
		SPAN("a\tb\x1b[31m\x07\x7f\r\n\xc2\x9b"
		     "c\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf d\xff\xc3 é\xe2\x80\xa8z"),
		&out);
	check_text(buf_bytes(&out), "a\tb[31mc d\xef\xbf\xbd\xef\xbf\xbd éz");
	buf_fini(&out);
}

static void dialects_are_found_by_their_words(void **state)
{
	(void)state;
	enum dialect d;
	for (int i = 0; i < DIALECT_COUNT; i++) {
		assert_true(dialect_find(span_str(dialect_word((enum dialect)i)), &d));
		assert_int_equal(d, i);
	}
	assert_false(dialect_find(SPAN("html"), &d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dialects_mean_what_their_games_say),
		TEST(attacks_are_clean_text_however_they_are_cut),
		TEST(random_streams_do_not_depend_on_their_cuts),
		TEST(what_a_player_says_is_shown_as_it_was_said),
		TEST(a_name_said_between_codes_of_pinkfish_is_no_code),
		TEST(a_style_goes_on_in_the_next_text_of_a_stream),
		TEST(the_end_of_a_text_lets_go_of_what_waited),
		TEST(a_prompt_is_shown_whole_and_the_stream_goes_on),
		TEST(typed_text_loses_what_acts_or_hides),
		TEST(dialects_are_found_by_their_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
