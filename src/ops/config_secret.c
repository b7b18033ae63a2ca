// SPDX-License-Identifier: MIT
// Secrets: never repeated in a finding, never kept when a digest of them will do.
#include "ops/config_value.h"
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SECRET_MAX = 4096 }; // bytes of a file with one secret

// A secret that stands in a file of its own: its first line.
static bool secret_file(const struct config_setting *s, struct span path, struct buf *out)
{
	char *name = span_dup(path);
	const char *why = "not a file";
	struct stat about;
	bool good = stat(name, &about) == 0 && S_ISREG(about.st_mode) &&
		    config_file_read(name, SECRET_MAX, out, &why);
	if (!good)
		config_error(s->reader->report, place_of(s->reader->file, s->value),
			"%s: cannot read %s: %s", s->path, name, why);
	free(name);
	return good;
}

// The text of a secret; empty when it is left out.
static bool secret_text(const struct config_setting *s, struct buf *out)
{
	struct span text;
	if (!config_value_scalar(s, s->value, &text))
		return false;
	if (!span_starts(text, SPAN("file:"))) {
		buf_span(out, text);
		return true;
	}
	span_take(&text, strlen("file:"));
	if (!secret_file(s, text, out))
		return false;
	out->n = span_until(buf_bytes(out), '\n').n;
	if (out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return true;
}

static bool digest_of(struct span text, struct config_digest *out)
{
	size_t got = 0;
	out->given = true;
	if (!span_starts(text, SPAN("sha256:")))
		return crypto_hash_sha256(out->sha256, (const unsigned char *)text.p, text.n) == 0;
	span_take(&text, strlen("sha256:"));
	return text.n == (size_t)2 * CONFIG_DIGEST_BYTES &&
	       sodium_hex2bin(out->sha256, sizeof out->sha256, text.p, text.n, NULL, &got, NULL) ==
		       0 &&
	       got == CONFIG_DIGEST_BYTES;
}

void config_value_digest(const struct config_setting *s)
{
	struct buf text = {0};
	struct config_digest digest = {.given = false};
	if (secret_text(s, &text)) {
		struct span t = buf_bytes(&text);
		bool good = !t.n || ((int64_t)t.n <= s->option->max && config_value_clean(t) &&
					    digest_of(t, &digest));
		if (good)
			memcpy(s->member, &digest, sizeof digest);
		else if (span_starts(t, SPAN("sha256:")))
			config_error(s->reader->report, place_of(s->reader->file, s->value),
				"%s: after sha256: come 64 hexadecimal digits", s->path);
		else
			config_value_refuse(s, s->value, (struct span){0});
	}
	if (text.p)
		sodium_memzero(text.p, text.n);
	buf_fini(&text);
}

// One that must be said to somebody, so it has to be kept as it is.
void config_value_secret(const struct config_setting *s)
{
	struct buf text = {0};
	if (secret_text(s, &text)) {
		struct span t = buf_bytes(&text);
		if ((int64_t)t.n <= s->option->max && config_value_clean(t)) {
			const char *kept = config_text(s->reader, t);
			memcpy(s->member, &kept, sizeof kept);
		} else {
			config_value_refuse(s, s->value, (struct span){0});
		}
	}
	if (text.p)
		sodium_memzero(text.p, text.n);
	buf_fini(&text);
}

void config_value_password(const struct config_setting *s)
{
	struct buf text = {0};
	struct config_password password = {0};
	if (secret_text(s, &text)) {
		if (!text.n || config_value_bounded(s->option, buf_bytes(&text), &password.number))
			memcpy(s->member, &password, sizeof password);
		else
			config_value_refuse(s, s->value, (struct span){0});
	}
	buf_fini(&text);
}
