// SPDX-License-Identifier: MIT
#include "codec_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	codec_fuzz(&codec_telnet, data, n);
	return 0;
}
