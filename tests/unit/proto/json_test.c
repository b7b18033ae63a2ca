// SPDX-License-Identifier: MIT
// RFC 8259 by vectors of our own, by mutation against jansson, and by the page behind the text
// being unreadable.
#include "check.h"

#include "json_oracle.h"
#include <float.h>
#include <sys/mman.h>

// ---- a page nobody may read behind every text

enum { ROOM_BYTES = 1 << 20 };

static char *room_open(void)
{
	char *p = mmap(NULL, ROOM_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(mprotect(p + ROOM_BYTES, 4096, PROT_NONE), 0);
	return p;
}

static void room_close(char *room)
{
	munmap(room, ROOM_BYTES + 4096);
}

static char *room_put(char *room, struct span text)
{
	assert_true(text.n <= ROOM_BYTES);
	return memcpy(room + ROOM_BYTES - text.n, text.n ? text.p : "", text.n);
}

struct got {
	struct value v;
	struct json_error error;
	bool ok;
};

struct desk { // what every reading test needs
	char *room;
	struct arena arena;
	struct buf out;
};

static struct desk desk_open(void)
{
	return (struct desk){.room = room_open()};
}

static void desk_close(struct desk *d)
{
	room_close(d->room);
	arena_fini(&d->arena);
	buf_fini(&d->out);
}

static struct got read_text(struct desk *d, struct span text)
{
	struct got got = {.error = {.at = SIZE_MAX}};
	got.ok = json_read(&d->arena, room_put(d->room, text), text.n, &got.v, &got.error);
	return got;
}

static struct value must_read(struct desk *d, struct span text)
{
	struct got got = read_text(d, text);
	if (!got.ok)
		fail_msg("\"%.*s\" refused at %zu: %s", (int)text.n, text.p, got.error.at,
			got.error.why);
	return got.v;
}

// ---- vectors

struct vector {
	char kind;
	const char *text;
	size_t n;
};

static const struct vector vectors[] = {
#define V(kind, literal)                                                                           \
	{                                                                                          \
		kind, "" literal, sizeof(literal) - 1                                              \
	}
#include "json_vectors.tbl"
#undef V
};

static void accepts_what_is_json_and_nothing_else(void **state)
{
	struct desk d = desk_open();
	(void)state;
	for (size_t i = 0; i < countof(vectors); i++) {
		struct span text = span_of(vectors[i].text, vectors[i].n);
		bool want = vectors[i].kind == 'y' || vectors[i].kind == 'Y';
		struct got got = read_text(&d, text);
		if (got.ok != want)
			fail_msg("vector %zu \"%.*s\" %s", i, (int)text.n, text.p,
				got.ok ? "accepted" : got.error.why);
		if (!want) {
			assert_non_null(got.error.why);
			assert_int_equal(got.error.limit, vectors[i].kind == 'l');
			assert_true(got.error.at <= text.n);
		}
		arena_clear(&d.arena);
	}
	desk_close(&d);
}

static void makes_the_same_tree_as_jansson(void **state)
{
	struct desk d = desk_open();
	(void)state;
	for (size_t i = 0; i < countof(vectors); i++) {
		struct span text = span_of(vectors[i].text, vectors[i].n);
		struct got got = read_text(&d, text);
		char kind = vectors[i].kind;
		enum oracle_says says = oracle_ask(text, got.ok ? &got.v : NULL, &got.error);
		bool known = kind == 'Y' || kind == 'N', either = kind == 'l';
		if (says == ORACLE_DIFFERS || (!either && (says == ORACLE_SILENT) != known))
			fail_msg("vector %zu \"%.*s\": jansson says %d", i, (int)text.n, text.p,
				says);
		arena_clear(&d.arena);
	}
	desk_close(&d);
}

// Every beginning of a text that cannot end early is refused, right before the unreadable page.
static void refuses_every_cut_text(void **state)
{
	static const char text[] = "{\"k\\u00e9y\":[1.5e3,-2,true,false,null,\"\\ud83d\\ude00\\n\","
				   "\"12345678901234567890\xf0\x9f\x98\x80\",{\"\":[]}]}";
	struct desk d = desk_open();
	(void)state;
	must_read(&d, span_str(text));
	for (size_t n = 0; n < sizeof text - 1; n++) {
		struct got got = read_text(&d, span_of(text, n));
		assert_false(got.ok);
		assert_false(got.error.limit);
		assert_true(got.error.at <= n);
	}
	desk_close(&d);
}

// A string of every length before every byte: the eight-byte steps hide nothing.
static void finds_every_byte_at_every_place_of_a_string(void **state)
{
	struct desk d = desk_open();
	char text[64];
	(void)state;
	for (size_t before = 0; before < 20; before++) {
		for (unsigned c = 0; c < 0x80; c++) {
			size_t n = before + 12;
			memset(text, 'a', n);
			text[0] = text[n - 1] = '"';
			text[1 + before] = (char)c;
			struct got got = read_text(&d, span_of(text, n));
			assert_int_equal(got.ok, c >= 0x20 && c != '"' && c != '\\');
			if (got.ok)
				check_bytes(value_text(&got.v), span_of(text + 1, n - 2));
			arena_clear(&d.arena);
		}
	}
	desk_close(&d);
}

// ---- mutation

static const char *const documents[] = {
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tell\",\"params\":{\"to\":[\"a\"]}}",
	"[\"say \\\"hi\\\" \\u00e9 \\ud83d\\ude00\",{\"and\":\"\\\\ \"}]",
	"[0,-0,1,-1,12,123456789,9223372036854775807,-9223372036854775808]",
	"[0.0,-0.0,1.5,-2.25e3,1E+2,1e-2,3.141592653589793,5e-324,1e22]",
	"{\"a\":{\"b\":[true,false,null,\"\"],\"a\":{}},\"c\":[],\"a\":[[[[]]]]}",
	"[\"\\b\\f\\n\\r\\t\\\\\\/\\\"\",\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\",\"\\u0000\"]",
	" [ 1 , { \"x\" : [ \"y\" ] } , null ] \n",
	"\"a longer string without anything special in it, then \\u20ac, then more\"",
	"-12.5e-3",
};

static uint32_t draw(uint64_t *seed, size_t limit)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*seed >> 33) % limit);
}

