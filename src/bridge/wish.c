// SPDX-License-Identifier: MIT
#include "bridge/wish.h"
#include "proto/json.h"

bool bridge_read_number(const struct value *map, const char *key, uint64_t *out)
{
	const struct value *v = bridge_member(map, key);
	bool good = v && v->type == VALUE_INT && v->i >= 0;
	*out = good ? (uint64_t)v->i : 0;
	return good;
}

// --- lists ---

static bool is_channel(const struct value *v)
{
	struct span id = value_text(v);
	return v->type == VALUE_STRING && id.n && id.n <= BRIDGE_ID_MAX && !span_has_controls(id);
}

static bool read_resume(const struct value *v, struct bridge_resume *r)
{
	return v->type == VALUE_MAP && bridge_read_id(v, "channel_id", &r->channel) &&
	       bridge_read_number(v, "epoch", &r->epoch) &&
	       bridge_read_number(v, "last_seq", &r->seq);
}

static bool is_resume(const struct value *v)
{
	struct bridge_resume r;
	return read_resume(v, &r);
}

// An array of at most BRIDGE_CHANNELS_MAX good ones, or nothing.
static bool read_list(const struct value *data, const char *key,
	bool (*is_good)(const struct value *), const struct value **out)
{
	const struct value *list = bridge_member(data, key);
	*out = list;
	if (!list)
		return true;
	bool good = list->type == VALUE_ARRAY && list->n <= BRIDGE_CHANNELS_MAX;
	for (size_t i = 0; good && i < list->n; i++)
		good = is_good(value_at(list, i));
	return good;
}

size_t bridge_resumes(const struct bridge_wish *w)
{
	return w->resume ? w->resume->n : 0;
}

struct bridge_resume bridge_resume_at(const struct bridge_wish *w, size_t i)
{
	struct bridge_resume r;
	ensure(read_resume(value_at(w->resume, i), &r));
	return r;
}

// --- the rest of it ---

static bool read_from(const struct value *data, bool *from_end)
{
	const struct value *from = bridge_member(data, "from");
	struct span word = from ? value_text(from) : SPAN("start");
	*from_end = span_is(word, "end");
	return *from_end || span_is(word, "start");
}

static bool read_small(const struct value *map, const char *key, uint32_t *out)
{
	uint64_t n;
	bool good = bridge_read_number(map, key, &n) && n <= UINT32_MAX;
	*out = good ? (uint32_t)n : 0;
	return good;
}

static bool read_limit(const struct value *data, struct coalesce_wish *w)
{
	const struct value *limit = bridge_member(data, "limit");
	struct coalesce trial;
	*w = (struct coalesce_wish){.units = COALESCE_UNITS_DEFAULT};
	if (!limit)
		return true;
	return limit->type == VALUE_MAP && read_small(limit, "messages", &w->messages) &&
	       read_small(limit, "interval_ms", &w->interval_ms) &&
	       (!bridge_member(limit, "max_units") || read_small(limit, "max_units", &w->units)) &&
	       w->messages && coalesce_init(&trial, w);
}

static bool read_wishes(
	const struct value *data, const struct bridge_greeting *g, struct bridge_wish *w)
{
	const struct value *channels;
	if (g->id.n > BRIDGE_CONSUMER_ID_MAX || !read_list(data, "channels", is_channel, &channels))
		return false;
	if (g->side == BRIDGE_BOT) {
		w->channels = channels;
		w->follows = !channels;
	}
	return read_list(data, "resume", is_resume, &w->resume) && read_from(data, &w->from_end) &&
	       read_limit(data, &w->limit);
}

// Whoever wants a newer one is told which there is.
static bool read_version(const struct value *data, unsigned *version)
{
	const struct value *v = bridge_member(data, "v");
	*version = v && v->type == VALUE_INT && v->i > 1 ? BRIDGE_VERSION : 1;
	return !v || (v->type == VALUE_INT && v->i >= 1);
}

const char *bridge_read_hello(
	struct arena *a, struct span text, struct bridge_greeting *g, struct bridge_wish *w)
{
	struct value v;
	*g = (struct bridge_greeting){0};
	*w = (struct bridge_wish){.version = 1};
	if (!bridge_read_json(a, text, &v))
		return "Malformed handshake.";
	const char *wrong = bridge_greeting_of(&v, g);
	if (wrong)
		return wrong;
	const struct value *data = bridge_member(&v, "data");
	if (!read_version(data, &w->version) || (w->version > 1 && !read_wishes(data, g, w)))
		return g->side == BRIDGE_BOT ? "Malformed bot handshake."
					     : "Malformed mod handshake.";
	return NULL;
}

// --- the answer ---

void bridge_put_welcome(struct buf *out, enum bridge_side side)
{
	buf_printf(out, "{\"status\":\"connected\",\"type\":\"%s\",\"v\":%d,\"queues\":[",
		bridge_side_word(side), BRIDGE_VERSION);
}

void bridge_put_queue_row(struct buf *out, const struct bridge_queue_row *r, bool first)
{
	buf_str(out, first ? "{\"channel_id\":" : ",{\"channel_id\":");
	json_put_text(out, r->channel);
	buf_printf(out, ",\"epoch\":%llu,\"acked\":%llu,\"last\":%llu,\"waiting\":%llu,\"new\":%s}",
		(unsigned long long)r->epoch, (unsigned long long)r->acked,
		(unsigned long long)r->last, (unsigned long long)r->waiting,
		r->is_new ? "true" : "false");
}

void bridge_put_welcome_end(struct buf *out)
{
	buf_lit(out, "]}");
}
