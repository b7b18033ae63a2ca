// SPDX-License-Identifier: MIT
// Passwords as argon2id strings, "$argon2id$v=19$m=65536,t=2,p=1$salt$hash": libsodium's limits for
// what people wait for.
#include "edge/account_priv.h"

// Of bytes nobody has kept.
const char account_hash_nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$ThvqcJE4Kg4hudlR6hKfEg$"
				   "QpUlb/lQQNZenm2b7mjgVZYqnc2a61NAOco5nynShc4";

bool account_hash_make(const char *password, size_t n, char out[ACCOUNT_HASH_BYTES])
{
	return crypto_pwhash_str(out, password, n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
		       crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

bool account_hash_is(const char hash[ACCOUNT_HASH_BYTES], const char *password, size_t n)
{
	return crypto_pwhash_str_verify(hash, password, n) == 0;
}

bool account_hash_is_old(const char hash[ACCOUNT_HASH_BYTES])
{
	return crypto_pwhash_str_needs_rehash(hash, crypto_pwhash_OPSLIMIT_INTERACTIVE,
		       crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0;
}

// Whether it can be checked is seen when it is; what it costs is seen here.
bool account_hash_ok(struct span hash)
{
	enum { MEMORY_MAX_KIB = 1 << 20, TIMES_MAX = 64 };
	struct span head = SPAN("$argon2id$v=19$m=");
	uint64_t memory, times;
	if (hash.n >= ACCOUNT_HASH_BYTES || !span_starts(hash, head) || memchr(hash.p, 0, hash.n))
		return false;
	span_take(&hash, head.n);
	struct span m = span_until(hash, ',');
	span_take(&hash, m.n);
	if (!span_starts(hash, SPAN(",t=")))
		return false;
	span_take(&hash, 3);
	return span_uint(m, MEMORY_MAX_KIB, &memory) &&
	       span_uint(span_until(hash, ','), TIMES_MAX, &times);
}
