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

// A daemon cannot answer OpenSSL's question on the terminal: a key with a passphrase is refused.
static int no_passphrase(char *into, int size, int writing, void *data)
{
	(void)into, (void)size, (void)writing, (void)data;
	return -1;
}

static SSL_CTX *new_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	ensure(ctx && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF |
					 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(
		ctx, 1); // one system call per record, not one for its head and one more
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); // tickets need no memory of ours
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	ensure(SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
					     "TLS_CHACHA20_POLY1305_SHA256") == 1);
	ensure(SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1);
	return ctx;
}

bool tls_load(struct tls *t, const char *certificate, const char *key, struct buf *why)
{
	SSL_CTX *ctx = new_context();
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

bool tls_is_loaded(const struct tls *t)
{
	return t->ctx != NULL;
}

void tls_attach(struct tls *t, struct stream_end *e, const struct stream **stream)
{
	ensure(t->ctx);
	SSL *ssl = SSL_new(t->ctx);
	ensure(ssl && SSL_set_fd(ssl, e->fd) == 1);
	SSL_set_accept_state(ssl);
	e->tls = ssl;
	*stream = &stream_tls;
}

// -1 when the call must be repeated, -2 when the connection is of no use any more, 0 at its end.
static ssize_t verdict(struct stream_end *e, int result)
{
	int error = SSL_get_error(e->tls, result);
	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_WANT_WRITE: e->blocked = true; return -1;
	case SSL_ERROR_WANT_READ: return -1;
	case SSL_ERROR_ZERO_RETURN: return 0;
	default: return -2;
	}
}

// The peer's first message may have come in one piece with the end of its handshake.
static int tls_shake(struct stream_end *e)
{
	ERR_clear_error();
	int result = SSL_do_handshake(e->tls);
	if (result != 1)
		return verdict(e, result) == -1 ? 0 : -1;
	e->more = SSL_has_pending(e->tls) == 1;
	return 1;
}

// A record holds 16 KiB at most; the caller's buffer is filled from as many as OpenSSL has read.
// What the kernel still holds shows up in the next poll.
static ssize_t tls_read(struct stream_end *e, void *into, size_t n)
{
	size_t have = 0;
	e->more = false;
	do {
		ERR_clear_error();
		int got = SSL_read(e->tls, (char *)into + have, (int)(n - have));
		if (got <= 0) {
			ssize_t why = verdict(e, got);
			e->more = have && why != -1; // the end; the next read is to say so again
			return have ? (ssize_t)have : why;
		}
		have += (size_t)got;
		e->more = SSL_has_pending(e->tls) == 1;
	} while (e->more && have < n);
	return (ssize_t)have;
}

// One SSL_write costs a microsecond whatever its size, so chunks are gathered into full records;
// one that fills a record, or is all there is, needs no copy.
static int write_record(SSL *ssl, const struct iovec *iov, int n, size_t skip)
{
	char record[RECORD_BYTES];
	size_t fill = 0;
	for (int i = 0; i < n && fill < RECORD_BYTES; i++, skip = 0) {
		size_t part = min_size(iov[i].iov_len - skip, RECORD_BYTES - fill);
		memcpy(record + fill, (char *)iov[i].iov_base + skip, part);
		fill += part;
	}
	return SSL_write(ssl, record, (int)fill);
}

// After a refusal OpenSSL wants the same bytes again, or the same and more: the queue's front is
// just that, because nothing leaves it before it has been taken.
static ssize_t tls_write(struct stream_end *e, const struct iovec *iov, int n)
{
	size_t done = 0, skip = 0;
	while (n > 0) {
		size_t first = iov->iov_len - skip;
		ERR_clear_error();
		int put = n == 1 || first >= RECORD_BYTES
				  ? SSL_write(e->tls, (char *)iov->iov_base + skip,
					    (int)min_size(first, RECORD_BYTES))
				  : write_record(e->tls, iov, n, skip);
		if (put <= 0) {
			ssize_t why = verdict(e, put);
			return done ? (ssize_t)done : why == 0 ? -2 : why;
		}
		done += (size_t)put;
		skip += (size_t)put;
		for (; n > 0 && skip >= iov->iov_len; iov++, n--)
			skip -= iov->iov_len;
	}
	return (ssize_t)done;
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
	SSL_free(e->tls);
	e->tls = NULL;
	e->more = false;
}

const struct stream stream_tls = {tls_shake, tls_read, tls_write, tls_shut, tls_end};
