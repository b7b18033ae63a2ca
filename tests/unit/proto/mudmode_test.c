// SPDX-License-Identifier: MIT
// MudMode frames: exact bytes of known packets, the limits, and whole conversations cut anyhow.
// GATEHOUSE_CAPTURES may name a directory of recordings (*.bin, one direction of a connection
// each); they are replayed too, and anything in them that does not decode must be listed below.
#include "base/mem.h"
#include "check.h"
#include "proto/codecs.h"
#include "proto/lpc.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { FRAME_MAX = 2 << 20, RECORDING_MAX = 64 << 20 };

#define STR(literal) value_str(literal)
#define INT(n)       value_int(n)
#define ARRAY(...)   VALUE_LIST(__VA_ARGS__)
#define NO_ELEMENTS  value_array(NULL, 0)
#define NO_PAIRS     value_map(NULL, 0)
#define PAIRS(...)                                                                                 \
	value_map((const struct value[]){__VA_ARGS__},                                             \
		sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value) / 2)

struct framing {
	_Alignas(16) char state[64];
};

static struct framing framing(size_t max)
{
	struct framing f = {0};
	assert_true(codec_mudmode.state_bytes <= sizeof f.state);
	codec_mudmode.init(f.state, max);
	return f;
}

static enum codec_got take(struct framing *f, struct span *in, struct codec_msg *msg)
{
	struct buf reply = {0};
	enum codec_got got = codec_mudmode.take(f->state, in, msg, &reply);
	assert_int_equal(reply.n, 0);
	return got;
}

static struct buf frame_of_text(struct span text)
{
	struct framing f = framing(FRAME_MAX);
	struct buf frame = {0};
	codec_mudmode.put(f.state, &frame, (struct codec_msg){.body = text});
	return frame;
}

static struct buf unhex(const char *hex)
{
	struct buf b = {0};
	unsigned byte;
	for (int used; sscanf(hex, " %2x%n", &byte, &used) == 1; hex += used)
		buf_char(&b, (char)byte);
	return b;
}

static struct value read_one(struct arena *a, struct span *text)
{
	struct value v;
	struct lpc_error error = {0};
	if (!lpc_read(a, text, &v, &error))
		fail_msg("%s at %zu of %.*s", error.why, error.at, (int)text->n, text->p);
	return v;
}

// Takes the frame, which must be the only one, and reads the value in it, likewise.
static void check_frame_holds(struct span frame, const struct value *want)
{
	struct framing f = framing(FRAME_MAX);
	struct codec_msg msg;
	assert_int_equal(take(&f, &frame, &msg), CODEC_MSG);
	assert_int_equal(frame.n, 0);
	struct arena arena = {0};
	struct value got = read_one(&arena, &msg.body);
	assert_true(value_eq(&got, want));
	assert_int_equal(msg.body.n, 0);
	arena_fini(&arena);
}

struct exact {
	const char *id;
	struct value value;
	const char *hex;
};

static void check_exact(const struct exact *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf want = unhex(rows[i].hex), text = {0};
		lpc_put(&text, &rows[i].value);
		struct buf frame = frame_of_text(buf_bytes(&text));
		if (!span_eq(buf_bytes(&frame), buf_bytes(&want)))
			fail_msg("%s is framed as %zu bytes: %.*s", rows[i].id, frame.n,
				(int)text.n, text.p);
		check_frame_holds(buf_bytes(&want), &rows[i].value);
		buf_fini(&want);
		buf_fini(&text);
		buf_fini(&frame);
	}
}