static size_t mutate(uint64_t *seed, char *text, size_t n)
{
	static const char likely[] =
		"{}[]\",:\\u0019eE.+- \n\ttruefalsn\xc3\xa9\xed\xa0\x80\x00\x1f";
	size_t at = draw(seed, n + 1), from = draw(seed, n + 1);
	char c = draw(seed, 8) ? likely[draw(seed, sizeof likely - 1)] : (char)draw(seed, 256);
	switch (draw(seed, 5)) {
	case 0: // one byte other
		if (at < n)
			text[at] = c;
		return n;
	case 1: // one byte more
		memmove(text + at + 1, text + at, n - at);
		text[at] = c;
		return n + 1;
	case 2: // some bytes fewer
		from = at + min_size(n - at, 1 + draw(seed, 3));
		memmove(text + at, text + from, n - from);
		return n - (from - at);
	case 3: // a piece again, elsewhere
		memmove(text + at, text + from, min_size(min_size(n - at, n - from), 12));
		return n;
	default: // another document's piece
		memcpy(text + at, documents[0] + draw(seed, 50), min_size(n - at, 9));
		return n;
	}
}

static void agrees_with_jansson_about_mutated_documents(void **state)
{
	enum { ROUNDS = 40000 };
	struct desk d = desk_open();
	size_t count[3] = {0}, accepted = 0;
	uint64_t seed = 20240229;
	char text[512];
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct span from = span_str(documents[draw(&seed, countof(documents))]);
		size_t n = from.n;
		memcpy(text, from.p, n);
		for (uint32_t i = draw(&seed, 5); i > 0; i--)
			n = mutate(&seed, text, n);
		struct got got = read_text(&d, span_of(text, n));
		enum oracle_says says =
			oracle_ask(span_of(text, n), got.ok ? &got.v : NULL, &got.error);
		if (says == ORACLE_DIFFERS)
			fail_msg("round %d \"%.*s\" %s", round, (int)n, text,
				got.ok ? "accepted" : got.error.why);
		count[says]++;
		accepted += got.ok;
		arena_clear(&d.arena);
	}
	assert_true(count[ORACLE_SILENT] < ROUNDS / 50); // the oracle was really asked
	assert_true(accepted > ROUNDS / 10 && accepted < ROUNDS * 9 / 10);
	desk_close(&d);
}

