// SPDX-License-Identifier: MIT
#include "net/close.h"

static const struct {
	enum blame blame;
	const char *word, *says;
} rows[CLOSE_COUNT] = {
#define CLOSE(id, blame, word, says) [CLOSE_##id] = {blame, word, says},
#include "tables/closes.tbl"
};

const char *close_word(enum conn_close why)
{
	return rows[why].word;
}

const char *close_says(enum conn_close why)
{
	return rows[why].says;
}

enum blame close_blame(enum conn_close why)
{
	return rows[why].blame;
}
