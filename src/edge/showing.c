// SPDX-License-Identifier: MIT
#include "edge/showing.h"

enum { TICK_MAX_BYTES = 64 << 10 }; // then a new blob: what a slow reader can pin with one text

static void seal(struct show_tick *t)
{
	blob_unref(t->blob);
	t->blob = NULL;
}

void shows_seal(struct shows *s)
{
	for (uint32_t i = 0; i < SHOWS_MAX; i++)
		seal(&s->at[i]);
}

void shows_fini(struct shows *s)
{
	shows_seal(s);
	buf_fini(&s->scratch);
}

static struct show_tick *tick(struct shows *s, const struct look *look)
{
	for (uint32_t i = 0; i < SHOWS_MAX; i++) {
		struct show_tick *t = &s->at[i];
		if (!t->blob || !look_eq(&t->look, look))
			continue;
		if (t->blob->n >= TICK_MAX_BYTES)
			seal(t);
		else
			return t;
	}
	struct show_tick *t = &s->at[s->next++ % SHOWS_MAX];
	seal(t);
	t->look = *look;
	return t;
}

void showing_init(struct showing *s, struct shows *shows, const struct rich *rich)
{
	*s = (struct showing){.shows = shows, .rich = rich};
}

static void make(struct showing *s, const struct look *look, struct shown *out)
{
	struct shows *shows = s->shows;
	struct pen pen = {0};
	buf_clear(&shows->scratch);
	render_telnet(s->rich, look, &pen, true, &shows->scratch);
	struct show_tick *t = tick(shows, look);
	if (!t->blob)
		t->blob = blob_new(shows->scratch.n);
	out->look = *look;
	out->from = t->blob->n;
	blob_append(t->blob, buf_bytes(&shows->scratch));
	out->to = t->blob->n;
	out->blob = blob_ref(t->blob);
}

const struct shown *showing_for(struct showing *s, const struct look *look)
{
	uint32_t have = (uint32_t)min_size(s->n, SHOWS_MAX);
	ensure(!s->stream);
	for (uint32_t i = 0; i < have; i++)
		if (look_eq(&s->made[i].look, look))
			return &s->made[i];
	struct shown *made = &s->made[s->n++ % SHOWS_MAX];
	blob_unref(made->blob);
	make(s, look, made);
	return made;
}

void showing_fini(struct showing *s)
{
	for (uint32_t i = 0; i < SHOWS_MAX; i++)
		blob_unref(s->made[i].blob);
	*s = (struct showing){0};
}
