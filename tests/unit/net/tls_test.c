// SPDX-License-Identifier: MIT
// TLS against OpenSSL's own client over the same kind of socket the other tests read and write.
#include "bed.h"

#include "base/clock.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

// --- certificates ---

struct files {
	char dir[32], cert[64], key[64];
};

static void make_certificate(const struct files *f, const char *name, const char *passphrase)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
		(const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	FILE *out = fopen(f->cert, "w");
	assert_non_null(out);
	PEM_write_X509(out, x);
	fclose(out);
	out = fopen(f->key, "w");
	assert_non_null(out);
	PEM_write_PrivateKey(
		out, key, passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL, (void *)passphrase);
	fclose(out);
	X509_free(x);
	EVP_PKEY_free(key);
}

static struct files make_files(const char *name)
{
	struct files f = {.dir = "/tmp/tls_test.XXXXXX"};
	assert_non_null(mkdtemp(f.dir));
	snprintf(f.cert, sizeof f.cert, "%s/cert.pem", f.dir);
	snprintf(f.key, sizeof f.key, "%s/key.pem", f.dir);
	make_certificate(&f, name, NULL);
	return f;
}

static void remove_files(const struct files *f)
{
	unlink(f->cert);
	unlink(f->key);
	assert_int_equal(rmdir(f->dir), 0);
}

static void load(struct bed *b, const struct files *f)
{
	struct buf why = {0};
	if (!b->tls)
		b->tls = tls_new();
	if (!tls_load(b->tls, f->cert, f->key, &why))
		fail_msg("%.*s", (int)why.n, why.p);
}

static int tls_set_up(void **state)
{
	struct bed *b = bed_new();
	struct files f = make_files("first");
	load(b, &f);
	remove_files(&f);
	bed_listen(b, &(struct listener_spec){.to.tls = b->tls});
	b->on_msg = bed_echo;
	b->quiet = true;
	*state = b;
	return 0;
}

// --- the client ---

struct peer {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
};

static struct peer peer_on(int fd, int version)
{
	struct peer p = {.ctx = SSL_CTX_new(TLS_client_method()), .fd = fd};
	SSL_CTX_set_security_level(p.ctx, 0);
	if (version) {
		SSL_CTX_set_min_proto_version(p.ctx, version);
		SSL_CTX_set_max_proto_version(p.ctx, version);
	}
	SSL_CTX_set_mode(p.ctx, SSL_MODE_ENABLE_PARTIAL_WRITE);
	p.ssl = SSL_new(p.ctx);
	SSL_set_fd(p.ssl, p.fd);
	SSL_set_connect_state(p.ssl);
	return p;
}

static struct peer peer_prepare(struct bed *b, int version)
{
	return peer_on(peer_new(b), version);
}

// Did it say "not yet"?  Then the loop has had a turn.
static bool must_wait(struct bed *b, const struct peer *p, int result)
{
	int error = SSL_get_error(p->ssl, result);
	ERR_clear_error();
	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		return false;
	bed_turn(b, p->fd);
	return true;
}

static bool shake_hands(struct bed *b, const struct peer *p)
{
	int r;
	uint64_t until = bed_patience();
	while ((r = SSL_do_handshake(p->ssl)) != 1 && must_wait(b, p, r))
		bed_check_patience(until, "the handshake");
	return r == 1;
}

static struct peer secure_peer(struct bed *b, int version)
{
	struct peer p = peer_prepare(b, version);
	assert_true(shake_hands(b, &p));
	return p;
}

static void secure_send(struct bed *b, const struct peer *p, struct span s)
{
	uint64_t until = bed_patience();
	while (s.n) {
		int n = SSL_write(p->ssl, s.p, (int)s.n);
		if (n > 0)
			span_take(&s, (size_t)n);
		else
			assert_true(must_wait(b, p, n));
		bed_check_patience(until, "the loop to read");
	}
}

static bool secure_read(struct bed *b, const struct peer *p, struct buf *into, size_t want)
{
	char some[16384];
	uint64_t until = bed_patience();
	while (into->n < want) {
		int n = SSL_read(p->ssl, some, (int)min_size(sizeof some, want - into->n));
		if (n > 0)
			buf_put(into, some, (size_t)n);
		else if (!must_wait(b, p, n))
			return false;
		bed_check_patience(until, "bytes");
	}
	return true;
}

static void peer_free(struct peer *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	close(p->fd);
}

