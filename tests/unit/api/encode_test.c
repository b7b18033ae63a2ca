// SPDX-License-Identifier: MIT
#include "api_rig.h"
#include <zlib.h>

#define LONG "a line that is long enough to be worth compressing, a line that is long enough to be"
#define TEXT                                                                                       \
	"{\"jsonrpc\":\"2.0\",\"method\":\"channel_message\",\"params\":{\"channel\":\"chat\","    \
	"\"message\":\"" LONG "\",\"seq\":7,\"timestamp\":\"" NOW "Z\"}}"

static void encode(enum wire wire, struct buf *out)
{
	struct buf text = {0};
	struct value pairs[] = {
		value_str("channel"), value_str("chat"), value_str("message"), value_str(LONG)};
	struct value params = value_map(pairs, 2);
	struct message m = {.event = EVENT_CHANNEL_MESSAGE,
		.params = &params,
		.seq = 7,
		.wall_us = RIG_WALL_US};
	api_wires.text(&m, &text);
	api_wires.frame(wire, buf_bytes(&text), out);
	buf_fini(&text);
}

static void a_line_is_the_text_and_a_newline(void **state)
{
	struct buf out = {0};
	(void)state;
	encode(WIRE_LINE, &out);
	check_text(buf_bytes(&out), TEXT "\n");
	buf_fini(&out);
}

static void a_frame_has_its_length_before_the_text(void **state)
{
	struct buf out = {0};
	(void)state;
	encode(WIRE_WS, &out);
	check_bytes(span_of(out.p, 2), SPAN("\x81\x7e"));
	assert_int_equal((unsigned char)out.p[2] << 8 | (unsigned char)out.p[3], strlen(TEXT));
	check_text(span_of(out.p + 4, out.n - 4), TEXT);
	buf_fini(&out);
}

static void a_compressed_frame_inflates_to_the_text_in_its_window(void **state)
{
	static const struct {
		enum wire wire;
		int bits;
	} rows[] = {{WIRE_WS_DEFLATE12, 12}, {WIRE_WS_DEFLATE9, 9}};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct buf out = {0};
		char text[1024];
		encode(rows[i].wire, &out);
		assert_int_equal((unsigned char)out.p[0], 0xc1);
		size_t head = (unsigned char)out.p[1] == 126 ? 4 : 2;
		buf_put(&out, "\0\0\xff\xff", 4);
		z_stream z = {.next_in = (unsigned char *)out.p + head,
			.avail_in = (unsigned)(out.n - head),
			.next_out = (unsigned char *)text,
			.avail_out = sizeof text};
		assert_int_equal(inflateInit2(&z, -rows[i].bits), Z_OK);
		inflate(&z, Z_SYNC_FLUSH);
		check_text(span_of(text, sizeof text - z.avail_out), TEXT);
		inflateEnd(&z);
		buf_fini(&out);
	}
}

static void what_has_no_number_says_none(void **state)
{
	struct buf out = {0};
	struct value none = value_map(NULL, 0);
	(void)state;
	api_wires.text(
		&(struct message){.event = EVENT_GAP, .params = &none, .wall_us = RIG_WALL_US},
		&out);
	check_text(buf_bytes(&out), "{\"jsonrpc\":\"2.0\",\"method\":\"gap\",\"params\":{"
				    "\"timestamp\":\"" NOW "Z\"}}");
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_is_the_text_and_a_newline),
		TEST(a_frame_has_its_length_before_the_text),
		TEST(a_compressed_frame_inflates_to_the_text_in_its_window),
		TEST(what_has_no_number_says_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
