// SPDX-License-Identifier: MIT
// MSDP, the notation: variables with values that are texts, arrays or tables, in six control bytes.
// A variable with several values is an array; what is left open is closed by the end.
#pragma once
#include "base/buf.h"
#include "base/value.h"

enum { MSDP_DEPTH_MAX = 16 }; // arrays and tables in each other; nobody sends five

// A map, in order, of strings, arrays and maps; texts are loans of `says` or of the arena, UTF-8.
// False: it is no MSDP.
bool msdp_read(struct arena *, struct span says, struct value *out) must_check;

// A map's pairs; nothing for any other value.  Numbers become their digits, true 1, false 0, null
// nothing; the control bytes of the notation are left out of texts.
void msdp_put(struct buf *, const struct value *map);