static void secure_echo(struct bed *b, const struct peer *p, const char *line)
{
	struct buf got = {0};
	secure_send(b, p, span_str(line));
	assert_true(secure_read(b, p, &got, strlen(line)));
	check_text(buf_bytes(&got), line);
	buf_fini(&got);
}

// --- tests ---

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static void both_versions_echo(void **state)
{
	struct bed *b = *state;
	for (size_t i = 0; i < countof(versions); i++) {
		struct peer p = secure_peer(b, versions[i]);
		assert_int_equal(SSL_version(p.ssl), versions[i]);
		secure_echo(b, &p, "hello\n");
		assert_true(conn_is_secure(b->open[i]));
		peer_free(&p);
	}
}

static void older_versions_are_refused(void **state)
{
	struct bed *b = *state;
	static const int old[] = {TLS1_VERSION, TLS1_1_VERSION};
	for (size_t i = 0; i < countof(old); i++) {
		struct peer p = peer_prepare(b, old[i]);
		assert_false(shake_hands(b, &p));
		peer_free(&p);
		bed_until(b, net_count(b->net) == 0);
	}
	assert_int_equal(b->opened, 0);
	assert_int_equal(b->closed, 0); // who was never opened is never closed
}

static void a_megabyte_survives_every_cut(void **state)
{
	struct bed *b = *state;
	static const size_t cuts[] = {1, 7, 100, 1448, 4096, 16383, 16384, 16385, 65536};
	struct span all = pattern(1 << 20);
	for (size_t i = 0; i < all.n; i += 1000)
		((char *)all.p)[i] = '\n';
	((char *)all.p)[all.n - 1] = '\n';
	for (size_t i = 0; i < countof(cuts); i++) {
		size_t n = min_size(all.n, cuts[i] * 2000);
		while (all.p[n - 1] != '\n')
			n--;
		struct peer p = secure_peer(b, versions[i % 2]);
		struct buf got = {0};
		for (size_t at = 0; at < n;) {
			size_t part = min_size(cuts[i], n - at);
			secure_send(b, &p, span_of(all.p + at, part));
			at += part;
			if (got.n < at && at - got.n > 100000)
				secure_read(b, &p, &got, got.n + 50000);
		}
		assert_true(secure_read(b, &p, &got, n));
		check_bytes(buf_bytes(&got), span_of(all.p, n));
		peer_free(&p);
		buf_fini(&got);
	}
	free((char *)all.p);
}

// Client's last handshake flight and its first message in one segment, and then silence.
static void a_message_glued_to_the_handshake_is_heard(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	struct peer p = peer_prepare(b, TLS1_3_VERSION);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	SSL_set_bio(p.ssl, in, out);
	char some[16384];
	SSL_do_handshake(p.ssl);
	int n = BIO_read(out, some, sizeof some);
	peer_send(b, p.fd, span_of(some, (size_t)n));
	while (SSL_do_handshake(p.ssl) != 1) {
		buf_clear(&got);
		peer_read(b, p.fd, &got, 1);
		BIO_write(in, got.p, (int)got.n);
	}
	SSL_write(p.ssl, "glued\n", 6);
	SSL_write(p.ssl, "more\n", 5);
	n = BIO_read(out, some, sizeof some);
	b->quiet = false;
	b->on_msg = NULL;
	peer_send(b, p.fd, span_of(some, (size_t)n));
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("more ")));
	check_text(buf_bytes(&b->said), "open msg:glued msg:more ");
	peer_free(&p);
	buf_fini(&got);
}

// "bye" and the goodbye of TLS in one segment, while the socket itself stays open.
static void a_goodbye_glued_to_a_message_is_heard(void **state)
{
	struct bed *b = *state;
	char some[16384];
	b->on_msg = NULL;
	b->quiet = false;
	struct peer p = secure_peer(b, TLS1_3_VERSION);
	bed_until(b, b->opened == 1);
	BIO *out = BIO_new(BIO_s_mem());
	SSL_set0_wbio(p.ssl, out);
	SSL_write(p.ssl, "bye\n", 4);
	SSL_shutdown(p.ssl);
	int n = BIO_read(out, some, sizeof some);
	peer_send(b, p.fd, span_of(some, (size_t)n));
	bed_until(b, b->closed == 1);
	check_text(buf_bytes(&b->said), "open msg:bye close:eof ");
	peer_free(&p);
}

