// SPDX-License-Identifier: MIT
// TLS on accepted connections (OpenSSL, 1.2 and later).  A struct tls is one certificate; loading
// it again swaps it for new connections, the old ones keep what they have.
#pragma once
#include "base/buf.h"
#include "net/stream.h"

struct tls;

struct tls *tls_new(void) must_check;
void tls_free(struct tls *);
// Reads the PEM files.  False: *why says what is wrong and the former certificate stays in use.
bool tls_load(struct tls *, const char *certificate, const char *key, struct buf *why) must_check;
bool tls_is_loaded(const struct tls *);
void tls_attach(struct tls *, struct stream_end *, const struct stream **); // for conns
