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
		.to = {.face = kind->face,
			.owner = kind->owner_for ? kind->owner_for(kind->owner, l) : kind->owner,
			.tls = l->tls ? tls : NULL}};
}

struct wanted { // a listener the configuration asks for
	char name[NAME_BYTES];
	struct listener_spec spec;
};

// Nobody answers behind the router's listener when a reload asks for it: only a start makes us one.
static struct wanted *wanted_of(
	const struct config *c, const struct gate_kind *kinds, struct tls *tls, size_t *n)
{
	struct wanted *all = mem_array(c->listens.n, sizeof *all);
	*n = 0;
	for (size_t i = 0; i < c->listens.n; i++) {
		const struct gate_kind *kind = &kinds[c->listens.at[i].kind];
		if (!kind->owner)
			continue;
		struct wanted *w = &all[(*n)++];
		name_of(w->name, c, i, kinds);
		w->spec = spec_of(&c->listens.at[i], w->name, kind, tls);
	}
	return all;
}

// Takes a listener of that address out of the former set, so that it is not closed.
static struct listener *take_standing(struct gates *g, const struct listener_spec *spec)
{
	for (size_t i = 0; i < g->n; i++) {
		struct listener *l = g->at[i];
		if (!l || !listener_is(l, spec))
			continue;
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
	if (g->n)
		memcpy(g->at, former, g->n * sizeof *former);
}

static void replace(struct gates *g, const struct wanted *all, struct listener **fresh, size_t n)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->at[i])
			listener_close(g->at[i]);
	for (size_t i = 0; i < n; i++)
		listener_adopt(fresh[i], &all[i].spec);
	free(g->at);
	g->at = fresh;
	g->n = n;
}

bool gates_open(struct gates *g, const struct config *c, const struct gate_kind *kinds,
	struct tls *tls, struct buf *why)
{
	size_t n = 0, wanted;
	struct wanted *all = wanted_of(c, kinds, tls, &wanted);
	struct listener **fresh = mem_array(wanted, sizeof *fresh);
	struct listener **former = mem_array(g->n, sizeof *former);
	bool good = true;
	if (g->n)
		memcpy(former, g->at, g->n * sizeof *former);
	for (; n < wanted && good; n += good) {
		fresh[n] = take_standing(g, &all[n].spec);
		if (!fresh[n])
			fresh[n] = listener_open(g->net, &all[n].spec, why);
		good = fresh[n] != NULL;
	}
	if (good) {
		replace(g, all, fresh, n);
	} else {
		undo(g, fresh, former, n);
		free(fresh);
	}
	free(former);
	free(all);
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