static void values_have_exact_frames(void **state)
{
	(void)state;
	const struct exact rows[] = {
		{"F1", INT(123), "00 00 00 04 31 32 33 00"},
		{"F2 array", NO_ELEMENTS, "00 00 00 05 28 7b 7d 29 00"},
		{"F2 mapping", NO_PAIRS, "00 00 00 05 28 5b 5d 29 00"},
		{"F2 integer", INT(-1), "00 00 00 03 2d 31 00"},
		{"F3 LF", STR("a\nb"), "00 00 00 06 22 61 0d 62 22 00"},
		{"F3 CR", STR("a\rb"), "00 00 00 07 22 61 5c 0d 62 22 00"},
		{"F3 escapes", STR("q\"\\z"), "00 00 00 09 22 71 5c 22 5c 5c 7a 22 00"},
		{"F3 UTF-8", STR("\xc3\xa9"), "00 00 00 05 22 c3 a9 22 00"},
		{"F4", ARRAY(STR("a")), "00 00 00 09 28 7b 22 61 22 2c 7d 29 00"},
		{"smallest", INT(0), "00 00 00 02 30 00"},
	};
	check_exact(rows, countof(rows));
}

static void packets_have_exact_frames(void **state)
{
	(void)state;
	const struct exact rows[] = {
		{"P1",
			ARRAY(STR("auth-mud-req"), INT(5), STR("Example"), INT(0), STR("Example"),
				INT(0)),
			"00 00 00 2e 28 7b 22 61 75 74 68 2d 6d 75 64 2d 72 65 71 22 2c 35 2c 22 "
			"45 78 61 6d 70 6c 65 22 2c 30 2c 22 45 78 61 6d 70 6c 65 22 2c 30 2c 7d "
			"29 00"},
		{"P2",
			ARRAY(STR("channel-listen"), INT(5), STR("Example"), INT(0), STR("*i4"),
				INT(0), STR("dchat"), INT(1)),
			"00 00 00 36 28 7b 22 63 68 61 6e 6e 65 6c 2d 6c 69 73 74 65 6e 22 2c 35 "
			"2c 22 45 78 61 6d 70 6c 65 22 2c 30 2c 22 2a 69 34 22 2c 30 2c 22 64 63 "
			"68 61 74 22 2c 31 2c 7d 29 00"},
		{"P3",
			ARRAY(STR("tell"), INT(5), STR("TMIMUD"), STR("bob"), STR("Example"),
				STR("alice"), STR("Bob"), STR("hi")),
			"00 00 00 3a 28 7b 22 74 65 6c 6c 22 2c 35 2c 22 54 4d 49 4d 55 44 22 2c "
			"22 62 6f 62 22 2c 22 45 78 61 6d 70 6c 65 22 2c 22 61 6c 69 63 65 22 2c "
			"22 42 6f 62 22 2c 22 68 69 22 2c 7d 29 00"},
		{"P4",
			ARRAY(STR("channel-m"), INT(5), STR("Example"), STR("alice"), INT(0),
				INT(0), STR("dchat"), STR("Alice"), STR("hi all")),
			"00 00 00 42 28 7b 22 63 68 61 6e 6e 65 6c 2d 6d 22 2c 35 2c 22 45 78 61 "
			"6d 70 6c 65 22 2c 22 61 6c 69 63 65 22 2c 30 2c 30 2c 22 64 63 68 61 74 "
			"22 2c 22 41 6c 69 63 65 22 2c 22 68 69 20 61 6c 6c 22 2c 7d 29 00"},
		{"P5",
			ARRAY(STR("startup-req-3"), INT(5), STR("Example"), INT(0), STR("*i4"),
				INT(0), INT(0), INT(0), INT(0), INT(4000), INT(0), INT(0),
				STR("ExLib 1.0"), STR("ExLib"), STR("FluffOS v2019"), STR("LP"),
				STR("open for public"), STR("a@b.c"),
				PAIRS(STR("tell"), INT(1), STR("channel"), INT(1)), INT(0)),
			"00 00 00 99 28 7b 22 73 74 61 72 74 75 70 2d 72 65 71 2d 33 22 2c 35 2c "
			"22 45 78 61 6d 70 6c 65 22 2c 30 2c 22 2a 69 34 22 2c 30 2c 30 2c 30 2c "
			"30 2c 34 30 30 30 2c 30 2c 30 2c 22 45 78 4c 69 62 20 31 2e 30 22 2c 22 "
			"45 78 4c 69 62 22 2c 22 46 6c 75 66 66 4f 53 20 76 32 30 31 39 22 2c 22 "
			"4c 50 22 2c 22 6f 70 65 6e 20 66 6f 72 20 70 75 62 6c 69 63 22 2c 22 61 "
			"40 62 2e 63 22 2c 28 5b 22 74 65 6c 6c 22 3a 31 2c 22 63 68 61 6e 6e 65 "
			"6c 22 3a 31 2c 5d 29 2c 30 2c 7d 29 00"},
		{"P6",
			ARRAY(STR("startup-reply"), INT(5), STR("*i4"), INT(0), STR("Example"),
				INT(0), ARRAY(ARRAY(STR("*i4"), STR("204.209.44.3 8080"))),
				INT(123456789)),
			"00 00 00 59 28 7b 22 73 74 61 72 74 75 70 2d 72 65 70 6c 79 22 2c 35 2c "
			"22 2a 69 34 22 2c 30 2c 22 45 78 61 6d 70 6c 65 22 2c 30 2c 28 7b 28 7b "
			"22 2a 69 34 22 2c 22 32 30 34 2e 32 30 39 2e 34 34 2e 33 20 38 30 38 30 "
			"22 2c 7d 29 2c 7d 29 2c 31 32 33 34 35 36 37 38 39 2c 7d 29 00"},
		{"P7",
			ARRAY(STR("error"), INT(5), STR("*i4"), INT(0), STR("Example"), INT(0),
				STR("unk-dst"), STR("destination unknown"), INT(0)),
			"00 00 00 45 28 7b 22 65 72 72 6f 72 22 2c 35 2c 22 2a 69 34 22 2c 30 2c "
			"22 45 78 61 6d 70 6c 65 22 2c 30 2c 22 75 6e 6b 2d 64 73 74 22 2c 22 64 "
			"65 73 74 69 6e 61 74 69 6f 6e 20 75 6e 6b 6e 6f 77 6e 22 2c 30 2c 7d 29 "
			"00"},
	};
	check_exact(rows, countof(rows));
}

