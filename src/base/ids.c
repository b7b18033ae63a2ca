// SPDX-License-Identifier: MIT
#include "base/ids.h"
#include <sodium.h>

void ids_uuid(char out[IDS_UUID_BYTES])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[16];
	size_t at = 0;
	randombytes_buf(raw, sizeof raw);
	raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
	raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof raw; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		out[at++] = hex[raw[i] >> 4];
		out[at++] = hex[raw[i] & 15];
	}
	out[at] = '\0';
}

void ids_secret(char out[IDS_SECRET_BYTES])
{
	unsigned char raw[(IDS_SECRET_BYTES - 1) / 2];
	randombytes_buf(raw, sizeof raw);
	sodium_bin2hex(out, IDS_SECRET_BYTES, raw, sizeof raw);
}

struct ids_digest ids_digest_of(struct span secret)
{
	struct ids_digest d;
	crypto_generichash(d.at, sizeof d.at, (const unsigned char *)secret.p, secret.n, NULL, 0);
	return d;
}

bool ids_digest_is_set(const struct ids_digest *d)
{
	return !sodium_is_zero(d->at, sizeof d->at);
}

uint32_t ids_below(uint32_t limit)
{
	return randombytes_uniform(limit);
}
