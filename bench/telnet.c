// SPDX-License-Identifier: MIT
// What a client says: RFC 854 (commands), 1091 (TTYPE), 1073 (NAWS), and MCCP2, option 86.
#include "telnet.h"
#include "client.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SE = 240, SB = 250, WILL = 251, WONT, DO, DONT, IAC };
enum { TTYPE = 24, EOR = 25, NAWS = 31, MCCP2 = 86, GMCP = 201 };
enum state { TEXT, COMMAND, OPTION, SUB, SUB_COMMAND };
enum {
	SUB_MAX = 8, // of what we are told, only its beginning matters
	PACKED_MAX =
		2 << 10, // of compressed bytes per read: text as ours becomes a hundred times that
	INFLATED_MAX = 64 << 10,
};

struct telnet {
	enum telnet_client kind;
	enum state state;
	unsigned char verb, sub[SUB_MAX];
	size_t n;       // of sub
	unsigned types; // told so far
	z_stream *inflater;
};

struct telnet *telnet_new(enum telnet_client kind)
{
	struct telnet *t = calloc(1, sizeof *t);
	if (!t)
		die("out of memory");
	t->kind = kind;
	return t;
}

void telnet_free(struct telnet *t)
{
	if (t && t->inflater)
		inflateEnd(t->inflater);
	if (t)
		free(t->inflater);
	free(t);
}

size_t telnet_read_max(const struct telnet *t)
{
	return t->inflater ? PACKED_MAX : CLIENT_READ_MAX;
}

static void answer(struct client *c, unsigned char verb, unsigned char option)
{
	const char out[] = {(char)IAC, (char)verb, (char)option};
	client_send(c, out, sizeof out);
}

static void negotiate(struct client *c, unsigned char verb, unsigned char option)
{
	static const char window[] = {(char)IAC, (char)SB, NAWS, 0, 80, 0, 24, (char)IAC, (char)SE};
	static const char hello[] = "\xff\xfa\xc9"
				    "Core.Hello {\"client\":\"Bench\",\"version\":\"1\"}\xff\xf0";
	struct telnet *t = c->telnet;
	bool ours = option == TTYPE || option == NAWS;
	bool his = option == EOR || option == GMCP || (option == MCCP2 && t->kind == TELNET_MCCP2);
	if (t->kind == TELNET_PLAIN || verb == WONT || verb == DONT)
		return;
	if (verb == DO)
		answer(c, ours ? WILL : WONT, option);
	else
		answer(c, his ? DO : DONT, option);
	if (verb == DO && option == NAWS)
		client_send(c, window, sizeof window);
	if (verb == WILL && option == GMCP)
		client_send(c, hello, sizeof hello - 1);
}

static void subnegotiated(struct client *c)
{
	static const char *const types[] = {"BENCH", "XTERM-256COLOR", "MTTS 13"};
	struct telnet *t = c->telnet;
	char out[40] = {(char)IAC, (char)SB, TTYPE, 0};
	if (t->n && t->sub[0] == MCCP2 && !t->inflater) {
		t->inflater = calloc(1, sizeof *t->inflater);
		if (!t->inflater || inflateInit(t->inflater) != Z_OK)
			die("inflateInit failed");
	}
	if (t->n < 2 || t->sub[0] != TTYPE || t->sub[1] != 1)
		return;
	const char *type = types[t->types < 2 ? t->types : 2];
	size_t n = strlen(type);
	t->types++;
	memcpy(out + 4, type, n);
	out[4 + n] = (char)IAC;
	out[5 + n] = (char)SE;
	client_send(c, out, n + 6);
}

// → whether it is text
static bool step(struct client *c, unsigned char b)
{
	struct telnet *t = c->telnet;
	switch (t->state) {
	case TEXT: t->state = b == IAC ? COMMAND : TEXT; return b != IAC;
	case COMMAND:
		t->verb = b;
		t->n = 0;
		t->state = b == SB ? SUB : b >= WILL && b <= DONT ? OPTION : TEXT;
		return b == IAC;
	case OPTION:
		t->state = TEXT;
		negotiate(c, t->verb, b);
		return false;
	case SUB:
		if (b == IAC)
			t->state = SUB_COMMAND;
		else if (t->n < SUB_MAX)
			t->sub[t->n++] = b;
		return false;
	case SUB_COMMAND:
		t->state = b == SE ? TEXT : SUB;
		if (b == SE)
			subnegotiated(c);
		return false;
	}
	return false;
}

// Until the end or the beginning of compression.  → bytes used
static size_t strip(struct client *c, const char *raw, size_t n, char *out, size_t *made)
{
	struct telnet *t = c->telnet;
	bool packed = t->inflater != NULL;
	size_t used = 0;
	while (used < n && packed == (t->inflater != NULL)) {
		const char *iac = t->state == TEXT ? memchr(raw + used, IAC, n - used) : raw + used;
		size_t text = (iac ? (size_t)(iac - raw) : n) - used;
		memcpy(out + *made, raw + used, text);
		*made += text;
		used += text;
		if (used < n && step(c, (unsigned char)raw[used++]))
			out[(*made)++] = raw[used - 1];
	}
	return used;
}

static void unpack(
	struct client *c, const char *raw, size_t n, char *out, size_t room, size_t *made)
{
	static char text[INFLATED_MAX];
	z_stream *z = c->telnet->inflater;
	z->next_in = (Bytef *)raw;
	z->avail_in = (uInt)n;
	do {
		z->next_out = (Bytef *)text;
		z->avail_out = sizeof text;
		int result = inflate(z, Z_SYNC_FLUSH);
		size_t got = sizeof text - z->avail_out;
		if ((result != Z_OK && result != Z_BUF_ERROR) || *made + got > room)
			die("inflate: %d, %zu bytes", result, *made + got);
		strip(c, text, got, out, made);
	} while (!z->avail_out);
}

size_t telnet_take(struct client *c, const char *raw, size_t n, char *out, size_t room)
{
	size_t made = 0, used = 0;
	if (!c->telnet->inflater)
		used = strip(c, raw, n, out, &made);
	if (used < n)
		unpack(c, raw + used, n - used, out, room, &made);
	return made;
}

// --- memory ---

static void *count(void *opaque, unsigned n, unsigned bytes)
{
	*(size_t *)opaque += (size_t)n * bytes;
	return malloc((size_t)n * bytes);
}

static void give_back(void *opaque, void *p)
{
	(void)opaque;
	free(p);
}

size_t telnet_zlib_bytes(void)
{
	size_t sum = sizeof(z_stream);
	z_stream z = {.zalloc = count, .zfree = give_back, .opaque = &sum};
	if (deflateInit2(&z, 1, Z_DEFLATED, 12, 5, Z_DEFAULT_STRATEGY) != Z_OK)
		die("deflateInit2 failed");
	deflateEnd(&z);
	return sum;
}
