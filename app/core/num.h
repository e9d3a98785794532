#ifndef CORE_NUM_H
#define CORE_NUM_H

/*
 * num - numbers from outside: one parser, with range, without locale.
 * Digits with an optional leading '-'; nothing before, between or after.
 */
#include "base.h"

bool num_i64(struct span s, int64_t min, int64_t max, int64_t *out) MUST_CHECK;

#endif