// ---- what comes out

static void says_where_and_why(void **state)
{
	static const struct {
		struct span text;
		size_t at;
		const char *why;
	} rows[] = {
		{SPAN(""), 0, "text ends early"},
		{SPAN("[1,"), 3, "text ends early"},
		{SPAN("[1,]"), 3, "expected a value"},
		{SPAN("[nul]"), 1, "expected a value"},
		{SPAN("[1 2]"), 3, "expected , or ]"},
		{SPAN("{\"a\":1 2}"), 7, "expected , or }"},
		{SPAN("{\"a\" 1}"), 5, "expected :"},
		{SPAN("{\"a\":1,}"), 7, "expected a key in quotes"},
		{SPAN("1 x"), 2, "something follows the value"},
		{SPAN("[1.]"), 3, "expected a digit"},
		{SPAN("[-]"), 2, "expected a digit"},
		{SPAN("\"abc"), 4, "string without an end"},
		{SPAN("\"ab\\"), 3, "string without an end"},
		{SPAN("\"a\nb\""), 2, "control character in a string"},
		{SPAN("\"ab\\x\""), 3, "unknown escape"},
		{SPAN("\"ab\\u00g0\""), 3, "\\u needs four hexadecimal digits"},
		{SPAN("\"\\n\\ud800\""), 3, "lone surrogate"},
		{SPAN("[\"ab\xff\"]"), 4, "not UTF-8"},
		{SPAN("[\"ab\xe2\x82\"]"), 6, "not UTF-8"},
		{SPAN("\"ab\xe2\x82"), 5, "not UTF-8"},
		{SPAN("[1e400]"), 6, "number too large"},
		{SPAN("[1e401]"), 6, "exponent too large"},
	};
	struct desk d = desk_open();
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct got got = read_text(&d, rows[i].text);
		assert_false(got.ok);
		assert_string_equal(got.error.why, rows[i].why);
		assert_int_equal(got.error.at, rows[i].at);
	}
	desk_close(&d);
}

static void integers_are_exact_to_the_ends_of_int64(void **state)
{
	static const struct {
		struct span text;
		int64_t want;
	} rows[] = {
		{SPAN("0"), 0},
		{SPAN("-0"), 0},
		{SPAN("7"), 7},
		{SPAN("-42"), -42},
		{SPAN("9007199254740993"), 9007199254740993},
		{SPAN("1000000000000000000"), 1000000000000000000},
		{SPAN("9223372036854775806"), INT64_MAX - 1},
		{SPAN("9223372036854775807"), INT64_MAX},
		{SPAN("-9223372036854775807"), -INT64_MAX},
		{SPAN("-9223372036854775808"), INT64_MIN},
	};
	struct desk d = desk_open();
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct value v = must_read(&d, rows[i].text);
		assert_int_equal(v.type, VALUE_INT);
		assert_true(v.i == rows[i].want);
	}
	desk_close(&d);
}

static void other_numbers_are_the_nearest_double(void **state)
{
	static const struct {
		struct span text;
		double want;
	} rows[] = {
		{SPAN("9223372036854775808"), 9223372036854775808.0},
		{SPAN("-9223372036854775809"), -9223372036854775808.0},
		{SPAN("10000000000000000000"), 1e19},
		{SPAN("18446744073709551616"), 18446744073709551616.0},
		{SPAN("0.1"), 0.1},
		{SPAN("1.0"), 1},
		{SPAN("1e2"), 100},
		{SPAN("123.456e-2"), 1.23456},
		{SPAN("1e22"), 1e22},
		{SPAN("1e23"), 1e23},
		{SPAN("8.5e-22"), 8.5e-22},
		{SPAN("9007199254740993.0"), 9007199254740992.0},
		{SPAN("9007199254740992.99999999999"), 9007199254740992.0 + 1.0},
		{SPAN("0.000000000000000000000000000001"), 1e-30},
		{SPAN("1.7976931348623157e308"), DBL_MAX},
		{SPAN("2.2250738585072014e-308"), DBL_MIN},
		{SPAN("5e-324"), 5e-324},
		{SPAN("1e-400"), 0},
		{SPAN("0e400"), 0},
	};
	struct desk d = desk_open();
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct value v = must_read(&d, rows[i].text);
		assert_int_equal(v.type, VALUE_FLOAT);
		if (v.f != rows[i].want)
			fail_msg("%s: %.17g", rows[i].text.p, v.f);
	}
	struct value minus = must_read(&d, SPAN("-0.0"));
	assert_int_equal(minus.type, VALUE_FLOAT);
	assert_true(minus.f == 0 && signbit(minus.f));
	desk_close(&d);
}

