// SPDX-License-Identifier: MIT
#include "api/api.h"
#include "base/clock.h"

static const struct config_identity *settings_of(const struct call *c)
{
	const struct config_identities *all = &c->api->config->identities;
	for (size_t i = 0; i < all->n; i++)
		if (span_caseeq(span_str(all->at[i].name), span_str(c->identity->name)))
			return &all->at[i];
	return &all->at[0]; // taken out of the configuration while the session lasts
}

static struct value services_of(const struct call *c)
{
	const struct config_identity *i = settings_of(c);
	bool oob = c->identity->exchange != NULL;
	const struct {
		const char *name;
		bool on;
	} services[] = {{"tell", i->services.tell}, {"emoteto", i->services.emoteto},
		{"beep", i->services.beep}, {"channel", i->services.channel},
		{"who", i->services.who}, {"finger", i->services.finger},
		{"locate", i->services.locate}, {"mail", oob && i->services.mail},
		{"file", oob && i->services.file}, {"news", oob && i->services.news}};
	struct value_list list = {.arena = c->arena};
	for (size_t n = 0; n < countof(services); n++)
		if (services[n].on)
			value_push(&list, value_str(services[n].name));
	return value_list_array(&list);
}

static bool run(struct call *c)
{
	struct uplink *up = c->identity->uplink;
	const char *trouble = up ? up->ops->trouble(up) : "no network is configured";
	call_put(c, "connected", value_bool(up && up->ops->ready(up)));
	call_put_text(c, "mud_name", c->identity->name);
	call_put_text(c, "session_id", c->session->id);
	call_put(c, "uptime", value_float((double)(clock_ms() - c->session->opened_ms) / 1000.0));
	call_put_text(c, "router", up ? up->ops->router(up) : "");
	call_put(c, "services", services_of(c));
	if (trouble)
		call_put_text(c, "trouble", trouble);
	const char *off =
		moderation_off_words(&c->identity->hub->moderation, c->identity, c->arena);
	if (off)
		call_put_text(c, "switched_off", off);
	return true;
}

const struct method method_status = {
	.name = "status",
	.says = "How this session and its MUD's link to the network are doing.",
	.results = (const struct result_field[]){{"connected", "boolean", "logged in to a router"},
		{"mud_name", "string", "the identity"}, {"session_id", "string", "of this session"},
		{"uptime", "number", "seconds this session has lasted"},
		{"router", "string", "name of the router"},
		{"services", "array", "what this MUD answers on the network"},
		{"trouble", "string", "what is wrong, in words; absent when nothing is"},
		{"switched_off", "string",
			"who switched talk with the network off, and why; absent when on"},
		{0}},
	.run = run,
};
