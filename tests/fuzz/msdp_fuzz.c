// SPDX-License-Identifier: MIT
// Whatever a client says as MSDP, what was read is written as MSDP that reads the same.
#include "base/buf.h"
#include "proto/msdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct arena arena;
	struct buf once = {0}, twice = {0};
	struct value v, w;
	arena_clear(&arena);
	if (!msdp_read(&arena, span_of(data, n), &v))
		return 0;
	msdp_put(&once, &v);
	ensure(msdp_read(&arena, buf_bytes(&once), &w));
	msdp_put(&twice, &w);
	ensure(span_eq(buf_bytes(&once), buf_bytes(&twice)));
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
