// SPDX-License-Identifier: MIT
#include "edge/word.h"
#include "edge/edge.h"
#include "proto/json.h"

const struct word *const words[] = {
#define WORD(name) &word_##name,
#include "tables/words.tbl"
	NULL};

static const struct word *find(struct span name)
{
	for (size_t i = 0; words[i]; i++)
		if (span_caseeq(span_str(words[i]->name), name))
			return words[i];
	return NULL;
}

bool word_run(struct player *p, struct span line)
{
	struct span prefix = span_str(p->edge->config->players.prefix);
	struct span name, rest = span_trim(line);
	if (!prefix.n || !span_starts(rest, prefix))
		return false;
	span_take(&rest, prefix.n);
	name = span_until(rest, ' ');
	span_take(&rest, name.n);
	const struct word *w = find(name);
	if (w)
		w->run(p, span_trim(rest));
	return w != NULL;
}

void word_prefer(struct player *p, const struct look *look, unsigned which)
{
	p->terminal->kind->prefer(p->terminal, look, which);
}
