// SPDX-License-Identifier: MIT
// What zlib asks of us to make a stream.
#include "proto/zstream.h"
#include "base/mem.h"
#include <stdlib.h>

static void *z_alloc(void *opaque, unsigned n, unsigned bytes)
{
	(void)opaque;
	return mem_array(n, bytes);
}

static void z_free(void *opaque, void *p)
{
	(void)opaque;
	free(p);
}

static z_stream *stream_new(void)
{
	z_stream *z = mem_zalloc(sizeof *z);
	z->zalloc = z_alloc;
	z->zfree = z_free;
	return z;
}

z_stream *zstream_inflater(int bits)
{
	z_stream *z = stream_new();
	ensure(inflateInit2(z, bits) == Z_OK);
	return z;
}

z_stream *zstream_deflater(int level, int bits, int mem_level)
{
	z_stream *z = stream_new();
	ensure(deflateInit2(z, level, Z_DEFLATED, bits, mem_level, Z_DEFAULT_STRATEGY) == Z_OK);
	return z;
}

void zstream_inflater_free(z_stream *z)
{
	if (z)
		inflateEnd(z);
	free(z);
}

void zstream_deflater_free(z_stream *z)
{
	if (z)
		deflateEnd(z);
	free(z);
}
