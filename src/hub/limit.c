// SPDX-License-Identifier: MIT
#include "hub/limit.h"

enum { TOKEN = 60000 };

void limit_init(struct limit *l, uint32_t per_minute, uint32_t burst, uint64_t now_ms)
{
	*l = (struct limit){per_minute, burst, (uint64_t)burst * TOKEN, now_ms};
}

uint32_t limit_take(struct limit *l, uint64_t now_ms)
{
	if (!l->per_minute)
		return 0;
	uint64_t full = (uint64_t)l->burst * TOKEN;
	uint64_t gained = (now_ms - l->at_ms) * l->per_minute;
	l->tokens = gained > full - l->tokens ? full : l->tokens + gained;
	l->at_ms = now_ms;
	if (l->tokens < TOKEN)
		return (uint32_t)((TOKEN - l->tokens + l->per_minute - 1) / l->per_minute);
	l->tokens -= TOKEN;
	return 0;
}
