/* scores: what trainings say about the test part.
 * SPDX-License-Identifier: MIT */
#ifndef SCORES_H
#define SCORES_H

#include "json.h"

#include "inkling.h"

/* A line that begins with `title`; nothing without metrics. */
void scores_print_test(const char *title, const ink_metrics *test);

/* The same as an object; null without metrics. */
json_t *scores_json_test(const ink_metrics *test);

#endif
