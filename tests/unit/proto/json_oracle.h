// SPDX-License-Identifier: MIT
// jansson as the second opinion on JSON: is a text one, and is the tree the same?  For the unit
// test and the fuzz target.
#pragma once
#include "proto/json.h"
#include <jansson.h>
#include <math.h>

enum oracle_says { ORACLE_AGREES, ORACLE_DIFFERS, ORACLE_SILENT };

static bool oracle_same(const struct value *v, json_t *j);

// Equal keys: jansson keeps only the last, value_find() finds only the last.
static bool oracle_same_map(const struct value *v, json_t *j)
{
	size_t distinct = 0;
	for (size_t i = 0; i < v->n; i++) {
		struct span key = value_text(&v->at[2 * i]);
		const struct value *last = value_find(v, key);
		json_t *there = json_object_getn(j, key.p, key.n);
		distinct += last == &v->at[2 * i + 1];
		if (!there || !oracle_same(last, there))
			return false;
	}
	return distinct == json_object_size(j);
}

static bool oracle_same_array(const struct value *v, json_t *j)
{
	if (v->n != json_array_size(j))
		return false;
	for (size_t i = 0; i < v->n; i++)
		if (!oracle_same(&v->at[i], json_array_get(j, i)))
			return false;
	return true;
}

static bool oracle_same(const struct value *v, json_t *j)
{
	switch (v->type) {
	case VALUE_NULL: return json_is_null(j);
	case VALUE_BOOL: return json_is_boolean(j) && json_is_true(j) == v->b;
	case VALUE_INT: return json_is_integer(j) && json_integer_value(j) == v->i;
	case VALUE_FLOAT:
		return json_is_real(j) && json_real_value(j) == v->f &&
		       signbit(json_real_value(j)) == signbit(v->f);
	case VALUE_STRING:
		return json_is_string(j) &&
		       span_eq(value_text(v), span_of(json_string_value(j), json_string_length(j)));
	case VALUE_ARRAY: return json_is_array(j) && oracle_same_array(v, j);
	case VALUE_MAP: return json_is_object(j) && oracle_same_map(v, j);
	}
	return false;
}

// The text as it was before json_read(), and what json_read() made of it.
static enum oracle_says oracle_ask(
	struct span text, const struct value *read, const struct json_error *error)
{
	json_error_t why;
	json_t *j = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	enum oracle_says says = ORACLE_DIFFERS;
	if (!j && !read)
		says = ORACLE_AGREES;
	else if (j && read)
		says = oracle_same(read, j) ? ORACLE_AGREES : ORACLE_DIFFERS;
	else if (!j && json_error_code(&why) == json_error_numeric_overflow)
		says = ORACLE_SILENT; // it refuses integers beyond int64, we make them floats
	else if (!j && json_error_code(&why) == json_error_null_byte_in_key)
		says = ORACLE_SILENT; // it has no NUL in keys, only in values
	else if (j && memchr(text.p, '\0', text.n))
		says = ORACLE_SILENT; // it overlooks a NUL after a number or a word
	else if (j && error->limit)
		says = ORACLE_SILENT; // it nests 2048 deep and reads 0e401
	json_decref(j);
	return says;
}
