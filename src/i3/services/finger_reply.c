// SPDX-License-Identifier: MIT
// finger-reply: 6 visname, 7 title, 8 real name, 9 e-mail, 10 login or logout time, 11 idle,
// 12 address, 13 level, 14 extra.  Any may be 0; some MUDs leave out the level.
#include "i3/service.h"

enum { WITH_LEVEL = 15 };

static void hear(struct i3_link *l, const struct packet *p)
{
	static const char *const names[] = {"name", "title", "real_name", "email", "login_time",
		"idle_time", "ip_address", "level", "extra"};
	struct value_list info = {.arena = &l->arena};
	bool short_one = p->all->n < WITH_LEVEL;
	for (size_t i = 0, at = PACKET_HEADER; i < countof(names); i++) {
		bool missing = short_one && strcmp(names[i], "level") == 0;
		const struct value *v =
			missing ? value_at(p->all, SIZE_MAX) : value_at(p->all, at++);
		if (strcmp(names[i], "idle_time") == 0)
			value_pair(&info, names[i], value_int(heard_int(v)));
		else
			value_pair(&info, names[i], heard_scalar(l, v));
	}
	struct value map = value_list_map(&info);
	struct value_list params = event_new(l, p);
	value_pair(&params, "user_info", map);
	event_publish(l, EVENT_FINGER_REPLY, &params);
	struct buf user = {0};
	struct answer_key key = {ANSWER_FINGER, p->originator_mud, packet_text(p, 6)};
	if (asked_take(&l->asked, &(struct asked_by){key, p->target_user}, clock_ms(), &user))
		key.user = buf_bytes(&user);
	answers_put(&l->identity->answers, &key, &map, clock_ms());
	buf_fini(&user);
}

const struct service service_finger_reply = {
	.type = "finger-reply",
	.elements = 14,
	.hear = hear,
};
