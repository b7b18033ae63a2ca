// SPDX-License-Identifier: MIT
#include "proto/markup_priv.h"

static void escape(struct span clean, struct buf *out)
{
	buf_span(out, clean);
}

const struct dialect_kind dialect_none = {.word = "none", .escape = escape};