struct packet {
	const char *id;
	struct value value;
	const char *text;
	uint32_t length; // of the frame
};

static void check_packets(const struct packet *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf text = {0};
		lpc_put(&text, &rows[i].value);
		check_text(buf_bytes(&text), rows[i].text);
		struct buf frame = frame_of_text(buf_bytes(&text));
		char header[4] = {0, 0, (char)(rows[i].length >> 8), (char)rows[i].length};
		if (frame.n != rows[i].length + 4 || memcmp(frame.p, header, 4) != 0)
			fail_msg("%s: frame of %zu bytes", rows[i].id, frame.n);
		check_frame_holds(buf_bytes(&frame), &rows[i].value);
		buf_fini(&text);
		buf_fini(&frame);
	}
}

static void user_packets_have_exact_texts(void **state)
{
	(void)state;
	const struct packet rows[] = {
		{"P8",
			ARRAY(STR("who-reply"), INT(5), STR("Example"), INT(0), STR("TMIMUD"),
				STR("bob"), ARRAY(ARRAY(STR("Alice"), INT(12), STR("wizard")))),
			"({\"who-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\","
			"({({\"Alice\",12,\"wizard\",}),}),})",
			76},
		{"P9",
			ARRAY(STR("who-reply"), INT(5), STR("Example"), INT(0), STR("TMIMUD"),
				STR("bob"), NO_ELEMENTS),
			"({\"who-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",({}),})", 51},
		{"P12",
			ARRAY(STR("channel-t"), INT(5), STR("Example"), STR("alice"), INT(0),
				INT(0), STR("dchat"), STR("TMIMUD"), STR("bob"),
				STR("$N smiles at $O."), STR("$N smiles at you."), STR("Alice"),
				STR("Bob")),
			"({\"channel-t\",5,\"Example\",\"alice\",0,0,\"dchat\",\"TMIMUD\",\"bob\","
			"\"$N smiles at $O.\",\"$N smiles at you.\",\"Alice\",\"Bob\",})",
			117},
		{"P13",
			ARRAY(STR("finger-reply"), INT(5), STR("TMIMUD"), INT(0), STR("Example"),
				STR("alice"), STR("Bob"), STR("the wizard"), INT(0), INT(0), INT(0),
				INT(-1), INT(0), STR("player"), STR("No plan.\n")),
			"({\"finger-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"Bob\","
			"\"the wizard\",0,0,0,-1,0,\"player\",\"No plan.\r\",})",
			102},
		{"P14",
			ARRAY(STR("locate-reply"), INT(5), STR("TMIMUD"), INT(0), STR("Example"),
				STR("alice"), STR("TMIMUD"), STR("Bob"), INT(30),
				STR("editing, hidden")),
			"({\"locate-reply\",5,\"TMIMUD\",0,\"Example\",\"alice\",\"TMIMUD\","
			"\"Bob\",30,\"editing, hidden\",})",
			87},
		{"P20", ARRAY(STR("oob-begin"), STR("Example"), INT(1), INT(42)),
			"({\"oob-begin\",\"Example\",1,42,})", 32},
		{"P21", ARRAY(STR("mail-ack"), PAIRS(INT(7), ARRAY(STR("nobody")))),
			"({\"mail-ack\",([7:({\"nobody\",}),]),})", 37},
		{"P22",
			ARRAY(STR("chan-filter-req"), INT(5), STR("*i4"), INT(0), STR("Owner"),
				INT(0), STR("mod"),
				ARRAY(STR("channel-m"), INT(5), STR("Example"), STR("alice"),
					INT(0), INT(0), STR("mod"), STR("Alice"), STR("hi"))),
			"({\"chan-filter-req\",5,\"*i4\",0,\"Owner\",0,\"mod\","
			"({\"channel-m\",5,\"Example\",\"alice\",0,0,\"mod\",\"Alice\",\"hi\",}),}"
			")",
			109},
		{"P23",
			ARRAY(STR("tell"), INT(5), STR("Example"), STR("alice"), STR("TMIMUD"),
				STR("bob"), STR("Alice"), STR("line1\nsay \"hi\" \\o/")),
			"({\"tell\",5,\"Example\",\"alice\",\"TMIMUD\",\"bob\",\"Alice\","
			"\"line1\rsay \\\"hi\\\" \\\\o/\",})",
			79},
	};
	check_packets(rows, countof(rows));
}

