// SPDX-License-Identifier: MIT
// A byte of character sets, one that says where to cut, then a stream: what is read is valid UTF-8 and
// the same however it is cut; it can be written in every set, and what a set has comes back.
#include "base/utf8.h"
#include "proto/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_in(struct charset_in in, struct span s, size_t step, struct buf *out)
{
	while (s.n)
		charset_read(&in, span_take(&s, min_size(s.n, step)), out);
	ensure(in.n < sizeof in.part);
}

static void check_write(enum charset set, struct span utf8)
{
	struct buf fitted = {0}, a = {0}, b = {0};
	charset_fit(set, utf8, &fitted);
	ensure(utf8_valid(buf_bytes(&fitted)));
	charset_write(set, utf8, &a);
	charset_write(set, buf_bytes(&fitted), &b);
	ensure(span_eq(buf_bytes(&a), buf_bytes(&b)));
	if (set != CHARSET_UTF8)
		ensure(a.n == utf8_count(buf_bytes(&fitted)));
	buf_fini(&fitted);
	buf_fini(&a);
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2)
		return 0;
	struct charset_in in = {
		.is = data[0] % CHARSET_COUNT, .otherwise = (data[0] / 16) % CHARSET_COUNT};
	struct span s = span_of(data + 2, n - 2);
	struct buf whole = {0}, cut = {0};
	read_in(in, s, SIZE_MAX, &whole);
	read_in(in, s, data[1] % 8 + 1U, &cut);
	ensure(utf8_valid(buf_bytes(&whole)));
	ensure(span_eq(buf_bytes(&whole), buf_bytes(&cut)));
	for (int set = 0; set < CHARSET_COUNT; set++)
		check_write((enum charset)set, buf_bytes(&whole));
	buf_fini(&whole);
	buf_fini(&cut);
	return 0;
}
