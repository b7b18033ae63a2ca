// SPDX-License-Identifier: MIT
#include "net/tls.h"
#include "base/mem.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { RECORD_BYTES = 16384 }; // what one SSL_write may carry: RFC 8446 §5.1

struct tls {
	SSL_CTX *ctx; // NULL until loaded
};

static size_t shaking;

struct tls *tls_new(void)
{
	return mem_zalloc(sizeof(struct tls));
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

static bool fail(SSL_CTX *ctx, struct buf *why, const char *what)
{
	char text[256];
	ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
	buf_printf(why, "%s: %s", what, text);
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return false;
}

bool tls_load(struct tls *t, const char *certificate, const char *key, struct buf *why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	ensure(ctx);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF |
					 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); // tickets need no memory of ours
	SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
				      "TLS_CHACHA20_POLY1305_SHA256");
	SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		return fail(ctx, why, certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return fail(ctx, why, key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return fail(ctx, why, "the key does not belong to the certificate");
	SSL_CTX_free(t->ctx);
	t->ctx = ctx;
	return true;
}

size_t tls_shaking(void)
{
	return shaking;
}

void tls_attach(struct tls *t, struct stream_end *e, const struct stream **stream)
{
	ensure(t->ctx);
	SSL *ssl = SSL_new(t->ctx);
	ensure(ssl && SSL_set_fd(ssl, e->fd) == 1);
	SSL_set_accept_state(ssl);
	e->tls = ssl;
	*stream = &stream_tls;
	shaking++;
}

// -1 when the call must be repeated, -2 when the connection is of no use any more, 0 at its end.
static ssize_t verdict(struct stream_end *e, int result)
{
	int error = SSL_get_error(e->tls, result);
	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_WANT_READ: e->wants |= STREAM_READ; return -1;
	case SSL_ERROR_WANT_WRITE: e->wants |= STREAM_WRITE; return -1;
	case SSL_ERROR_ZERO_RETURN: return 0;
	default: return -2;
	}
}

static int shake(struct stream_end *e)
{
	ERR_clear_error();
	int result = SSL_do_handshake(e->tls);
	if (result != 1 && verdict(e, result) == -1)
		return 0;
	shaking--;
	SSL_set_app_data((SSL *)e->tls, e); // counted off
	return result == 1 ? 1 : -1;
}

// A record holds 16 KiB at most; the caller's buffer is filled from as many as have arrived.
static ssize_t tls_read(struct stream_end *e, void *into, size_t n)
{
	size_t have = 0;
	while (have < n) {
		ERR_clear_error();
		int got = SSL_read(e->tls, (char *)into + have, (int)(n - have));
		if (got <= 0) {
			ssize_t why = verdict(e, got);
			return have ? (ssize_t)have : why;
		}
		have += (size_t)got;
	}
	return (ssize_t)have;
}

// Chunks are gathered into full records: one SSL_write costs a microsecond whatever its size.
static ssize_t tls_write(struct stream_end *e, const struct iovec *iov, int n)
{
	char record[RECORD_BYTES];
	size_t fill = 0, done = 0;
	for (int i = 0; i <= n; i++) {
		for (size_t at = 0; i < n && at < iov[i].iov_len;) {
			size_t part = min_size(iov[i].iov_len - at, RECORD_BYTES - fill);
			memcpy(record + fill, (char *)iov[i].iov_base + at, part);
			fill += part;
			at += part;
			if (fill < RECORD_BYTES)
				continue;
			ERR_clear_error();
			int put = SSL_write(e->tls, record, (int)fill);
			if (put <= 0)
				return done ? (verdict(e, put), (ssize_t)done) : verdict(e, put);
			done += (size_t)put;
			if ((size_t)put < fill)
				return (ssize_t)done;
			fill = 0;
		}
	}
	if (!fill)
		return (ssize_t)done;
	ERR_clear_error();
	int put = SSL_write(e->tls, record, (int)fill);
	if (put <= 0)
		return done ? (verdict(e, put), (ssize_t)done) : verdict(e, put);
	return (ssize_t)(done + (size_t)put);
}

static bool tls_pending(const struct stream_end *e)
{
	return SSL_has_pending(e->tls) == 1;
}

static void tls_shut(struct stream_end *e)
{
	ERR_clear_error();
	SSL_shutdown(e->tls);
	ERR_clear_error();
	shutdown(e->fd, SHUT_WR);
}

static void tls_end(struct stream_end *e)
{
	if (!SSL_get_app_data((SSL *)e->tls))
		shaking--;
	SSL_free(e->tls);
	e->tls = NULL;
}

const struct stream stream_tls = {shake, tls_read, tls_write, tls_pending, tls_shut, tls_end};
