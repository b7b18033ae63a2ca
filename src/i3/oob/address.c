// SPDX-License-Identifier: MIT
// To whom a mail of ours goes: what people write, read and checked against the list of MUDs.
#include "i3/oob/mail.h"
#include "i3/text.h"

static bool add_mud(struct oob_addresses *all, const char *mud)
{
	for (size_t i = 0; i < all->n_muds; i++)
		if (strcmp(all->muds[i], mud) == 0)
			return true;
	if (all->n_muds == MAIL_MUDS_MAX)
		return false;
	all->muds[all->n_muds++] = mud;
	return true;
}

// "user@mud", cut at the first @ because MUDs may have blanks and more in their names; or a map.
static bool read_address(const struct value *v, struct span *user, struct span *mud)
{
	static const struct value none = {.type = VALUE_NULL};
	if (value_is_str(v)) {
		struct span text = value_text(v);
		*user = span_until(text, '@');
		*mud = text;
		span_take(mud, min_size(user->n + 1, text.n));
	} else if (v->type == VALUE_MAP) {
		const struct value *u = value_get(v, "user"), *m = value_get(v, "mud");
		*user = value_text(u ? u : &none);
		*mud = value_text(m ? m : &none);
	} else {
		return false;
	}
	*user = span_trim(*user);
	*mud = span_trim(*mud);
	return user->n && user->n <= OOB_NAME_MAX && mud->n;
}

bool oob_addresses_read(struct oob_office *f, const struct value *list, struct oob_addresses *all,
	struct exchange_answer *a, const char *field)
{
	for (size_t i = 0; list && list->type == VALUE_ARRAY && i < list->n; i++) {
		struct span user, mud;
		struct arena *arena = a->result.arena;
		if (!read_address(&list->at[i], &user, &mud)) {
			oob_refuse(a, field, "a recipient is \"user@mud\" or {mud, user}");
			return false;
		}
		const char *name = oob_target(f, mud, &oob_service_mail, a);
		if (!name) {
			a->field = field;
			return false;
		}
		if (all->n == MAIL_USERS_MAX || !add_mud(all, name)) {
			oob_refuse(a, field, "too many recipients: 100, at 20 MUDs, in all");
			return false;
		}
		user = text_lower(arena, text_clean_name(arena, user));
		all->at[all->n++] = (struct oob_address){user, name};
	}
	return true;
}

struct value oob_addresses_map(
	struct arena *a, const struct oob_addresses *all, size_t from, size_t to)
{
	struct value_list map = {.arena = a};
	for (size_t k = 0; k < all->n_muds; k++) {
		struct value_list users = {.arena = a};
		for (size_t i = from; i < to; i++)
			if (strcmp(all->at[i].mud, all->muds[k]) == 0)
				value_push(&users, value_span(all->at[i].user));
		if (users.n)
			value_pair(&map, all->muds[k], value_list_array(&users));
	}
	return value_list_map(&map);
}