static void numbers_have_a_bound_on_their_length(void **state)
{
	struct desk d = desk_open();
	char text[JSON_NUMBER_MAX + 1];
	(void)state;
	memset(text, '1', sizeof text);
	text[1] = '.';
	assert_true(must_read(&d, span_of(text, JSON_NUMBER_MAX)).f > 1.1);
	struct got got = read_text(&d, span_of(text, sizeof text));
	assert_false(got.ok);
	assert_true(got.error.limit);
	assert_string_equal(got.error.why, "number too long");
	memset(text, '1', sizeof text); // an integer no double reaches
	got = read_text(&d, span_of(text, JSON_NUMBER_MAX));
	assert_false(got.ok);
	assert_true(got.error.limit);
	assert_int_equal(must_read(&d, span_of(text, 300)).type, VALUE_FLOAT);
	desk_close(&d);
}

static void strings_are_unescaped_where_they_stand(void **state)
{
	static const struct {
		struct span text, want;
	} rows[] = {
		{SPAN("\"\""), SPAN("")},
		{SPAN("\"plain\""), SPAN("plain")},
		{SPAN("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), SPAN("\"\\/\b\f\n\r\t")},
		{SPAN("\"a\\nlong tail after it, longer than eight\""),
			SPAN("a\nlong tail after it, longer than eight")},
		{SPAN("\"long head before it, longer than eight\\n\""),
			SPAN("long head before it, longer than eight\n")},
		{SPAN("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\""),
			SPAN("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")},
		{SPAN("\"\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\\udbff\\udfff\""),
			SPAN("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f"
			     "\xbf\xbf")},
		{SPAN("\"a\\u0000b\""), SPAN("a\0b")},
		{SPAN("\"\\\\u0041\""), SPAN("\\u0041")},
		{SPAN("\"caf\xc3\xa9\\n\""), SPAN("caf\xc3\xa9\n")},
	};
	struct desk d = desk_open();
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct value v = must_read(&d, rows[i].text);
		check_bytes(value_text(&v), rows[i].want);
		assert_ptr_equal(v.s, d.room + ROOM_BYTES - rows[i].text.n + 1);
	}
	desk_close(&d);
}

static void equal_keys_stay_in_order_and_the_last_is_found(void **state)
{
	struct desk d = desk_open();
	(void)state;
	struct value v = must_read(&d, SPAN("{\"a\":1,\"b\":2,\"a\":3,\"\\u0061\":4}"));
	assert_int_equal(v.n, 4);
	assert_int_equal(value_get(&v, "a")->i, 4);
	assert_int_equal(v.at[1].i, 1);
	assert_int_equal(v.at[5].i, 3);
	desk_close(&d);
}

// ---- limits

static void nests_64_deep_and_not_65(void **state)
{
	struct desk d = desk_open();
	struct buf text = {0};
	(void)state;
	for (int depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
		for (int maps = 0; maps < 2; maps++) {
			buf_clear(&text);
			for (int i = 0; i < depth; i++)
				buf_str(&text, maps ? "{\"a\":" : "[");
			buf_str(&text, "0");
			for (int i = 0; i < depth; i++)
				buf_str(&text, maps ? "}" : "]");
			struct got got = read_text(&d, buf_bytes(&text));
			assert_int_equal(got.ok, depth == JSON_DEPTH_MAX);
			assert_int_equal(got.error.limit, depth != JSON_DEPTH_MAX);
		}
	}
	// Depth is not length: as many side by side as one likes.
	buf_clear(&text);
	buf_str(&text, "[[]");
	for (int i = 0; i < 1000; i++)
		buf_str(&text, ",[[]],{\"a\":{}}");
	buf_str(&text, "]");
	assert_int_equal(must_read(&d, buf_bytes(&text)).n, 2001);
	buf_fini(&text);
	desk_close(&d);
}

