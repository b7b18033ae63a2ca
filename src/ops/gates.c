// SPDX-License-Identifier: MIT
#include "ops/gates.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES = 32 };

// "http", then "http2", "http3"; a TLS one adds an s: "https".
static void name_of(
	char out[NAME_BYTES], const struct config *c, size_t at, const struct gate_kind *kinds)
{
	const struct config_listen *l = &c->listens.at[at];
	int before = 0;
	for (size_t i = 0; i < at; i++)
		before += c->listens.at[i].kind == l->kind && c->listens.at[i].tls == l->tls;
	const char *tls = l->tls ? "s" : "";
	if (before)
		snprintf(out, NAME_BYTES, "%s%s%d", kinds[l->kind].name, tls, before + 1);
	else
		snprintf(out, NAME_BYTES, "%s%s", kinds[l->kind].name, tls);
}

static struct listener_spec spec_of(const struct config_listen *l, const char *name,
	const struct gate_kind *kind, struct tls *tls)
{
	return (struct listener_spec){.name = name,
		.host = *l->path ? NULL : l->host,
		.port = (uint16_t)l->port,
		.path = *l->path ? l->path : NULL,
		.max = (uint32_t)l->max,
		.to = {.face = kind->face, .owner = kind->owner, .tls = l->tls ? tls : NULL}};
}

// Takes a listener of that address over from the former set, so that it is not closed.
static struct listener *take_standing(struct gates *g, const struct listener_spec *spec)
{
	for (size_t i = 0; i < g->n; i++) {
		struct listener *l = g->at[i];
		if (!l || !listener_is(l, spec))
			continue;
		listener_adopt(l, spec);
		g->at[i] = NULL;
		return l;
	}
	return NULL;
}

static void undo(struct gates *g, struct listener **fresh, struct listener **former, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool stood = false;
		for (size_t k = 0; k < g->n; k++)
			stood |= former[k] == fresh[i];
		if (!stood)
			listener_close(fresh[i]);
	}
	memcpy(g->at, former, g->n * sizeof *former);
}

bool gates_open(struct gates *g, const struct config *c, const struct gate_kind *kinds,
	struct tls *tls, struct buf *why)
{
	struct listener **fresh = mem_array(c->listens.n, sizeof *fresh);
	struct listener **former = mem_array(g->n, sizeof *former);
	bool good = true;
	size_t n = 0;
	if (g->n)
		memcpy(former, g->at, g->n * sizeof *former);
	for (; n < c->listens.n && good; n += good) {
		char name[NAME_BYTES];
		name_of(name, c, n, kinds);
		const struct config_listen *l = &c->listens.at[n];
		struct listener_spec spec = spec_of(l, name, &kinds[l->kind], tls);
		fresh[n] = take_standing(g, &spec);
		if (!fresh[n])
			fresh[n] = listener_open(g->net, &spec, why);
		good = fresh[n] != NULL;
	}
	if (good) {
		for (size_t i = 0; i < g->n; i++)
			if (g->at[i])
				listener_close(g->at[i]);
		free(g->at);
		g->at = fresh;
		g->n = n;
	} else {
		undo(g, fresh, former, n);
		free(fresh);
	}
	free(former);
	return good;
}

void gates_close(struct gates *g)
{
	for (size_t i = 0; i < g->n; i++)
		listener_close(g->at[i]);
	g->n = 0;
}

void gates_fini(struct gates *g)
{
	free(g->at);
	*g = (struct gates){0};
}

void gates_put_ready(const struct gates *g, struct buf *out)
{
	buf_lit(out, "ready");
	for (size_t i = 0; i < g->n; i++)
		buf_printf(out, " %s=%s", listener_name(g->at[i]), listener_at(g->at[i]));
	buf_char(out, '\n');
}

const char *gates_at(const struct gates *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++)
		if (!strcmp(listener_name(g->at[i]), name))
			return listener_at(g->at[i]);
	return NULL;
}
