// SPDX-License-Identifier: MIT
// Ids: random names.  All from the kernel's generator by way of libsodium.
#pragma once
#include "base/span.h"

enum { IDS_UUID_BYTES = 37 };
void ids_uuid(char out[IDS_UUID_BYTES]); // 128 random bits (122 in RFC 9562 version 4 form)
uint32_t ids_below(uint32_t limit);      // uniform in [0, limit)
