// SPDX-License-Identifier: MIT
// A mail packet from another MUD, read, cleaned and bounded, as it is kept.
#include "i3/oob/mail.h"
#include "i3/service.h"

static struct value users_of(struct i3_link *l, const struct value *list, size_t *left)
{
	struct value_list users = {.arena = &l->arena};
	for (size_t i = 0; list->type == VALUE_ARRAY && i < list->n && *left; i++) {
		struct span user = heard_name(l, value_text(&list->at[i]));
		if (!user.n)
			continue;
		value_push(&users, value_span(utf8_cut(user, OOB_NAME_MAX)));
		(*left)--;
	}
	return value_list_array(&users);
}

static struct value people_of(struct i3_link *l, const struct value *map, size_t *left)
{
	struct value_list all = {.arena = &l->arena};
	for (size_t i = 0;
		map->type == VALUE_MAP && i < map->n && *left && all.n < 2 * MAIL_USERS_MAX; i++) {
		struct span mud = heard_name(l, value_text(&map->at[2 * i]));
		if (!mud.n)
			continue;
		value_push(&all, value_span(utf8_cut(mud, TEXT_MUD_MAX)));
		value_push(&all, users_of(l, &map->at[2 * i + 1], left));
	}
	return value_list_map(&all);
}

static void add_ours(struct i3_link *l, struct value_list *users, const struct value *map)
{
	for (size_t i = 0; i < map->n; i++)
		if (span_caseeq(value_text(&map->at[2 * i]), our_name(l)))
			for (size_t k = 0; k < map->at[2 * i + 1].n; k++)
				value_push(users, map->at[2 * i + 1].at[k]);
}

const char *oob_letter_read(struct i3_link *l, const struct oob_session *s, const struct value *v,
	struct value kept[LETTER_SIZE])
{
	size_t left = MAIL_USERS_MAX + 1;
	struct span text = utf8_clean(&l->arena, value_text(value_at(v, 8)));
	struct span subject = heard_name(l, value_text(value_at(v, 7)));
	struct value_list users = {.arena = &l->arena};
	kept[LETTER_MUD] = value_str(s->mud);
	kept[LETTER_USER] = value_span(heard_name(l, value_text(value_at(v, 2))));
	kept[LETTER_TO] = people_of(l, value_at(v, 3), &left);
	kept[LETTER_CC] = people_of(l, value_at(v, 4), &left);
	struct value bcc = users_of(l, value_at(v, 5), &left);
	add_ours(l, &users, &kept[LETTER_TO]);
	add_ours(l, &users, &kept[LETTER_CC]);
	for (size_t i = 0; i < bcc.n; i++)
		value_push(&users, bcc.at[i]);
	kept[LETTER_USERS] = value_list_array(&users);
	kept[LETTER_SENT] = value_int(heard_int(value_at(v, 6)));
	kept[LETTER_SUBJECT] = value_span(utf8_cut(subject, MAIL_SUBJECT_MAX));
	kept[LETTER_TEXT] = value_span(text);
	kept[LETTER_THEIRS] = value_int(heard_int(value_at(v, 1)));
	if (!left)
		return "too many recipients: at most 100";
	if (text.n > MAIL_TEXT_MAX)
		return "too long: at most 65536 bytes";
	return users.n ? NULL : "nobody here is addressed";
}
