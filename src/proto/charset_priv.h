// SPDX-License-Identifier: MIT
// What the files charset*.c share.
#pragma once
#include "proto/charset.h"

// Code points of the bytes 128..255; 0: none.  Of the sets of one byte a character.
extern const uint16_t charset_upper[CHARSET_COUNT][128];
extern const uint8_t charset_sorted[CHARSET_COUNT][128];

// The byte of a code point; 0: the set does not have it.
uint8_t charset_byte(enum charset, uint32_t code_point);
