// SPDX-License-Identifier: MIT
// Z stream: a zlib stream whose memory comes from base/mem.h, so that making one cannot fail.
#pragma once
#include <zlib.h>

// bits: the window as zlib has it, negative without header and trailer.
z_stream *zstream_inflater(int bits);
z_stream *zstream_deflater(int level, int bits, int mem_level);
void zstream_inflater_free(z_stream *); // NULL is fine
void zstream_deflater_free(z_stream *); // NULL is fine
