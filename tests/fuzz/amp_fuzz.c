// SPDX-License-Identifier: MIT
#include "codec_fuzz.h"
#include "proto/amp.h"

// Any bytes as a value: what is read lies inside it, and an AmpList eats all it gives.
static void types(struct span value)
{
	struct span list = value, item;
	struct amp_pair pair;
	int64_t number;
	bool yes;
	while (amp_item(&list, &item))
		ensure(item.p >= value.p && item.p + item.n <= value.p + value.n);
	list = value;
	while (amp_box(&list, &item))
		while (amp_next(&item, &pair))
			ensure(pair.key.n && pair.key.n <= AMP_KEY_MAX);
	if (amp_int(value, &number)) {
		struct buf again = {0};
		int64_t same;
		buf_int(&again, number);
		ensure(amp_int(buf_bytes(&again), &same) && same == number);
		buf_fini(&again);
	}
	ensure(!amp_bool(value, &yes) || value.n >= 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	types(codec_fuzz(&codec_amp, data, n));
	return 0;
}
