// SPDX-License-Identifier: MIT
// What a proxy says first.  A header has an address or has none.
#include "codec_fuzz.h"
#include "proto/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct proxy_header header;
	struct span wire = codec_fuzz(&codec_proxy, data, n);
	if (!proxy_read(wire, &header))
		return 0;
	ensure(header.known == (header.address[0] != 0));
	return 0;
}
