// SPDX-License-Identifier: MIT
// libyaml's events to nodes.  An alias becomes a second head over the same children, so a file can
// make a large tree from a few bytes; readers must bound what they visit, as a table of keys does.
// Merge keys (<<) are left to the reader too: to it they are keys it does not know.
#include "ops/config_yaml.h"
#include <stdio.h>
#include <yaml.h>

enum {
	DEPTH_MAX = 32,     // the keys need 7
	NODES_MAX = 100000, // a key and its value are two; the largest lists come to 40,000
	ANCHORS_MAX = 256,  // searched one by one
};

struct anchor {
	struct anchor *older;
	struct span name;
	const struct yaml *node;
};

struct frame {
	struct yaml *node;  // the list or map being read
	struct yaml **tail; // where its next item or key goes
	struct yaml *key;   // a key that waits for its value
	struct span anchor;
};

struct reading {
	struct arena *arena;
	struct yaml_fault *fault;
	struct frame frames[DEPTH_MAX];
	size_t depth, nodes, anchors, documents;
	struct anchor *anchor;
	struct yaml *root;
};

static bool fault_at(struct reading *r, yaml_mark_t at, const char *why)
{
	r->fault->line = (uint32_t)at.line + 1;
	r->fault->column = (uint32_t)at.column + 1;
	snprintf(r->fault->why, sizeof r->fault->why, "%s", why);
	return false;
}

static struct yaml *new_node(struct reading *r, enum yaml_type type, yaml_mark_t at)
{
	struct yaml *node = arena_alloc(r->arena, sizeof *node);
	*node = (struct yaml){
		.type = type, .line = (uint32_t)at.line + 1, .column = (uint32_t)at.column + 1};
	return node;
}

static bool place(struct reading *r, struct yaml *node, yaml_mark_t at)
{
	if (++r->nodes > NODES_MAX)
		return fault_at(r, at, "too many values");
	if (!r->depth) {
		r->root = node;
		return true;
	}
	struct frame *f = &r->frames[r->depth - 1];
	if (f->key) {
		f->key->value = node;
		f->key = NULL;
		return true;
	}
	if (f->node->type == YAML_MAP) {
		if (node->type != YAML_SCALAR)
			return fault_at(r, at, "a key must be a word");
		f->key = node;
	}
	*f->tail = node;
	f->tail = &node->next;
	return true;
}

static bool name_anchor(
	struct reading *r, struct span name, const struct yaml *node, yaml_mark_t at)
{
	if (!name.n)
		return true;
	if (++r->anchors > ANCHORS_MAX)
		return fault_at(r, at, "too many anchors");
	struct anchor *a = arena_alloc(r->arena, sizeof *a);
	*a = (struct anchor){.older = r->anchor, .name = name, .node = node};
	r->anchor = a;
	return true;
}

static bool on_scalar(struct reading *r, const yaml_event_t *e)
{
	struct yaml *node = new_node(r, YAML_SCALAR, e->start_mark);
	node->plain = e->data.scalar.plain_implicit;
	node->text = arena_span(r->arena, span_of(e->data.scalar.value, e->data.scalar.length));
	struct span name = span_str((const char *)e->data.scalar.anchor);
	return place(r, node, e->start_mark) &&
	       name_anchor(r, arena_span(r->arena, name), node, e->start_mark);
}

static bool on_alias(struct reading *r, const yaml_event_t *e)
{
	struct span name = span_str((const char *)e->data.alias.anchor);
	for (const struct anchor *a = r->anchor; a; a = a->older) {
		if (!span_eq(a->name, name))
			continue;
		struct yaml *node = new_node(r, a->node->type, e->start_mark);
		node->plain = a->node->plain;
		node->text = a->node->text;
		node->first = a->node->first;
		return place(r, node, e->start_mark);
	}
	return fault_at(r, e->start_mark, "an alias without a finished anchor of that name");
}