static void router_packets_have_exact_texts(void **state)
{
	(void)state;
	const struct packet rows[] = {
		{"P10",
			ARRAY(STR("mudlist"), INT(5), STR("*i4"), INT(0), STR("Example"), INT(0),
				INT(7),
				PAIRS(STR("TMIMUD"),
					ARRAY(INT(-1), STR("192.0.2.9"), INT(5555), INT(0), INT(0),
						STR("TMI-2"), STR("TMI"), STR("MudOS"), STR("LP"),
						STR("open for public"), STR(""),
						PAIRS(STR("tell"), INT(1)), INT(0)),
					STR("Gone"), INT(0))),
			"({\"mudlist\",5,\"*i4\",0,\"Example\",0,7,([\"TMIMUD\":({-1,\"192.0.2.9\","
			"5555,0,0,\"TMI-2\",\"TMI\",\"MudOS\",\"LP\",\"open for public\",\"\","
			"([\"tell\":1,]),0,}),\"Gone\":0,]),})",
			155},
		{"P11",
			ARRAY(STR("chanlist-reply"), INT(5), STR("*i4"), INT(0), STR("Example"),
				INT(0), INT(9),
				PAIRS(STR("dchat"), ARRAY(STR("Frontiers"), INT(0)), STR("old"),
					INT(0))),
			"({\"chanlist-reply\",5,\"*i4\",0,\"Example\",0,9,"
			"([\"dchat\":({\"Frontiers\",0,}),\"old\":0,]),})",
			86},
		{"P15",
			ARRAY(STR("shutdown"), INT(5), STR("Example"), INT(0), STR("*i4"), INT(0),
				INT(1)),
			"({\"shutdown\",5,\"Example\",0,\"*i4\",0,1,})", 40},
		{"P16",
			ARRAY(STR("irn-startup-req"), INT(5), STR("*r1"), INT(0), STR("*r2"),
				INT(0),
				PAIRS(STR("client_password"), INT(11), STR("server_password"),
					INT(22))),
			"({\"irn-startup-req\",5,\"*r1\",0,\"*r2\",0,"
			"([\"client_password\":11,\"server_password\":22,]),})",
			88},
		{"P17",
			ARRAY(STR("irn-ping"), INT(5), STR("*r1"), INT(0), STR("*r2"), INT(0),
				INT(1700000000), INT(1700000000)),
			"({\"irn-ping\",5,\"*r1\",0,\"*r2\",0,1700000000,1700000000,})", 56},
		{"P18",
			ARRAY(STR("irn-data"), INT(5), STR("*r1"), INT(0), STR("*r2"), INT(0),
				ARRAY(STR("channel-m"), INT(5), STR("Example"), STR("alice"),
					INT(0), INT(0), STR("dchat"), STR("Alice"), STR("hi all"))),
			"({\"irn-data\",5,\"*r1\",0,\"*r2\",0,({\"channel-m\",5,\"Example\","
			"\"alice\",0,0,\"dchat\",\"Alice\",\"hi all\",}),})",
			100},
		{"P19",
			ARRAY(STR("irn-chanlist-delta"), INT(5), STR("*r1"), INT(0), STR("*r2"),
				INT(0), INT(1700000000),
				PAIRS(STR("channels"),
					PAIRS(STR("dchat"),
						ARRAY(INT(0), STR("Frontiers"), NO_ELEMENTS),
						STR("old"), INT(-1)),
					STR("listening"), NO_PAIRS)),
			"({\"irn-chanlist-delta\",5,\"*r1\",0,\"*r2\",0,1700000000,"
			"([\"channels\":([\"dchat\":({0,\"Frontiers\",({}),}),\"old\":-1,]),"
			"\"listening\":([]),]),})",
			134},
	};
	check_packets(rows, countof(rows));
}