static void a_flood_of_brackets_costs_nothing(void **state)
{
	enum { FLOOD = 100000 };
	static char text[FLOOD];
	struct desk d = desk_open();
	(void)state;
	for (const char *c = "[{"; *c; c++) {
		memset(text, *c, sizeof text);
		struct got got = read_text(&d, span_of(text, sizeof text));
		assert_false(got.ok);
		assert_true(got.error.at <= JSON_DEPTH_MAX); // it gave up there
		assert_true(d.arena.used <= 2048);
		arena_clear(&d.arena);
	}
	desk_close(&d);
}

static void counts_values_and_keys_up_to_its_maximum(void **state)
{
	struct desk d = desk_open();
	struct buf text = {0};
	(void)state;
	buf_str(&text, "[0");
	for (int i = 2; i < JSON_NODES_MAX; i++)
		buf_str(&text, ",0");
	buf_str(&text, "]");
	assert_int_equal(must_read(&d, buf_bytes(&text)).n, JSON_NODES_MAX - 1);
	text.n--;
	buf_str(&text, ",0]");
	struct got got = read_text(&d, buf_bytes(&text));
	assert_false(got.ok);
	assert_true(got.error.limit);

	buf_clear(&text);
	buf_str(&text, "{\"\":0");
	for (int i = 1; i < JSON_NODES_MAX / 2; i++)
		buf_str(&text, ",\"\":0");
	buf_str(&text, "}");
	got = read_text(&d, buf_bytes(&text));
	assert_false(got.ok);
	assert_true(got.error.limit);
	buf_fini(&text);
	desk_close(&d);
}

// ---- writing

static struct span written(struct desk *d, const struct value *v)
{
	buf_clear(&d->out);
	json_put(&d->out, v);
	assert_false(d->out.failed);
	return buf_bytes(&d->out);
}

static bool same_bits(const struct value *a, const struct value *b)
{
	return value_eq(a, b) && (a->type != VALUE_FLOAT || signbit(a->f) == signbit(b->f));
}

static void reads_back_what_it_wrote(void **state)
{
	struct desk d = desk_open(), again = desk_open();
	(void)state;
	for (size_t i = 0; i < countof(vectors); i++) {
		struct got got = read_text(&d, span_of(vectors[i].text, vectors[i].n));
		if (!got.ok)
			continue;
		struct value back = must_read(&again, written(&d, &got.v));
		if (!same_bits(&back, &got.v))
			fail_msg("vector %zu came back as %.*s", i, (int)d.out.n, d.out.p);
		arena_clear(&d.arena);
		arena_clear(&again.arena);
	}
	desk_close(&again);
	desk_close(&d);
}

static void writes_the_canonical_form(void **state)
{
	static const struct {
		struct span text;
		const char *want;
	} rows[] = {
		{SPAN(" [ 1 , -2 , true , false , null ] "), "[1,-2,true,false,null]"},
		{SPAN("{ \"b\" : [ ] , \"a\" : { } }"), "{\"b\":[],\"a\":{}}"},
		{SPAN("\"\\u0041\\/\\u00e9\\u20ac\""), "\"A/\xc3\xa9\xe2\x82\xac\""},
		{SPAN("\"\\u0022\\u005c\\u0008\\u000c\\u000a\\u000d\\u0009\""),
			"\"\\\"\\\\\\b\\f\\n\\r\\t\""},
		{SPAN("\"\\u0000\\u001F\\u007f\""), "\"\\u0000\\u001f\x7f\""},
		{SPAN("\"12345678\\n12345678\\\"\""), "\"12345678\\n12345678\\\"\""},
		{SPAN("[-9223372036854775808,9223372036854775807]"),
			"[-9223372036854775808,9223372036854775807]"},
		{SPAN("-0"), "0"},
		{SPAN("-0.0"), "-0.0"},
		{SPAN("1.0"), "1.0"},
		{SPAN("100.0e-1"), "10.0"},
		{SPAN("0.1"), "0.1"},
		{SPAN("0.30000000000000004"), "0.30000000000000004"},
		{SPAN("1e21"), "1e+21"},
		{SPAN("123456789012345680.0"), "1.2345678901234568e+17"},
		{SPAN("9223372036854775808"), "9.223372036854776e+18"},
		{SPAN("1.7976931348623157e308"), "1.7976931348623157e+308"},
	};
	struct desk d = desk_open();
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct value v = must_read(&d, rows[i].text);
		check_text(written(&d, &v), rows[i].want);
	}
	desk_close(&d);
}

