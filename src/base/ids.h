// SPDX-License-Identifier: MIT
// Ids: random names.  All from the kernel's generator by way of libsodium.
#pragma once
#include "base/span.h"

enum { IDS_UUID_BYTES = 37 };
void ids_uuid(char out[IDS_UUID_BYTES]); // 128 random bits (122 in RFC 9562 version 4 form)
// 128 random bits in hex: whoever knows it is taken for who was given it.
enum { IDS_SECRET_BYTES = 33 };
void ids_secret(char out[IDS_SECRET_BYTES]);
// What is kept of a secret: enough to know it again, not to say it.
struct ids_digest {
	uint8_t at[16];
};
struct ids_digest ids_digest_of(struct span secret);
bool ids_digest_is_set(const struct ids_digest *); // zeroed stands for none
uint32_t ids_below(uint32_t limit);                // uniform in [0, limit)