// F4: NUL counted, CR counted, nothing; F5 and what else has been seen at the end of a frame.
static void the_end_of_a_frame_is_not_in_the_message(void **state)
{
	(void)state;
	static const struct {
		struct span frame;
		const char *body;
	} rows[] = {
		{SPAN("\0\0\0\011({\"a\",})\0"), "({\"a\",})"},
		{SPAN("\0\0\0\011({\"a\",})\r"), "({\"a\",})"},
		{SPAN("\0\0\0\010({\"a\",})"), "({\"a\",})"},
		{SPAN("\0\0\0\007({})\0\0\0"), "({})"},
		{SPAN("\0\0\0\010({})\n\r \0"), "({})"},
		{SPAN("\0\0\0\010({\"a\0b\")"), "({\"a"}, // the text ends at a NUL
		{SPAN("\0\0\0\006a \0b \0"), "a"},
		{SPAN("\0\0\0\003\na\0"), "\na"},
		{SPAN("\0\0\0\001\0"), ""}, // for the receiver to ignore
		{SPAN("\0\0\0\005\r\n \0\0"), ""},
		{SPAN("\0\0\0\022({\"a\",})\r({\"b\",})\r"), "({\"a\",})\r({\"b\",})"},
	};
	for (size_t i = 0; i < countof(rows); i++) {
		struct framing f = framing(FRAME_MAX);
		struct span in = rows[i].frame;
		struct codec_msg msg;
		assert_int_equal(take(&f, &in, &msg), CODEC_MSG);
		check_text(msg.body, rows[i].body);
		assert_int_equal(in.n, 0);
	}
}

