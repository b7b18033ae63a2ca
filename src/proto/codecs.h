// SPDX-License-Identifier: MIT
// The list of framings, from tables/codecs.tbl; the generic test and the fuzz target walk it.
#pragma once
#include "base/codec.h"

#define CODEC(name) extern const struct codec codec_##name;
#include "tables/codecs.tbl"
extern const struct codec *const codecs[]; // NULL-terminated
