// SPDX-License-Identifier: MIT
#include "hub/answers.h"
#include "base/buf.h"
#include "base/mem.h"
#include <stdlib.h>

struct answer {
	uint64_t until_ms;
	struct value value;
	size_t bytes;
	void *block;
};

bool answer_is_refusal(const struct value *answer)
{
	const struct value *status = answer->type == VALUE_MAP ? value_get(answer, "status") : NULL;
	return status && span_is(value_text(status), ANSWER_REFUSED);
}

void answers_init(struct answers *a)
{
	*a = (struct answers){0};
	list_init(&a->waits);
}

static void answer_free(struct answer *one)
{
	if (!one)
		return;
	free(one->block);
	free(one);
}

static void drop(struct answers *a, struct span key)
{
	struct answer *one = map_take(&a->cached, key);
	if (one)
		a->bytes -= one->bytes;
	answer_free(one);
}

void answers_fini(struct answers *a)
{
	ensure(list_empty(&a->waits));
	for (struct map_at at = map_first(&a->cached); at.value; at = map_next(at))
		answer_free(at.value);
	map_fini(&a->cached);
}

static void put_name(struct buf *out, struct span name)
{
	buf_lower(out, name);
	buf_char(out, '\n'); // no name holds one
}

static char *key_text(const struct answer_key *k)
{
	struct buf key = {0};
	buf_int(&key, k->kind);
	buf_char(&key, '\n');
	put_name(&key, k->mud);
	put_name(&key, k->user);
	buf_char(&key, '\0');
	return key.p;
}

static void wake(struct answers *a, const char *key, const struct value *v)
{
	list_each(it, &a->waits)
	{
		struct answer_wait *w = container_of(it, struct answer_wait, link);
		if (strcmp(w->key, key))
			continue;
		answers_forget(w);
		w->run(w, v);
	}
}

void answers_put(
	struct answers *a, const struct answer_key *k, const struct value *v, uint64_t now_ms)
{
	char *key = key_text(k);
	struct answer *one = mem_zalloc(sizeof *one);
	one->until_ms = now_ms + ANSWERS_FRESH_MS;
	one->block = value_pack(v, &one->value);
	one->bytes = value_bytes(v);
	drop(a, span_str(key));
	while (map_count(&a->cached) &&
		(map_count(&a->cached) >= ANSWERS_MAX || a->bytes + one->bytes > ANSWERS_BYTES_MAX))
		drop(a, map_first(&a->cached).key);
	map_put(&a->cached, span_str(key), one);
	a->bytes += one->bytes;
	wake(a, key, v);
	free(key);
}

void answers_tell(struct answers *a, const struct answer_key *k, const struct value *v)
{
	char *key = key_text(k);
	wake(a, key, v);
	free(key);
}

void answers_drop(struct answers *a, const struct answer_key *k)
{
	char *key = key_text(k);
	drop(a, span_str(key));
	free(key);
}

const struct value *answers_find(struct answers *a, const struct answer_key *k, uint64_t now_ms)
{
	char *key = key_text(k);
	struct answer *one = map_find(&a->cached, span_str(key));
	if (one && now_ms >= one->until_ms) {
		drop(a, span_str(key));
		one = NULL;
	}
	free(key);
	return one ? &one->value : NULL;
}

void answers_wait(struct answers *a, const struct answer_key *k, struct answer_wait *w)
{
	w->key = key_text(k);
	list_append(&a->waits, &w->link);
}

void answers_forget(struct answer_wait *w)
{
	list_unlink(&w->link);
	free(w->key);
	w->key = NULL;
}
