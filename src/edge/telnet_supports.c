// SPDX-License-Identifier: MIT
// The list of modules, of which each is in it once, under its last version.
#include "edge/telnet_supports.h"
#include "base/utf8.h"
#include "edge/telnet_priv.h"
#include "proto/json.h"
#include <stdlib.h>

enum { MODULES_MAX = 64, MODULE_BYTES_MAX = 64 }; // clients have some ten

static struct span name_of(const struct value *module) // without its version
{
	return span_until(value_text(module), ' ');
}

static void leave_out(struct value_list *list, const struct value *module)
{
	uint32_t to = 0;
	for (uint32_t i = 0; i < list->n; i++)
		if (!span_caseeq(name_of(&list->at[i]), name_of(module)))
			list->at[to++] = list->at[i];
	list->n = to;
}

static bool is_module(const struct value *v)
{
	struct span text = value_text(v);
	return text.n && text.n <= MODULE_BYTES_MAX && !span_has_controls(text);
}

static void apply(struct value_list *list, const struct value *modules, enum telnet_supports how)
{
	for (uint32_t i = 0; modules->type == VALUE_ARRAY && i < modules->n; i++) {
		const struct value *module = value_at(modules, i);
		if (!is_module(module))
			continue;
		leave_out(list, module);
		if (how != SUPPORTS_REMOVE && list->n < MODULES_MAX)
			value_push(list, *module);
	}
}

void telnet_supports(struct telnet *t, const struct value *modules, enum telnet_supports how)
{
	struct telnet_about *about = telnet_about(t);
	struct arena *a = &t->all->arena;
	struct value_list list = {.arena = a};
	struct value had = value_null(), now;
	struct span text = span_str(about->supports);
	struct buf json = {0};
	if (how != SUPPORTS_SET && text.n && json_read_copy(a, text, &had))
		apply(&list, &had, SUPPORTS_ADD);
	apply(&list, modules, how);
	now = value_list_array(&list);
	json_put(&json, &now);
	free(about->supports);
	about->supports = span_dup(buf_bytes(&json));
	buf_fini(&json);
	t->changed |= TERMINAL_CLIENT;
}