static void check_bad(struct span in, size_t max, bool too_big)
{
	struct framing f = framing(max);
	struct codec_msg msg = {0};
	for (size_t n = 0; n < 4; n++) {
		struct span part = span_of(in.p, n);
		assert_int_equal(take(&f, &part, &msg), CODEC_MORE);
	}
	struct span header = span_of(in.p, 4);
	assert_int_equal(take(&f, &header, &msg), CODEC_BAD);
	assert_non_null(msg.why);
	assert_int_equal(msg.too_big, too_big);
	assert_int_equal(take(&f, &in, &msg), CODEC_BAD);
}

static void an_impossible_length_is_bad_as_soon_as_it_is_there(void **state)
{
	(void)state;
	check_bad(SPAN("\0\0\0\0"), FRAME_MAX, false);          // M1
	check_bad(SPAN("\xff\xff\xff\xff({"), FRAME_MAX, true); // M2
	check_bad(SPAN("\x7f\xff\xff\xff"), FRAME_MAX, true);   // the largest signed
	check_bad(SPAN("\x80\0\0\0"), FRAME_MAX, true);         // the smallest
	check_bad(SPAN("GET / HTTP/1.0\r\n"), FRAME_MAX, true); // a browser
	check_bad(SPAN("\0\x20\0\1"), FRAME_MAX, true);         // one over
	check_bad(SPAN("\0\0\x27\x11"), 10000, true);
}

static void a_frame_of_exactly_the_limit_passes(void **state)
{
	(void)state;
	struct framing f = framing(8);
	struct span in = SPAN("\0\0\0\010\"12345\"\0");
	struct codec_msg msg;
	assert_int_equal(take(&f, &in, &msg), CODEC_MSG);
	check_text(msg.body, "\"12345\"");
}

static void a_frame_not_whole_is_waited_for_untouched(void **state) // M4
{
	(void)state;
	struct framing f = framing(FRAME_MAX);
	const struct span whole = SPAN("\0\0\0\005({})\0");
	for (size_t n = 0; n < whole.n; n++) {
		char *copy = mem_alloc(n ? n : 1); // ends where the input ends, for the sanitizer
		memcpy(copy, whole.p, n);
		struct span in = span_of(copy, n);
		struct codec_msg msg;
		assert_int_equal(take(&f, &in, &msg), CODEC_MORE);
		assert_ptr_equal(in.p, copy);
		assert_int_equal(in.n, n);
		free(copy);
	}
}

static void bytes_after_a_frame_stay_for_the_next(void **state)
{
	(void)state;
	struct framing f = framing(FRAME_MAX);
	struct span in = SPAN("\0\0\0\002"
			      "1\0\0\0\0\002"
			      "2\0\0\0");
	struct codec_msg msg;
	assert_int_equal(take(&f, &in, &msg), CODEC_MSG);
	check_text(msg.body, "1");
	assert_int_equal(take(&f, &in, &msg), CODEC_MSG);
	check_text(msg.body, "2");
	assert_int_equal(take(&f, &in, &msg), CODEC_MORE);
	assert_int_equal(in.n, 2);
}

struct tally {
	size_t frames, empty, packets;
	size_t refused; // texts lpc_read did not take
	size_t left;    // bytes after the last frame
	bool bad;
};

static void count_packets(struct span text, struct tally *t)
{
	struct arena arena = {0};
	t->frames++;
	t->empty += text.n == 0;
	while (text.n) {
		struct value v;
		struct lpc_error error;
		if (!lpc_read(&arena, &text, &v, &error)) {
			t->refused++;
			break;
		}
		t->packets++;
	}
	arena_fini(&arena);
}

// Gives the stream to the codec as a socket would, cut bytes at a time.
static struct tally replay(struct span stream, size_t cut)
{
	struct framing f = framing(FRAME_MAX);
	struct tally t = {0};
	struct buf in = {0};
	while (stream.n && !t.bad) {
		buf_span(&in, span_take(&stream, min_size(cut, stream.n)));
		struct span rest = buf_bytes(&in);
		struct codec_msg msg;
		enum codec_got got;
		while ((got = take(&f, &rest, &msg)) == CODEC_MSG)
			count_packets(msg.body, &t);
		t.bad = got == CODEC_BAD;
		buf_drop(&in, in.n - rest.n);
	}
	assert_false(in.failed);
	t.left = in.n;
	buf_fini(&in);
	return t;
}

