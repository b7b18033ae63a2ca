// SPDX-License-Identifier: MIT
// To add a framing: a file beside this one and a row in tables/codecs.tbl.
#include "proto/codecs.h"

const struct codec *const codecs[] = {
#define CODEC(name) &codec_##name,
#include "tables/codecs.tbl"
	NULL,
};
