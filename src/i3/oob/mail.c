// SPDX-License-Identifier: MIT
// The mail service as a whole.  Sending is outmail.c, receiving inmail.c.
#include "i3/oob/mail.h"

struct value oob_mail_people(struct arena *a, const struct value *map)
{
	struct value_list all = {.arena = a};
	for (size_t i = 0; map->type == VALUE_MAP && i < map->n; i++) {
		const struct value *mud = &map->at[2 * i], *users = &map->at[2 * i + 1];
		for (size_t k = 0; users->type == VALUE_ARRAY && k < users->n; k++) {
			struct value_list one = {.arena = a};
			value_pair(&one, "mud", *mud);
			value_pair(&one, "user", users->at[k]);
			value_push(&all, value_list_map(&one));
		}
	}
	return value_list_array(&all);
}

static void wish(struct oob_office *f, const struct exchange_wish *w, struct exchange_answer *a)
{
	switch (w->verb) {
	case EXCHANGE_MAIL_SEND: oob_outmail_wish(f, w, a); return;
	case EXCHANGE_MAIL_LIST: oob_inmail_list(f, w, a); return;
	case EXCHANGE_MAIL_DELETE: oob_inmail_delete(f, w, a); return;
	default: bug("not a wish about mail");
	}
}

static void load(struct oob *o)
{
	oob_outmail_load(o);
	oob_inmail_load(o);
}

static void fini(struct oob_office *f)
{
	oob_outmail_fini(f);
	oob_inmail_fini(f);
}

const struct oob_service oob_service_mail = {
	.advertise = "mail",
	.offered = offsetof(struct config_identity, services.mail),
	.packets = (const struct oob_packet_row[]){{"mail", MAIL_ELEMENTS, oob_inmail_hear}, {0}},
	.first = EXCHANGE_MAIL_SEND,
	.last = EXCHANGE_MAIL_DELETE,
	.wish = wish,
	.load = load,
	.fini = fini,
};