static const size_t cuts[] = {1, 7, 1000};

static void a_split_header_makes_one_packet(void **state) // M5
{
	(void)state;
	struct framing f = framing(FRAME_MAX);
	struct buf frame = frame_of_text(SPAN("({\"channel-listen\",5,\"Example\",0,\"*i4\",0,"
					      "\"dchat\",1,})"));
	struct codec_msg msg;
	size_t messages = 0;
	for (size_t n = 1; n <= frame.n; n = n < 2 ? 2 : n < 4 ? 4 : n + 1) {
		struct span in = span_of(frame.p, n);
		messages += take(&f, &in, &msg) == CODEC_MSG;
	}
	assert_int_equal(messages, 1);
	assert_int_equal(msg.body.n, frame.n - 5);
	buf_fini(&frame);
}

static void a_bad_text_costs_one_packet_and_not_the_stream(void **state) // M6
{
	(void)state;
	const struct span stream = SPAN("\0\0\0\005({})\0\0\0\0\003-1\0\0\0\0\005\"bad\0"
					"\0\0\0\005([])\0");
	for (size_t i = 0; i < countof(cuts); i++) {
		struct tally t = replay(stream, cuts[i]);
		assert_int_equal(t.frames, 4);
		assert_int_equal(t.packets, 3);
		assert_int_equal(t.refused, 1);
		assert_int_equal(t.left, 0);
		assert_false(t.bad);
	}
}

// A conversation of the shapes seen on the wire, each end of frame included.
static struct buf conversation(void)
{
	static const struct span texts[] = {
		SPAN("({\"startup-reply\",5,\"*home\",0,\"Oak\",0,({({\"*home\",\"192.0.2.1 "
		     "8080\",}),}),71,})"),
		SPAN("({\"mudlist\",5,\"*home\",0,\"Oak\",0,3,([\"Elm\":({-1,\"192.0.2.7\",4000,"
		     "0,0,\"L\",\"L\",\"D\",\"LP\",\"open\",\"x@y.z\",([\"tell\":1,]),([]),}),"
		     "\"Ash\":0,]),})"),
		SPAN("({\"chanlist-reply\",5,\"*home\",0,\"Oak\",0,4,([\"dev\":({\"Elm\",0,}),]),"
		     "})"),
		SPAN("({\"channel-m\",5,\"Elm\",\"ivy\",0,0,\"dev\",\"Ivy\",\"caf\xe9\r%^RED%^\","
		     "})"),
		SPAN("({\"error\",5,\"*home\",0,\"Oak\",\"ivy\",\"unk-dst\",\"no\",({\"tell\",5,"
		     "\"Oak\",\"ivy\",\"Yew\",\"q\",\"Ivy\",\"\\\"\\\\\",}),})"),
		SPAN("({\"tell\",5,\"Elm\",\"ivy\",\"Oak\",\"fig\",\"Ivy\",-0.000000,,})"),
	};
	struct buf stream = {0};
	for (size_t i = 0; i < countof(texts); i++) {
		struct buf frame = frame_of_text(texts[i]);
		buf_span(&stream, buf_bytes(&frame));
		buf_fini(&frame);
	}
	buf_lit(&stream, "\0\0\0\007({1,})\r");           // CR for NUL
	buf_lit(&stream, "\0\0\0\006({1,})");             // nothing for NUL
	buf_lit(&stream, "\0\0\0\015({1,})\r({2,})");     // two packets
	buf_lit(&stream, "\0\0\0\002\r\0\0\0\0\003 0\0"); // an empty frame; a blank
	return stream;
}

static void a_conversation_decodes_however_it_is_cut(void **state)
{
	(void)state;
	struct buf stream = conversation();
	for (size_t i = 0; i < countof(cuts); i++) {
		struct tally t = replay(buf_bytes(&stream), cuts[i]);
		assert_int_equal(t.frames, 11);
		assert_int_equal(t.empty, 1);
		assert_int_equal(t.packets, 11);
		assert_int_equal(t.refused, 0);
		assert_int_equal(t.left, 0);
		assert_false(t.bad);
	}
	buf_fini(&stream);
}

