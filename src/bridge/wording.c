// SPDX-License-Identifier: MIT
#include "bridge/wording.h"
#include "base/utf8.h"
#include "bridge/clean.h"
#include "bridge/template.h"
#include "hub/emote.h"
#include "proto/json.h"

// Bytes of a text: four lines are made of far less, a message may have MiBs.
enum { LOOKED_AT = 64 << 10 };

// --- towards the network ---

// A meta may have MiBs: it is read for those who want it.
static bool wants_server(const struct config_link *c)
{
	return strstr(c->template_out, "{server}") || strstr(c->name_out, "{server}");
}

// The name of the server it was said on: most mods put it into meta.
static struct span server_of(struct arena *a, struct span meta)
{
	struct value v;
	struct json_error error;
	const struct value *name;
	if (!meta.n || !json_read(a, arena_copy(a, meta.p, meta.n), meta.n, &v, &error) ||
		v.type != VALUE_MAP)
		return (struct span){0};
	name = value_get(&v, "server_name");
	return name ? utf8_cut(value_text(name), BRIDGE_WORDING_NAME_MAX) : (struct span){0};
}

static struct span clean_name(struct arena *a, struct span name)
{
	return utf8_cut(bridge_clean(a, utf8_cut(name, LOOKED_AT), false), BRIDGE_WORDING_NAME_MAX);
}

// What is said of a message, but not yet in lines.
void bridge_wording_out(const struct config_link *c, const struct bridge_words *w, struct arena *a,
	struct bridge_line *line)
{
	struct bridge_values v = {0};
	struct span name = clean_name(a, w->author_name), id = clean_name(a, w->author_id);
	if (!id.n)
		id = SPAN("someone");
	if (!name.n)
		name = id;
	v.of[BRIDGE_PLACE_NAME] = name;
	v.of[BRIDGE_PLACE_USER] = id;
	v.of[BRIDGE_PLACE_MUD] = span_str(c->mud);
	v.of[BRIDGE_PLACE_CHANNEL] = w->channel;
	if (wants_server(c))
		v.of[BRIDGE_PLACE_SERVER] = bridge_clean(a, server_of(a, w->meta), false);
	v.of[BRIDGE_PLACE_TEXT] = bridge_clean(a, utf8_cut(w->content, LOOKED_AT), true);
	*line = (struct bridge_line){.channel = span_str(c->i3_channel),
		.mud = span_str(c->mud),
		.user = name,
		.name = clean_name(a, bridge_template_fill(a, span_str(c->name_out), &v))};
	if (v.of[BRIDGE_PLACE_TEXT].n)
		line->text = bridge_template_fill(a, span_str(c->template_out), &v);
}

// --- towards the bridge ---

static struct span param(const struct message *m, const char *key)
{
	const struct value *v = value_get(m->params, key);
	return v ? value_text(v) : (struct span){0};
}

// An emote that is aimed at somebody reads differently on each MUD; as others read it, it is the same
// for all.
void bridge_wording_line(const struct message *m, struct bridge_line *line)
{
	bool aimed = value_get(m->params, "target_mud") != NULL;
	*line = (struct bridge_line){.channel = param(m, "channel"),
		.mud = param(m, "from_mud"),
		.user = param(m, "from_user"),
		.name = param(m, "visname"),
		.text = param(m, aimed ? "message_others" : "message"),
		.emote = m->event == EVENT_CHANNEL_EMOTE};
}

// "waves" is what Ann does; "A ghost haunts $N" and what is aimed at somebody say themselves who.
static struct span sentence(
	struct arena *a, const struct message *m, const struct bridge_line *line, struct span name)
{
	struct emote_names names = {.by = name};
	if (!line->emote || value_get(m->params, "target_mud"))
		return line->text;
	struct span filled = emote_fill(a, line->text, &names);
	if (filled.p != line->text.p)
		return filled;
	return arena_join(a, arena_join(a, name, SPAN(" ")), line->text);
}

static struct span safe(const struct config_link *c, struct arena *a, struct span text)
{
	return c->mentions ? text : bridge_defuse(a, text);
}

static struct span meta_of(
	struct arena *a, const struct bridge_line *line, const struct bridge_values *v)
{
	struct value_list meta = {.arena = a};
	struct buf text = {0};
	value_pair(&meta, "server_name", value_span(v->of[BRIDGE_PLACE_MUD]));
	value_pair(&meta, "i3_channel", value_span(line->channel));
	value_pair(&meta, "i3_user", value_span(v->of[BRIDGE_PLACE_USER]));
	value_pair(&meta, "type", value_str(line->emote ? "emote" : "message"));
	struct value map = value_list_map(&meta);
	json_put(&text, &map);
	struct span s = arena_span(a, buf_bytes(&text));
	buf_fini(&text);
	return s;
}

bool bridge_wording_in(const struct config_link *c, const struct message *m, struct arena *a,
	struct bridge_words *w)
{
	struct bridge_values v = {0};
	struct bridge_line heard;
	const struct bridge_line *line = &heard;
	bridge_wording_line(m, &heard);
	v.of[BRIDGE_PLACE_NAME] = bridge_clean(a, line->name, false);
	v.of[BRIDGE_PLACE_USER] = bridge_clean(a, line->user, false);
	v.of[BRIDGE_PLACE_MUD] = bridge_clean(a, line->mud, false);
	v.of[BRIDGE_PLACE_CHANNEL] = line->channel;
	if (!v.of[BRIDGE_PLACE_NAME].n)
		v.of[BRIDGE_PLACE_NAME] = v.of[BRIDGE_PLACE_USER];
	v.of[BRIDGE_PLACE_TEXT] =
		bridge_clean(a, sentence(a, m, line, v.of[BRIDGE_PLACE_NAME]), true);
	if (!v.of[BRIDGE_PLACE_TEXT].n || !v.of[BRIDGE_PLACE_USER].n)
		return false;
	struct span id = arena_join(a, v.of[BRIDGE_PLACE_USER], SPAN("@"));
	const char *text = line->emote ? c->emote_in : c->template_in;
	*w = (struct bridge_words){.channel = span_str(c->channel_id),
		.author_id = utf8_cut(arena_join(a, id, v.of[BRIDGE_PLACE_MUD]), BRIDGE_ID_MAX),
		.author_name = safe(c, a, bridge_template_fill(a, span_str(c->name_in), &v)),
		.content = safe(c, a, bridge_template_fill(a, span_str(text), &v)),
		.meta = meta_of(a, line, &v)};
	return true;
}
