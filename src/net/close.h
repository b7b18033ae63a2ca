// SPDX-License-Identifier: MIT
// Why a connection ended: one row each in tables/closes.tbl.
#pragma once
#include "base/base.h"

enum conn_close {
#define CLOSE(id, blame, word, says) CLOSE_##id,
#include "tables/closes.tbl"
	CLOSE_COUNT
};
enum blame { NOBODY, PEER, US };

const char *close_word(enum conn_close);
const char *close_says(enum conn_close);
enum blame close_blame(enum conn_close);
