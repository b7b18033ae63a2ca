// SPDX-License-Identifier: MIT
// MudMode from a MUD's side: four bytes of length, LPC text, a NUL that is counted.
#include "mud.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKET_MAX = 2048 }; // bytes of a packet that is sent

// --- reading LPC: no more of it than is needed to find the elements of a packet ---

static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : end;
}

// Behind the value at p.
static const char *skip_value(const char *p, const char *end)
{
	int depth = 0;
	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			continue;
		}
		if (depth == 0 && (*p == ',' || *p == ':' || *p == ']' || *p == '}'))
			return p;
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		p++;
	}
	return end;
}

// The element of the packet with this index; *n its bytes.  NULL: there are fewer.
static const char *element(const char *text, const char *end, int index, size_t *n)
{
	const char *p = text + 2; // behind "({"
	while (p < end && *p != '}') {
		const char *behind = skip_value(p, end);
		if (index-- == 0) {
			*n = (size_t)(behind - p);
			return p;
		}
		p = behind + 1;
	}
	return NULL;
}

static uint64_t hash(const char *p, size_t n)
{
	uint64_t h = 14695981039346656037u; // FNV-1a
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 1099511628211u;
	return h | 1; // 0 says deleted
}

// --- what it knows ---

static struct mud_known *known_of(const struct mud *m, const char *name, size_t n)
{
	size_t at = hash(name, n) % MUD_KNOWN_MAX;
	if (n >= MUD_NAME_MAX)
		die("a MUD's name is over %d bytes", MUD_NAME_MAX);
	for (size_t tries = 0; tries < MUD_KNOWN_MAX; tries++) {
		struct mud_known *k = &m->known[(at + tries) % MUD_KNOWN_MAX];
		if (!*k->name || (strlen(k->name) == n && memcmp(k->name, name, n) == 0))
			return k;
	}
	die("more than %d MUDs", MUD_KNOWN_MAX);
}

static void learn(struct mud *m, const char *text, const char *end)
{
	size_t n = 0;
	const char *id = element(text, end, 6, &n), *p = element(text, end, 7, &n);
	if (!id || !p || p[1] != '[')
		die("a mudlist that is none: %.*s", (int)(end - text), text);
	m->mudlist_id = strtol(id, NULL, 10);
	for (p += 2; p < end && *p == '"';) {
		const char *name = p + 1, *behind = skip_value(p, end), *value = behind + 1;
		struct mud_known *k = known_of(m, name, (size_t)(behind - 1 - name));
		memcpy(k->name, name, (size_t)(behind - 1 - name));
		p = skip_value(value, end);
		k->record = *value == '(' ? hash(value, (size_t)(p - value)) : 0;
		p++;
	}
}

long mud_unequal(const struct mud *m, const struct mud *truth, const char *but)
{
	long unequal = 0;
	for (size_t i = 0; i < MUD_KNOWN_MAX; i++) {
		const struct mud_known *t = &truth->known[i];
		if (!*t->name || !strcmp(t->name, m->name) || !strcmp(t->name, but))
			continue;
		unequal += known_of(m, t->name, strlen(t->name))->record != t->record;
	}
	return unequal;
}

// --- packets ---

static bool is(const char *text, size_t n, const char *type)
{
	size_t bytes = strlen(type);
	return n > bytes + 4 && memcmp(text, "({\"", 3) == 0 &&
	       memcmp(text + 3, type, bytes) == 0 && text[3 + bytes] == '"';
}

static void take(struct mud *m, const char *text, size_t n, mud_packet *on_packet, void *user)
{
	size_t bytes = 0;
	if (is(text, n, "mudlist")) {
		learn(m, text, text + n);
	} else if (is(text, n, "startup-reply")) {
		const char *password = element(text, text + n, 7, &bytes);
		m->password = password ? strtol(password, NULL, 10) : 0;
		m->welcome = true;
	} else if (is(text, n, "error")) {
		if (m->errors++ == 0)
			fprintf(stderr, "load: %s was told: %.*s\n", m->name, (int)n, text);
	} else {
		on_packet(user, m, text, n);
	}
}

static void cut(struct mud *m, const char *p, size_t n, mud_packet *on_packet, void *user)
{
	while (n >= 4) {
		uint32_t length;
		memcpy(&length, p, sizeof length);
		length = ntohl(length);
		if (length == 0 || length > MUD_FRAME_MAX)
			die("a frame of %u bytes", length);
		if (n < 4 + (size_t)length)
			break;
		take(m, p + 4, length - 1, on_packet, user);
		p += 4 + length;
		n -= 4 + (size_t)length;
	}
	memmove(m->keep, p, n);
	m->kept = n;
}

bool mud_pump(struct mud *m, struct scratch *s, mud_packet *on_packet, void *user)
{
	ssize_t n = recv(m->fd, s->read + m->kept, CLIENT_READ_MAX - m->kept, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		m->closed = true;
		return false;
	}
	memcpy(s->read, m->keep, m->kept);
	cut(m, s->read, m->kept + (size_t)n, on_packet, user);
	return true;
}

void mud_say(struct mud *m, const char *format, ...)
{
	char text[4 + PACKET_MAX];
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(text + 4, PACKET_MAX, format, arguments);
	va_end(arguments);
	if (n < 0 || n >= PACKET_MAX)
		die("a packet over %d bytes", PACKET_MAX);
	uint32_t length = htonl((uint32_t)n + 1);
	memcpy(text, &length, sizeof length);
	struct client c = {.fd = m->fd};
	client_send(&c, text, 4 + (size_t)n + 1);
	m->closed |= c.closed;
}

// --- life ---

void mud_init(struct mud *m, const char *name)
{
	*m = (struct mud){.fd = -1};
	snprintf(m->name, sizeof m->name, "%s", name);
	m->keep = malloc(4 + MUD_FRAME_MAX);
	m->known = calloc(MUD_KNOWN_MAX, sizeof *m->known);
	if (!m->keep || !m->known)
		die("out of memory");
}

void mud_fini(struct mud *m)
{
	mud_close(m);
	free(m->keep);
	free(m->known);
}

void mud_open(struct mud *m, const struct address *to, const char *router)
{
	struct client c = {0};
	client_open(&c, to);
	free(c.keep);
	m->fd = c.fd;
	m->welcome = m->closed = false;
	m->kept = 0;
	mud_say(m,
		"({\"startup-req-3\",5,\"%s\",0,\"%s\",0,%ld,%ld,0,4000,0,0,\"Bench\",\"Bench\","
		"\"Bench\",\"LP\",\"beta testing\",\"a@example.org\","
		"([\"tell\":1,\"channel\":1,\"who\":1,]),([]),})",
		m->name, router, m->password, m->mudlist_id);
}

void mud_close(struct mud *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}