static bool on_start(
	struct reading *r, enum yaml_type type, const yaml_char_t *anchor, yaml_mark_t at)
{
	if (r->depth == DEPTH_MAX)
		return fault_at(r, at, "nested too deeply");
	struct yaml *node = new_node(r, type, at);
	if (!place(r, node, at))
		return false;
	struct span name = arena_span(r->arena, span_str((const char *)anchor));
	r->frames[r->depth++] = (struct frame){.node = node, .tail = &node->first, .anchor = name};
	return true;
}

static bool on_end(struct reading *r, const yaml_event_t *e)
{
	const struct frame *f = &r->frames[--r->depth];
	return name_anchor(r, f->anchor, f->node, e->start_mark);
}

static bool on_event(struct reading *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT: return on_scalar(r, e);
	case YAML_ALIAS_EVENT: return on_alias(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(r, YAML_LIST, e->data.sequence_start.anchor, e->start_mark);
	case YAML_MAPPING_START_EVENT:
		return on_start(r, YAML_MAP, e->data.mapping_start.anchor, e->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return on_end(r, e);
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++)
			return fault_at(r, e->start_mark, "a second document");
		return true;
	default: return true;
	}
}

static bool yaml_fault(struct reading *r, const yaml_parser_t *p)
{
	fault_at(r, p->problem_mark, p->problem ? p->problem : "not YAML");
	if (p->context)
		snprintf(r->fault->why, sizeof r->fault->why, "%s %s",
			p->problem ? p->problem : "not YAML", p->context);
	return false;
}

static bool read_events(struct reading *r, yaml_parser_t *p)
{
	for (bool more = true; more;) {
		yaml_event_t e;
		if (!yaml_parser_parse(p, &e))
			return yaml_fault(r, p);
		more = e.type != YAML_STREAM_END_EVENT;
		bool good = on_event(r, &e);
		yaml_event_delete(&e);
		if (!good)
			return false;
	}
	return true;
}

struct yaml *config_yaml_read(struct arena *arena, struct span text, struct yaml_fault *fault)
{
	*fault = (struct yaml_fault){0};
	struct reading r = {.arena = arena, .fault = fault};
	yaml_parser_t p;
	ensure(yaml_parser_initialize(&p)); // fails only without memory
	yaml_parser_set_input_string(&p, (const unsigned char *)(text.n ? text.p : ""), text.n);
	bool good = read_events(&r, &p);
	yaml_parser_delete(&p);
	if (good && !r.root) {
		r.root = new_node(&r, YAML_SCALAR, (yaml_mark_t){0});
		r.root->plain = true;
	}
	return good ? r.root : NULL;
}

bool config_yaml_null(const struct yaml *y)
{
	return y->type == YAML_SCALAR && y->plain &&
	       (y->text.n == 0 || span_is(y->text, "~") || span_is(y->text, "null") ||
		       span_is(y->text, "Null") || span_is(y->text, "NULL"));
}

static const struct yaml *find_key(const struct yaml *map, struct span name)
{
	const struct yaml *found = NULL; // the last one counts, as for the reader of settings
	for (const struct yaml *key = map->first; key; key = key->next)
		if (span_eq(key->text, name))
			found = key->value;
	return found;
}

static const struct yaml *step(const struct yaml *at, struct span *path)
{
	if (path->p[0] == '[') {
		size_t i = 0;
		for (span_take(path, 1); path->p[0] != ']'; span_take(path, 1))
			i = i * 10 + (size_t)(path->p[0] - '0');
		span_take(path, 1);
		const struct yaml *item = at->type == YAML_LIST ? at->first : NULL;
		while (item && i--)
			item = item->next;
		return item;
	}
	if (path->p[0] == '.')
		span_take(path, 1);
	size_t n = strcspn(path->p, ".[");
	return find_key(at, span_take(path, n < path->n ? n : path->n));
}

const struct yaml *config_yaml_find(
	const struct yaml *root, const char *path, const struct yaml **nearest)
{
	struct span rest = span_str(path);
	const struct yaml *at = root;
	*nearest = root;
	while (at && rest.n) {
		at = at->type == YAML_SCALAR ? NULL : step(at, &rest);
		if (at)
			*nearest = at;
	}
	return at;
}