// Recordings whose sender broke the rules, or our limits, on purpose.
static const struct misbehaved {
	const char *name;
	size_t refused;
	size_t left;
	bool bad;
} misbehaved[] = {
	// An integer with a plus sign.
	{"30-encoding-through-router-a.c2r.bin", .refused = 1},
	// Junk after a packet, words that are no value, a string without an end.
	{"32-parse-strictness-a.c2r.bin", .refused = 3},
	// Length 0; -1; the largest signed; then one the old drivers refuse but we wait for; HTTP.
	{"34-bad-header-1.c2r.bin", .bad = true},
	{"34-bad-header-2.c2r.bin", .bad = true},
	{"34-bad-header-3.c2r.bin", .bad = true},
	{"34-bad-header-4.c2r.bin", .left = 4},
	{"34-bad-header-5.c2r.bin", .bad = true},
};

static struct misbehaved expected_of(const char *name)
{
	for (size_t i = 0; i < countof(misbehaved); i++)
		if (strcmp(name, misbehaved[i].name) == 0)
			return misbehaved[i];
	return (struct misbehaved){.name = name};
}

// → frames
static size_t check_recording(const char *name, struct span stream)
{
	const struct misbehaved want = expected_of(name);
	struct tally whole = replay(stream, max_size(stream.n, 1));
	for (size_t i = 0; i < countof(cuts); i++) {
		struct tally t = replay(stream, cuts[i]);
		if (t.refused != want.refused || t.bad != want.bad)
			fail_msg("%s in cuts of %zu: %zu texts refused, %s framing", name, cuts[i],
				t.refused, t.bad ? "bad" : "good");
		if (!t.bad && t.left != want.left)
			fail_msg("%s in cuts of %zu: %zu bytes left", name, cuts[i], t.left);
		assert_int_equal(t.frames, whole.frames);
		assert_int_equal(t.packets, whole.packets);
	}
	return whole.frames;
}

static struct buf read_file(const char *path)
{
	struct buf b = {.max = RECORDING_MAX};
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	char part[4096];
	for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
		buf_put(&b, part, n);
	assert_false(ferror(f));
	fclose(f);
	assert_false(b.failed);
	return b;
}

static void recordings_decode_however_they_are_cut(void **state)
{
	(void)state;
	const char *folder = getenv("GATEHOUSE_CAPTURES");
	if (!folder)
		skip();
	DIR *dir = opendir(folder);
	if (!dir)
		fail_msg("cannot open %s", folder);
	size_t files = 0, frames = 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (!span_ends(span_str(entry->d_name), SPAN(".bin")))
			continue;
		struct buf path = {0};
		buf_printf(&path, "%s/%s%c", folder, entry->d_name, 0);
		struct buf stream = read_file(path.p);
		frames += check_recording(entry->d_name, buf_bytes(&stream));
		buf_fini(&stream);
		buf_fini(&path);
		files++;
	}
	closedir(dir);
	print_message("%zu recordings, %zu frames\n", files, frames);
	assert_true(frames > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_have_exact_frames),
		TEST(packets_have_exact_frames),
		TEST(user_packets_have_exact_texts),
		TEST(router_packets_have_exact_texts),
		TEST(the_end_of_a_frame_is_not_in_the_message),
		TEST(an_impossible_length_is_bad_as_soon_as_it_is_there),
		TEST(a_frame_of_exactly_the_limit_passes),
		TEST(a_frame_not_whole_is_waited_for_untouched),
		TEST(bytes_after_a_frame_stay_for_the_next),
		TEST(a_split_header_makes_one_packet),
		TEST(a_bad_text_costs_one_packet_and_not_the_stream),
		TEST(a_conversation_decodes_however_it_is_cut),
		TEST(recordings_decode_however_they_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