static void writes_what_json_cannot_say_as_something_it_can(void **state)
{
	const struct value pairs[] = {value_int(7), value_str("int"), value_int(INT64_MIN),
		value_null(), value_float(1.5), value_float(NAN), value_str("s"),
		value_float(INFINITY), value_bool(true), value_float(-INFINITY), value_null(),
		value_bool(false), VALUE_LIST(value_str("x"), value_int(1)), value_array(NULL, 0)};
	struct value map = value_map(pairs, countof(pairs) / 2);
	struct desk d = desk_open();
	(void)state;
	check_text(written(&d, &map), "{\"7\":\"int\",\"-9223372036854775808\":null,\"1.5\":null,"
				      "\"s\":null,\"true\":null,"
				      "\"null\":false,\"[\\\"x\\\",1]\":[]}");
	must_read(&d, buf_bytes(&d.out));
	desk_close(&d);
}

static void escapes_each_control_character(void **state)
{
	struct desk d = desk_open();
	(void)state;
	for (unsigned c = 0; c < 0x80; c++) {
		char text[19];
		memset(text, 'x', sizeof text);
		text[9] = (char)c;
		buf_clear(&d.out);
		json_put_text(&d.out, span_of(text, sizeof text));
		for (size_t i = 0; i < d.out.n; i++)
			assert_true((uint8_t)d.out.p[i] >= 0x20);
		struct value v = must_read(&d, buf_bytes(&d.out));
		check_bytes(value_text(&v), span_of(text, sizeof text));
	}
	buf_clear(&d.out);
	json_put_text(&d.out, (struct span){0});
	check_text(buf_bytes(&d.out), "\"\"");
	desk_close(&d);
}

static void a_full_buffer_says_so(void **state)
{
	struct value inner = value_int(123456), wide = VALUE_LIST(value_str("0123456789"));
	struct value rows[] = {value_str("0123456789"), value_float(1.0 / 3),
		VALUE_LIST(inner, inner), value_str("\n\n\n\n\n"),
		value_map((struct value[]){inner, inner}, 1),
		value_map((struct value[]){wide, value_int(1)}, 1)};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct buf small = {.max = 9};
		json_put(&small, &rows[i]);
		assert_true(small.failed);
		assert_true(small.n <= 9);
		buf_fini(&small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accepts_what_is_json_and_nothing_else),
		TEST(makes_the_same_tree_as_jansson),
		TEST(refuses_every_cut_text),
		TEST(finds_every_byte_at_every_place_of_a_string),
		TEST(agrees_with_jansson_about_mutated_documents),
		TEST(says_where_and_why),
		TEST(integers_are_exact_to_the_ends_of_int64),
		TEST(other_numbers_are_the_nearest_double),
		TEST(numbers_have_a_bound_on_their_length),
		TEST(strings_are_unescaped_where_they_stand),
		TEST(equal_keys_stay_in_order_and_the_last_is_found),
		TEST(nests_64_deep_and_not_65),
		TEST(a_flood_of_brackets_costs_nothing),
		TEST(counts_values_and_keys_up_to_its_maximum),
		TEST(reads_back_what_it_wrote),
		TEST(writes_the_canonical_form),
		TEST(writes_what_json_cannot_say_as_something_it_can),
		TEST(escapes_each_control_character),
		TEST(a_full_buffer_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
