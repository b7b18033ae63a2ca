// SPDX-License-Identifier: MIT
// Password: read from a terminal without showing it, twice; else one line of standard input.
#pragma once
#include "base/buf.h"

// False: an end, a signal, or the second was not the same, which has been said.
bool password_read(struct buf *out) must_check;
