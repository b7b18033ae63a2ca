// SPDX-License-Identifier: MIT
// Checks of bridge.links: names that are there, templates that can be filled, no link twice.
#include "bridge/template.h"
#include "hub/channel.h"
#include "ops/config_check.h"
#include <stdio.h>

enum { KEY_PATH_MAX = 96 };

#define PLACE(name) (1u << BRIDGE_PLACE_##name)
#define BOTH_WAYS   (PLACE(NAME) | PLACE(USER) | PLACE(MUD) | PLACE(CHANNEL))

struct template
{
	const char *key, *text;
	unsigned may;
	enum bridge_place must;
};

static void fault(struct config_reader *r, size_t i, const char *key, struct span why)
{
	char path[KEY_PATH_MAX];
	snprintf(path, sizeof path, "bridge.links[%zu].%s", i, key);
	config_error(r->report, config_place(r, path), "%s: %.*s", path, (int)why.n, why.p);
}

static void check_templates(struct config_reader *r, size_t i)
{
	const struct config_link *l = &r->config->bridge.links.at[i];
	const struct template all[] = {
		{"template_in", l->template_in, BOTH_WAYS | PLACE(TEXT), BRIDGE_PLACE_TEXT},
		{"emote_in", l->emote_in, BOTH_WAYS | PLACE(TEXT), BRIDGE_PLACE_TEXT},
		{"name_in", l->name_in, BOTH_WAYS, BRIDGE_PLACE_NAME},
		{"template_out", l->template_out, BOTH_WAYS | PLACE(SERVER) | PLACE(TEXT),
			BRIDGE_PLACE_TEXT},
		{"name_out", l->name_out, BOTH_WAYS | PLACE(SERVER), BRIDGE_PLACE_NAME},
	};
	struct buf why = {0};
	for (size_t t = 0; t < countof(all); t++) {
		buf_clear(&why);
		if (!bridge_template_check(span_str(all[t].text), all[t].may, all[t].must, &why))
			fault(r, i, all[t].key, buf_bytes(&why));
	}
	buf_fini(&why);
}

static bool is_twice(const struct config_links *links, size_t i)
{
	const struct config_link *a = &links->at[i];
	for (size_t j = 0; j < i; j++) {
		const struct config_link *b = &links->at[j];
		if (b->channel_id && b->i3_channel && strcmp(a->channel_id, b->channel_id) == 0 &&
			strcmp(a->i3_channel, b->i3_channel) == 0 && a->mud == b->mud)
			return true;
	}
	return false;
}

static void name_mud(struct config_reader *r, size_t i)
{
	const struct config *c = r->config;
	struct config_link *l = &c->bridge.links.at[i];
	const struct config_identity *identity =
		l->mud[0] ? config_identity_of(c, l->mud) : &c->identities.at[0];
	if (!identity) {
		fault(r, i, "mud", SPAN("no identity is called so, see mud and muds"));
		return;
	}
	l->mud = identity->name; // one pointer for one identity, see is_twice()
	if (!identity->services.channel) {
		char path[KEY_PATH_MAX];
		snprintf(path, sizeof path, "bridge.links[%zu].mud", i);
		config_warning(r->report, config_place(r, path),
			"%s: services.channel of \"%s\" is false, so the link hears and says "
			"nothing",
			path, l->mud);
	}
}

void config_check_links(struct config_reader *r)
{
	const struct config_links *links = &r->config->bridge.links;
	for (size_t i = 0; i < links->n && r->config->identities.n; i++) {
		const struct config_link *l = &links->at[i];
		check_templates(r, i);
		name_mud(r, i);
		if (!l->channel_id || !l->i3_channel)
			continue; // that they are missing has been said
		if (!channel_name_ok(span_str(l->i3_channel)))
			fault(r, i, "i3_channel", SPAN("the name of a channel has no blanks"));
		if (is_twice(links, i))
			fault(r, i, "channel_id", SPAN("the same link is listed twice"));
	}
}