static void last_words_and_goodbye_arrive(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	struct peer p = secure_peer(b, 0);
	bed_until(b, b->opened == 1);
	struct span much = pattern(1 << 20);
	for (size_t at = 0; at < 4; at++) // never read as messages: the conn is ending
		(void)!SSL_write(p.ssl, much.p, 16384);
	conn_write(b->open[0], SPAN("last words\n"));
	conn_close(b->open[0], CLOSE_SHUTDOWN);
	assert_false(secure_read(b, &p, &got, 100));
	check_text(buf_bytes(&got), "last words\n");
	assert_int_equal(SSL_get_shutdown(p.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
	peer_free(&p);
	bed_until(b, net_count(b->net) == 0);
	buf_fini(&got);
	free((char *)much.p);
}

static void plain_bytes_end_the_handshake(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	int fd = peer_new(b);
	peer_send(b, fd, SPAN("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
	assert_int_not_equal(peer_read(b, fd, &got, 10000), PEER_OPEN);
	bed_until(b, net_count(b->net) == 0);
	assert_int_equal(b->opened + b->closed, 0);
	close(fd);
	buf_fini(&got);
}

static void an_unfinished_handshake_is_dropped_in_time(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	b->net->patience.securing_ms = 20;
	int silent = peer_new(b), half = peer_new(b);
	peer_send(b, half, SPAN("\x16\x03\x01"));
	assert_int_not_equal(peer_read(b, silent, &got, 1), PEER_OPEN);
	assert_int_not_equal(peer_read(b, half, &got, 1), PEER_OPEN);
	bed_until(b, net_count(b->net) == 0);
	close(silent);
	close(half);
	buf_fini(&got);
}

// More handshakes at once than one turn takes; nobody is forgotten.
static void a_storm_of_handshakes_is_worked_off(void **state)
{
	struct bed *b = *state;
	enum { N = 60 };
	struct peer p[N];
	for (size_t i = 0; i < N; i++) {
		p[i] = peer_prepare(b, versions[i % 2]);
		assert_int_equal(SSL_do_handshake(p[i].ssl), -1);
	}
	for (size_t i = N; i-- > 0;) {
		assert_true(shake_hands(b, &p[i]));
		secure_echo(b, &p[i], "here\n");
	}
	for (size_t i = 0; i < N; i++)
		peer_free(&p[i]);
}

static void renegotiation_is_refused(void **state)
{
	struct bed *b = *state;
	struct peer p = secure_peer(b, TLS1_2_VERSION);
	secure_echo(b, &p, "before\n");
	SSL_renegotiate(p.ssl);
	assert_false(shake_hands(b, &p));
	peer_free(&p);
}

static void a_key_update_changes_nothing(void **state)
{
	struct bed *b = *state;
	struct peer p = secure_peer(b, TLS1_3_VERSION);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(SSL_key_update(p.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
		secure_echo(b, &p, "again\n");
	}
	peer_free(&p);
}

// Copies, small chunks, large chunks and full records, through a socket that is mostly full.
static void output_survives_a_slow_reader(void **state)
{
	struct bed *b = *state;
	static const size_t sizes[] = {1, 300, 5000, 16384, 40000, 17, 90000, 2};
	static const struct conn_limits wide = {64 << 20, 60000};
	struct buf want = {0}, got = {0};
	struct span bytes = pattern(100000);
	struct blob *blob = blob_new(bytes.n);
	int small = 8192;
	blob_append(blob, bytes);
	struct peer p = secure_peer(b, 0);
	bed_until(b, b->opened == 1);
	struct conn *c = b->open[0];
	conn_limit(c, &wide);
	setsockopt(p.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	setsockopt(c->end.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	for (size_t round = 0; round < 40; round++) {
		size_t n = sizes[round % countof(sizes)], from = round * 11;
		if (round % 3 == 0) {
			conn_write(c, span_of(bytes.p + from, n));
		} else {
			conn_share(c, blob, (uint32_t)from, (uint32_t)(from + n));
			conn_write(c, SPAN("~"));
		}
		buf_put(&want, bytes.p + from, n);
		if (round % 3)
			buf_char(&want, '~');
		bed_turn(b, p.fd);
		if (round % 5 == 0)
			assert_true(secure_read(b, &p, &got, min_size(got.n + 3000, want.n)));
	}
	assert_true(secure_read(b, &p, &got, want.n));
	check_bytes(buf_bytes(&got), buf_bytes(&want));
	peer_free(&p);
	bed_until(b, net_count(b->net) == 0);
	assert_int_equal(blob->refs, 1);
	blob_unref(blob);
	buf_fini(&want);
	buf_fini(&got);
	free((char *)bytes.p);
}

static void check_name(const struct peer *p, const char *name)
{
	char text[64];
	X509 *x = SSL_get1_peer_certificate(p->ssl);
	X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, text, sizeof text);
	assert_string_equal(text, name);
	X509_free(x);
}

static void a_new_certificate_is_for_new_conns(void **state)
{
	struct bed *b = *state;
	struct files f = make_files("second"), none = f;
	struct buf why = {0};
	struct peer old = secure_peer(b, 0);
	load(b, &f);
	struct peer fresh = secure_peer(b, 0);
	check_name(&old, "first");
	check_name(&fresh, "second");
	secure_echo(b, &old, "still here\n");
	secure_echo(b, &fresh, "me too\n");
	snprintf(none.cert, sizeof none.cert, "%s/none.pem", f.dir);
	assert_false(tls_load(b->tls, none.cert, f.key, &why));
	assert_true(span_starts(buf_bytes(&why), span_str(none.cert)));
	struct peer last = secure_peer(b, 0);
	check_name(&last, "second"); // what could not be loaded has changed nothing
	peer_free(&old);
	peer_free(&fresh);
	peer_free(&last);
	remove_files(&f);
	buf_fini(&why);
}

static void bad_keys_are_refused_with_words(void **state)
{
	struct bed *b = *state;
	struct files one = make_files("one"), two = make_files("two");
	struct buf why = {0};
	assert_false(tls_load(b->tls, one.cert, two.key, &why));
	assert_true(why.n > 0);
	buf_clear(&why);
	make_certificate(&one, "one", "secret"); // nobody is there to ask for it
	assert_false(tls_load(b->tls, one.cert, one.key, &why));
	assert_true(span_starts(buf_bytes(&why), span_str(one.key)));
	remove_files(&one);
	remove_files(&two);
	buf_fini(&why);
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_set_up, bed_tear_down)

// --- a plain one becomes secure ---

static void secure_when_asked(struct bed *b, struct conn *c, struct span line)
{
	bed_echo(b, c, line);
	if (span_is(line, "secure"))
		conn_secure(c, b->tls);
}

static int plain_set_up(void **state)
{
	struct bed *b = bed_new();
	struct files f = make_files("first");
	load(b, &f);
	remove_files(&f);
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = secure_when_asked;
	*state = b;
	return 0;
}

static void a_plain_conn_becomes_secure(void **state)
{
	struct bed *b = *state;
	for (size_t i = 0; i < countof(versions); i++) {
		int fd = peer_new(b);
		peer_send(b, fd, SPAN("before\n"));
		peer_expect(b, fd, "before\n");
		assert_false(conn_is_secure(b->open[i]));
		peer_send(b, fd, SPAN("secure\n"));
		peer_expect(b, fd, "secure\n");
		assert_false(conn_is_open(b->open[i]));
		struct peer p = peer_on(fd, versions[i]);
		assert_true(shake_hands(b, &p));
		secure_echo(b, &p, "hello\n");
		assert_true(conn_is_secure(b->open[i]) && conn_is_open(b->open[i]));
		assert_int_equal(b->opened, i + 1);
		assert_int_equal(b->secured, i + 1);
		peer_free(&p);
	}
	bed_until(b, b->closed == countof(versions));
}

static void what_came_plainly_behind_it_is_not_heard(void **state)
{
	struct bed *b = *state;
	static const struct span behind[] = {
		SPAN("secure\ninjected\n"), SPAN("secure\ninjec"), SPAN("secure\n\x16\x03\x01")};
	for (size_t i = 0; i < countof(behind); i++) {
		int fd = peer_new(b);
		peer_send(b, fd, behind[i]);
		peer_expect(b, fd, "secure\n");
		struct peer p = peer_on(fd, 0);
		assert_true(shake_hands(b, &p));
		secure_echo(b, &p, "hello\n");
		peer_free(&p);
	}
}

// Told in several reads, so that the order comes while its buffer holds part of the line.
static void what_was_kept_of_a_paused_one_is_not_heard(void **state)
{
	struct bed *b = *state;
	int fd = peer_new(b);
	bed_until(b, b->opened == 1);
	struct conn *c = b->open[0];
	peer_send(b, fd, SPAN("half a li"));
	bed_until(b, conn_has_input(c));
	conn_pause(c);
	conn_secure(c, b->tls);
	assert_false(conn_has_input(c));
	struct peer p = peer_on(fd, 0);
	assert_true(shake_hands(b, &p));
	bed_until(b, b->secured == 1);
	conn_resume(c);
	secure_echo(b, &p, "hello\n");
	peer_free(&p);
}

static void output_goes_out_plainly_before_it(void **state)
{
	struct bed *b = *state;
	static const struct conn_limits wide = {64 << 20, 60000};
	struct buf got = {0};
	int fd = peer_new(b), small = 32768;
	bed_until(b, b->opened == 1);
	setsockopt(b->open[0]->end.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	struct span much = pattern(1 << 20);
	conn_limit(b->open[0], &wide);
	conn_write(b->open[0], much);
	conn_secure(b->open[0], b->tls);
	conn_write(b->open[0], SPAN("nobody hears this"));
	assert_int_equal(peer_read(b, fd, &got, much.n), PEER_OPEN);
	check_bytes(buf_bytes(&got), much);
	struct peer p = peer_on(fd, 0);
	assert_true(shake_hands(b, &p));
	secure_echo(b, &p, "hello\n"); // and it is not throttled any more
	peer_free(&p);
	buf_fini(&got);
	free((char *)much.p);
}

static void one_that_never_shakes_hands_is_dropped_in_time(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	b->net->patience.securing_ms = 20;
	int silent = peer_new(b), deaf = peer_new(b);
	bed_until(b, b->opened == 2);
	struct span much = pattern(8 << 20); // more than the kernel takes
	conn_write(b->open[1], much);
	conn_secure(b->open[1], b->tls);
	peer_send(b, silent, SPAN("secure\n"));
	bed_until(b, b->closed == 2);
	check_text(buf_bytes(&b->said), "open open close:tls close:tls ");
	assert_int_not_equal(peer_read(b, silent, &got, 100), PEER_OPEN);
	close(silent);
	close(deaf);
	buf_fini(&got);
	free((char *)much.p);
}

static void plain_bytes_instead_of_a_handshake_end_it(void **state)
{
	struct bed *b = *state;
	int fd = peer_new(b);
	peer_send(b, fd, SPAN("secure\n"));
	peer_expect(b, fd, "secure\n");
	peer_send(b, fd, SPAN("hello\nhello\n"));
	bed_until(b, b->closed == 1);
	check_text(buf_bytes(&b->said), "open close:tls ");
	close(fd);
}

static void it_may_be_closed_meanwhile(void **state)
{
	struct bed *b = *state;
	int early = peer_new(b), late = peer_new(b);
	bed_until(b, b->opened == 2);
	conn_secure(b->open[0], b->tls);
	conn_close(b->open[0], CLOSE_SHUTDOWN); // not yet begun
	conn_secure(b->open[1], b->tls);
	bed_until(b, b->open[1]->end.tls);
	conn_close(b->open[1], CLOSE_SHUTDOWN);
	bed_until(b, net_count(b->net) == 0);
	assert_int_equal(b->closed, 2);
	close(early);
	close(late);
}

#define PLAIN_TEST(name) cmocka_unit_test_setup_teardown(name, plain_set_up, bed_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(both_versions_echo),
		TLS_TEST(older_versions_are_refused),
		TLS_TEST(a_megabyte_survives_every_cut),
		TLS_TEST(a_message_glued_to_the_handshake_is_heard),
		TLS_TEST(a_goodbye_glued_to_a_message_is_heard),
		TLS_TEST(last_words_and_goodbye_arrive),
		TLS_TEST(plain_bytes_end_the_handshake),
		TLS_TEST(an_unfinished_handshake_is_dropped_in_time),
		TLS_TEST(a_storm_of_handshakes_is_worked_off),
		TLS_TEST(renegotiation_is_refused),
		TLS_TEST(a_key_update_changes_nothing),
		TLS_TEST(output_survives_a_slow_reader),
		TLS_TEST(a_new_certificate_is_for_new_conns),
		TLS_TEST(bad_keys_are_refused_with_words),
		PLAIN_TEST(a_plain_conn_becomes_secure),
		PLAIN_TEST(what_came_plainly_behind_it_is_not_heard),
		PLAIN_TEST(what_was_kept_of_a_paused_one_is_not_heard),
		PLAIN_TEST(output_goes_out_plainly_before_it),
		PLAIN_TEST(one_that_never_shakes_hands_is_dropped_in_time),
		PLAIN_TEST(plain_bytes_instead_of_a_handshake_end_it),
		PLAIN_TEST(it_may_be_closed_meanwhile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
