// SPDX-License-Identifier: MIT
// Log: one event per line on standard error or a file: time, level, event word, then key=value
// pairs.  Values are escaped here, so no stranger can forge a line or reach a terminal; secrets
// have no constructor.  Log where you decide, not where you notice.
//
//	log_info("close", log_id("conn", c->id), log_str("reason", close_word(why)));
#pragma once
#include "base/span.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_CRITICAL };
enum log_format { LOG_CONSOLE, LOG_JSON };

struct log_field {
	const char *key; // NULL ends the list
	enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_HEX } type;
	struct span text;
	int64_t number;
};

static inline struct log_field log_span(const char *key, struct span s)
{
	return (struct log_field){.key = key, .type = LOG_FIELD_TEXT, .text = s};
}
static inline struct log_field log_str(const char *key, const char *text)
{
	return log_span(key, span_str(text));
}
static inline struct log_field log_int(const char *key, int64_t n)
{
	return (struct log_field){.key = key, .type = LOG_FIELD_INT, .number = n};
}
static inline struct log_field log_id(const char *key, uint64_t id)
{
	return (struct log_field){.key = key, .type = LOG_FIELD_HEX, .number = (int64_t)id};
}

// The list's first element is there for the comma before the arguments, which may be none.
#define LOG_AT(level, word, ...)                                                                   \
	do {                                                                                       \
		if ((level) >= log_threshold)                                                      \
			log_write((level), (word),                                                 \
				(const struct log_field[]){                                        \
					{.key = ""}, ##__VA_ARGS__, {.key = NULL}} +               \
					1);                                                        \
	} while (0)
#define log_debug(word, ...)    LOG_AT(LOG_DEBUG, word, ##__VA_ARGS__)
#define log_info(word, ...)     LOG_AT(LOG_INFO, word, ##__VA_ARGS__)
#define log_warning(word, ...)  LOG_AT(LOG_WARNING, word, ##__VA_ARGS__)
#define log_error(word, ...)    LOG_AT(LOG_ERROR, word, ##__VA_ARGS__)
#define log_critical(word, ...) LOG_AT(LOG_CRITICAL, word, ##__VA_ARGS__)

extern enum log_level log_threshold;

void log_write(enum log_level, const char *word, const struct log_field *fields);
void log_setup(enum log_level, enum log_format);
// Append to this file as well, or to none (""); false with errno, and the former one stays.
bool log_open(const char *path) must_check;
// What strangers cause has an end: this level for the first lines of a minute, then LOG_DEBUG.
enum { LOG_PACE_LINES = 20, LOG_PACE_MS = 60000 };
struct log_pace {
	uint64_t since_ms;
	unsigned lines;
};
enum log_level log_paced(struct log_pace *, enum log_level);
bool log_level_parse(const char *word, enum log_level *out) must_check; // "INFO", any case
